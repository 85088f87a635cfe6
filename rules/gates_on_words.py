"""The gates on words: what a mail asks for or is about, and whether somebody else is to answer it.

They never close on a severity 1, nor send it elsewhere: they flag. A gate may say that a mail is not to be turned away
but routed; `route_of` is the way that counts, the first in the order of the gates.
"""

from collections.abc import Callable
from decimal import Decimal

from rules import versions, wishes
from rules.case import Case, Finding, Route
from rules.facts import Allowance, Contract, Gate
from rules.policy_gates import KEYWORD_GATES, TopicLine, fits
from rules.topics import Topic

PARTIES = ("distributor", "support_partner")
"""The parties of a contract to whom a mail can be forwarded."""


def version(case: Case) -> Finding:
    rule = case.policy.gates.version
    named = versions.named(case.reading)
    recorded = case.member.contract.version
    if rule is None or not (named or recorded):
        return Finding(False, "No version is named in the mail or recorded for the contract.")
    source = "The mail names" if named else "The contract records"
    shown = ", ".join(named) if named else recorded
    supported = any(versions.is_of(one, rule.supported) for one in named or (recorded,))
    verdict = "is supported" if supported else f"is not supported; supported are {' and '.join(rule.supported)}"
    return Finding(not supported, f"{source} {rule.product} {shown}, which {verdict}.", keyword=bool(named))


def wish(gate: Gate) -> Callable[[Case], Finding]:
    """The gate that closes on the matter of its name."""

    def asked(case: Case) -> Finding:
        keyword = case.policy.gates.keyword(gate)
        asks_for = keyword.asks_for if keyword else gate.value
        found = case.wishes.get(gate)
        if found is None:
            return Finding(False, f"Nothing in the mail asks for {asks_for}.")
        if found.instead_of:
            stronger = found.instead_of.replace("_", " ")
            return Finding(False, f"The same words ({_quoted(found.phrases)}) speak for {stronger} first.")
        why = f"The mail asks for {asks_for}: {_quoted(found.phrases)}."
        if keyword and keyword.to:
            queue = case.policy.desk_of(keyword.to, case.member.contract)
            route = Route(gate.value, queue, f"routed_{queue}")
            return Finding(True, f"{why} It goes to {_place(queue)}.", keyword=True, route=route)
        return Finding(True, why, keyword=True)

    return asked


def topic(case: Case) -> Finding:
    """Somebody else may answer what the mail is about."""
    found = case.topic
    if found is None or found.line is None:
        other = f"; it counts as {_place(found.name)}" if found else ""
        return Finding(False, f"Nothing in the mail names a topic that others answer{other}.")
    why = f"The mail asks for {found.line.asks_for}{': ' if found.phrases else ''}{_quoted(found.phrases)}."
    route = _way(case, found, found.line)
    if route is None:
        return Finding(False, f"{why} {_why_it_stays(found.line, case.member.contract)}")
    left = f" {route.allowance.left:f} of {route.allowance.of} left this contract year." if route.allowance else ""
    why = f"{why} It goes to {route.forward_to or _place(route.queue)}.{left}"
    return Finding(True, why, keyword=True, route=route)


def training(case: Case) -> Finding:
    """Some questions need a contact who took a class."""
    person, gate = case.member.contact, case.policy.gates.training
    wanting = []
    for name, subject in gate.subjects.items() if gate else ():
        asked = wishes.standing(case.reading, f"training.{name}", case.member.contract.plan)
        if (
            asked
            and fits(subject.when, subject.unless, case.values)
            and not set(subject.trained_in) & set(person.trainings)
        ):
            wanting.append((subject, asked))
    if not wanting:
        return Finding(False, f"Nothing in the mail needs a class that {person.email} has not taken.")
    classes = tuple(dict.fromkeys(one for subject, _ in wanting for one in subject.trained_in))
    asked_for = " and ".join(f"{subject.asks_for} ({_quoted(asked.phrases)})" for subject, asked in wanting)
    why = f"The mail asks for {asked_for}, and {person.email} has not taken the class {' or '.join(classes)}."
    return Finding(True, why, keyword=True, trainings=classes)


def is_spared(case: Case, finding: Finding) -> bool:
    """Whether a judgement on words gives way to the urgency; with one severity there is none."""
    return finding.keyword and case.severity == 1 and len(case.policy.severity.levels) > 1


def route_of(case: Case) -> Route | None:
    """Where the mail goes instead of to the support desk; None where it stays."""
    used = case.policy.gates.used()
    findings = (look(case) for gate, look in ROUTING.items() if gate in used)
    return next((finding.route for finding in findings if finding.route and not is_spared(case, finding)), None)


def _way(case: Case, found: Topic, line: TopicLine) -> Route | None:
    if line.to in PARTIES:
        address: str = getattr(case.member.contract, line.to)
        return Route(found.name, case.policy.queue, f"routed_{found.name}", address, line.to) if address else None
    if not line.to:
        return None
    queue = case.policy.desk_of(line.to, case.member.contract)
    return Route(found.name, queue, f"routed_{queue}", hours=line.hours, allowance=_allowance(case, line))


def _why_it_stays(line: TopicLine, contract: Contract) -> str:
    return f"{contract.contract} names no {_place(line.to)}, so it stays here." if line.to else "We answer that."


def _allowance(case: Case, line: TopicLine) -> Allowance | None:
    """What the plan grants of it and how much is left; a plan without it grants none."""
    if not line.allowance:
        return None
    plan = case.policy.plans.get(case.member.contract.plan)
    of = plan.allowances.get(line.allowance, 0) if plan else 0
    return Allowance(line.allowance, max(Decimal(0), of - case.usage.allowances.get(line.allowance, Decimal(0))), of)


def _place(name: str) -> str:
    return name.replace("_", " ")


def _quoted(phrases: tuple[str, ...]) -> str:
    return ", ".join(f"“{phrase}”" for phrase in phrases)


ROUTING: dict[Gate, Callable[[Case], Finding]] = {**{gate: wish(gate) for gate in KEYWORD_GATES}, Gate.TOPIC: topic}
"""The gates that can send a mail elsewhere, in their order."""
