"""The gates that a request passes on its way to being a ticket, in order, and what they say together.

Each is one small function, in `gates_on_facts` or `gates_on_words`, and says why in a sentence for staff. All are
tried, so that a customer hears of every reason at once.
"""

from collections.abc import Callable
from dataclasses import dataclass

from rules import gates_on_facts as facts
from rules import gates_on_words as words
from rules.case import Case, Finding, Route
from rules.facts import Gate, GateResult, Verdict
from rules.policy_gates import KEYWORD_GATES


@dataclass(frozen=True, slots=True)
class Passage:
    """What the gates say together."""

    results: tuple[GateResult, ...]
    """One for each gate of the policy, in order."""
    held: bool
    """What closes leaves the answer to a person."""
    route: Route | None = None
    """Where the mail goes if nothing closes."""
    trainings: tuple[str, ...] = ()
    """The classes any of which would open the gate that closed for want of one."""

    @property
    def failed(self) -> tuple[Gate, ...]:
        return tuple(result.gate for result in self.results if result.verdict is Verdict.FAIL)

    @property
    def why(self) -> str:
        """What the first gate that closes says."""
        return next(result.why for result in self.results if result.verdict is Verdict.FAIL)


def passage(case: Case) -> Passage:
    """What every gate of the policy says.

    Doubt holds a mail that nothing else closes on; beside a plain failure it is only flagged. Doubt about who wrote it
    comes before every other: a letter that declines would go to somebody who never asked.
    """
    used = case.policy.gates.used()
    findings = {gate: GATES[gate](case) for gate in used if case.membership is not None or gate is Gate.CONTACT}
    closing = [one for one in findings.values() if one.closed and not one.route and not words.is_spared(case, one)]
    plain = any(not finding.doubt and not finding.holds for finding in closing) and not facts.disowned_contact(case)
    results = tuple(_result(gate, findings.get(gate), case, plain) for gate in used)
    trainings = tuple(each for finding in closing for each in finding.trainings)
    route = words.route_of(case) if case.membership is not None else None
    return Passage(results, bool(closing) and not plain, route, trainings)


def _result(gate: Gate, finding: Finding | None, case: Case, plain: bool) -> GateResult:
    if finding is None:
        return GateResult(gate, Verdict.SKIP, "Not looked at, because the sender is on no contract.")
    if not finding.closed:
        return GateResult(gate, Verdict.PASS, finding.why)
    if words.is_spared(case, finding):
        why = f"{finding.why} A severity 1 is taken in all the same; please look at it."
        return GateResult(gate, Verdict.FLAG, why)
    if finding.route:
        return GateResult(gate, Verdict.PASS, finding.why)
    if finding.doubt and plain:
        return GateResult(gate, Verdict.FLAG, f"{finding.why} Something else decides here.")
    return GateResult(gate, Verdict.FAIL, finding.why)


GATES: dict[Gate, Callable[[Case], Finding]] = {
    Gate.CONTACT: facts.contact,
    Gate.SUBSCRIPTION: facts.subscription,
    Gate.PAYMENT: facts.payment,
    Gate.LANGUAGE: facts.language,
    Gate.ROLE: facts.role,
    Gate.VERSION: words.version,
    **{gate: words.wish(gate) for gate in KEYWORD_GATES},
    Gate.TOPIC: words.topic,
    Gate.TRAINING: words.training,
    Gate.EXPERT_HOURS: facts.expert_hours,
    Gate.QUOTA: facts.incidents,
}
