"""The checks of a policy's points: each is of a facet and value that there are, and speaks of every severity."""

from collections.abc import Iterator

from rules.policy_faults import Fault, Lines, key_of, undefined
from rules.policy_model import Policy
from rules.severity import UNSAID


def points_defined(policy: Policy, lines: Lines) -> Iterator[Fault]:
    facets, levels = policy.severity.facets, len(policy.severity.levels)
    for facet, values in policy.severity.points.items():
        path = ("severity", "points", facet)
        if facet not in facets:
            yield undefined(key_of(path), path, "facet", facet, facets, lines)
            continue
        for value, row in values.items():
            key = key_of((*path, value))
            if value not in (*facets[facet], UNSAID):
                yield undefined(key, (*path, value), f"value of {facet}", value, (*facets[facet], UNSAID), lines)
            elif len(row) != levels:
                said = f"it has {len(row)} numbers for {levels} severities"
                yield Fault(key, lines.of((*path, value)), said, "write one for each severity, the most urgent first")
