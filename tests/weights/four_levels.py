"""Fits the numbers of the vocabulary `four_levels` to the labelled mails of this folder, and says how well they hold.

There are two fits: points and tone for mails that say enough, and points alone for brief ones. What is printed is
measured on mails that the numbers were not fitted to: each set is left out once. Phrases, on the other hand, may have
been written after a look at a set; the README says of which sets that is not so.
"""

import tomllib
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from rules.policy import Policy
from rules.policy_tables import UNSAID
from rules.reading import read
from rules.severity import speaks
from rules.tone import TONE, lemma
from rules.words import read_words
from tests.rules.samples import shipped
from tests.weights.mails import FACETS, POLICIES, Labelled, facets, labelled

FILE = Path(__file__).parents[2] / "rules/vocabulary/four_levels.toml"
LEVELS = (1, 2, 3, 4)
DOUBT = shipped().severity.doubt
SILENT = shipped().severity.silent
BRIEF = shipped().severity.brief
KNOWN = shipped().severity.facets
NEARLY_BRIEF = 40
"""What brief mails mean is learned from those of fewer words than this, too: there are not many of a line."""
FEWEST_MAILS = 6
FEWEST_SETS = 4
"""A word counts that this many mails of this many authors have: names and trades of a single author tell nothing."""
MOST_WORDS = 600
STRENGTH = 0.15
"""Of the fit (scikit-learn's C): smaller numbers keep weights smaller."""
SCALE = 50
"""What a natural logarithm of odds is multiplied by to be written as a whole number."""
COUNTS = {FACETS: 10.0}
"""How many times each row of a set counts: what facets mean alone is said once, and is no accident."""

Sign = tuple[str, str]
"""A facet and its value, or TONE and "en:word"."""


@dataclass(frozen=True, slots=True)
class Row:
    set: str
    severity: int
    length: int
    said: frozenset[Sign]
    words: frozenset[Sign]

    @property
    def signs(self) -> frozenset[Sign]:
        """All that speaks in a mail that says enough."""
        known = {facet for facet, _ in self.said}
        return self.said | self.words | {(facet, UNSAID) for facet in KNOWN if facet not in known}


@dataclass(frozen=True, slots=True)
class Fit:
    signs: tuple[Sign, ...]
    numbers: np.ndarray
    """A row a sign, a column a severity; whole numbers."""

    def totals(self, signs: Collection[Sign]) -> np.ndarray:
        return self.numbers[[at for at, sign in enumerate(self.signs) if sign in signs]].sum(0)


@dataclass(frozen=True, slots=True)
class Weights:
    long: Fit
    brief: Fit

    def severity(self, row: Row) -> int:
        if row.length >= BRIEF:
            totals, doubt = self.long.totals(row.signs), DOUBT
        else:
            totals, doubt = self.brief.totals(row.said), 0
            if not row.said:
                return SILENT
        return next(level for level, total in zip(LEVELS, totals, strict=True) if total >= max(totals) - doubt)


def main(only_measure: bool) -> None:
    """Prints how each set is read that is left out; then writes the vocabulary, unless it is only to be measured."""
    rows = [_row(one, shipped(POLICIES[one.language])) for one in labelled()]
    rows += [Row(FACETS, severity, 0, frozenset(said), frozenset()) for severity, said in facets()]
    for left_out in sorted({row.set for row in rows} - {FACETS}):
        weights = fitted([row for row in rows if row.set != left_out])
        print(left_out, told([row for row in rows if row.set == left_out], weights), flush=True)
    weights = fitted(rows)
    print("all, seen", told(rows, weights))
    if not only_measure:
        FILE.write_text(_written(weights), encoding="utf-8")
        tomllib.loads(FILE.read_text("utf-8"))


def _row(one: Labelled, policy: Policy) -> Row:
    stated = [found for found in read(one.mail, policy).found if speaks(found, policy)]
    said = frozenset((found.topic, found.value) for found in stated if found.value in KNOWN.get(found.topic, ()))
    spelt = read_words(one.mail.subject, one.mail.new_text, policy.book(one.language).grammar.breaks).word
    words = frozenset((TONE, f"{one.language}:{lemma(word)}") for word in spelt)
    return Row(one.set, one.severity, len(spelt), said, words)


def fitted(rows: Sequence[Row]) -> Weights:
    brief = [row for row in rows if row.length < NEARLY_BRIEF and row.said]
    long = [row for row in rows if row.length >= BRIEF]
    return Weights(_best_words(long), _fit(brief, [row.said for row in brief]))


def _best_words(rows: Sequence[Row]) -> Fit:
    """The numbers that fit best: with every common word first, then with those that proved to say most."""
    first = _fit(rows, [row.signs for row in rows], _common(rows))
    lean = {sign: np.abs(number).max() for sign, number in zip(first.signs, first.numbers, strict=True)}
    words = sorted((sign for sign in lean if sign[0] == TONE), key=lambda sign: (-lean[sign], sign))
    return _fit(rows, [row.signs for row in rows], words[:MOST_WORDS])


def _common(rows: Sequence[Row]) -> list[Sign]:
    mails, sets = Counter(sign for row in rows for sign in row.words), defaultdict(set)
    for row in rows:
        for sign in row.words:
            sets[sign].add(row.set)
    return [sign for sign, count in mails.items() if count >= FEWEST_MAILS and len(sets[sign]) >= FEWEST_SETS]


def _fit(rows: Sequence[Row], signs: Sequence[frozenset[Sign]], words: Collection[Sign] = ()) -> Fit:
    """The numbers of every facet's value in `signs`, and of `words`."""
    kept = {sign for of_row in signs for sign in of_row if sign[0] != TONE or sign in words}
    places = {sign: at for at, sign in enumerate(sorted(kept))}
    seen = np.zeros((len(rows), len(places)))
    for number, of_row in enumerate(signs):
        seen[number, [places[sign] for sign in of_row if sign in places]] = 1
    model = LogisticRegression(C=STRENGTH, fit_intercept=False, max_iter=2000)
    counts = [COUNTS.get(row.set, 1.0) for row in rows]
    model.fit(seen, [row.severity for row in rows], sample_weight=counts)
    numbers = model.coef_.T - model.coef_.T.mean(1, keepdims=True)
    return Fit(tuple(places), np.rint(numbers * SCALE).astype(int))


def told(rows: Collection[Row], weights: Weights) -> str:
    """How many are exact, and of severity 1: found of how many, and how many were called so."""
    read_as = Counter((row.severity, weights.severity(row)) for row in rows)
    exact = sum(count for (wanted, said), count in read_as.items() if wanted == said)
    urgent = sum(count for (wanted, _), count in read_as.items() if wanted == 1)
    called = sum(count for (_, said), count in read_as.items() if said == 1)
    return (
        f"{exact}/{len(rows)} = {100 * exact / len(rows):.1f} %, severity 1: {read_as[1, 1]}/{urgent}, called {called}"
    )


def _written(weights: Weights) -> str:
    tables: dict[str, dict[str, np.ndarray]] = defaultdict(dict)
    for table, fit in (("brief_points", weights.brief), ("points", weights.long)):
        for (topic, value), row in zip(fit.signs, fit.numbers, strict=True):
            language, _, word = value.partition(":")
            name, key = (f"tone.{language}", word) if topic == TONE else (f"severity.{table}.{topic}", value)
            if any(row):
                tables[name][key if key.replace("_", "").isalpha() and key.isascii() else f'"{key}"'] = row
    return HEADER + "".join(f"\n[{name}]\n" + _rows(table) for name, table in sorted(tables.items()))


def _rows(table: Mapping[str, np.ndarray]) -> str:
    return "".join(f"{key} = [{', '.join(map(str, row))}]\n" for key, row in table.items())


HEADER = """\
# How much what a mail says speaks for each of four severities, the most urgent first: for policies whose severities are
# an outage without a way round, a serious fault, a lesser one, and no fault at all. Points are of the facets' values;
# the tone is of single words, wherever they stand (# is any number). All that a mail says is added up; the severity
# with most has it. In a brief mail the brief points are added up instead, and nothing else.
#
# Written by `make weights`: fitted to the labelled mails in tests/weights, so change those rather than a number here. A
# policy overrides any line by one of its own under the same key.
"""
