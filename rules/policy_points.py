"""The checks of a policy's points and tone: of what there is, with a number for every severity."""

from collections.abc import Iterator

from rules.policy_faults import Fault, Lines, Path, key_of, undefined
from rules.policy_model import Policy
from rules.policy_tables import UNSAID
from rules.spelling import fold, split
from rules.tone import NUMBER


def points_defined(policy: Policy, lines: Lines) -> Iterator[Fault]:
    facets, levels = policy.severity.facets, len(policy.severity.levels)
    tables = {"points": policy.severity.points, "brief_points": policy.severity.brief_points}
    for name, facet, values in ((name, *of_facet) for name, table in tables.items() for of_facet in table.items()):
        path = ("severity", name, facet)
        if facet not in facets:
            yield undefined(key_of(path), path, "facet", facet, facets, lines)
            continue
        for value, row in values.items():
            key = key_of((*path, value))
            if value not in (*facets[facet], UNSAID):
                yield undefined(key, (*path, value), f"value of {facet}", value, (*facets[facet], UNSAID), lines)
            else:
                yield from _numbers(key, (*path, value), row, levels, lines)


def tone_defined(policy: Policy, lines: Lines) -> Iterator[Fault]:
    if policy.tone and not policy.severity.points:
        said, remedy = "nothing adds them up", "add [severity.points], or take them from the vocabulary four_levels"
        yield Fault("tone", lines.of(("tone",)), said, remedy)
    for language, words in policy.tone.items():
        for word, row in words.items():
            path = ("tone", language, word)
            yield from _numbers(key_of(path), path, row, len(policy.severity.levels), lines)
            if word != NUMBER and split(fold(word)) != [word]:
                remedy = "write one word in lower case, as a phrase would have it, or # for any number"
                yield Fault(key_of(path), lines.of(path), "no mail has such a word", remedy)


def _numbers(key: str, path: Path, row: tuple[int, ...], levels: int, lines: Lines) -> Iterator[Fault]:
    if len(row) != levels:
        said = f"it has {len(row)} numbers for {levels} severities"
        yield Fault(key, lines.of(path), said, "write one for each severity, the most urgent first")
