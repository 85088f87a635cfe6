"""Counts, for a replay, the incidents that each contract had used when a mail's turn came.

They are the decisions of the replay itself, in the order of the replay, so that a quota which changes shows in every
mail behind it. What a person accepted in spite of the policy counts from the moment that the person did.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from rules import quota
from rules.facts import Circumstances, Decision, Outcome, Usage
from rules.policy import Policy
from storage.past import Incident, Stored


class Incidents:
    """By contract and calendar month of the arrival, in the policy's zone."""

    def __init__(self, policy: Policy, elsewhere: Iterable[Incident]) -> None:
        """`elsewhere` are those of other mailboxes, which are not replayed."""
        self._policy = policy
        self._known_from: dict[tuple[str, datetime], list[datetime]] = {}
        for incident in elsewhere:
            self._add(incident.contract, incident.opened_at, incident.recorded_at)

    def before(self, around: Circumstances, one: Stored) -> dict[str, Usage]:
        """The usage that `around` has, with the incidents that were known when the mail's turn came."""
        if not quota.counts(self._policy):
            return dict(around.usage)
        month = quota.month(one.arrived_at, self._policy.zone)[0]
        contracts = {membership.contract.contract for membership in around.memberships}
        return {
            contract: replace(
                around.usage.get(contract, Usage()),
                incidents=sum(known <= one.decided_at for known in self._known_from.get((contract, month), ())),
            )
            for contract in contracts
        }

    def add(self, one: Stored, decision: Decision | None) -> None:
        """Count what was decided again; with None, because that was not possible, what was decided then."""
        before, person = one.decision, one.overruled
        if before is None:  # taking it out of quarantine is a person's to do
            return
        outcome = decision.outcome if decision else person.outcome if person else before.outcome
        contract = (decision.contract if decision else None) or before.contract
        if contract is None:
            return
        if outcome is Outcome.ACCEPTED:
            self._add(contract, one.arrived_at, one.decided_at)
        elif person is not None and person.to is Outcome.ACCEPTED:
            self._add(contract, one.arrived_at, person.at)

    def _add(self, contract: str, opened_at: datetime, known_from: datetime) -> None:
        month = quota.month(opened_at, self._policy.zone)[0]
        self._known_from.setdefault((contract, month), []).append(known_from)
