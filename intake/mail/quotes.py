"""Tell what is new in a mail from what it quotes and from its signature.

One pass over the lines, each looked at with a bounded neighbourhood; no expression spans lines. Where a history begins
(an attribution, a block of headers, "Original Message", our own marker) the rest goes; answers between quoted lines are
kept whole, quotes included; a closing signature goes last. Callers may rely on: the result is never empty where the
text is not, and whatever is cut here still stands in `Mail.text`.
"""

import re
from dataclasses import dataclass

from intake.mail import signatures
from intake.mail.attributions import attribution, forwarded, marker, quoted_headers
from intake.mail.marks import CITED, INTRO, SIGNED, clean

SCANNED = 20_000
"""Lines that are looked at; a history that begins after that many is a log, and stays."""
LINE = 600
"""Characters of a line that are looked at."""
# no-break spaces stand before a French colon, zero-width ones anywhere in what phones write
INVISIBLE = {"\u00a0": " ", "\u202f": " ", "\u200b": "", "\ufeff": "", "\u200e": "", "\u200f": ""}
INVISIBLE |= dict.fromkeys(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))), "")  # they turn the direction
TELLING, TELLING_START = re.compile(r"[0-9@:：]"), re.compile(r"\s{0,40}[-_*=>~#—–]|Wiadomość napisana")
"""What every line has with which a history may begin: a date, an address, a colon, a rule; in Polish a name may do."""
INITIALLED = re.compile(r"[ \t]{0,8}[A-Z]{1,3}>(?: |$)")
MARKED = f" \t{INTRO}"
QUOTE_SIGNS = (">", "|", "＞")


@dataclass(frozen=True, slots=True)
class _Scan:
    kept: list[str]
    attributed: frozenset[int]
    """Indices into `kept` at which an attribution was taken out."""
    whole: bool
    """Whether the scan reached the last line."""


def new_text(text: str) -> str:
    """The writer's own words, or the whole text where nothing would be left. `text` may bear those of `marks`."""
    lines = _unsigned([line.rstrip() for line in without_invisible(text).split("\n")])
    scan = _without_history(lines[:SCANNED])
    kept = scan.kept
    if scan.whole and len(lines) > SCANNED:
        kept += lines[SCANNED:]
    else:
        kept = signatures.without(kept)
        kept = _without_initialled(kept) if scan.attributed else kept
        kept = _without_quotes(kept, scan.attributed)
        kept = signatures.without(kept)
    own = clean("\n".join(kept)).strip("\n")
    if own.strip():
        return own
    return clean(text).strip("\n")


def without_invisible(text: str) -> str:
    """Sign by sign: a translation would look up each letter of a text that has none of them."""
    for sign, shown in () if text.isascii() else INVISIBLE.items():
        text = text.replace(sign, shown)
    return text


def _unsigned(lines: list[str]) -> list[str]:
    """Without what the writer's program marked as a signature, unless that is all."""
    rest = [line for line in lines if SIGNED not in line]
    return rest if any(line.strip(CITED + INTRO) and not quoted(line) for line in rest) else lines


def _without_history(lines: list[str]) -> _Scan:
    """Up to where the history begins; lines that only introduce a quote go, what was written below it stays."""
    kept: list[str] = []
    attributed: set[int] = set()
    said = False  # whether the writer said anything yet
    at = 0
    while at < len(lines):
        line = lines[at][:LINE]
        if marker(line) or line.strip(MARKED) == CITED:
            if said or marker(line):
                break
            at += 1
            continue
        if INTRO in line and not line.strip(MARKED):  # the element begins with another
            at += 1
            continue
        if quoted(line):
            kept.append(lines[at])
            at += 1
            continue
        end = _history_begins(lines, at)
        if end or INTRO in line:
            end = end or at + 1
            following = next((each for each in lines[end : end + 6] if each.strip()), "")
            if not quoted(following) and said:
                break
            attributed.add(len(kept))
            at = end
            continue
        said = said or bool(line.strip())
        kept.append(lines[at])
        at += 1
    return _Scan(kept, frozenset(attributed), at >= len(lines))


def _history_begins(lines: list[str], at: int) -> int:
    """The index after an attribution, a header block or a forwarding line that begins here; 0 where none does."""
    line = lines[at][:LINE]
    if not TELLING.search(line) and not TELLING_START.match(line):
        return 0
    if end := forwarded(lines, at):
        return quoted_headers(lines, end) or end
    return quoted_headers(lines, at) or attribution(lines, at)


def _without_quotes(lines: list[str], attributed: frozenset[int]) -> list[str]:
    """Drop the quotes below the last word of the writer, and a single introduced quote above the first."""
    own = [index for index, line in enumerate(lines) if line.strip() and not quoted(line)]
    if not own:
        return []
    lines = lines[: own[-1] + 1]
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    begins_quoted = first < own[0]
    interleaved = any(quoted(line) for line in lines[own[0] :])
    if begins_quoted and not interleaved and any(index <= first for index in attributed):
        lines = lines[own[0] :]
    return lines


def _without_initialled(lines: list[str]) -> list[str]:
    """Without a last quote whose lines begin with somebody's initials. In a mail that introduces a quote: in others
    it is the prompt of a shell. An empty line among them bears the sign all the same, which no prompt leaves behind."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or INITIALLED.match(lines[end - 1])):
        end -= 1
    block = [line.strip() for line in lines[end:] if line.strip()]
    return lines[:end] if len(block) >= 3 and any(line.endswith(">") and len(line) <= 4 for line in block) else lines


def quoted(line: str) -> bool:
    """ "> wrote:" is the torn end of an attribution, a table may begin with a bar: "| text" but not "| a | b |"."""
    start = line.lstrip()[:1]
    if start not in QUOTE_SIGNS or not start:
        return False
    return not (start == "|" and line.count("|") > 2)
