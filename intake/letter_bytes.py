"""The final bytes of a letter: headers encoded and folded, text and HTML as multipart/alternative.

A serializer of our own, because the one of Python 3.11 encodes a long Message-ID in References as an encoded word,
which no mail program can follow. Every header goes through `unstructured`, `mailboxes` or `message_ids`, and
`serialize` looks at each once more: one that could end early is refused as a bug of ours. Callers may rely on CRLF, on
lines of 78 columns (998 octets in the worst case, RFC 5322 §2.1.1) and on seven-bit bytes, but for a recipient whose
own local part is not ASCII: that letter needs SMTPUTF8 (RFC 6531), and the address stands in To as it is.
"""

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Iterable, Sequence

from rules.facts import Address
from templates.lines import harmless

WIDTH = 76
WORD = 60
"""Columns of an encoded word; leaves room for the longest header name before it (RFC 2047 §2: 76 columns a line)."""
OCTETS = 36
"""Octets of UTF-8 in one encoded word: 48 columns of base64 and 12 of frame."""
LONGEST_NAME = 100
LONGEST_ID = 500
MOST_IDS = 20

ADDRESS = re.compile(
    r'(?:[^\s\x00-\x20\x7f-\x9f"(),:;<>@\[\]\\]{1,64}|"[\x21\x23-\x5b\x5d-\x7e ]{0,62}")'
    r'@(?P<domain>[^\s@"(),:;<>\[\]\\]+)'
)
DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*", re.IGNORECASE)
MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]+>")
LINE = r"[^\x00-\x20\x7f-\x9f\u2028\u2029][^\x00-\x1f\x7f-\x9f\u2028\u2029]*"
FROM = re.compile(rb"(?m)(?<!=\n)^From ")
"""At the beginning of a line of the text; "=" ends what only quoted-printable has cut."""
FIELD = re.compile(rf"[A-Za-z][A-Za-z0-9-]*: {LINE}(?:\r\n {LINE})*")


def serialize(headers: Sequence[tuple[str, str]], text: str, html: str | None, seed: str) -> bytes:
    """The letter. `headers` are already encoded, in the order they are to stand; the boundary is made from `seed`.

    The same arguments give the same bytes. Raises ValueError for a header that is not safe to write.
    """
    lines = [_checked(f"{name}: {value}") for name, value in headers] + ["MIME-Version: 1.0"]
    if html is None:
        return "\r\n".join([*lines, _part("text/plain", text)]).encode()
    # "=_" cannot occur in quoted-printable or base64, so no body can contain the boundary (RFC 2045 §6.7).
    boundary = f"=_{hashlib.sha256(seed.encode()).hexdigest()[:32]}"
    lines.append(f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"')
    body = [
        "",
        f"--{boundary}",
        _part("text/plain", text),
        f"--{boundary}",
        _part("text/html", html),
        f"--{boundary}--",
        "",
    ]
    return "\r\n".join(lines + body).encode()


def unstructured(text: str) -> str:
    """`text` for a header like Subject: ASCII words as they are, the rest from first to last as encoded words."""
    words = re.sub(" +", " ", harmless(text)).strip(" ").split(" ")
    odd = [place for place, word in enumerate(words) if _needs_encoding(word)]
    if odd:
        first, last = odd[0], odd[-1] + 1
        # White space between two encoded words is not shown (RFC 2047 §6.2): what lies between is encoded with them.
        words[first:last] = _encoded_words(" ".join(words[first:last]))
    return _folded(words)


def mailboxes(addresses: Iterable[Address]) -> str:
    """Addresses with their names, for From and To. Raises ValueError where `unaddressable` has a reason."""
    words: list[str] = []
    for address in addresses:
        if words:
            words[-1] += ","
        named = _phrase(address.name)
        words += named
        spec = wire_address(address.address)
        words.append(f"<{spec}>" if named else spec)
    return _folded(words)


def message_ids(ids: Iterable[str]) -> str:
    """Message-IDs, one a line so that none is ever folded: those that can stand in a header, at most `MOST_IDS`.

    Of a longer thread the first and the newest stay: programs hang the thread on it (RFC 5322 §3.6.4 sets no limit).
    """
    good = [one for one in dict.fromkeys(ids) if len(one) <= LONGEST_ID and MESSAGE_ID.fullmatch(one)]
    if len(good) > MOST_IDS:
        good = [good[0], *good[-(MOST_IDS - 1) :]]
    return "\r\n ".join(good)


def wire_address(address: str) -> str:
    """The address as SMTP takes it, its domain in ASCII. Raises ValueError where `unaddressable` has a reason."""
    if why := unaddressable(address):
        raise ValueError(f"no letter can be addressed to {address[:100]!a}: {why}")
    local, _, domain = address.rpartition("@")
    return f"{local}@{_ascii_domain(domain)}"


def new_message_id(about: str, support: str, secret: str = "") -> str:
    """The Message-ID of a letter from a mailbox of ours, named for what it is about; nobody can guess the `secret`."""
    domain = wire_address(support).rpartition("@")[2]
    return f"<{about}.{secret or secrets.token_hex(12)}@{domain}>"


def unaddressable(address: str) -> str:
    """Why no letter can be sent to `address`; "" when it can. An address in a mail may be anything."""
    found = ADDRESS.fullmatch(address)
    if not found or harmless(address) != address:
        return "it is not an address of the form name@domain"
    if set("%!") & set(address.rpartition("@")[0]):
        # "joe%victim.example@our.example": our own relay would send it on, as Postfix does unless told otherwise, and
        # no budget would know Joe.
        return "it names a route to another server"
    domain = _ascii_domain(found["domain"])
    if not DOMAIN.fullmatch(domain):
        return "its domain is not a domain name"
    if len(address.encode()) > 254:
        return "it is longer than an address may be"
    return ""


def needs_smtputf8(recipients: Iterable[str]) -> bool:
    """Whether a letter to these can only go through servers that offer SMTPUTF8: a local part is not ASCII."""
    return not all(recipient.isascii() for recipient in recipients)


def _ascii_domain(domain: str) -> str:
    if domain.isascii() and DOMAIN.fullmatch(domain):
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _needs_encoding(word: str) -> bool:
    return not word.isascii() or "=?" in word or len(word) > WORD


def _encoded_words(text: str) -> list[str]:
    """RFC 2047 §5, base64 and UTF-8; every word holds whole characters."""
    words, current = [], ""
    for character in text:
        if len((current + character).encode()) > OCTETS:
            words.append(current)
            current = ""
        current += character
    return [f"=?utf-8?B?{base64.b64encode(word.encode()).decode()}?=" for word in [*words, current]]


def _phrase(name: str) -> list[str]:
    name = " ".join(harmless(name).split())[:LONGEST_NAME].strip()
    if not name:
        return []
    if not name.isascii() or "=?" in name or len(name) > WORD:
        return _encoded_words(name)
    if re.fullmatch(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+", name):
        return name.split(" ")
    quoted = re.sub(r'(["\\])', r"\\\1", name)
    return [f'"{quoted}"']


def _folded(words: Sequence[str]) -> str:
    """Words on lines of at most `WIDTH` columns where they allow it; the first never leaves the header's own line."""
    lines: list[str] = []
    for word in words:
        # 16: the name of the header, which stands before the first line
        room = WIDTH - (16 if len(lines) == 1 else 1)
        if lines and len(lines[-1]) + 1 + len(word) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\r\n ".join(lines)


def _checked(header: str) -> str:
    name = header.partition(":")[0]
    if not FIELD.fullmatch(header) or (name != "To" and not header.isascii()):
        raise ValueError(f"the header {name[:40]!a} is not safe to write: {header[:200]!a}")
    if len(header) > 249 and any(len(line.encode()) > 998 for line in header.split("\r\n")):
        raise ValueError(f"the header {name[:40]!a} has a line over 998 octets")
    return header


def _part(kind: str, text: str) -> str:
    """Headers and body of one part, in whichever of quoted-printable and base64 is shorter; mostly the former."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    raw = text.encode()
    encoding, body = "quoted-printable", _quoted_printable(raw)
    octets = len(raw) + text.count("\n")
    # Four characters for each three octets, and a line end after each nineteen of these.
    if len(body) > 4 * -(-octets // 3) + 2 * -(-octets // 57):
        encoding, body = "base64", base64.encodebytes(raw.replace(b"\n", b"\r\n")).decode().replace("\n", "\r\n")
    return "\r\n".join([f"Content-Type: {kind}; charset=utf-8", f"Content-Transfer-Encoding: {encoding}", "", body])


def _quoted_printable(raw: bytes) -> str:
    # Where blanks end a line that is just full, binascii counts right only in a line of its own.
    blanks_end_a_line = b" \n" in raw or b"\t\n" in raw or raw[-1:] in (b" ", b"\t")
    pieces = raw.split(b"\n") if blanks_end_a_line else [raw]
    encoded = b"\n".join([binascii.b2a_qp(piece, istext=True) for piece in pieces])
    if b"From " in encoded:
        # A line that begins with it is changed by old mail stores (RFC 4155), which would break a signature.
        encoded = FROM.sub(b"=46rom ", encoded)
    return encoded.replace(b"\n", b"\r\n").decode()
