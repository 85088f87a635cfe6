"""Weighing: the points of all that a mail states, added up, and the severity that they speak for.

Phrases give the values of facets, what no phrase says is "unsaid", single words set the tone; each has a row of numbers
in the policy, one for each severity. A brief mail leaves most unsaid: there only phrases count, by points of their own
where the policy has them. What counts as stated, and what a policy's lines say instead, is `rules.severity`'s business.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rules.facts import Found
from rules.policy_model import Policy
from rules.policy_tables import UNSAID
from rules.tone import TONE, Row, row_of

Sign = tuple[str, str]
"""A facet, or TONE, and its value."""


class Weighed(NamedTuple):
    severity: int
    """The more urgent, where two are in doubt."""
    likeliest: int


@dataclass(frozen=True, slots=True)
class Scales:
    """What a policy weighs one mail of some length with; each row is looked up once, though it is asked for often."""

    policy: Policy
    brief: bool
    _rows: dict[Sign, Row] = field(default_factory=dict, compare=False)
    _speaks: dict[Sign, int | None] = field(default_factory=dict, compare=False)

    @staticmethod
    def of(policy: Policy, length: int) -> "Scales":
        """`length` is the words of the mail's own."""
        return Scales(policy, length < policy.severity.brief)

    def weigh(self, stated: Sequence[Found]) -> Weighed | None:
        """None where the mail states nothing that has points, or is brief and says too little to be urgent."""
        points, facets = self._points(), self.policy.severity.facets
        heard = {(one.topic, one.value): one for one in stated if self._counts(one)}
        if not points or not heard:
            return None
        said = {topic for topic, _ in heard}
        rows = [self.row(one) for one in heard.values()]
        if not self.brief:
            rows += [points.get(facet, {}).get(UNSAID, ()) for facet in facets if facet not in said]
        levels = sorted(self.policy.severity.levels)
        totals = {level: sum(row[at] for row in rows if row) for at, level in enumerate(levels)}
        most, doubt = max(totals.values()), 0 if self.brief else self.policy.severity.doubt
        likeliest = next(level for level in levels if totals[level] == most)
        weighed = Weighed(next(level for level in levels if totals[level] >= most - doubt), likeliest)
        urgent = weighed.severity < self.policy.severity.silent
        return None if self.brief and urgent and not self._suffices(heard, most) else weighed

    def _suffices(self, heard: Collection[Sign], most: int) -> bool:
        """Whether a brief mail says enough to be urgent: "for each customer" tells of nothing that happened."""
        severity = self.policy.severity
        tells = any(facet in severity.raising for facet, _ in heard)
        return most >= severity.faint and (tells or not severity.raising)

    def row(self, found: Found) -> Row:
        """How much a find speaks for each severity, the most urgent first; empty where it does not count."""
        sign = (found.topic, found.value)
        row = self._rows.get(sign)
        if row is None:
            row = self._rows[sign] = self._looked_up(found)
        return row

    def speaks_for(self, found: Found) -> int | None:
        """The severity that a find speaks for most."""
        sign = (found.topic, found.value)
        if sign not in self._speaks:
            row = self.row(found)
            levels = sorted(self.policy.severity.levels)
            self._speaks[sign] = levels[row.index(max(row))] if any(row) else None
        return self._speaks[sign]

    def _looked_up(self, found: Found) -> Row:
        if found.topic == TONE:
            return () if self.brief else row_of(found, self.policy.tone)
        return self._points().get(found.topic, {}).get(found.value, ())

    def _counts(self, found: Found) -> bool:
        if found.topic == TONE:
            return not self.brief
        return found.value in self.policy.severity.facets.get(found.topic, ())

    def _points(self) -> Mapping[str, Mapping[str, Row]]:
        severity = self.policy.severity
        return (self.brief and severity.brief_points) or severity.points
