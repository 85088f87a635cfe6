"""Open what Outlook sends as winmail.dat: the attachments and the text within ([MS-OXTNEF]).

A list of attributes, read in order and as far as they go: what is torn off or nonsense ends the reading, never the
mail. Callers may rely on: linear, bounded in everything it counts, and never raises.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from intake.mail.charset import decoded

SIGNATURE = b"\x78\x9f\x3e\x22"
ATTRIBUTES = 5_000
ATTACHMENTS = 500
PROPERTIES = 2_000
VALUES = 1_000

# the attributes that are read, each with its type
TITLE, DATA, BEGINS, ATTACHMENT = 0x18010, 0x6800F, 0x69002, 0x69005
BODY, PROPS, CODEPAGE = 0x2800C, 0x69003, 0x69007
# and the MAPI properties
TEXT, RICH, HTML = 0x1000, 0x1009, 0x1013
NAME, LONG_NAME, DISPLAY_NAME, MIME_TYPE, OBJECT = 0x3704, 0x3707, 0x3001, 0x370E, 0x3701
SIZES = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
STRING8, UNICODE, WITH_LENGTH = 0x1E, 0x1F, (0x0D, 0x1E, 0x1F, 0x102)
MESSAGE = bytes.fromhex("0703020000000000c000000000000046")
"""IID_IMessage: the attached object is a message, again as TNEF."""


@dataclass(slots=True)
class Enclosed:
    """One attachment within."""

    name: str = ""
    type: str = ""
    data: bytes = b""


@dataclass(slots=True)
class Opened:
    text: str = ""
    html: bytes = b""
    rich: bytes = b""
    """RTF, still packed: where Outlook keeps nothing else."""
    attachments: list[Enclosed] = field(default_factory=list)


def opened(data: bytes) -> Opened:
    """What stands in it as far as it can be read; empty where it is no TNEF."""
    found = Opened()
    codepage = ""
    for number, value in _attributes(data):
        if number == BEGINS:
            if len(found.attachments) >= ATTACHMENTS:
                break
            found.attachments.append(Enclosed())
        elif number == CODEPAGE and len(value) >= 4:
            codepage = f"cp{struct.unpack_from('<I', value)[0]}"
        elif number == BODY:
            found.text = found.text or _string(value, codepage)
        elif number == PROPS:
            _take_text(found, value, codepage)
        elif found.attachments:
            _take(found.attachments[-1], number, value, codepage)
    found.attachments = [each for each in found.attachments if each.data or each.name]
    return found


def _take(enclosed: Enclosed, number: int, value: bytes, codepage: str) -> None:
    if number == TITLE:
        enclosed.name = enclosed.name or _string(value, codepage)
    elif number == DATA:
        enclosed.data = value
    elif number == ATTACHMENT:
        names: dict[int, str] = {}
        for key, kind, content in _properties(value):
            if key in (NAME, LONG_NAME, DISPLAY_NAME, MIME_TYPE):
                names.setdefault(key, _text(content, kind, codepage))
            elif key == OBJECT and content.startswith(MESSAGE):
                enclosed.data, enclosed.type = content[len(MESSAGE) :], "application/ms-tnef"
        enclosed.name = names.get(LONG_NAME) or enclosed.name or names.get(NAME) or names.get(DISPLAY_NAME, "")
        enclosed.type = enclosed.type or names.get(MIME_TYPE, "")


def _take_text(found: Opened, value: bytes, codepage: str) -> None:
    for key, kind, content in _properties(value):
        if key == TEXT:
            found.text = _text(content, kind, codepage)
        elif key == RICH:
            found.rich = content
        elif key == HTML:
            found.html = content if kind != UNICODE else _text(content, kind, codepage).encode("utf-8", "replace")


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """A level, a number, a length, the value, a checksum: one after the other."""
    if not data.startswith(SIGNATURE):
        return
    at = 6
    for _ in range(ATTRIBUTES):
        if at + 9 > len(data) or data[at] not in (1, 2):
            return
        number, length = struct.unpack_from("<II", data, at + 1)
        if at + 9 + length > len(data):
            return
        yield number, data[at + 9 : at + 9 + length]
        at += 9 + length + 2


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The number of each MAPI property, the type and the first value. [MS-OXTNEF] §2.1.3.4"""
    try:
        at = 4
        for _ in range(min(struct.unpack_from("<I", data)[0], PROPERTIES)):
            kind, number = struct.unpack_from("<HH", data, at)
            at = _after_name(data, at + 4, number)
            several, kind = kind & 0x1000, kind & 0xFFF
            count = 1
            if several or kind in WITH_LENGTH:
                count = struct.unpack_from("<I", data, at)[0]
                at += 4
            if count > VALUES or (kind not in WITH_LENGTH and kind not in SIZES):
                return
            for index in range(count):
                length = SIZES.get(kind, 0)
                if not length:
                    length = struct.unpack_from("<I", data, at)[0]
                    at += 4
                if index == 0:
                    yield number, kind, data[at : at + length]
                at += -(-length // 4) * 4
    except struct.error:  # it ends in the middle of a property
        return


def _after_name(data: bytes, at: int, number: int) -> int:
    """A property from 0x8000 on bears a GUID and a number or a name."""
    if number < 0x8000:
        return at
    named, length = struct.unpack_from("<II", data, at + 16)
    return at + 24 + (-(-length // 4) * 4 if named else 0)


def _text(value: bytes, kind: int, codepage: str) -> str:
    if kind == UNICODE:
        return value.decode("utf-16-le", "replace").partition("\0")[0]
    return _string(value, codepage)


def _string(value: bytes, codepage: str) -> str:
    return decoded(value.partition(b"\0")[0], codepage or None)[0]
