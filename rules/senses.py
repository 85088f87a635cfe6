"""In what sense a mail says a phrase: stated, denied, supposed, asked, or recalled from the past.

Only what is stated speaks for a severity. The words that turn a statement round are the policy's, language by language;
they reach no further than their own clause.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rules.facts import Heard
from rules.words import Words

NEGATION_REACH = 5
"""Words between a denial and what it denies, at most: "not a single operator could", "no known case of data loss"."""
MOST_MARKS = 10
"""Marks of one clause that are looked at; a clause with more of them says nothing anyhow."""
NEGATION = "negation"
SENSES = {NEGATION: Heard.NEGATED, "supposed": Heard.SUPPOSED, "past": Heard.PAST}
PRESENT = "present"


@dataclass(frozen=True, slots=True)
class Grammar:
    """The words by which one language turns a statement round."""

    senses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Phrases per key of SENSES, and PRESENT, which takes back what "past" would say ("since last week")."""
    asking: frozenset[str] = frozenset()
    polite: frozenset[str] = frozenset()
    breaks: frozenset[str] = frozenset()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Span:
    """A run of words, by their numbers, and what it is a sign of."""

    first: int
    last: int
    sign: str


class Senses:
    """Tells of a match whether the mail states it, denies it, supposes it, asks it or recalls it."""

    def __init__(self, words: Words, grammar: Grammar, marks: Sequence[Span]) -> None:
        self.words = words
        self.grammar = grammar
        self.marks: dict[int, list[Span]] = {}
        for mark in marks:
            self.marks.setdefault(words.clause[mark.first], []).append(mark)
        self._openings: dict[int, int] = {}

    def of(self, first: int, last: int) -> Heard:
        clause = self.words.clause[first]
        marks = self.marks.get(clause, [])[:MOST_MARKS]
        present = any(mark.sign == PRESENT for mark in marks)
        for mark in marks:
            heard = SENSES.get(mark.sign)
            inside = first <= mark.first <= last
            distance = first - mark.last
            if heard is Heard.NEGATED and 0 < distance <= NEGATION_REACH:
                return heard
            if heard is Heard.SUPPOSED and distance > 0:
                return heard
            if heard is Heard.PAST and not inside and not present:
                return heard
        return Heard.ASKED if self._asks(first, clause) else Heard.STATED

    def _asks(self, first: int, clause: int) -> bool:
        """ "Is data lost then?" asks; "could you look at the crash?" is a polite way of stating it."""
        if self.words.sentence[first] not in self.words.questions:
            return False
        words, opening = self.words.word, self._opening(clause)
        asks = opening < first and words[opening] in self.grammar.asking
        return asks and words[opening + 1] not in self.grammar.polite

    def _opening(self, clause: int) -> int:
        """The first word of a clause. Few mails ask anything, so it is looked for when one does."""
        if not self._openings:
            for at, each in enumerate(self.words.clause):
                self._openings.setdefault(each, at)
        return self._openings[clause]
