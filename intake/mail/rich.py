"""Read the rich text that Outlook packs into winmail.dat: unpack it ([MS-OXRTFCP]) and take its words out.

Where it wraps the HTML that the writer had ([MS-OXRTFEX]) the HTML comes out again, otherwise plain text. What is torn
off or nonsense ends the reading. Callers may rely on: linear, bounded in what it unpacks, and never raises.
"""

import re
import struct
from dataclasses import dataclass, field, replace

from intake.mail.charset import decoded, scrub

LARGEST = 1024 * 1024
"""Octets that are unpacked."""
DEEPEST = 500
PACKED, STORED = b"LZFu", b"MELA"
HEADER = 16
# what the packer's window holds before the first octet, [MS-OXRTFCP] §2.1.2.1
PRIMER = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans "
    rb"SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n" + rb"\par "
    rb"\pard\plain\f0\fs20\b\i\u\tab\tx"
)
WINDOW = 4096

TOKEN = re.compile(
    rb"\\(?P<word>[A-Za-z]{1,32})(?P<number>-?[0-9]{1,9})? ?|\\'(?P<octet>[0-9A-Fa-f]{2})|\\(?P<sign>[^A-Za-z'])"
    rb"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n]+)|[\r\n\\]",
    re.DOTALL,
)
SILENT = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer headerl headerr headerf footerl footerr footerf ftnsep"
    b" generator xmlnstbl listtable listoverridetable rsidtbl themedata datastore mhtmltag bkmkstart bkmkend fldinst"
    .split()
)  # fmt: skip
"""Groups in which nothing stands for a reader."""
SIGNS = {
    b"par": "\n", b"line": "\n", b"row": "\n", b"sect": "\n", b"page": "\n", b"tab": "\t", b"cell": "\t",
    b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•", b"endash": "–",
    b"emdash": "—", b"emspace": " ", b"enspace": " ",
}  # fmt: skip
ESCAPED = {b"~": "\u00a0", b"_": "-", b"-": "", b"\n": "\n", b"\r": "\n", b"{": "{", b"}": "}", b"\\": "\\"}
CODEPAGES = {
    0: 1252, 128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256, 186: 1257,
    204: 1251, 222: 874, 238: 1250,
}  # fmt: skip
"""The charset of a font, as Windows numbers them, and the code page it means."""


@dataclass(frozen=True, slots=True)
class _State:
    """What a closing brace brings back."""

    silent: bool = False
    fonts: bool = False
    tag: bool = False
    """Inside a piece of the HTML that is wrapped."""
    shadow: bool = False
    """Between \\htmlrtf and \\htmlrtf0: what only a reader of RTF is shown."""
    codepage: int = 0
    skipped: int = 1
    """How many signs follow a \\u for those who cannot read it."""


@dataclass(slots=True)
class _Reading:
    state: _State = field(default_factory=_State)
    outer: list[_State] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    pending: bytearray = field(default_factory=bytearray)
    charsets: dict[int, int] = field(default_factory=dict)
    font: int = 0
    codepage: int = 1252
    html: bool = False
    begun: bool = False
    """Whether a brace was opened just now: the word that follows says what the group is."""
    ignorable: bool = False
    swallow: int = 0


def unpacked(data: bytes) -> bytes:
    """The RTF, b"" where it is none."""
    if len(data) < HEADER:
        return b""
    packing, size = data[8:12], struct.unpack_from("<I", data, 4)[0]
    if packing == STORED:
        return data[HEADER : HEADER + min(size, LARGEST)]
    if packing != PACKED:
        return b""
    out, at, end = bytearray(PRIMER), HEADER, len(PRIMER) + min(size, LARGEST)
    while at < len(data) and len(out) < end:
        flags, at = data[at], at + 1
        for bit in range(8):
            if not flags >> bit & 1:
                out += data[at : at + 1]
                at += 1
                continue
            if at + 2 > len(data):
                return bytes(out[len(PRIMER) : end])
            reference = data[at] << 8 | data[at + 1]
            at += 2
            back, length = (len(out) - (reference >> 4)) % WINDOW, (reference & 15) + 2
            if not back or back > len(out):  # the end is a reference to itself
                return bytes(out[len(PRIMER) : end])
            piece = bytes(out[len(out) - back : len(out) - back + length])
            out += (piece * (length // len(piece) + 1))[:length]
    return bytes(out[len(PRIMER) : end])


def words_of(rtf: bytes) -> tuple[str, bool]:
    """The text, and whether it is HTML."""
    reading = _Reading()
    for token in TOKEN.finditer(rtf[:LARGEST]):
        kind, content = token.lastgroup, token[0]
        if kind == "brace":
            if not _brace(reading, content):
                break
            continue
        begun, reading.begun = reading.begun, False
        if token["word"] is not None:
            _word(reading, token["word"], token["number"], begun or reading.ignorable)
            reading.ignorable = False
        elif token["octet"] is not None:
            _octets(reading, bytes([int(token["octet"], 16)]))
        elif token["sign"] is not None:
            reading.ignorable = begun and token["sign"] == b"*"
            _say(reading, ESCAPED.get(token["sign"], ""))
        elif token["text"] is not None:
            _octets(reading, token["text"])
    _flush(reading)
    whole = "".join(reading.words).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")  # pairs of \\u
    return scrub(whole).strip("\n"), reading.html


def _brace(reading: _Reading, brace: bytes) -> bool:
    """False where no group is left, or too many are open."""
    _flush(reading)
    reading.swallow = 0
    if brace == b"{":
        reading.outer.append(reading.state)
        reading.begun, reading.ignorable = True, False
        return len(reading.outer) < DEEPEST
    if reading.outer:
        reading.state = reading.outer.pop()
    reading.begun = False
    return bool(reading.outer)


def _word(reading: _Reading, word: bytes, digits: bytes | None, names_group: bool) -> None:
    number = int(digits) if digits else None
    state = reading.state
    if names_group and word == b"htmltag":
        reading.state = replace(state, tag=True, silent=False, shadow=False)
    elif (names_group and word in SILENT) or reading.ignorable:
        reading.state = replace(state, silent=True, fonts=word == b"fonttbl")
    elif word == b"fromhtml":
        reading.html = True
    elif word == b"htmlrtf":
        _flush(reading)
        reading.state = replace(state, shadow=number != 0)
    elif word == b"ansicpg" and number:
        reading.codepage = number
    elif word == b"f" and number is not None:
        _flush(reading)
        reading.font = number
        if not state.fonts:
            reading.state = replace(state, codepage=reading.charsets.get(number, 0))
    elif word == b"fcharset" and number is not None and state.fonts and len(reading.charsets) < 1000:
        reading.charsets[reading.font] = CODEPAGES.get(number, 0) if number else 0
    elif word == b"uc" and number is not None:
        reading.state = replace(state, skipped=max(number, 0))
    elif word == b"u" and number is not None:
        _say(reading, chr(number % 0x10000))
        reading.swallow = state.skipped
    elif word in SIGNS:
        _say(reading, SIGNS[word])


def _heard(reading: _Reading) -> bool:
    state = reading.state
    return not state.silent and not (reading.html and state.shadow and not state.tag)


def _octets(reading: _Reading, octets: bytes) -> None:
    if reading.swallow:
        left = max(reading.swallow - len(octets), 0)
        octets, reading.swallow = octets[reading.swallow :], left
    if _heard(reading):
        reading.pending += octets


def _say(reading: _Reading, text: str) -> None:
    _flush(reading)
    if _heard(reading):
        reading.words.append(text)


def _flush(reading: _Reading) -> None:
    """Together, for two octets may be one character."""
    if reading.pending:
        text = decoded(bytes(reading.pending), f"cp{reading.state.codepage or reading.codepage}")[0]
        reading.words.append(text)
        reading.pending.clear()
