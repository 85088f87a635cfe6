"""Cut a mail down to what has to be read, before any MIME parser sees it.

One linear pass over the bytes: the headers are repaired and bounded (`header_block`), and the bodies of large parts are
taken out and replaced by a token, so that neither a 30 MB attachment nor 10,000 headers reach mail-parser. What cannot
be bounded is refused with a reason.
Callers may rely on: `Cut.fields` holds every header kept, in order; `Cut.data` is small, and a payload that contains
a key of `Cut.bodies` stands for exactly those bytes of the raw mail.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from intake.mail.header_block import LOST, Field, bounded, fields_from, first_header, line_end, shortened, value_of
from rules.facts import Unreadable

PART_HEADERS = 16 * 1024
"""Octets of a part's headers that are handed on as they are: beyond it the parsers that follow are quadratic."""
PART_LINES = 20_000
"""Lines that start with "--", each of which may start a part."""
PARTS = 12_000
"""Parts that are really there."""
NESTED = 100
"""Multiparts that declare a boundary."""
WORK = 3_000_000
"""Lines left for the MIME parser times the boundaries it compares each line with."""
LARGE = 16 * 1024
"""Bodies beyond this are taken out."""

TOKEN = b"X-Intake-Cut"
"""The header that stands for a whole message within: a parser takes what begins a message for its headers."""

BOUNDARY = re.compile(rb"boundary[ \t\r\n]*=[ \t\r\n]*(?:\"([^\"]{1,500})\"|([^\s;\"]{1,500}))", re.IGNORECASE)
FOR_MAILPARSER = frozenset(
    b"from to cc reply-to subject date mime-version content-type content-transfer-encoding content-disposition"
    b" content-id content-description".split()
)


@dataclass(frozen=True, slots=True)
class Cut:
    data: bytes
    """What mail-parser is given: the headers it is asked about, and the parts without their large bodies."""
    body: int
    """Where in it the headers of the mail end and the parts begin."""
    fields: tuple[Field, ...]
    bodies: dict[str, tuple[int, int]]
    """Token -> where in the raw mail the body stands that it replaced."""
    defects: tuple[str, ...]


def cut(raw: bytes) -> Cut:
    """Raises `Unreadable` for a mail whose size or structure has no bound."""
    defects: list[str] = []
    start = first_header(raw, defects)
    fields, body = fields_from(raw, start, defects)
    if not fields:
        defects.append("no headers")
    fields = _with_boundary(raw, body, fields, defects)
    kept = bounded(fields, defects)
    bodies: dict[str, tuple[int, int]] = {}
    head = b"".join(b"%s:%s\n" % (n.encode(), v) for n, v in _pairs(kept) if n.encode() in FOR_MAILPARSER) + b"\n"
    return Cut(b"".join([head, *_parts(raw, body, fields, bodies)]), len(head), kept, bodies, tuple(defects))


def _pairs(fields: tuple[Field, ...]) -> Iterator[tuple[str, bytes]]:
    return ((field.name, field.value) for field in fields)


def _with_boundary(raw: bytes, body: int, fields: list[Field], defects: list[str]) -> list[Field]:
    """Some hosts declare another boundary than they write: then the first that looks like one counts."""
    kind = value_of(fields, "content-type")
    if not kind.lstrip()[:10].lower().startswith(b"multipart/"):
        return fields
    stated = BOUNDARY.search(kind)
    if stated and raw.find(b"--" + (stated[1] or stated[2]).rstrip(), body) != -1:
        return fields
    at = body
    for _ in range(200):
        end = line_end(raw, at)
        line = raw[at:end].rstrip()
        like_one = line.startswith(b"--") and 4 < len(line) < 200 and b'"' not in line
        if like_one and raw[end : end + 8].lower() == b"content-":
            defects.append("its parts are divided by another boundary than it says")
            value = kind.partition(b";")[0] + b'; boundary="' + line[2:] + b'"'
            return [Field(each.name, value) if each.name == "content-type" else each for each in fields]
        if end >= len(raw):
            break
        at = end
    return fields


def _parts(raw: bytes, at: int, fields: list[Field], bodies: dict[str, tuple[int, int]]) -> Iterator[bytes]:
    """The body with the large leaves replaced by tokens."""
    salt = hashlib.sha256(raw[:65536]).hexdigest()[:24]
    boundaries: set[bytes] = set()
    copied, dashes, lines, parts = at, 0, 0, 0
    while True:
        kind = value_of(fields, "content-type").strip().lower()
        leaf = not kind.startswith(b"multipart/")
        if not leaf:
            _declare(fields, boundaries)
        start = at
        line_at, at, seen = _next_delimiter(raw, at, boundaries)
        dashes += seen
        if dashes > PART_LINES:
            raise Unreadable(f"more than {PART_LINES} parts")
        # What a mail brings along as a message is an attachment: it is taken out whole and never opened here.
        if (leaf and line_at - start > LARGE) or kind.startswith(b"message/"):
            token = f"intake-{salt}-{len(bodies)}"
            bodies[token] = (start, line_at)
            yield raw[copied:start]
            yield b"%s: %s\n" % (TOKEN, token.encode()) if kind.startswith(b"message/") else token.encode()
            lines += raw.count(b"\n", copied, start)
            copied = line_at
        if at >= len(raw):
            break
        head, defects = at, list[str]()
        fields, at = fields_from(raw, at, defects)
        if LOST in defects or at - head > PART_HEADERS:  # the parser that follows would end the headers there
            fields = _few(fields)
            yield raw[copied:head]
            yield b"".join(b"%s:%s\n" % (name.encode(), value) for name, value in _pairs(tuple(fields))) + b"\n"
            lines += raw.count(b"\n", copied, at)
            copied = at
        parts += 1
        if parts > PARTS:
            raise Unreadable(f"more than {PARTS} parts")
    lines += raw.count(b"\n", copied)
    if lines * (len(boundaries) + 1) > WORK:
        raise Unreadable("too many lines in too deeply nested parts")
    yield raw[copied:]


def _declare(fields: list[Field], boundaries: set[bytes]) -> None:
    """Add the boundary that a multipart names, if it does."""
    if found := BOUNDARY.search(value_of(fields, "content-type")):
        boundaries.add((found[1] or found[2]).rstrip())
    if len(boundaries) > NESTED:
        raise Unreadable(f"more than {NESTED} nested parts")


def _few(fields: list[Field]) -> list[Field]:
    """What is read of a part's headers, as far as they have a sensible length."""
    limit = PART_HEADERS // 2
    wanted = [field for field in fields if field.name.encode() in FOR_MAILPARSER][:50]
    return [
        Field(each.name, each.value if len(each.value) <= limit else shortened(each.value, limit)) for each in wanted
    ]


def _next_delimiter(raw: bytes, at: int, boundaries: set[bytes]) -> tuple[int, int, int]:
    """Where the next delimiter line starts, its line break counted in, where it ends, how many lines looked so."""
    seen = misses = 0
    if not boundaries:
        return len(raw), len(raw), 0
    search = at
    while (dash := _dashes(raw, search, misses)) != -1:
        if (dash > at and raw[dash - 1] != 0x0A) or raw[dash + 1 : dash + 2] != b"-":
            misses += 1
            search = line_end(raw, dash)
            continue
        seen += 1
        if seen > PART_LINES:
            break
        end = line_end(raw, dash)
        line = raw[dash + 2 : min(end, dash + 600)].rstrip()
        if line in boundaries or (line.endswith(b"--") and line[:-2] in boundaries):
            ends = dash - 2 if raw[max(dash - 2, 0) : dash - 1] == b"\r" else dash - 1
            return max(ends, at), end, seen
        search = dash + 2
    return len(raw), len(raw), seen


def _dashes(raw: bytes, at: int, misses: int) -> int:
    """Where the next delimiter may stand. A lone dash is found sixty times as fast, for base64 has none; once a text
    turns out to be full of them, the whole beginning of a line is looked for."""
    if misses < 1000:
        return raw.find(b"-", at)
    found = raw.find(b"\n--", max(at - 1, 0))
    return found + 1 if found != -1 else -1
