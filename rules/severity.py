"""Severity: from the phrases found in a mail, by the policy's table of facets, to a number and its reasons.

Only what a mail states counts. The first line of the table that fits decides, where of two values of a facet the more
urgent one counts; where none fits, the points of all values, added up. An explicit statement ("Severity: 2") wins over
both unless the line is fixed. Doubt takes the more urgent.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from rules.facts import Evidence, Found, Heard, Reading
from rules.policy_gates import fits
from rules.policy_model import Policy
from rules.policy_tables import SeverityRule

UNSAID = "unsaid"


@dataclass(frozen=True, slots=True)
class Judgement:
    severity: int
    evidence: tuple[Evidence, ...]
    why: str
    """A sentence for staff."""
    values: Mapping[str, str]
    """Every facet with what the mail says of it; "unsaid" where it says nothing."""


def judge(reading: Reading, policy: Policy) -> Judgement:
    """The severity of a mail under a policy, with its evidence in the order of the mail."""
    facets = policy.severity.facets
    stated = [found for found in reading.found if _speaks(found, policy)]
    values = {facet: _most_urgent(facet, stated, policy) for facet in facets}
    rule = next((rule for rule in policy.severity.rules if fits(rule.when, rule.unless, values)), None)
    explicit = [found for found in stated if found.topic == "explicit" and _level(found, policy) is not None]
    said = min((level for found in explicit if (level := _level(found, policy)) is not None), default=None)
    said_of = {
        facet: {found.value for found in stated if found.topic == facet} & {*known} for facet, known in facets.items()
    }
    weighed = None if rule else weigh(said_of, policy)
    by_words = rule.severity if rule else weighed or policy.severity.silent
    severity = by_words if said is None or (rule and rule.fixed) else said
    evidence = tuple(
        _evidence(found, values, rule, weighed, policy)
        for found in stated
        if found in explicit
        or values.get(found.topic) == found.value
        or (weighed and found.value in said_of.get(found.topic, ()))
    )
    return Judgement(severity, evidence, _why(policy.severity_term(), severity, said, rule, weighed), values)


def weigh(said: Mapping[str, Collection[str]], policy: Policy) -> int | None:
    """The severity that all values of the facets, added up, speak for most; None where none is said, or has points."""
    points = policy.severity.points
    if not points or not any(said.values()):
        return None
    rows = [
        row
        for facet, values in said.items()
        for value in values or (UNSAID,)
        if (row := points.get(facet, {}).get(value))
    ]
    totals = {level: sum(row[at] for row in rows) for at, level in enumerate(sorted(policy.severity.levels))}
    return max(totals, key=lambda level: (totals[level], -level))


def _speaks(found: Found, policy: Policy) -> bool:
    if found.topic in policy.severity.supposing:
        return found.heard in (Heard.STATED, Heard.SUPPOSED, Heard.ASKED)
    return found.heard is Heard.STATED


def _most_urgent(facet: str, stated: list[Found], policy: Policy) -> str:
    said = {found.value for found in stated if found.topic == facet}
    return next((value for value in policy.severity.facets[facet] if value in said), UNSAID)


def _level(found: Found, policy: Policy) -> int | None:
    level = int(found.value) if found.value.isascii() and found.value.isdigit() and len(found.value) == 1 else None
    return level if level in policy.severity.levels else None


def _evidence(
    found: Found, values: dict[str, str], rule: SeverityRule | None, weighed: int | None, policy: Policy
) -> Evidence:
    if found.topic == "explicit":
        return Evidence(found.phrase, found.where, _level(found, policy), "explicit")
    if rule is None:
        row = policy.severity.points.get(found.topic, {}).get(found.value, ()) if weighed else ()
        decided = any(row) and weighed == sorted(policy.severity.levels)[row.index(max(row))]
        severity = weighed if decided else None
    else:
        severity = rule.severity if found.topic in rule.when else None
    return Evidence(found.phrase, found.where, severity, f"{found.topic}={found.value}")


def _why(term: str, severity: int, said: int | None, rule: SeverityRule | None, weighed: int | None) -> str:
    because = "what it says, weighed together, speaks most for it" if weighed else "nothing in it says how bad it is"
    because = rule.because if rule else because
    by_words = rule.severity if rule else weighed
    if said is None:
        return f"{term} {severity} because {because}."
    if rule and rule.fixed and said != severity:
        return f"{term} {severity} because {because}, although the mail itself says {said}."
    if by_words is None:
        return f"{term} {severity} as the mail itself says; its words alone do not tell."
    if by_words != said:
        return f"{term} {severity} as the mail itself says; by its words it would be {by_words} because {because}."
    return f"{term} {severity} as the mail itself says."
