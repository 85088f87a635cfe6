"""A mail's own words, made ready for looking up phrases: folded, split, and marked with sentence and clause.

Quoted lines, log lines, stack traces and what stands in quotation marks are somebody else's words and are left out.
Callers may rely on one pass over at most LONGEST characters, without backtracking, whatever the text.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from rules.spelling import BREAK, DASH, NUMBER, PAUSE, QUOTE, STOP, TOKEN, WORD, chunks_of, fold, parts, stops

LONGEST = 30_000
"""Characters of a mail's own text that are read, ten pages; nobody hides an outage behind them."""

QUOTES = re.compile('["“”„«»]')
BULLET = re.compile(r"\s{0,20}(?:[-*•+]|\d{1,2}[.)])\s")
LABEL = re.compile(r"\s{0,20}[^\W\d_][^:\n]{0,24}:\s")
SHORT_LINE = 48
"""A line shorter than this was ended by its writer, not wrapped by a mail client."""

MACHINE_LINE = re.compile(
    r"\s{0,40}(?:"
    r"[>|]"
    r"|\[?(?:19|20)\d\d[-/.]\d\d[-/.]\d\d[T _]\d\d:"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d"
    r"|\[?\d\d:\d\d:\d\d[.,:\] ]"
    r"|\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|FATAL|PANIC|CRIT)\b[\]:]?\s"
    r"|(?i:caused by: )"
    r"|Traceback \("
    r"|File \"[^\"]{1,200}\", line \d"
    r"|at [\w.$<>]{3,200}\("
    r"|\.\.\. \d{1,4} (?:more|common)"
    r"|(?:[\w$]{1,60}\.){2,12}[\w$]{0,60}(?:Exception|Error)\b"
    r"|MSI \("
    r"|[0-9a-fA-F]{8}[: ]\s?(?:[0-9a-fA-F]{2,8}\s){3}"
    r")"
)

REPLY = re.compile(
    r"\s{0,5}(?:\[[^\]]{1,40}\]\s{0,5})?(?:re|aw|antw|sv|rv|tr|wg|fw|fwd)(?:\[\d{1,2}\])?\s{0,3}:", re.IGNORECASE
)
"""A subject that an earlier mail has written."""

ABBREVIATIONS = frozenset(
    {"e", "g", "eg", "i", "ie", "approx", "ca", "etc", "vs", "incl", "resp", "ex", "p"}
    | {"dr", "mr", "mrs", "ms", "st", "nr", "z", "b", "bzw"}
)


DATED = frozenset(
    {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "christmas", "easter"}
    | {"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november"}
    | {"december", "english", "french", "german", "spanish", "italian", "european"}
)
"""Words with a capital that name nobody."""


@dataclass(slots=True)
class Words:
    """Parallel lists, one entry a word. `starts` and `ends` point into `text`."""

    text: str
    where: list[str] = field(default_factory=list)
    word: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    sentence: list[int] = field(default_factory=list)
    clause: list[int] = field(default_factory=list)
    questions: set[int] = field(default_factory=set)
    """The sentences that end in a question mark."""

    def name_at(self, at: int) -> str:
        """ "name" or "owner" ("Brannock's") where a word has a capital within its sentence, else ""."""
        spelt = self.text[self.starts[at] : self.ends[at]]
        inside = at > 0 and self.sentence[at - 1] == self.sentence[at]
        if spelt.isupper() or not spelt[0].isupper() or self.word[at] in DATED:
            return ""
        return "owner" if spelt.endswith(("'s", "’s")) else "name" if inside else ""

    def excerpt(self, first: int, last: int) -> str:
        """The mail's own spelling of the words first..last, on one line."""
        spelt = self.text[self.starts[first] : self.ends[last]]
        return " ".join(spelt.split()) if first < last else spelt


def read_words(subject: str, body: str, breaks: frozenset[str]) -> Words:
    """The words of a mail; `breaks` are those that begin a new clause ("but").

    The subject of a reply is an earlier mail's, and counts only where nothing else is written.
    """
    subject = _legible(subject[:1000])[:1000].replace("\n", " ")
    words = Words(subject + "\n" + _legible(body[:LONGEST])[:LONGEST])
    reader = _Reader(words, breaks)
    if not (body.strip() and REPLY.match(subject)):
        reader.line(0, len(subject), "subject")
    reader.end_sentence()
    for start, end, ends_here in _own_lines(words.text, len(subject) + 1):
        reader.line(start, end, "body")
        if ends_here:
            reader.end_sentence()
    return words


def _legible(text: str) -> str:
    # U+0130 is the one letter whose lower case is longer than itself; places must stay the same in both
    return unicodedata.normalize("NFKC", text).replace("\u0130", "I")


def _own_lines(text: str, start: int) -> Iterator[tuple[int, int, bool]]:
    """(start, end, whether a sentence ends with the line) of each line that its writer wrote."""
    for line, following in pairwise((*text[start:].split("\n"), "")):
        end = start + len(line)
        if line and not is_machine_line(line[:300]):
            yield start, end, len(line) < SHORT_LINE or _stands_alone(following[:80])
        start = end + 1


def is_machine_line(line: str) -> bool:
    """Whether a line is quoted, or a program's rather than a person's: a log entry, a stack frame, a dump.

    Lower-case lines are judged by their shape; level words count in capitals only, "error when saving" is a person's.
    """
    return MACHINE_LINE.match(line) is not None


def _stands_alone(following: str) -> bool:
    """Whether what stands on the next line goes on with no sentence of the line before."""
    return not following.strip() or BULLET.match(following) is not None or LABEL.match(following) is not None


class _Reader:
    """Fills a `Words` line by line, counting sentences and clauses."""

    def __init__(self, words: Words, breaks: frozenset[str]) -> None:
        self.words = words
        self.folded = fold(words.text)
        self.quotes = QUOTES.search(self.folded) is not None
        self.breaks = breaks
        self.known = chunks_of(breaks)
        self.sentence = 0
        self.clause = 0

    def end_sentence(self) -> None:
        self.sentence += 1
        self.clause += 1

    def line(self, start: int, end: int, where: str) -> None:
        before = len(self.words.word)
        folded = self.folded[start:end]
        # what quotation marks leave out, and where other blanks stand, is to be seen in the whole line alone
        if folded.isprintable() and not (self.quotes and QUOTES.search(folded)):
            self.chunks(folded, start)
        else:
            self.tokens(folded, start)
        self.words.where += [where] * (len(self.words.word) - before)

    def chunks(self, folded: str, start: int) -> None:
        """The same as `tokens` of a line, blank by blank: most of what stands between two is a word and no more."""
        words, known, at, end = self.words, self.known, start, start + len(folded)
        word, starts, ends = words.word.append, words.starts.append, words.ends.append
        sentences, clauses, sentence, clause = words.sentence.append, words.clause.append, self.sentence, self.clause
        for chunk in folded.split(" "):
            tokens, after = known[chunk], at + len(chunk)
            if tokens is None:
                word(chunk)
                starts(at)
                ends(after)
                sentences(sentence)
                clauses(clause)
            else:
                for kind, text, first, last in tokens:
                    if kind <= WORD:
                        clause += kind == BREAK
                        word(text)
                        starts(at + first)
                        ends(at + last)
                        sentences(sentence)
                        clauses(clause)
                    elif kind == STOP:
                        self.sentence, self.clause = sentence, clause
                        self.stop(text)
                        sentence, clause = self.sentence, self.clause
                    elif text != DASH or (start < at and after < end):
                        clause += 1
            at = after + 1
        self.sentence, self.clause = sentence, clause

    def tokens(self, folded: str, start: int) -> None:
        quoted_to = 0
        for token in TOKEN.finditer(folded):
            at, to = token.span()
            if at < quoted_to:
                continue
            kind = token.lastindex or 0
            if kind in (PAUSE, QUOTE):
                self.clause += 1
                quoted_to = _quotation(folded, to) if kind == QUOTE else quoted_to
            elif kind != STOP or stops(folded, to):
                self.token(kind, token[0], start + at, start + to)

    def token(self, kind: int, text: str, start: int, end: int) -> None:
        if kind == WORD:
            for part in parts(text):
                if part in self.breaks:
                    self.clause += 1
                self.add(part, start, end)
        elif kind == STOP:
            self.stop(text)
        else:
            self.add(text if kind == NUMBER else "percent", start, end)

    def add(self, word: str, start: int, end: int) -> None:
        words = self.words
        words.word.append(word)
        words.starts.append(start)
        words.ends.append(end)
        words.sentence.append(self.sentence)
        words.clause.append(self.clause)

    def stop(self, mark: str) -> None:
        if mark == "." and self.words.word and self.words.word[-1] in ABBREVIATIONS:
            return
        if "?" in mark:
            self.words.questions.add(self.sentence)
        self.end_sentence()


def _quotation(line: str, start: int) -> int:
    """Where words in quotation marks end that begin at `start`; `start` itself where the mark has no partner near."""
    ends = [at for at in (line.find(mark, start, start + 200) for mark in '"“”«»') if at >= 0]
    return min(ends) + 1 if ends else start
