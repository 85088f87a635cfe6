"""Recognise the lines with which mail programs introduce what they quote, in the languages of their users.

"On … wrote:" on one line or torn over several, blocks of From/Sent/To/Subject, "-----Original Message-----" and
"Forwarded message", and the marker of our own letters. Every function looks at a bounded number of bounded lines.
"""

import re

from intake.mail.attribution_words import (
    ENGLISH,
    INNER,
    LABELS,
    MARKERS,
    NAMED,
    NAMING,
    ORIGINAL,
    STARTS,
    THINGS,
    VERBS,
)
from intake.mail.folding import fold

LONGEST = 500
LINES = 6

# what follows a verb-less rule line that means the same
RULE = re.compile(r"^[ \t>*]*[-_=*~#—–]{5,120}[ \t*]*$")

# no \b: a sign of Chinese or Japanese counts as a letter
WHEN = re.compile(
    r"(?:19|20)\d\d|(?<!\d)\d{1,2}[:.h]\d{2}(?!\d)|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b"
    r"|\b\d{1,2}\.? (?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? \d{1,2}\b"
)
DAY = re.compile(r"(?:19|20)\d\d|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b")
CLOCK = re.compile(r"(?<![\d.:])\d{1,2}[:.h]\d{2}(?!\d|\.\d{4})")
SECONDS = re.compile(r"\b\d{1,2}:\d{2}:\d{2}\b")
BRACKETED = re.compile(r"[<(\[]\s?[^\s<>()@]{1,80}@[^\s<>()@]{2,120}\s?[>)\]]")
ADDRESS = re.compile(r"[^\s<>@]{1,80}@[^\s<>@]{2,120}")
STAMP = re.compile(r"(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}[ T]\d{1,2}:\d{2}|(?:19|20)\d\d/\d{1,2}/\d{1,2} ")
NAMED_STAMP = re.compile(r"[\d-]{8,10} \d{1,2}:\d\d GMT[+-]\d\d:\d\d(?: [^\W\d_][\w.'’-]{0,30}){1,4}:?$")
DRESSED = re.compile(r"^[ \t>]*[-=*_]{4,40} ?[^\W\d_][^\d:@]{2,50} ?[-=*_]{4,40}$")
OUTLOOK_RULE = re.compile(r"^_{20,120}$")
OTHERS = tuple(verb for verb in VERBS if verb not in ENGLISH)
NAMED_WRITER = re.compile(r"(?:[^\W\d_a-z][\w.'’-]{0,30},? ){1,4}<[^\s<>@]{1,80}@[^\s<>@]{2,120}> \S{2,20}\s?[:：]$")
STARTS_BY_TWO = {two: tuple(each for each in STARTS if each[:2] == two) for two in {each[:2] for each in STARTS}}
VERB_TAILS = frozenset(verb[-2:] for verb in VERBS)
LABEL_END = re.compile("[:：]")
LABEL = re.compile(r"^[\s>*|]*([^:：\n]{1,24}?)[\s*]*[:：]")


def marker(line: str) -> bool:
    """Our own "reply above this line", with whatever a mail program put around it."""
    if len(line) > 200:
        return False
    bare = line.strip(" \t>|#*_=-~.…").casefold()
    if not bare.endswith(MARKERS):
        return False
    said = next((each for each in MARKERS if bare.endswith(each)), "")  # "please type your reply above this line"
    return len(bare[: -len(said)].split()) <= 3


def forwarded(lines: list[str], at: int) -> int:
    """The index after "-----Original Message-----" or one of its kin, 0 where there is none."""
    line = lines[at][:200].strip()
    bare = fold(line.strip(" \t>|*_=-~#:<"))
    if bare not in ORIGINAL and not bare.startswith("forwarded by "):
        return _labelled(lines, at + 1, 4) if DRESSED.match(line) else 0
    dressed = line[:1] in "-_*=>|~#" or line.endswith(":") or quoted_headers(lines, at + 1)
    return at + 1 if dressed else 0


def quoted_headers(lines: list[str], at: int) -> int:
    """The index after a block of From/Sent/To/Subject that begins here, perhaps below a ruled line; 0 for none."""
    if at < len(lines) and lines[at][:1].isalnum() and not LABEL_END.search(lines[at], 0, 60):
        return 0  # neither a rule nor a label
    ruled = bool(RULE.match(lines[at][:130])) if at < len(lines) else False
    start = at
    while start < min(at + 3, len(lines)) and (RULE.match(lines[start][:130]) or (ruled and not lines[start].strip())):
        start += 1
    kinds: list[str] = []
    end, gap, sure = start, 0, False  # sure: with an address, or a time
    for index in range(start, min(start + 16, len(lines))):
        line = lines[index][:LONGEST]
        kind = _kind(line)
        if kind:
            kinds.append(kind)
            end, gap = index + 1, 0
            sure = sure or "@" in line or bool(kind == "date" and CLOCK.search(line))
        elif not kinds:
            break
        else:
            gap += 1
            if gap > 2 or (not line.strip() and (len(set(kinds)) >= 3 or gap > 1)):
                break
    found = set(kinds) - {"other"}
    if not found and at < len(lines) and OUTLOOK_RULE.match(lines[at][:130].strip()):
        return _labelled(lines, start, 3)
    if len(kinds) > len(found) + 2 or "from" not in found:
        return 0
    if ruled:
        return end if len(found) >= 2 else 0
    # without a date, or without a person, it is the setting of a filter or what a mail looks like that somebody asks of
    enough = len(found) >= 4 or (len(found) >= 2 and sure)
    return end if enough and "date" in found else 0


def _labelled(lines: list[str], at: int, least: int) -> int:
    """The same in a language that is not known here, for a block that a rule or a heading announces: so many labels,
    an address at the first and at another, and a date. The record of an error has the one of its user alone."""
    end = at
    while end < min(at + 8, len(lines)) and LABEL.match(lines[end][:60]):
        end += 1
    block = [line[:LONGEST] for line in lines[at:end]]
    told = len(block) >= least and "@" in block[0] and sum("@" in line for line in block) >= 2
    told = told and any(CLOCK.search(line) and DAY.search(line) for line in block)
    return end if told else 0


def _kind(line: str) -> str:
    found = LABEL.match(line[:60])
    return LABELS.get(fold(found[1].strip(" *\t")), "") if found else ""


def attribution(lines: list[str], at: int) -> int:
    """The index after an attribution that begins at this line and may be torn over a few; 0 for none."""
    first = lines[at].strip(" \t*_")
    if (
        first[:2] in ("19", "20") and STAMP.match(first) and len(first) < 120
    ):  # without an address, here or torn off, it is a line of a log
        if SECONDS.search(first):
            return 0
        if first.casefold().endswith((":", "：")) and _ends_with_verb(first.casefold().rstrip(" :："), OTHERS):
            return at + 1
        alone = at > 0 and not lines[at - 1].strip() and not "".join(lines[at + 1 : at + 2]).strip()
        whole = (ADDRESS.search(first) and first.endswith((":", ">"))) or (alone and NAMED_STAMP.match(first))
        return at + 1 if whole else _torn(lines, at)
    return (_known(lines, at, first) if _may_begin(first) else 0) or _foreign(lines, at)


def _known(lines: list[str], at: int, first: str) -> int:
    """The same by the words of the languages known here."""
    joined, blanks = first, 0
    for index in range(at, min(at + LINES, len(lines))):
        if index > at:
            line = lines[index].strip(" \t*_")
            blanks += not line
            if blanks > 2 or (blanks and joined.endswith((".", "!", "?", ")"))) or _begins(line):
                return 0
            joined = f"{joined} {line.lstrip('>').strip()}".strip()
        if len(joined) > LONGEST:
            return 0
        if _complete(joined):
            return index + 1 if _begins_as_one(joined) or _quote_below(lines, index + 1) else 0
    return 0


def _begins_as_one(joined: str) -> bool:
    """With a date, as no person introduces what he tells: "As Ms Ruiz wrote on 10 March:", "Ana <address> wrote:"."""
    text = fold(joined)
    if WHEN.search(text):
        return text[0].isdigit() or _starts(text) or "@" in text
    return NAMED_WRITER.match(joined) is not None


def _quote_below(lines: list[str], at: int) -> bool:
    return next((each for each in lines[at : at + 3] if each.strip()), "").lstrip().startswith(">")


def _foreign(lines: list[str], at: int) -> int:
    """The same in a language that is not known here: a day, a clock, an address, a colon, and below it a quote."""
    first, joined = lines[at][:LONGEST], ""
    if not any(line[:LONGEST].rstrip(" \t*_").endswith((":", "：")) for line in lines[at : at + 3]):
        return 0
    if "@" not in first and not CLOCK.search(first):
        return 0
    for index in range(at, min(at + 3, len(lines))):
        line = lines[index][:LONGEST].strip(" \t*_")
        if not line or line.startswith(">"):
            return 0
        joined = f"{joined} {line}".strip()
        if joined.endswith((":", "：")):
            said = BRACKETED.search(joined) or any(verb in fold(joined) for verb in OTHERS)
            known = said and CLOCK.search(joined) and WHEN.search(joined)
            return index + 1 if known and _quote_below(lines, index + 1) and not SECONDS.search(joined) else 0
    return 0


def _torn(lines: list[str], at: int) -> int:
    """A stamp with a name whose address broke onto the next line."""
    following = lines[at + 1].strip() if at + 1 < len(lines) else ""
    return at + 2 if ADDRESS.match(following.lstrip("<")) and following.endswith(":") else 0


def _may_begin(line: str) -> bool:
    """A cheap look before any joining: a date comes early, or a name with an address and the verb."""
    if not line:
        return False
    start = line[:160].casefold()
    if (start[0].isdigit() or _starts(start)) and any(character.isdigit() for character in start):
        return True
    if start.startswith(NAMING) or ("@" in start and any(verb in start for verb in VERBS)):
        return True
    return _complete(line[:LONGEST])


def _starts(text: str) -> bool:
    """Whether a folded text begins as attributions do; there are hundreds of ways, and few of one beginning."""
    return text.startswith((*STARTS_BY_TWO.get(text[:2], ()), *STARTS_BY_TWO.get(text[:1], ())))


def _begins(line: str) -> bool:
    """Whether a later line begins an attribution of its own."""
    start = line[:80].casefold()
    return start.startswith(("on ", "am ", "le ", "el ", "il ", "em ", "op ", "den ")) and any(map(str.isdigit, start))


def _complete(joined: str) -> bool:
    text = fold(joined).rstrip(" -")
    if text[-1:] not in (":", "：", ")") and text[-2:] not in VERB_TAILS:
        return False
    if _names_then_dates(text):
        return True
    if not text.endswith((":", "：")) and not text.endswith(VERBS):
        return False
    when, address = WHEN.search(text), ADDRESS.search(text)
    if not when and not address:
        return False
    bare = text.rstrip(" :：.")
    if bare.endswith(VERBS):
        return _ends_with_verb(bare, VERBS)
    if any(verb in text for verb in INNER):
        return bool(address) or bare.rsplit(None, 1)[-1] not in THINGS
    # "26.06.2014, 14:41, "Name" <address>:" has no verb at all; with seconds it is a line of a log
    named = DAY.search(text) and address and bare.endswith(NAMED) and not SECONDS.search(text)
    return bool(named and (text[0].isdigit() or _starts(text)))


def _ends_with_verb(bare: str, verbs: tuple[str, ...]) -> bool:
    """And it is a person who wrote."""
    verb = max((each for each in verbs if bare.endswith(each)), key=len, default="")
    return bool(verb) and (bare[: -len(verb)].split() or [""])[-1] not in THINGS


def _names_then_dates(text: str) -> bool:
    """ "Ana Ruiz <address> wrote on 10/03/2026 09:15:02 AM:", as Notes has it, and programs in many languages."""
    if not text.endswith((":", "：", ")")):
        return False
    address = BRACKETED.search(text)
    if address is None or len(text[: address.start()].split()) > 5:
        return False
    after = text[address.end() :].lstrip(" ,")
    return after.startswith(VERBS) and DAY.search(after) is not None and bool(CLOCK.search(after) or ")" in after)
