"""Read the mailboxes of an address header, however its sender wrote them.

Lenient where RFC 5322 is not: raw and encoded names, quotes that never end, commas in names, obsolete routes, comments
for names. Linear in the size of the value; never fails, and what is no address is left out.
"""

import re
from collections.abc import Iterator

from intake.mail.charset import decoded
from intake.mail.headers import one_line, text_of
from rules.facts import Address

PLAIN_BYTES = re.compile(rb"[^\s<>()\[\],;:\"]{1,256}@[^\s<>()\[\],;:\"]{1,255}")
PLAIN_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"]{1,256}@[^\s<>()\[\],;:\"]{1,255}")
NAME = 500
"""Characters of a name that was put together."""
MOST = 5_000
"""Mailboxes of one header that are read."""


def mailboxes(value: bytes, label: str | None = None, *, local: bool = False) -> tuple[Address, ...]:
    """Every mailbox of an address header, groups opened, names decoded.

    Lenient: what holds no "@" is left out, but with `local` taken where angle brackets say that it is an address.
    """
    found: list[Address] = []
    before = b""
    for piece in _split_addresses(value.replace(b"\n", b"")):
        if (address := _mailbox(piece, label, local)) is None:
            before = piece
            continue
        if before.strip() and b"<" in piece and not piece.lstrip().startswith((b'"', b"<")):
            # "Ruiz, Ana <ana@alder.example>" without the quotes that the comma asks for
            address = Address(address.address, f"{_phrase(before, label)}, {address.name}"[:NAME])
        before = b""
        found.append(address)
        if len(found) >= MOST:
            break
    return tuple(found)


def _split_addresses(value: bytes) -> Iterator[bytes]:
    """Split at ",", ";" and the ":" of a group, outside quotes, comments and angle brackets."""
    start, quoted, angle, comment, closed = 0, False, False, 0, 0
    encoded = b"=?" in value  # a raw colon inside an unquoted encoded word is no group
    at = -1
    while (at := at + 1) < len(value):
        char = value[at]
        if char == 0x5C and (quoted or comment):  # backslash
            at += 1
        elif quoted:
            quoted = char != 0x22
        elif char == 0x22 and not comment:
            quoted = value.find(b'"', at + 1) != -1
        elif char == 0x28:
            comment += 1
        elif char == 0x29 and comment:
            comment -= 1
        elif comment:
            continue
        elif char == 0x3C:
            if closed > start:  # a second address without a comma before it
                yield value[start:closed]
                start = closed
            angle = True
        elif char == 0x3E:
            if angle:
                closed = at + 1
            angle = False
        elif char in b",;" or (char == 0x3A and not angle and not encoded):
            angle = False
            if char != 0x3A:
                yield value[start:at]
            start = at + 1
    yield value[start:]


def _mailbox(piece: bytes, label: str | None, local: bool) -> Address | None:
    text = piece.strip()
    if not text:
        return None
    open_at, close_at = text.rfind(b"<"), text.rfind(b">")
    name = ""
    if open_at != -1:
        inner = text[open_at + 1 : close_at if close_at > open_at else None]
        before = text[:open_at]
        if b"@" not in inner and PLAIN_BYTES.search(before):
            inner = before
        name = _phrase(before if before.lstrip().startswith(b'"') else before.partition(b"<")[0], label)
        if not name and close_at > open_at:
            name = _phrase(_comment(text[close_at + 1 :]), label)
    else:
        comment = _comment(text)
        inner = text.replace(b"(" + comment + b")", b" ") if comment else text
        name = _phrase(comment, label)
    address = _address(inner)
    if address is None and b"=?" in text and b"@" not in text:
        # name and address in one encoded word, which RFC 2047 §5 forbids
        whole = text_of(text, label).encode("utf-8", "replace")
        return _mailbox(whole, label, local) if b"=?" not in whole else None
    if address is None and local and open_at != -1:
        atom = one_line(decoded(inner)[0])
        address = atom if atom and len(atom) < 65 and "@" not in atom and len(atom.split()) == 1 else None
    return Address(address, name) if address is not None else None


def _address(inner: bytes) -> str | None:
    """`@a,@b:c@d` is an obsolete route (RFC 5322 §4.4) to c@d; a quoted local part keeps its quotes."""
    text = one_line(decoded(inner)[0])
    if text.startswith("@") and ":" in text:
        text = text.partition(":")[2]
    text = text.strip("<>' ").rstrip(".")
    if text[:7].lower() == "mailto:":
        text = text[7:]
    if text[:1] in ('"', "[") and text.count('"') % 2 == text.startswith('"') and (found := PLAIN_ADDRESS.search(text)):
        text = found[0]  # a quote that never ends, or brackets of the wrong kind
    if not text.startswith('"'):
        local, _, domain = text.rpartition("@")
        squeezed = "".join(local.split()) + "@" + "".join(domain.split())
        if len(local.split()) > 1 and (found := PLAIN_ADDRESS.search(text)):
            squeezed = found[0]
        text = squeezed
    if not 3 <= len(text) <= 320 or "@" not in text[1:-1]:
        return None
    return text


def _phrase(value: bytes, label: str | None) -> str:
    text = value.strip()
    if len(text) >= 2 and text[:1] == b'"' and text[-1:] == b'"':
        text = re.sub(rb"\\(.)", rb"\1", text[1:-1])
    return text_of(text, label).strip("\"' ").replace('" "', " ") if text else ""


def _comment(text: bytes) -> bytes:
    start = text.find(b"(")
    end = text.rfind(b")")
    return text[start + 1 : end] if -1 < start < end else b""
