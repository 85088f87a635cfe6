"""Encloses a customer's mail in a letter of ours, byte for byte as it came, so that it survives any mail server.

RFC 2046 §5.2.1 lets no message/rfc822 be encoded: one with 8-bit octets or overlong lines needs 8BITMIME all the way,
and a server without it refuses the letter, or rewrites the mail and breaks its signatures. So a mail that is plain
seven-bit text is enclosed as message/rfc822, which every program shows in place; any other goes as an .eml file in
base64, which they open. The letter stays seven-bit and comes out the same for the same arguments.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from enum import StrEnum

LARGEST = 9_500_000
"""Octets of a letter with what it encloses: Postfix takes 10,240,000 unless it is told otherwise."""
# No NUL, and no CR or LF that stands alone (RFC 2045 §2.7). Possessive: a mail of megabytes is looked at once.
SEVEN_BIT = re.compile(rb"(?:[\x01-\x09\x0b\x0c\x0e-\x7f]{0,998}+\r\n)*+[\x01-\x09\x0b\x0c\x0e-\x7f]{0,998}+")


class Form(StrEnum):
    """How a mail went along."""

    MESSAGE = "message"
    """As message/rfc822."""
    FILE = "file"
    """As an .eml file in base64."""
    TEXT = "text"
    """Its text alone: the whole is too large for a letter."""


def enclose(letter: bytes, raw: bytes, text: str, name: str) -> tuple[bytes, Form]:
    """`letter`, made by `letter_bytes`, with the mail `raw` behind its text; `name` is the file's, without ending.

    A mail for which there is no room goes as its `text` alone.
    """
    form, part = _part(raw, text, name, LARGEST - len(letter) - 1_000)
    head, _, body = letter.partition(b"\r\n\r\n")
    fields, mime, entity = head.partition(b"\r\nMIME-Version: 1.0\r\n")
    if not mime:
        raise ValueError("the letter has no MIME-Version: it is none of `letter_bytes`")
    # Made from the letter's Message-ID, which is random: no mail that came before can contain this boundary.
    boundary = f"=_{hashlib.sha256(b'mixed' + fields).hexdigest()[:32]}".encode()
    return b"\r\n".join(
        [
            fields + b"\r\nMIME-Version: 1.0",
            b'Content-Type: multipart/mixed;\r\n boundary="%s"' % boundary,
            b"",
            b"--" + boundary,
            entity,
            b"",
            body,
            b"--" + boundary,
            part,
            b"--" + boundary + b"--",
            b"",
        ]
    ), form


def is_seven_bit(raw: bytes) -> bool:
    """Whether `raw` can stand in a letter as it is: ASCII, in lines of at most 998 octets (RFC 5322 §2.1.1)."""
    return SEVEN_BIT.fullmatch(raw) is not None


def _part(raw: bytes, text: str, name: str, room: int) -> tuple[Form, bytes]:
    if is_seven_bit(raw) and len(raw) <= room:
        return Form.MESSAGE, _entity(["Content-Type: message/rfc822", _disposition(name, "eml")], raw)
    if len(raw) * 78 // 57 + 100 <= room:
        return Form.FILE, _encoded("application/octet-stream", name, "eml", raw)
    # 2 MB of text is more than anybody reads, and in base64 always finds room
    return Form.TEXT, _encoded("text/plain; charset=utf-8", name, "txt", text.encode()[:2_000_000])


def _encoded(kind: str, name: str, ending: str, content: bytes) -> bytes:
    fields = [f'Content-Type: {kind};\r\n name="{name}.{ending}"', _disposition(name, ending)]
    body = base64.encodebytes(content).replace(b"\n", b"\r\n")
    return _entity([*fields, "Content-Transfer-Encoding: base64"], body)


def _disposition(name: str, ending: str) -> str:
    return f'Content-Disposition: attachment; filename="{name}.{ending}"'


def _entity(fields: Sequence[str], body: bytes) -> bytes:
    return "\r\n".join([*fields, "", ""]).encode("ascii") + body
