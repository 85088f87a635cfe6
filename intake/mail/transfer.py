"""Undo a transfer encoding (RFC 2045 §6), however its sender broke it.

In bounded pieces, so that 30 MB never stand in memory twice. Never fails: what cannot be decoded comes out as far as it
goes, and an unknown encoding is none.
"""

import binascii
import re
from collections.abc import Iterator
from itertools import islice

from intake.mail.headers import base64_bytes

PIECE = 256 * 1024
UNENCODED = ("", "7bit", "8bit", "binary")
BEGIN = re.compile(r"^begin [0-7]{3,4} (\S.{0,200})$", re.MULTILINE)
FILES = 50
"""Lines that look like the beginning of one and are tried."""
PRINTED = bytes(octet for octet in range(256) if octet >= 32 or octet in b"\t\n\r\f\x1b")
BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def is_base64(head: bytes) -> bool:
    """Whether a text that calls itself base64 is: prose holds other signs, and makes no text when it is decoded."""
    if not head.translate(None, BASE64 + b"=\r\n"):
        return True
    made = base64_bytes(head)
    return 50 * len(made.translate(None, PRINTED)) <= len(made)


def decoded_pieces(content: memoryview, encoding: str) -> Iterator[bytes]:
    if encoding == "base64":
        yield from _base64_pieces(content)
    elif encoding == "quoted-printable":
        yield binascii.a2b_qp(content)
    elif encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        yield uudecoded(bytes(content))
    else:
        for at in range(0, len(content), PIECE):
            yield bytes(content[at : at + PIECE])


def base64_length(content: memoryview) -> int | None:
    """What decoding would yield, at a quarter of its cost; None where anything but base64 stands there."""
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


def _base64_quads(content: memoryview) -> Iterator[bytes]:
    """The same for lines of odd lengths, and for an end without its padding."""
    rest = b""
    for at in range(0, len(content), PIECE):
        block = rest + bytes(content[at : at + PIECE]).translate(None, b"\r\n \t")
        usable = len(block) // 4 * 4
        last = at + PIECE >= len(content)
        yield base64_bytes(block if last else block[:usable])
        rest = b"" if last else block[usable:]


def uudecoded(content: bytes) -> bytes:
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


def without_files(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """A text without the files that old programs put into it in uuencode; name and lines of each."""
    if "\nend" not in text or "begin " not in text:
        return text, []
    kept: list[str] = []
    files: list[tuple[str, bytes]] = []
    at = 0
    for found in islice(BEGIN.finditer(text), FILES):
        end = text.find("\nend", found.end()) if found.start() >= at else -1
        if end == -1 or not _is_uu(text, found.end() + 1, end):
            continue
        kept.append(text[at : found.start()])
        files.append((found[1], text[found.start() : end + 4].encode("utf-8", "replace")))
        at = end + 5
    return "".join([*kept, text[at:]]), files


def _is_uu(text: str, at: int, end: int) -> bool:
    """Whether each line there is about as long as its first character says."""
    while at < end:
        stop = min(text.find("\n", at, end) % (len(text) + 1), end)
        line = text[at : min(stop, at + 200)].rstrip()
        count = (ord(line[0]) - 32) & 63 if line else 0
        if not line.isascii() or not -2 <= len(line) - 1 - (count + 2) // 3 * 4 <= 2:
            return False
        at = stop + 1
    return True
