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
from rules.policy_tables import WEIGHED, SeverityRule
from rules.tone import TONE, Row, row_of

UNSAID = "unsaid"
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
    weighed, likelier = weigh(stated, reading.length, policy)
    asked = {**values, WEIGHED: str(weighed or "")}
    rule = next((rule for rule in policy.severity.rules if fits(rule.when, rule.unless, asked)), None)
    said = min((level for found in stated if (level := _explicit(found, policy)) is not None), default=None)
    by_words = rule.severity if rule else weighed or policy.severity.silent
    severity = by_words if said is None or (rule and rule.fixed) else said
    evidence = (*_phrases(stated, values, rule, weighed, policy), *_words(stated, None if rule else weighed, policy))
    return Judgement(severity, evidence, _why(policy.severity_term(), severity, said, rule, weighed, likelier), values)


def weigh(stated: Sequence[Found], length: int, policy: Policy) -> tuple[int | None, int | None]:
    """The severity that all that is stated in a mail of `length` words, added up, speaks for, and the likeliest.

    The first is the more urgent where two are in doubt. None where the mail states nothing, or the policy gives no
    points; nor does the tone of a few words tell anything alone.
    """
    points, facets = policy.severity.points, policy.severity.facets
    heard = {
        (one.topic, one.value): one for one in stated if one.topic == TONE or one.value in facets.get(one.topic, ())
    }
    if not points or not heard:
        return None, None
    said = {topic for topic, _ in heard}
    if length < policy.severity.brief and said == {TONE}:
        return None, None
    rows = [_points(one, policy) for one in heard.values()]
    if length >= policy.severity.brief:
        rows += [points.get(facet, {}).get(UNSAID, ()) for facet in facets if facet not in said]
    levels = sorted(policy.severity.levels)
    totals = {level: sum(row[at] for row in rows if row) for at, level in enumerate(levels)}
    most = max(totals.values())
    doubt = policy.severity.doubt if length >= policy.severity.brief else 0
    likely = [level for level in levels if totals[level] >= most - doubt]
    return likely[0], max(levels, key=lambda level: (totals[level], -level))


def _points(found: Found, policy: Policy) -> Row:
    if found.topic == TONE:
        return row_of(found, policy.tone)
    return policy.severity.points.get(found.topic, {}).get(found.value, ())


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


def _phrases(
    stated: Sequence[Found], values: Mapping[str, str], rule: SeverityRule | None, weighed: int | None, policy: Policy
) -> Iterator[Evidence]:
    for found in stated:
        if (level := _explicit(found, policy)) is not None:
            yield Evidence(found.phrase, found.where, level, "explicit")
            continue
        deciding = values.get(found.topic) == found.value
        if rule is None:
            counted = found.topic in values and (deciding or bool(_points(found, policy)))
            severity = weighed if weighed and _level_of(_points(found, policy), policy) == weighed else None
        else:
            counted, severity = deciding, rule.severity if found.topic in rule.when else None
        if counted:
            yield Evidence(found.phrase, found.where, severity, f"{found.topic}={found.value}")


def _words(stated: Sequence[Found], weighed: int | None, policy: Policy) -> Iterator[Evidence]:
    """The single words that did most for what a mail was weighed to; phrases say why, these say what tipped it."""
    lean = [
        (row[at], found)
        for found in stated
        if found.topic == TONE and (row := _points(found, policy)) and weighed
        for at in (sorted(policy.severity.levels).index(weighed),)
        if row[at] == max(row)
    ]
    for _, found in sorted(lean, key=lambda one: -one[0])[:MOST_WORDS]:
        yield Evidence(found.phrase, found.where, None, f"{TONE}={found.value}")


def _level_of(row: Row, policy: Policy) -> int | None:
    """The severity that a row speaks for most."""
    return sorted(policy.severity.levels)[row.index(max(row))] if any(row) else None


def _why(
    term: str, severity: int, said: int | None, rule: SeverityRule | None, weighed: int | None, likelier: int | None
) -> str:
    because = "what it says, weighed together, speaks most for it" if weighed else "nothing in it says how bad it is"
    if weighed != likelier:
        because = f"what it says, weighed together, speaks for it almost as much as for {likelier}, and doubt is urgent"
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
