"""Take the signature off the end of what somebody wrote.

The signature line of RFC 3676 §4.3, what phones and lists append, a closing greeting with the name below it, a block
of contact data, a disclaimer. Looks at the end of the text only, and at a bounded number of lines; in doubt it stays.
"""

import re
from collections.abc import Callable

from intake.mail.folding import fold
from intake.mail.signature_words import (
    ADDRESSED,
    AND,
    CLOSINGS,
    DEVICES,
    DISCLAIMERS,
    FROM,
    GREETINGS,
    MOBILE,
    OFFER_ENDS,
    OFFERS,
    PLATFORMS,
    SECRETS,
    SENT_ENDS,
    SENT_STARTS,
    THANKS,
    TOLD,
)

LONGEST = 25
"""Lines that a signature may have."""
LONG_GREETING, LONGEST_CLOSING = 40, 60
SHORT, LONG = 70, 75
LINE = 1000
"""Characters of a line that are looked at."""

CLOSING_TAILS = frozenset(closing[-4:] for closing in CLOSINGS)
SHORT_CLOSINGS = tuple(closing for closing in CLOSINGS if len(closing) < 4)
EXCUSES = ("excuse", "typo", "brevity", "http", "k-9")
CLOSING_SIGNS = " \t,.!-–*_/。！，、:;"
LINK = re.compile(r"\s{0,3}[<\[(]https?://[^\s<>\])]{1,300}[>\])]")
RULE = re.compile(r"^\s*[-_=*~#+—–]{2,120}\s*$")
PHONE = re.compile(r"\+?\(?\d{2,5}\)?[\d ./()-]{5,18}\d")
CONTACT = re.compile(
    r"[^\s@]{1,80}@[^\s@]{3,120}|https?://|www\.|mailing list|unsubscribe|phone|mobil|skype|tel[.:]|fax", re.IGNORECASE
)
PERSON = re.compile(r"[^\W\d_a-z][\w.'’-]{0,30}(?: [^\W\d_a-z][\w.'’-]{0,30}){1,3}$")
NAME = re.compile(r"^\s*(?:-|/)\w[\w.'’]{1,30}(?: \w[\w.'’]{0,30}){0,2}\s*$")


def without(lines: list[str]) -> list[str]:
    """The lines up to the signature. Never empties a text that said something."""
    lines = _trimmed(lines)
    for end, enough in ENDS:
        cut = end(lines)
        if cut is not None and any(enough(line) for line in lines[:cut]):
            lines = _trimmed(lines[:cut])
    return lines


def _says_more(line: str) -> bool:
    """More than a greeting: what stands below a mere one is the mail, whatever it looks like."""
    return _says(line) and (len(line) > LONG_GREETING or not fold(line.strip()).startswith(GREETINGS))


def _says(line: str) -> bool:
    return any(character.isalnum() for character in line) or (bool(line.strip()) and not RULE.match(line[:130]))


def _trimmed(lines: list[str]) -> list[str]:
    """Without empty and ruled lines at the end."""
    end = len(lines)
    while end and (len(lines[end - 1].strip()) <= 1 or RULE.match(lines[end - 1][:130])):
        if lines[end - 1].strip() and (lines[end - 1].strip().isalnum() and lines[end - 1].isascii()):
            break
        end -= 1
    return lines[:end]


def _tail(lines: list[str], longest: int = LONGEST) -> range:
    return range(max(len(lines) - longest, 0), len(lines))


def _standard(lines: list[str]) -> int | None:
    """ "-- " alone on its line; many programs lose the space."""
    return next((at for at in _tail(lines) if lines[at].rstrip() in ("--", "—")), None)


def _disclaimer(lines: list[str]) -> int | None:
    for at in _tail(lines):
        if at and lines[at - 1].strip():
            continue
        if fold(lines[at][:LINE].lstrip(" *_>")).startswith(DISCLAIMERS):
            said = fold(" ".join(line[:LINE] for line in lines[at : at + 6]))
            long = len(said) >= LONG and any(word in said for word in ADDRESSED)
            if "?" not in said and (long or any(word in said for word in SECRETS)):
                return at
    return None


def _mobile(lines: list[str]) -> int | None:
    """The first such line of the end, when nothing but its kin and short lines follow."""
    found = None
    for at in reversed(_tail(lines, 40)):
        line = lines[at].strip().casefold()
        if not line:
            continue
        if _is_mobile(line):
            found = at
        elif found is None or len(line) > SHORT or not _near(lines, at):
            break
    return None if found is None else _with_name(lines, found)


def _with_name(lines: list[str], found: int) -> int:
    """From the name above it on, as in "Jo Field / via mobile"; other words above it may be all that somebody says."""
    start = _paragraph(lines, found)
    names = lines[start:found]
    return start if start and 0 < len(names) <= 2 and all(PERSON.match(name[:60].strip()) for name in names) else found


def _near(lines: list[str], at: int) -> bool:
    """Whether another such line stands above in the same run."""
    return any(_is_mobile(each.strip().casefold()) for each in lines[max(at - 3, 0) : at])


def _is_mobile(line: str) -> bool:
    """`line` in lower case."""
    bare = LINK.sub("", fold(line)).strip(" .!*_")
    if len(bare) > 120:
        return False
    if bare in ("via mobile", "sent via mobile", "from my iphone") or bare.endswith((" via mobile", " from mobile")):
        return len(bare) < SHORT
    words = bare.split()
    if not TOLD.isdisjoint(words) and not bare.startswith("diese "):
        return False
    if bare.startswith(MOBILE) and (len(words) <= 8 or any(each in line for each in EXCUSES)):
        return True
    framed = any(bare.endswith(end) and bare.startswith(starts) for end, starts in SENT_ENDS.items())
    sent = (bare.startswith(SENT_STARTS) and len(words) <= 9) or bare.startswith("sent via the ") or framed
    if sent and len(words) <= 12 and any(device in bare for device in DEVICES):
        return True
    offered = bare.startswith(OFFERS) and bare.endswith(PLATFORMS)
    offered = offered or (bare.startswith((*PLATFORMS, "az ios")) and bare.endswith(OFFER_ENDS))
    return offered and "outlook" in bare and len(words) <= 7


def _ruled(lines: list[str]) -> int | None:
    """A ruled line with something like contact data or a list's footer below it."""
    for at in _tail(lines):
        if not RULE.match(lines[at][:130]) or len(lines[at].strip()) < 3:
            continue
        rest = [line for line in lines[at + 1 :] if line.strip()]
        if rest:
            short = all(len(line) <= 120 for line in rest)
            if short and not _reads_on(rest[-1]) and any(CONTACT.search(line[:200]) for line in rest):
                return at
            if short and len(rest) <= 2 and lines[at].strip().startswith("_"):
                return at
    return None


def _closing(lines: list[str]) -> int | None:
    """A greeting alone on its line, and below it nothing that reads like a sentence."""
    tail = _tail(lines, 16)
    above = next((at for at in reversed(tail) if len(line := lines[at].strip()) > SHORT or _reads_on(line)), tail.start)
    for at in range(above, len(lines)):
        said = lines[at].strip(CLOSING_SIGNS)
        if not said or len(said) > LONGEST_CLOSING or not _is_closing(fold(said)):
            continue
        if any(line.strip() for line in lines[at + 1 :]):
            return at
    return None


def _is_closing(said: str) -> bool:
    """One greeting, or several and thanks in one line; perhaps from a place. Mere thanks are words of the mail."""
    if said in CLOSINGS:
        return True
    for word in FROM:
        if word in said:
            head, _, place = said.partition(word)
            if len(place.split()) <= 2 and head in CLOSINGS:
                return True
    end = said.rstrip()
    if end[-4:] not in CLOSING_TAILS and not end.endswith(SHORT_CLOSINGS):
        return False
    parts = [said]
    for word in AND:
        if word in said:
            parts = [piece.strip() for part in parts for piece in part.split(word)]
    return len(parts) > 1 and all(part in CLOSINGS or part in THANKS for part in parts) and parts[-1] in CLOSINGS


def _reads_on(line: str) -> bool:
    """A postscript, or a sentence: then what stands above is no end."""
    low = line.casefold()
    return low.startswith(("ps", "p.s", "nb:")) or (
        line.endswith(("?", "!", ".")) and len(line.split()) >= 3 and not CONTACT.search(line)
    )


def _contact(lines: list[str]) -> int | None:
    """A last paragraph of short lines, two of them with an address, a number or a link, that nothing announces."""
    at = _paragraph(lines, len(lines) - 1)
    block = lines[at:]
    if not 2 <= len(block) <= 10 or any(len(line) > SHORT for line in block):
        return None
    above = next((line for line in reversed(lines[:at]) if line.strip()), "")
    if any(line.rstrip().endswith((":", "：")) for line in (above, *block)):
        return None
    marks = sum(bool(CONTACT.search(line) or PHONE.search(line)) for line in block)
    return at if marks >= 2 else None


def _name(lines: list[str]) -> int | None:
    """ "-Ana Ruiz" or "/Ana" as the last line, after an empty one."""
    if len(lines) < 3 or not NAME.match(lines[-1][:100]) or lines[-2].strip():
        return None
    return len(lines) - 1


def _paragraph(lines: list[str], at: int) -> int:
    """Where the paragraph of this line begins."""
    while at > 0 and lines[at - 1].strip():
        at -= 1
    return at


ENDS: tuple[tuple[Callable[[list[str]], int | None], Callable[[str], bool]], ...] = (
    (_standard, _says),
    (_disclaimer, _says),
    (_mobile, _says),
    (_ruled, _says_more),
    (_closing, _says_more),
    (_contact, _says_more),
    (_name, _says_more),
)
"""Where a signature begins, in this order, and what a line above it has to say. The first three nobody writes by hand:
they go below a mere greeting, too."""
