"""Tell the body of a mail from what it brings along.

Walks the MIME tree once: text/plain is preferred where it says something, HTML is turned into text otherwise, the
alternatives of one text are never both taken, and a message inside the mail stays an attachment. Contents are decoded
here, from the raw mail where `cut` took them out, in bounded pieces.
"""

import binascii
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message

from intake.mail import markup
from intake.mail.charset import decoded, detected
from intake.mail.cut import TOKEN, Cut
from intake.mail.headers import base64_bytes, one_line, parameters, text_of
from rules.facts import Attachment

LONGEST = 2 * 1024 * 1024
"""Octets of one text part that are read as text."""
PIECE = 256 * 1024
UNENCODED = ("", "7bit", "8bit", "binary")
BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
EXTENSIONS = {
    "message/rfc822": "eml", "message/global": "eml", "text/plain": "txt", "text/html": "html", "text/calendar": "ics",
    "text/rfc822-headers": "txt", "message/delivery-status": "txt", "image/png": "png", "image/jpeg": "jpg",
    "image/gif": "gif", "application/pdf": "pdf", "application/ms-tnef": "dat", "text/vcard": "vcf", "text/csv": "csv",
    "application/pgp-signature": "asc", "application/pkcs7-signature": "p7s", "application/x-pkcs7-signature": "p7s",
}  # fmt: skip
NAME_LENGTH = 150
# what a support desk without the keys cannot read; S/MIME also signs in this form
ENCRYPTED = frozenset({"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})
TEXT = ("text/plain", "text/html")


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf of the mail, its content not decoded yet."""

    type: str
    parameters: dict[str, bytes]
    disposition: str
    name: str
    encoding: str
    content: memoryview
    parent: str

    @property
    def label(self) -> str | None:
        charset = self.parameters.get("charset", b"").partition(b"*")[0].decode("ascii", "replace")
        return one_line(charset)[:60] or None

    def octets(self) -> Iterator[bytes]:
        """The decoded content in pieces of at most a quarter of a megabyte."""
        return _decoded_pieces(self.content, self.encoding)

    def length(self) -> int:
        """How many octets the decoded content has. Counted, not decoded, where its transfer encoding allows that."""
        if self.encoding == "base64" and (counted := _base64_length(self.content)) is not None:
            return counted
        if self.encoding in UNENCODED:
            return len(self.content)
        return sum(len(piece) for piece in self.octets())

    def head(self, limit: int = LONGEST) -> bytes:
        """The first decoded octets."""
        out, size = [], 0
        for piece in self.octets():
            out.append(piece)
            size += len(piece)
            if size >= limit:
                break
        return b"".join(out)[:limit]

    def text(self, limit: int = LONGEST) -> str:
        return decoded(self.head(limit), self.label)[0].replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True, slots=True)
class Body:
    text: str
    marked: str
    """The text with the marks that `markup` left for `quotes`."""
    charset: str
    """The charset of its first text, as named or as detected; "" where it is ASCII and says nothing."""
    attachments: tuple[Attachment, ...]
    parts: tuple[Part, ...]
    """Every leaf in order, the body's own included."""
    defects: tuple[str, ...]


@dataclass(slots=True)
class _Walk:
    raw: bytes
    cut: Cut
    parts: list[Part] = field(default_factory=list)
    attached: list[Part] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Piece:
    """A stretch of body: one of the two is filled."""

    plain: str = ""
    html: str = ""

    def says_something(self) -> bool:
        return any(character.isalnum() for character in self.plain[:20_000]) or bool(self.plain[20_000:])


def read(message: Message, raw: bytes, cut: Cut, *, digests: bool = False) -> Body:
    """With `digests` attachments are decoded and hashed; without, their `sha256` is ""."""
    walk = _Walk(raw, cut)
    pieces = _pieces(message, "", walk)
    if not pieces:
        pieces = _named_text(walk)
    texts = [markup.text_of(piece.html) if piece.html else piece.plain.translate(markup.MARKS) for piece in pieces]
    marked = "\n".join(texts)
    return Body(
        text=markup.clean(marked),
        marked=marked,
        charset=_charset(walk.parts),
        attachments=tuple(_attachment(part, number, digests) for number, part in enumerate(walk.attached, 1)),
        parts=tuple(walk.parts),
        defects=tuple(dict.fromkeys(walk.defects)),
    )


def _charset(parts: list[Part]) -> str:
    """Headers with raw 8-bit text are written in the charset of the body, which says more about it than they do."""
    texts = [part for part in parts if part.type in TEXT]
    if label := next((part.label for part in texts if part.label), None):
        return label
    head = texts[0].head(64 * 1024) if texts else b""
    return "" if head.isascii() else detected(head)


def _pieces(message: Message, parent: str, walk: _Walk) -> list[_Piece]:
    """Recursion is bounded: `cut` refuses more than a hundred nested parts."""
    kind = one_line(message.get_content_type())[:100]
    if kind in ENCRYPTED:
        walk.defects.append(f"encrypted: {kind}")
    if kind.startswith("multipart/") and message.is_multipart():
        found = [_pieces(child, kind, walk) for child in message.get_payload() if isinstance(child, Message)]
        if kind == "multipart/alternative":
            return _preferred(found)
        return [piece for each in found for piece in each]
    if kind.startswith("multipart/"):
        kind = "text/plain"  # no part begins anywhere: what stands there is all there is
    part = _part(message, kind, parent, walk)
    walk.parts.append(part)
    if part.type not in TEXT or part.disposition == "attachment" or part.name:
        walk.attached.append(part)
        return []
    if parent == "multipart/related" and part.type == "text/html" and _had_html(walk, part):
        walk.attached.append(part)
        return []
    head = part.head()
    if len(head) == LONGEST:
        walk.defects.append(f"a text was cut after {LONGEST} octets")
    text, wrong = decoded(head, part.label)
    if wrong:
        walk.defects.append(wrong)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return [_Piece(plain=text)] if part.type == "text/plain" else [_Piece(html=text)]


def _preferred(alternatives: list[list[_Piece]]) -> list[_Piece]:
    """Plain text if it says anything, else what comes last (RFC 2046 §5.1.4: the richest)."""
    for each in alternatives:
        if any(piece.plain and piece.says_something() for piece in each):
            return each
    rich = [each for each in alternatives if any(piece.html for piece in each)]
    filled = [each for each in alternatives if each]
    return rich[-1] if rich else filled[0] if filled else []


def _had_html(walk: _Walk, part: Part) -> bool:
    return any(other is not part and other.parent == part.parent and other.type == "text/html" for other in walk.parts)


def _named_text(walk: _Walk) -> list[_Piece]:
    """A mail whose only text carries a file name, as some programs name the body itself."""
    for part in walk.attached:
        if part.type in TEXT and part.disposition != "attachment":
            return [_Piece(plain=part.text()) if part.type == "text/plain" else _Piece(html=part.text())]
    return []


def _part(message: Message, kind: str, parent: str, walk: _Walk) -> Part:
    values = {name.lower(): value for name, value in reversed(list(message.raw_items()))}
    _, typed = parameters(_octets(values.get("content-type", "")))
    disposition, disposed = parameters(_octets(values.get("content-disposition", "")))
    encoding = one_line(str(values.get("content-transfer-encoding", ""))).partition(";")[0].strip().lower()
    named = disposed.get("filename") or disposed.get("name") or typed.get("name") or typed.get("filename") or b""
    return Part(kind, typed, disposition, safe_name(text_of(named)), encoding, _content(message, walk), parent)


def _content(message: Message, walk: _Walk) -> memoryview:
    """The undecoded octets: from the raw mail where `cut` took them out, else as the parser kept them."""
    if message.is_multipart():
        inner: object = message.get_payload()
        first = inner[0] if isinstance(inner, list) and inner else None
        token = str(first.get(TOKEN.decode(), "")) if isinstance(first, Message) else ""
        where = walk.cut.bodies.get(token)
        return memoryview(walk.raw)[where[0] : where[1]] if where else memoryview(_flattened(message))
    # Without its transfer encoding the parser hands the octets over untouched; decoding is done here alone.
    del message["content-transfer-encoding"]
    payload = message.get_payload(decode=True)
    octets = payload if isinstance(payload, bytes) else b""
    where = walk.cut.bodies.get(octets.strip().decode("ascii", "replace")) if len(octets) < 100 else None
    return memoryview(walk.raw)[where[0] : where[1]] if where else memoryview(octets)


def _flattened(message: Message) -> bytes:
    """An attached message that `cut` did not see, as in a multipart/digest whose parts name no type."""
    try:
        return b"".join(each.as_bytes() for each in message.get_payload() if isinstance(each, Message))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return b""


def _octets(value: object) -> bytes:
    """compat32 keeps 8-bit bytes of headers as surrogates, or as a Header object; this takes them back."""
    return str(value).encode("utf-8", "surrogateescape")


def _decoded_pieces(content: memoryview, encoding: str) -> Iterator[bytes]:
    if encoding == "base64":
        yield from _base64_pieces(content)
    elif encoding == "quoted-printable":
        yield binascii.a2b_qp(content)
    elif encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        yield _uudecoded(bytes(content))
    else:
        for at in range(0, len(content), PIECE):
            yield bytes(content[at : at + PIECE])


def _base64_pieces(content: memoryview) -> Iterator[bytes]:
    """Decoded piece by piece, so that 30 MB never stand in memory twice: whole lines while they hold whole quads."""
    at = 0
    while at < len(content):
        block = bytes(content[at : at + PIECE])
        if at + PIECE < len(content):
            block = block[: block.rfind(b"\n") + 1] or block
        try:
            yield binascii.a2b_base64(block)
        except binascii.Error:
            yield from _base64_quads(content[at:])
            return
        at += len(block)


def _base64_length(content: memoryview) -> int | None:
    """What `_base64_pieces` would yield, at a quarter of its cost; None where anything but base64 stands there."""
    signs, padding = 0, b""
    for at in range(0, len(content), PIECE):
        block = bytes(content[at : at + PIECE])
        rest = block.translate(None, BASE64)
        if padding and len(rest) < len(block):
            return None
        signs += len(block) - len(rest)
        padding += rest.translate(None, b"\r\n")
        if padding and b"=" in block.rstrip(b"=\r\n"):
            return None
    if padding not in (b"", b"=", b"==") or (signs + len(padding)) % 4:
        return None
    return signs * 3 // 4


def _base64_quads(content: memoryview) -> Iterator[bytes]:
    """The same for lines of odd lengths, and for an end without its padding."""
    rest = b""
    for at in range(0, len(content), PIECE):
        block = rest + bytes(content[at : at + PIECE]).translate(None, b"\r\n \t")
        usable = len(block) // 4 * 4
        last = at + PIECE >= len(content)
        yield base64_bytes(block if last else block[:usable])
        rest = b"" if last else block[usable:]


def _uudecoded(content: bytes) -> bytes:
    out, inside = [], False
    for line in content.splitlines():
        if not inside:
            inside = line.startswith(b"begin ")
        elif line.strip() == b"end":
            break
        else:
            try:
                out.append(binascii.a2b_uu(line))
            except binascii.Error:
                count = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
                try:
                    out.append(binascii.a2b_uu(line[:count]))
                except binascii.Error:
                    continue
    return b"".join(out)


def _attachment(part: Part, number: int, digests: bool) -> Attachment:
    name = part.name or f"part-{number}.{EXTENSIONS.get(part.type, 'bin')}"
    if not digests:
        return Attachment(name, part.type, part.length(), "")
    digest, size = hashlib.sha256(), 0
    for piece in part.octets():
        digest.update(piece)
        size += len(piece)
    return Attachment(name, part.type, size, digest.hexdigest())


def safe_name(name: str) -> str:
    """The last component of what may be a path of any system, short, in one line, and never a dot file."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    last = one_line(last).lstrip(".").strip()
    if len(last) > NAME_LENGTH:
        stem, dot, extension = last.rpartition(".")
        last = f"{stem[: NAME_LENGTH - 20]}{dot}{extension[:19]}" if dot else last[:NAME_LENGTH]
    return last
