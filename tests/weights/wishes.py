"""Fits the numbers of the vocabulary `wishes` to the labelled mails of this folder, and says how well they hold.

What a mail asks for is fitted to the mails that people wrote to ask, or to report a fault in the same words, and to
those with a severity, which ask for nothing that is not given. What is printed is what the shipped policies make of
mails, phrases and points together, each set with the points that were fitted without it. Phrases, on the other hand,
may have been written after a look at a set; the README says of which sets that is not so.
"""

import math
import tomllib
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from rules.policy_gates import KEYWORD_GATES
from rules.topic_words import FEWEST, NUMBER
from rules.words import Words, read_words
from tests.rules.samples import shipped
from tests.weights.mails import Asking, asking, labelled
from tests.weights.stopped import HARMLESS, Told, standing, stopped, wanted, with_points

FILE = Path(__file__).parents[2] / "rules/vocabulary/wishes.toml"
GATES = tuple(gate.value for gate in KEYWORD_GATES)
MATTERS = (*GATES, "training", "installation", "configuration", "licence")
PRECISION = 0.97
"""Of the mails in which words alone hear a matter, at least."""
DEAR = 5
"""How many mails must be heard by words alone for each that they stop and that does not ask for it."""
DEAREST = 5
"""How many more where it asks for nothing at all."""
LEAST = 0.02
"""A phrase does not make a matter where the words speak less for it than in all but so many of the mails that ask."""
FEWEST_MAILS = 5
FEWEST_SETS = 4
"""A word counts that this many mails of this many authors have: names and trades of a single author tell nothing."""
MOST_WORDS = 300
"""A matter."""
STRENGTH = 0.2
"""Of the fit (scikit-learn's C): smaller numbers keep points smaller."""
SCALE = 20
"""What a natural logarithm of odds is multiplied by to be written as a whole number."""
STEM = 6
"""Letters of a word; longer ones are cut."""
WIDTH = 120


@dataclass(frozen=True, slots=True)
class Row:
    mail: Asking
    words: frozenset[str]
    severity: int | None
    """What people gave it; None where they said what it asks for."""
    makes: frozenset[str]
    """What words alone can make of it: not where it is left to phrases, nor where a sign or its urgency forbids it."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How words speak for a matter, in natural logarithms of odds."""

    words: Mapping[str, float]
    start: float

    def of(self, row: Row) -> float:
        return self.start + sum(self.words.get(word, 0.0) for word in row.words)


@dataclass(frozen=True, slots=True)
class Bounds:
    enough: float
    least: float | None


def main(only_measure: bool) -> None:
    """Prints how each set is read that is left out; then writes the vocabulary, unless it is only to be measured."""
    rows = _rows()
    sets = sorted({row.mail.set for row in rows})
    fits = {left_out: _fits([row for row in rows if row.mail.set != left_out]) for left_out in sets}
    heard = {matter: [(row, fits[row.mail.set][matter].of(row)) for row in rows] for matter in MATTERS}
    everything = Told()
    for left_out in sets:
        others = {m: [(row, total) for row, total in heard[m] if row.mail.set != left_out] for m in MATTERS}
        policies = with_points(_written(fits[left_out], {m: _bounds(m, others[m]) for m in MATTERS}))
        told = Told()
        for row in rows:
            if row.mail.set == left_out:
                told.add(row.mail, row.severity, stopped(row.mail.mail, policies))
        print(f"{left_out}\n{told}", flush=True)
        everything += told
    print(f"all, each left out\n{everything}")
    if not only_measure:
        text = _written(_fits(rows), {matter: _bounds(matter, heard[matter]) for matter in MATTERS})
        FILE.write_text(text, encoding="utf-8")
        tomllib.loads(FILE.read_text("utf-8"))
        print(f"{FILE.name}: {len(text.splitlines())} lines")


def _rows() -> list[Row]:
    """The mails that ask, and those with a severity as mails that ask for nothing."""
    english = (one for one in labelled() if one.language == "en")
    mails: list[tuple[Asking, int | None]] = [(one, None) for one in asking()]
    mails += [(Asking(one.set, frozenset(), one.mail), one.severity) for one in english]
    breaks = shipped().book("en").grammar.breaks
    rows = []
    for mail, severity in mails:
        spelt = read_words(mail.mail.subject, mail.mail.new_text, breaks)
        makes = MATTERS if len(spelt.word) >= FEWEST else ()
        rows.append(Row(mail, _words(spelt), severity, frozenset(makes)))
    # with a bound that any word for it reaches, what does not stand cannot
    any_word = {matter: Bounds(fit.start + 1 / SCALE, None) for matter, fit in _fits(rows).items()}
    policies = with_points(_written(_fits(rows), any_word))
    return [
        replace(row, makes=row.makes & (standing(row.mail.mail, policies) | (set(MATTERS) - set(GATES))))
        for row in rows
    ]


def _words(spelt: Words) -> frozenset[str]:
    """The words and pairs of words as the vocabulary writes them."""
    kinds = [_kind(word) for word in spelt.word]
    one_sentence = (first == second for first, second in pairwise(spelt.sentence))
    pairs = {
        f"{first} {second}" for (first, second), together in zip(pairwise(kinds), one_sentence, strict=True) if together
    }
    return frozenset(pairs.union(kinds))


def _kind(word: str) -> str:
    if word[0].isdigit():
        return NUMBER
    return word if len(word) < STEM else f"{word[:STEM]}*"


def _fits(rows: Sequence[Row]) -> dict[str, Fit]:
    """The points that fit the rows best: with every common word first, then with those that proved to say most."""
    mails, sets = Counter(word for row in rows for word in row.words), defaultdict(set)
    for row in rows:
        for word in row.words:
            sets[word].add(row.mail.set)
    common = sorted(word for word, many in mails.items() if many >= FEWEST_MAILS and len(sets[word]) >= FEWEST_SETS)
    return {matter: _fit(rows, _telling(_fit(rows, common, matter)), matter) for matter in MATTERS}


def _telling(fit: Fit) -> list[str]:
    return sorted(sorted(fit.words, key=lambda word: (-abs(fit.words[word]), word))[:MOST_WORDS])


def _fit(rows: Sequence[Row], words: Sequence[str], matter: str) -> Fit:
    seen = CountVectorizer(vocabulary=words, analyzer=lambda row: row.words).transform(rows)
    model = LogisticRegression(C=STRENGTH, solver="liblinear", intercept_scaling=10)
    model.fit(seen, [matter in row.mail.topics for row in rows])
    return Fit(dict(zip(words, map(float, model.coef_[0]), strict=True)), float(model.intercept_[0]))


def _bounds(matter: str, heard: Collection[tuple[Row, float]]) -> Bounds:
    """What to ask of the words, from what each row has by a fit without its set."""
    told = [
        (total, matter in row.mail.topics, bool(fits), not row.mail.topics)
        for row, total in heard
        for fits in [wanted(matter, row.mail.topics)]
        if matter in row.makes and fits is not None and (row.severity != HARMLESS or matter in GATES)
    ]
    told.sort(reverse=True)
    best, enough = 0.0, math.inf
    hit = right = harmless = 0
    for many, (total, asks, fits, harm) in enumerate(told, start=1):
        hit, right, harmless = hit + asks, right + fits, harmless + harm
        worth = hit - DEAR * (many - right) - DEAREST * harmless
        likely = total >= 0 or matter not in GATES  # nobody is declined for words that speak against it by themselves
        if likely and right >= PRECISION * many and worth > best:
            best, enough = worth, total
    if matter not in GATES:
        return Bounds(enough, None)
    totals = sorted(total for row, total in heard if matter in row.mail.topics)
    return Bounds(enough, totals[int(LEAST * len(totals))])


def _written(fits: Mapping[str, Fit], bounds: Mapping[str, Bounds]) -> str:
    return HEADER + "".join(_table(matter, fits[matter], bounds[matter]) for matter in MATTERS)


def _table(matter: str, fit: Fit, bounds: Bounds) -> str:
    text = f"\n[matters.en.{matter}]\nenough = {math.ceil((bounds.enough - fit.start) * SCALE)}\n"
    if bounds.least is not None:
        text += f"least = {math.floor((bounds.least - fit.start) * SCALE)}\n"
    points: dict[int, list[str]] = defaultdict(list)
    for word, number in sorted(fit.words.items()):
        points[round(number * SCALE)].append(f'"{word}"')
    rows = (_listed(number, points[number]) for number in sorted(points, reverse=True) if number)
    return f"{text}\n[matters.en.{matter}.points]\n" + "".join(rows)


def _listed(number: int, words: Sequence[str]) -> str:
    """A key with its words: on one line, or as many to a line as there is room for."""
    line = f"{number} = [{', '.join(words)}]\n"
    if len(line) <= WIDTH:
        return line
    lines = ["   "]
    for word in words:
        if len(lines[-1]) + len(word) + 2 > WIDTH:
            lines.append("   ")
        lines[-1] += f" {word},"
    return "\n".join([f"{number} = [", *lines, "]\n"])


HEADER = """\
# Wishes by single words: how much each speaks for what a mail asks for, or against it.
#
# Phrases (in the vocabularies of the languages) say what a mail asks for in wordings that somebody foresaw. The words
# below are read all together: the points of each that a mail has are added up, and `enough` of them make the matter
# although no phrase does; with fewer than `least`, a phrase does not make it. One word tells nothing by itself, so read
# the numbers as tendencies. A word may end in *, for any that begins so; # is any number.
#
# Written by `make weights`: fitted to the labelled mails in tests/weights, so change those rather than a number here. A
# policy gives a word other points by taking it away under `without` and adding it under the number that it should have.
"""
