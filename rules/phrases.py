"""Phrases: looks up a policy's patterns in a mail's words, and keeps every find with its place and sense.

Where a wording stands is the business of `phrase_tree`. A match inside a longer match for the same topic does not
count, so "no workaround" is no "workaround".
"""

from collections.abc import Collection, Iterable, Iterator

from rules.facts import Found, Heard
from rules.patterns import variants
from rules.phrase_tree import GAP, Match, Phrase, Tree
from rules.senses import NEGATION, Grammar, Senses, Span
from rules.signs import Together, Unless, gathered
from rules.topic_words import Leanings, without_needless
from rules.words import Words

__all__ = ["GAP", "Book", "Phrase"]

MOST_OF_A_KIND = 10
"""Matches kept for one topic and value. A mail that says a thing ten times has said it."""

Place = tuple[int, int, str, str]
"""The first word of a match, its last with a minus (the longest comes first), its topic and its value."""


class Book:
    """All phrases of one language of a policy, ready to be looked up. Never changed once made."""

    def __init__(
        self,
        phrases: Iterable[Phrase],
        grammar: Grammar,
        question: tuple[str, str] | None = None,
        together: Iterable[Together] = (),
        unless: Iterable[Unless] = (),
        leanings: Leanings | None = None,
    ) -> None:
        """`question` is the topic and value that a question itself speaks for; `together` and `unless` are of signs."""
        self.grammar = grammar
        self._together, self._unless = tuple(together), tuple(unless)
        self._leanings = leanings or Leanings(())
        self._question = question
        self._tree = Tree()
        senses = (Phrase("", sense, text) for sense, texts in grammar.senses.items() for text in texts)
        for phrase in (*phrases, *senses):
            for variant in variants(phrase.text, grammar.groups):
                self._tree.insert(variant, phrase)

    def find(self, words: Words) -> list[Found]:
        """Everything the mail says that the policy listens for, in the order of the mail."""
        everything = self._tree.matches(words)
        signs = _longest({(first, -last, "", said.value) for first, last, said, _ in everything if not said.topic})
        marks = [Span(first, -minus_last, sense) for first, minus_last, _, sense in signs]
        matches = _longest(self._said(words, everything, marks))
        senses = Senses(words, self.grammar, marks)
        found: list[Found] = []
        counts: dict[tuple[str, str], int] = {}
        for first, minus_last, topic, value in matches:
            last = -minus_last
            count = counts[topic, value] = counts.get((topic, value), 0) + 1
            if count <= MOST_OF_A_KIND:
                found.append(
                    Found(
                        words.excerpt(first, last),
                        words.where[first],
                        words.sentence[first],
                        topic,
                        _number(words, first, last) if value == "#" else value,
                        senses.of(first, last),
                    )
                )
        leaning, out = self._leanings.heard(words)
        stands = [one for one in gathered([*found, *leaning], self._together, self._unless) if one.topic not in out]
        return without_needless(stands, leaning) + list(self._questions(words))

    def _said(self, words: Words, everything: Iterable[Match], marks: Iterable[Span]) -> set[Place]:
        """The matches of phrases that hold: no gap reaches over a denial, and a pause parts only what it may.

        "The server is not down" does not say "server ~ down".
        """
        denied = {at for mark in marks if mark.sign == NEGATION for at in range(mark.first, mark.last + 1)}
        return {
            (first, -last, phrase.topic, phrase.value)
            for first, last, phrase, over in everything
            if phrase.topic
            and (not over or denied.isdisjoint(over))
            and (phrase.apart or first == last or not self._parted(words, first, last))
        }

    def _parted(self, words: Words, first: int, last: int) -> bool:
        """Whether a pause parts the words: "all done, everything works" does not say "done everything"."""
        clause = words.clause
        return clause[first] != clause[last] and any(
            clause[at] != clause[at - 1] and words.word[at] not in self.grammar.breaks
            for at in range(first + 1, last + 1)
        )

    def _questions(self, words: Words) -> Iterator[Found]:
        """The sentences that ask: a clause opens like a question, a question mark ends them, and no plea is made."""
        if self._question is None:
            return
        topic, value = self._question
        opened: set[int] = set()
        for at, where in enumerate(words.sentence[:-1]) if words.questions else ():
            if where not in words.questions or where in opened:
                continue
            begins = at == 0 or where != words.sentence[at - 1]
            opens = at == 0 or words.clause[at] != words.clause[at - 1]
            # what joins clauses asks only at the very beginning: "it fails when I print, can that be?"
            asks = words.word[at] in self.grammar.asking and (begins or words.word[at] not in self.grammar.breaks)
            if not opens or not asks or words.word[at + 1] in self.grammar.polite:
                continue
            opened.add(where)
            last = at
            while last + 1 < len(words.word) and words.sentence[last + 1] == where and last - at < 7:
                last += 1
            yield Found(words.excerpt(at, last), words.where[at], where, topic, value, Heard.STATED)
            if len(opened) >= MOST_OF_A_KIND:
                return


def _longest(places: Collection[Place]) -> Iterator[Place]:
    """Those that lie in no longer one of the same topic, in the order of the mail; equal places stay, one a value."""
    reach: dict[str, tuple[int, int]] = {}
    for place in sorted(places):
        first, minus_last, topic, _ = place
        run = first, -minus_last
        before = reach.get(topic, run)
        if run[1] > before[1] or run == before:
            reach[topic] = run
            yield place


def _number(words: Words, first: int, last: int) -> str:
    numbers = [word for word in words.word[first : last + 1] if word[0].isdigit()]
    return numbers[-1] if numbers else ""
