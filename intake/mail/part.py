"""One leaf of a mail: its headers read, its content decoded when somebody asks, its name made harmless.

What the part is for, body or attachment, is decided in `body`. Callers may rely on: a name is one line without a path;
the length costs no decoding where it can be counted.
"""

import hashlib
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from intake.mail.charset import decoded
from intake.mail.cut import TOKEN, Cut
from intake.mail.headers import one_line, parameters, text_of
from intake.mail.transfer import UNENCODED, base64_length, decoded_pieces, is_base64
from rules.facts import Attachment

LONGEST = 2 * 1024 * 1024
"""Octets of one text part that are read as text."""
NAME_LENGTH = 150
# what `mimetypes` does not know, or gives a name that nobody uses
EXTENSIONS = {
    "message/rfc822": "eml", "message/global": "eml", "text/plain": "txt", "text/html": "html", "text/calendar": "ics",
    "text/rfc822-headers": "txt", "message/delivery-status": "txt", "image/png": "png", "image/jpeg": "jpg",
    "message/global-delivery-status": "txt", "message/global-headers": "txt",
    "image/gif": "gif", "application/pdf": "pdf", "application/ms-tnef": "dat", "text/vcard": "vcf", "text/csv": "csv",
    "application/pgp-signature": "asc", "application/pkcs7-signature": "p7s", "application/x-pkcs7-signature": "p7s",
    "application/pkcs7-mime": "p7m", "application/x-pkcs7-mime": "p7m", "application/pgp-keys": "asc",
    "application/octet-stream": "bin", "message/disposition-notification": "txt", "text/x-vcard": "vcf",
}  # fmt: skip
STATUSES = frozenset({"message/delivery-status", "message/global-delivery-status"})
"""RFC 3464, and RFC 6533 where an address is not ASCII."""
KNOWN_TYPES = mimetypes.MimeTypes(())
"""Of Python alone: the same on every machine."""


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
        return decoded_pieces(self.content, self.encoding)

    def length(self) -> int:
        """How many octets the decoded content has. Counted, not decoded, where its transfer encoding allows that."""
        if self.encoding == "base64" and (counted := base64_length(self.content)) is not None:
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

    def parameter(self, name: str) -> str:
        """In lower case, "" where there is none."""
        return one_line(self.parameters.get(name, b"").decode("ascii", "replace")).lower()


def part_of(message: Message, kind: str, parent: str, raw: bytes, cut: Cut) -> Part:
    """`kind`: its type as far as it could be told; `parent`: that of what it stands in, "" for the mail itself."""
    values = {name.lower(): value for name, value in reversed(list(message.raw_items()))}
    _, typed = parameters(_octets(values.get("content-type", "")))
    disposition, disposed = parameters(_octets(values.get("content-disposition", "")))
    encoding = one_line(str(values.get("content-transfer-encoding", ""))).partition(";")[0].strip().lower()
    named = disposed.get("filename") or disposed.get("name") or typed.get("name") or typed.get("filename") or b""
    content = _content(message, raw, cut)
    if encoding == "base64" and kind.startswith("text/") and not is_base64(bytes(content[:4096])):
        encoding = ""
    return Part(kind, typed, disposition, safe_name(text_of(named)), encoding, content, parent)


def _content(message: Message, raw: bytes, cut: Cut) -> memoryview:
    """The undecoded octets: from the raw mail where `cut` took them out, else as the parser kept them."""
    if message.is_multipart():
        inner: object = message.get_payload()
        first = inner[0] if isinstance(inner, list) and inner else None
        token = str(first.get(TOKEN.decode(), "")) if isinstance(first, Message) else ""
        where = cut.bodies.get(token)
        return memoryview(raw)[where[0] : where[1]] if where else memoryview(_flattened(message))
    # Without its transfer encoding the parser hands the octets over untouched; decoding is done here alone.
    del message["content-transfer-encoding"]
    payload = message.get_payload(decode=True)
    octets = payload if isinstance(payload, bytes) else b""
    where = cut.bodies.get(octets.strip().decode("ascii", "replace")) if len(octets) < 100 else None
    return memoryview(raw)[where[0] : where[1]] if where else memoryview(octets)


def _flattened(message: Message) -> bytes:
    """An attached message that `cut` did not see, as in a multipart/digest whose parts name no type."""
    try:
        return b"".join(each.as_bytes() for each in message.get_payload() if isinstance(each, Message))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return b""


def _octets(value: object) -> bytes:
    """compat32 keeps 8-bit bytes of headers as surrogates, or as a Header object; this takes them back."""
    return str(value).encode("utf-8", "surrogateescape")


def attachment(part: Part, number: int, digests: bool) -> Attachment:
    """`number` names it where it has no name; with `digests` it is decoded and hashed."""
    name = part.name or f"part-{number}.{_extension(part.type)}"
    if not digests:
        return Attachment(name, part.type, part.length(), "")
    digest, size = hashlib.sha256(), 0
    for piece in part.octets():
        digest.update(piece)
        size += len(piece)
    return Attachment(name, part.type, size, digest.hexdigest())


def _extension(kind: str) -> str:
    known = EXTENSIONS.get(kind) or (KNOWN_TYPES.guess_extension(kind) or "").removeprefix(".")
    return known or ("txt" if kind.startswith("text/") else "bin")


def safe_name(name: str) -> str:
    """The last component of what may be a path of any system, short, in one line, and never a dot file."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    last = one_line(last).lstrip(".").strip()
    if len(last) > NAME_LENGTH:
        stem, dot, extension = last.rpartition(".")
        last = f"{stem[: NAME_LENGTH - 20]}{dot}{extension[:19]}" if dot else last[:NAME_LENGTH]
    return last
