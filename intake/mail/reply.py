"""What somebody wrote in answer to a letter: their words, and the signature below them, without what is quoted.

Other than `Mail.new_text` this is empty where a mail is nothing but what it quotes, and it keeps the signature apart:
an answer that goes on to somebody else needs both. Callers may rely on: no line stands here that is not in `Mail.text`.
"""

from dataclasses import dataclass

from intake.mail.attributions import attribution, forwarded, marker, quoted_headers
from intake.mail.quotes import LINE, quoted, without_invisible
from rules.facts import Mail

TAIL = 3
DELIMITER = "-- "
LONGEST_SIGNATURE = 25
"""Lines; what is longer is something else."""


@dataclass(frozen=True, slots=True)
class Reply:
    text: str
    """"" where the mail says nothing of its own."""
    signature: str
    """With the "-- " above it where it was written with one; "" for none."""


def reply_of(mail: Mail) -> Reply:
    """The writer's own words and signature."""
    own = _lines(mail.new_text)
    if not _says_something(own):
        return Reply("", "")
    return Reply("\n".join(own), _signature(_lines(mail.text), own))


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in without_invisible(text).strip("\n").split("\n")]


def _says_something(lines: list[str]) -> bool:
    """`Mail.new_text` is the whole text where nothing else would be left: then all of it is history."""
    at = 0
    while at < len(lines):
        line = lines[at][:LINE]
        end = _history(lines, at)
        if end:
            at = end
        elif line.strip() and not quoted(line):
            return True
        else:
            at += 1
    return False


def _history(lines: list[str], at: int) -> int:
    """The index after what introduces a quote at this line; 0 where nothing does."""
    if marker(lines[at][:LINE]):
        return at + 1
    return forwarded(lines, at) or quoted_headers(lines, at) or attribution(lines, at)


def _signature(lines: list[str], own: list[str]) -> str:
    """What stands between the last own word and the history, or the end; else what stands below the history."""
    # Between the lines of a quotation an attribution may be taken out: then the end of the words is known by its own.
    end = _end_of(own, lines) or _end_of(own[-TAIL:], lines)
    found = _until_history(lines[end:]) if end else []
    if not any(found):
        found = _last(lines)
    if len(found) > LONGEST_SIGNATURE:
        return ""
    return "\n".join(DELIMITER if line == DELIMITER.rstrip() else line for line in found).strip("\n")


def _until_history(lines: list[str]) -> list[str]:
    found = (at for at, line in enumerate(lines) if quoted(line[:LINE]) or _history(lines, at))
    return lines[: next(found, len(lines))]


def _last(lines: list[str]) -> list[str]:
    """mutt puts it below everything, behind its delimiter (RFC 3676 §4.3)."""
    last = len(lines) - 1
    at = next((at for at in range(last, last - LONGEST_SIGNATURE, -1) if lines[max(at, 0)] == DELIMITER.rstrip()), None)
    below = lines[at:] if at is not None else []
    return below if len(_until_history(below)) == len(below) else []


def _end_of(some: list[str], lines: list[str]) -> int:
    """The index after the first place where these lines stand; 0 where they do not."""
    count = len(some)
    return next((at + count for at in range(len(lines) - count + 1) if lines[at : at + count] == some), 0)
