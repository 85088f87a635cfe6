"""Severity: from what was found in a mail, by the policy's points and lines, to a number and its reasons.

Only what a mail states counts. The points of all that it says, and of the words that lean to a severity, are added up.
The first line of the policy's table that fits decides instead, and may ask what the points speak for. An explicit
statement ("Severity: 2") wins over both unless the line is fixed. Doubt takes the more urgent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rules.facts import Evidence, Found, Heard, Reading
from rules.policy_gates import fits
from rules.policy_model import Policy
from rules.policy_tables import UNSAID, WEIGHED, SeverityRule
from rules.tone import TONE
from rules.weighing import Scales, Weighed

MOST_WORDS = 5
"""Single words kept as evidence: those that lean most to the severity that the mail was weighed to."""


@dataclass(frozen=True, slots=True)
class Judgement:
    severity: int
    evidence: tuple[Evidence, ...]
    why: str
    """A sentence for staff."""
    values: Mapping[str, str]
    """Every facet with what the mail says of it; "unsaid" where it says nothing."""


def judge(reading: Reading, policy: Policy) -> Judgement:
    """The severity of a mail under a policy, with its evidence: phrases in the order of the mail, then single words."""
    stated = [found for found in reading.found if speaks(found, policy)]
    values = {facet: _most_urgent(facet, stated, policy) for facet in policy.severity.facets}
    scales = Scales.of(policy, reading.length)
    weighed = scales.weigh(stated)
    asked = {**values, WEIGHED: str(weighed.severity) if weighed else ""}
    rule = next((rule for rule in policy.severity.rules if fits(rule.when, rule.unless, asked)), None)
    said = min((level for found in stated if (level := _explicit(found, policy)) is not None), default=None)
    by_words = rule.severity if rule else weighed.severity if weighed else policy.severity.silent
    severity = by_words if said is None or (rule and rule.fixed) else said
    if rule:
        evidence = tuple(_of_line(stated, values, rule, policy))
    else:
        evidence = (*_of_points(stated, values, weighed, scales), *_of_tone(stated, weighed, scales))
    return Judgement(severity, evidence, _why(policy.severity_term(), severity, said, rule, weighed), values)


def may_raise(reading: Reading, severity: int, policy: Policy) -> bool:
    """Whether a reply says enough to make its ticket as urgent as that: it itself, or what the policy asks for."""
    wanted = policy.severity.raising
    return not wanted or any(
        _explicit(found, policy) == severity or found.value in wanted.get(found.topic, ())
        for found in reading.found
        if speaks(found, policy)
    )


def speaks(found: Found, policy: Policy) -> bool:
    """Whether the sense in which a mail says a phrase is one that counts for a severity."""
    if found.topic in policy.severity.supposing:
        return found.heard in (Heard.STATED, Heard.SUPPOSED, Heard.ASKED)
    return found.heard is Heard.STATED


def _most_urgent(facet: str, stated: list[Found], policy: Policy) -> str:
    said = {found.value for found in stated if found.topic == facet}
    return next((value for value in policy.severity.facets[facet] if value in said), UNSAID)


def _explicit(found: Found, policy: Policy) -> int | None:
    """The level that a mail states itself."""
    if found.topic != "explicit":
        return None
    level = int(found.value) if found.value.isascii() and found.value.isdigit() and len(found.value) == 1 else None
    return level if level in policy.severity.levels else None


def _of_line(
    stated: Sequence[Found], values: Mapping[str, str], rule: SeverityRule, policy: Policy
) -> Iterator[Evidence]:
    for found in stated:
        if (level := _explicit(found, policy)) is not None:
            yield Evidence(found.phrase, found.where, level, "explicit")
        elif values.get(found.topic) == found.value:
            severity = rule.severity if found.topic in rule.when else None
            yield Evidence(found.phrase, found.where, severity, f"{found.topic}={found.value}")


def _of_points(
    stated: Sequence[Found], values: Mapping[str, str], weighed: Weighed | None, scales: Scales
) -> Iterator[Evidence]:
    for found in stated:
        if (level := _explicit(found, scales.policy)) is not None:
            yield Evidence(found.phrase, found.where, level, "explicit")
        elif found.topic in values and (values[found.topic] == found.value or scales.row(found)):
            severity = weighed.severity if weighed and scales.speaks_for(found) == weighed.severity else None
            yield Evidence(found.phrase, found.where, severity, f"{found.topic}={found.value}")


def _of_tone(stated: Sequence[Found], weighed: Weighed | None, scales: Scales) -> Iterator[Evidence]:
    """The single words that did most for what a mail was weighed to; phrases say why, these say what tipped it."""
    if weighed:
        words = [found for found in stated if found.topic == TONE and scales.speaks_for(found) == weighed.severity]
        for found in sorted(words, key=lambda one: -max(scales.row(one)))[:MOST_WORDS]:
            yield Evidence(found.phrase, found.where, None, f"{TONE}={found.value}")


def _why(term: str, severity: int, said: int | None, rule: SeverityRule | None, weighed: Weighed | None) -> str:
    because = "nothing in it says how bad it is"
    if rule:
        because = rule.because
    elif weighed and weighed.severity != weighed.likeliest:
        other = weighed.likeliest
        because = f"what it says, weighed together, speaks for it almost as much as for {other}, and doubt is urgent"
    elif weighed:
        because = "what it says, weighed together, speaks most for it"
    by_words = rule.severity if rule else weighed.severity if weighed else None
    if said is None:
        return f"{term} {severity} because {because}."
    if rule and rule.fixed and said != severity:
        return f"{term} {severity} because {because}, although the mail itself says {said}."
    if by_words is None:
        return f"{term} {severity} as the mail itself says; its words alone do not tell."
    if by_words != said:
        return f"{term} {severity} as the mail itself says; by its words it would be {by_words} because {because}."
    return f"{term} {severity} as the mail itself says."
