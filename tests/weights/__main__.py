"""Fits the numbers of the vocabulary `four_levels` to the labelled mails of this folder, and says how well they hold.

    make weights                # writes rules/vocabulary/four_levels.toml
    make weights ARGS=--only-measure

What is printed is measured on mails that the numbers were not fitted to: each set is left out once. Phrases, on the
other hand, may have been written after a look at a set; the README says of which sets that is not so.
"""

import argparse
import tomllib
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from rules.policy import Policy
from rules.reading import read
from rules.severity import UNSAID, speaks
from rules.tone import TONE, lemma
from rules.words import read_words
from tests.rules.samples import shipped
from tests.weights.mails import FACETS, POLICIES, Labelled, facets, labelled

FILE = Path(__file__).parents[2] / "rules/vocabulary/four_levels.toml"
LEVELS = (1, 2, 3, 4)
DOUBT = 12
"""What both policies say of it; the figures told are with it."""
SILENT = 3
"""What both policies make of a brief mail in which no phrase says anything."""
FEWEST_MAILS = 6
FEWEST_SETS = 4
"""A word counts that this many mails of this many authors have: names and trades of a single author tell nothing."""
MOST_WORDS = 600
STRENGTH = 0.15
"""Of the fit (scikit-learn's C): smaller numbers keep weights smaller."""
SCALE = 50
"""What a natural logarithm of odds is multiplied by to be written as a whole number."""
COUNTS = {FACETS: 4.0}
"""How many times each row of a set counts; of these sets it is not measured how they are read when left out."""

Sign = tuple[str, str]
"""A facet and its value, or TONE and "en:word"."""


@dataclass(frozen=True, slots=True)
class Row:
    set: str
    severity: int
    brief: bool
    said: frozenset[Sign]
    words: frozenset[Sign]


@dataclass(frozen=True, slots=True)
class Weights:
    signs: tuple[Sign, ...]
    numbers: np.ndarray
    """A row a sign, a column a severity; whole numbers."""

    def severity(self, row: Row) -> int:
        if not row.said:
            return SILENT
        here = [at for at, sign in enumerate(self.signs) if sign in row.said or sign in row.words]
        totals = self.numbers[here].sum(0)
        doubt = 0 if row.brief else DOUBT
        return next(level for level, total in zip(LEVELS, totals, strict=True) if total >= max(totals) - doubt)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only-measure", action="store_true")
    only_measure = parser.parse_args().only_measure
    rows = [_row(one, shipped(POLICIES[one.language])) for one in labelled()]
    rows += [Row(FACETS, severity, True, frozenset(said), frozenset()) for severity, said in facets()]
    for left_out in sorted({row.set for row in rows} - COUNTS.keys()):
        weights = fitted([row for row in rows if row.set != left_out])
        print(left_out, told([row for row in rows if row.set == left_out], weights), flush=True)
    weights = fitted(rows)
    print("all, seen", told(rows, weights))
    if not only_measure:
        FILE.write_text(_written(weights), encoding="utf-8")
        tomllib.loads(FILE.read_text("utf-8"))
        print(f"{FILE.name}: {len(weights.signs)} lines")


def _row(one: Labelled, policy: Policy) -> Row:
    stated = [found for found in read(one.mail, policy).found if speaks(found, policy)]
    known = policy.severity.facets
    said = {(found.topic, found.value) for found in stated if found.value in known.get(found.topic, ())}
    spelt = read_words(one.mail.subject, one.mail.new_text, policy.book(one.language).grammar.breaks).word
    unsaid = {(facet, UNSAID) for facet in known} - {(facet, UNSAID) for facet, _ in said}
    brief = len(spelt) < policy.severity.brief
    silent = set() if brief else unsaid
    words = frozenset((TONE, f"{one.language}:{lemma(word)}") for word in spelt)
    return Row(one.set, one.severity, brief, frozenset(said | silent), words)


def fitted(rows: Sequence[Row]) -> Weights:
    """The numbers that fit the rows best: with every common word first, then with those that proved to say most."""
    rows = [row for row in rows if row.said]
    said = sorted({sign for row in rows for sign in row.said})
    first = _fit(rows, said, _common(rows))
    lean = {sign: np.abs(number).max() for sign, number in zip(first.signs, first.numbers, strict=True)}
    words = sorted((sign for sign in lean if sign[0] == TONE), key=lambda sign: (-lean[sign], sign))
    return _fit(rows, said, sorted(words[:MOST_WORDS]))


def _common(rows: Sequence[Row]) -> list[Sign]:
    mails, sets = Counter(sign for row in rows for sign in row.words), defaultdict(set)
    for row in rows:
        for sign in row.words:
            sets[sign].add(row.set)
    return sorted(sign for sign, count in mails.items() if count >= FEWEST_MAILS and len(sets[sign]) >= FEWEST_SETS)


def _fit(rows: Sequence[Row], said: Sequence[Sign], words: Sequence[Sign]) -> Weights:
    signs = (*said, *words)
    place = {sign: at for at, sign in enumerate(signs)}
    seen = np.zeros((len(rows), len(signs)))
    for number, row in enumerate(rows):
        seen[number, [place[sign] for sign in (*row.said, *row.words) if sign in place]] = 1
    counts = [COUNTS.get(row.set, 1.0) for row in rows]
    model = LogisticRegression(C=STRENGTH, fit_intercept=False, max_iter=2000)
    model.fit(seen, [row.severity for row in rows], sample_weight=counts)
    numbers = model.coef_.T - model.coef_.T.mean(1, keepdims=True)
    return Weights(signs, np.rint(numbers * SCALE).astype(int))


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
    for (topic, value), row in zip(weights.signs, weights.numbers, strict=True):
        language, _, word = value.partition(":")
        table, key = (f"tone.{language}", word) if topic == TONE else (f"severity.points.{topic}", value)
        if any(row):
            tables[table][f'"{key}"' if not key.isascii() or (not key.isalpha() and "_" not in key) else key] = row
    return HEADER + "".join(f"\n[{name}]\n" + _rows(table) for name, table in sorted(tables.items(), reverse=True))


def _rows(table: Mapping[str, np.ndarray]) -> str:
    return "".join(f"{key} = [{', '.join(map(str, row))}]\n" for key, row in table.items())


HEADER = """\
# How much what a mail says speaks for each of four severities, the most urgent first: for policies whose severities are
# an outage without a way round, a serious fault, a lesser one, and no fault at all. Points are of the facets' values;
# the tone is of single words, wherever they stand (# is any number). All that a mail says is added up; the severity
# with most has it, of two with as many the more urgent.
#
# Written by `make weights`: fitted to the labelled mails in tests/weights, so change those rather than a number here. A
# policy overrides any line by one of its own under the same key.
"""

if __name__ == "__main__":
    main()
