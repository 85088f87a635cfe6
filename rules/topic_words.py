"""Topic words: what a mail is about by all of its words together, where no phrase of it says so.

Each word, or pair of words, speaks a little for a matter or against it; the vocabulary has the points. Every one counts
once, in whatever sense it is said, and the sum tells whether the matter stands (`enough`) or is out of the question
though a phrase speaks for it (`least`). A line or two are left to the phrases. Time grows with the words of a mail,
whatever they are.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rules.facts import Found, Heard
from rules.signs import CLEAR
from rules.spelling import fold
from rules.words import Words

SHOWN = 5
"""The words that staff are shown for it, those with most points."""

NUMBER = "#"
FEWEST = 15
"""Words that a mail must have to be read so; of a line or two, phrases say all that can be said. Twice as many must not
speak for a matter that a phrase makes for it to be out of the question: few words are few that could."""

SILENT = (Heard.NEGATED, Heard.PAST)
"""The senses in which a phrase does not ask for anything."""

KEPT_WORDS, LONGEST_KEPT = 20_000, 40
"""Words that are kept in mind with what is known of them, and the characters of one."""

Pair = tuple[str, ...]
"""One word or two, or stems as "remot*"; "#" is a number."""


@dataclass(frozen=True, slots=True)
class Leaning:
    """How the words of one language speak for one matter of a topic."""

    topic: str
    points: Mapping[Pair, int]
    enough: int | None
    """The sum at which the matter stands by its words alone; None for never."""
    least: int | None
    """The sum below which phrases do not make it; None for never."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the leanings know of one word."""

    kinds: tuple[str, ...]
    alone: tuple[Pair, ...]
    begun: tuple[dict[str, Pair], ...]
    """The pairs that it begins, one dict for each way in which it may be written, by that of their second word."""


class Leanings:
    """All leanings that mails of one language are read with. Never changed once made."""

    def __init__(self, leanings: Iterable[Leaning], fewest: int = FEWEST) -> None:
        self._leanings, self._fewest = tuple(leanings), fewest
        pairs = {pair for one in self._leanings for pair in one.points}
        self._ways = frozenset(word for pair in pairs for word in pair)
        self._lengths = sorted({len(word) - 1 for word in self._ways if word.endswith("*")})
        self._weights: dict[Pair, list[tuple[int, int]]] = {pair: [] for pair in pairs}
        for number, one in enumerate(self._leanings):
            for pair, points in one.points.items():
                self._weights[pair].append((number, points))
        self._alone = {pair[0]: pair for pair in pairs if len(pair) == 1}
        self._begun: dict[str, dict[str, Pair]] = {}
        for pair in pairs:
            if len(pair) == 2:
                self._begun.setdefault(pair[0], {})[pair[1]] = pair
        self._known = _Knowledge(self)

    def heard(self, words: Words) -> tuple[list[Found], frozenset[str]]:
        """What the words speak for, and the topics that they leave out of the question."""
        if len(words.word) < self._fewest:
            return [], frozenset()
        said, long = self._said(words), len(words.word) >= 2 * self._fewest
        found: list[Found] = []
        doubtful: dict[str, bool] = {}
        totals = [0] * len(self._leanings)
        for pair in said:
            for number, points in self._weights[pair]:
                totals[number] += points
        for one, total in zip(self._leanings, totals, strict=True):
            if one.enough is not None and total >= one.enough:
                found.append(_shown(one, said, words))
            out = long and one.least is not None and total < one.least
            doubtful[one.topic] = doubtful.get(one.topic, True) and out
        return found, frozenset(topic for topic, out in doubtful.items() if out)

    def _said(self, words: Words) -> dict[Pair, int]:
        """The words and pairs that any leaning knows, with the place at which each is said first."""
        said: dict[Pair, int] = {}
        before: _Known | None = None
        known = self._known
        for at, here in enumerate([known[word] for word in words.word]):
            if here is not None:
                for pair in here.alone:
                    said.setdefault(pair, at)
                if before is not None and before.begun and words.sentence[at - 1] == words.sentence[at]:
                    for begun in before.begun:
                        for kind in here.kinds:
                            if kind in begun:
                                said.setdefault(begun[kind], at - 1)
            before = here
        return said

    def known(self, word: str) -> "_Known | None":
        """None for a word that no leaning knows, as most are."""
        kinds = self._kinds(word)
        alone = tuple(self._alone[kind] for kind in kinds if kind in self._alone)
        begun = tuple(self._begun[kind] for kind in kinds if kind in self._begun)
        return _Known(kinds, alone, begun) if kinds else None

    def _kinds(self, word: str) -> tuple[str, ...]:
        """The ways in which a leaning may have written a word."""
        ways = [word, *(f"{word[:length]}*" for length in self._lengths if length <= len(word))]
        return tuple(way for way in (*ways, NUMBER) if way in self._ways and (way != NUMBER or word[0].isdigit()))


class _Knowledge(dict[str, _Known | None]):
    """What is known of the words that were met."""

    def __init__(self, leanings: Leanings) -> None:
        self._leanings = leanings

    def __missing__(self, word: str) -> _Known | None:
        known = self._leanings.known(word)
        if len(word) <= LONGEST_KEPT:
            if len(self) >= KEPT_WORDS:
                self.clear()
            self[word] = known
        return known


def without_needless(found: Sequence[Found], leaning: Collection[Found]) -> list[Found]:
    """What a mail says, less the leanings to topics that its phrases make anyhow: those know better where it stands."""
    clear = {one.topic for one in found if one.value == CLEAR and one.heard not in SILENT and one not in leaning}
    return [one for one in found if one.topic not in clear or one not in leaning]


def pair_of(text: str) -> Pair:
    """The words of one entry of a vocabulary, as they are compared."""
    return tuple(fold(text).split())


def _shown(leaning: Leaning, said: Mapping[Pair, int], words: Words) -> Found:
    """The words with most points, in the order of the mail, in the sentence that speaks most for the matter."""
    spoken = {pair: at for pair, at in said.items() if leaning.points.get(pair, 0) > 0}
    sums: dict[int, int] = {}
    for pair, at in spoken.items():
        sums[words.sentence[at]] = sums.get(words.sentence[at], 0) + leaning.points[pair]
    sentence = max(sums, key=lambda each: (sums[each], -each))
    first = min(at for at in spoken.values() if words.sentence[at] == sentence)
    phrase = " … ".join(_excerpts(leaning, spoken, words))
    return Found(phrase, words.where[first], sentence, leaning.topic, CLEAR, Heard.STATED)


def _excerpts(leaning: Leaning, spoken: Mapping[Pair, int], words: Words) -> Sequence[str]:
    best = sorted(spoken, key=lambda pair: (-leaning.points[pair], spoken[pair]))[:SHOWN]
    runs = sorted((spoken[pair], spoken[pair] + len(pair) - 1) for pair in best)
    return list(dict.fromkeys(words.excerpt(first, last) for first, last in runs))
