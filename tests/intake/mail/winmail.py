"""Make a winmail.dat as Outlook would ([MS-OXTNEF] §2.1)."""

import struct

TITLE, DATA, BEGINS, ATTACHMENT = 0x18010, 0x6800F, 0x69002, 0x69005
BODY, PROPERTIES, VERSION, CODEPAGE = 0x2800C, 0x69003, 0x89006, 0x69007


def winmail(*attributes: tuple[int, int, bytes]) -> bytes:
    """Each attribute: its level (1 the message, 2 an attachment), its number and its value."""
    version = (1, VERSION, struct.pack("<I", 0x10000))
    page = (1, CODEPAGE, struct.pack("<II", 1252, 0))
    out = [bytes.fromhex("789f3e22"), struct.pack("<H", 1)]
    for level, number, value in (version, page, *attributes):
        out += [struct.pack("<BII", level, number, len(value)), value, struct.pack("<H", sum(value) & 0xFFFF)]
    return b"".join(out)


def properties(*each: tuple[int, int, bytes]) -> bytes:
    """MAPI properties: number, type and value; only types with a length, each with one value."""
    out = struct.pack("<I", len(each))
    for number, kind, value in each:
        named = (
            b"\1" * 16 + struct.pack("<II", 1, 6) + "ab\0".encode("utf-16-le") + b"\0\0" if number >= 0x8000 else b""
        )
        out += (
            struct.pack("<HH", kind, number)
            + named
            + struct.pack("<II", 1, len(value))
            + value
            + b"\0" * (-len(value) % 4)
        )
    return out


def attached(name: str, content: bytes, *, short: bytes = b"SHORT~1.TXT\0") -> list[tuple[int, int, bytes]]:
    """The attributes of one attachment with a long name in Unicode."""
    named = properties((0x8001, 0x1F, b"x\0\0\0"), (0x3707, 0x1F, f"{name}\0".encode("utf-16-le")))
    return [(2, BEGINS, b"\0" * 14), (2, TITLE, short), (2, DATA, content), (2, ATTACHMENT, named)]
