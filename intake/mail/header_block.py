"""The header block of a mail or of a part, taken apart and repaired before any parser sees it.

Text before the first header is skipped, a line that lost its fold is joined to the one before it, overlong headers are
shortened between two words. Every function takes its defects as a list and adds to it what was wrong; values stay
folded and undecoded. Linear.
"""

import re
from dataclasses import dataclass

from rules.facts import Unreadable

HEADER_BLOCK = 256 * 1024
"""Octets of all headers that are kept; a mail with more has more to it than a question."""
HEADER = 64 * 1024
"""Octets of one header that are read; what is longer is shortened, for a mail to 3,000 people is still a mail."""
HEADER_SCAN = 8 * 1024 * 1024
"""Octets looked through for the end of the header block."""
SHORT = {b"subject": 8 * 1024}
"""Headers that mean nothing beyond a much smaller size."""
SHORTEST = min(SHORT.values())
"""Octets of a header that is kept as it is, whatever its name."""
FIELDS = 2_000
TRACES = 25
"""How many Received headers are kept, counted from the top."""
LOST = "a header line lost its fold"
FIELD_NAME = re.compile(rb"[!-9;-~]{1,128}[ \t]{0,8}:")
FIELD = re.compile(rb"([!-9;-~]{1,128})[ \t]{0,8}:([^\n]*\n(?:[ \t][^\n]*\n)*+)")
"""A header with its folds, as all are but the broken ones."""
KNOWN = frozenset(
    b"from to cc bcc subject date message-id in-reply-to references mime-version content-type content-id received"
    b" content-transfer-encoding content-disposition content-language return-path reply-to sender importance"
    b" list-id list-unsubscribe precedence auto-submitted dkim-signature authentication-results thread-index".split()
)


@dataclass(frozen=True, slots=True)
class Field:
    """One header: its name in lower case, its value still folded and undecoded."""

    name: str
    value: bytes


def first_header(raw: bytes, defects: list[str]) -> int:
    """Skip what some hosts put before the headers: empty lines, an mbox "From " line, a few lines of text."""
    at, said = 0, False
    for _ in range(20):
        end = line_end(raw, at)
        line = raw[at:end].rstrip(b"\r\n")
        if line and not line.startswith((b"From ", b">From ")):
            if FIELD_NAME.match(line):
                return at
            if not _header_near(raw, end):
                return at
            said = True
        if end >= len(raw):
            return at
        at = end
        if said and "text before the first header" not in defects:
            defects.append("text before the first header")
    return at


def fields_from(raw: bytes, at: int, defects: list[str]) -> tuple[list[Field], int]:
    """The headers from `at` on and where the body starts."""
    found: list[tuple[str, list[bytes]]] = []
    length, start = 0, at
    while (whole := FIELD.match(raw, at, at + SHORTEST)) and at - start <= HEADER_SCAN:
        found.append((whole[1].lower().decode("ascii"), [whole[2]]))
        at, length = whole.end(), len(whole[2])
    _bear(at - start)
    while at < len(raw):
        end = line_end(raw, at)
        line = raw[at:end]
        if not line.strip(b"\r\n"):
            return _joined(found), end
        if line[:1] in b" \t" and found:
            if length < SHORT.get(found[-1][0].encode(), HEADER) + 1000:
                found[-1][1].append(line)
            length += len(line)
        elif FIELD_NAME.match(line):
            name, _, value = line.partition(b":")
            found.append((name.strip().lower().decode("ascii"), [value]))
            length = len(value)
        elif found and (_header_near(raw, end) or _last_line(found[-1][1]).rstrip().endswith(b";")):
            defects.append(LOST)
            found[-1][1].append(b" " + line)
        else:
            if not line.startswith(b"--"):
                defects.append("no empty line after the headers")
            return _joined(found), at
        at = end
        _bear(at - start)
    return _joined(found), at


def _bear(octets: int) -> None:
    if octets > HEADER_SCAN:
        raise Unreadable(f"the header block has more than {HEADER_SCAN} octets")


def bounded(fields: list[Field], defects: list[str]) -> tuple[Field, ...]:
    kept, size, traces = [], 0, 0
    for field in fields:
        if field.name == "received":
            traces += 1
            if traces > TRACES:
                continue
        value = field.value
        limit = SHORT.get(field.name.encode(), HEADER)
        if len(value) > limit:
            value = shortened(value, limit)
            defects.append(f"header {field.name[:40]} was cut")
        size += len(field.name) + len(value) + 4
        kept.append(Field(field.name, value))
    if size > HEADER_BLOCK:
        raise Unreadable(f"the header block has more than {HEADER_BLOCK} octets")
    if len(kept) > FIELDS:
        defects.append(f"{len(kept) - FIELDS} headers were not read")
    return tuple(kept[:FIELDS])


def shortened(value: bytes, limit: int) -> bytes:
    """End between two addresses or two words, so that the last one is not half read."""
    short = value[:limit]
    at = max(short.rfind(b","), short.rfind(b"\n"), short.rfind(b" "))
    return short[:at].rstrip(b"\r\n, ") if at > limit // 2 else short


def value_of(fields: list[Field], name: str) -> bytes:
    return next((field.value for field in fields if field.name == name), b"")


def line_end(raw: bytes, at: int) -> int:
    """The index after the next line break; a bare CR breaks no line here, as in the parsers that follow."""
    end = raw.find(b"\n", at)
    return len(raw) if end == -1 else end + 1


def _header_near(raw: bytes, at: int) -> bool:
    """Whether a header that everybody knows stands within the next few lines, before an empty one."""
    for _ in range(5):
        end = line_end(raw, at)
        line = raw[at:end]
        if not line.strip():
            return False
        if FIELD_NAME.match(line) and _name(line) in KNOWN:
            return True
        at = end
    return False


def _last_line(lines: list[bytes]) -> bytes:
    return lines[-1][lines[-1].rfind(b"\n", 0, -1) + 1 :]


def _joined(found: list[tuple[str, list[bytes]]]) -> list[Field]:
    """A bare CR is no fold: left in, the parsers that follow would see another header after it."""
    values = ((name, b"".join(lines).replace(b"\r\n", b"\n").replace(b"\r", b" ")) for name, lines in found)
    return [Field(name, value.strip(b"\n")) for name, value in values]


def _name(line: bytes) -> bytes:
    return line.partition(b":")[0].strip().lower()
