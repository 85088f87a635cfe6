"""What becomes of a decision that a person overrules: a held or declined mail accepted after all, a held one declined.

The gates stay as they were: what had failed is kept as a flag, so that nobody has to wonder later. Due times are
counted from the arrival, as if the mail had been accepted at once, but none is earlier than `now`. Who overruled is
the caller's to record.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from rules import promises, reminders, severity
from rules.facts import Decision, Gate, Membership, Outcome, Reading
from rules.policy_model import Policy
from rules.policy_tables import PromiseTable


def accept(
    before: Decision,
    reading: Reading,
    membership: Membership | None,
    policy: Policy,
    *,
    arrived_at: datetime,
    now: datetime,
    level: int | None = None,
) -> Decision:
    """The mail as a ticket. `level` is the severity a person sees in it; None leaves that to the mail's words.

    Without a membership there is no plan, so nothing is promised.
    """
    judged = severity.judge(reading, policy)
    chosen = judged.severity if level is None else level
    contract = membership.contract if membership else None
    plan = policy.plans.get(contract.plan) if contract else None
    notices = [notice for notice in plan.notices if chosen in notice.severities] if plan else []

    def due(promised: Mapping[int, PromiseTable]) -> datetime | None:
        promise = promised.get(chosen)
        if promise is None:
            return None
        return max(now, promises.due(arrived_at, promise.target, policy.calendar(promise.on)))

    flags = (*before.flags, *(gate.value for gate in before.failed), *(notice.flag for notice in notices))
    return replace(
        before,
        outcome=Outcome.ACCEPTED,
        contact=(membership.contact.name or membership.contact.email) if membership else before.contact,
        organization=contract.organization if contract else before.organization,
        contract=contract.contract if contract else before.contract,
        plan=contract.plan if contract else before.plan,
        failed=(),
        flags=tuple(dict.fromkeys(flags)),
        template="acknowledgement",
        # what another desk was to answer stays with it
        queue=before.queue if before.topic and before.queue else plan.queue if plan else policy.queue,
        severity=chosen,
        severity_why=judged.evidence,
        first_response_due=due(plan.first_response) if plan else None,
        resolution_due=due(plan.resolution) if plan else None,
        reminders=reminders.planned(policy, contract, chosen, arrived_at) if contract else (),
        policy=policy.name,
        policy_version=policy.version,
        also_notice=tuple(notice.queue for notice in notices),
        why="A person accepted it.",
    )


def decline(before: Decision, gate: Gate) -> Decision:
    """The held mail declined for `gate`, whose letter goes out; none where its sender was not to be written to."""
    return replace(
        before,
        outcome=Outcome.DECLINED,
        failed=(gate, *(other for other in before.failed if other is not gate)),
        template=f"declined_{gate}" if before.template else None,
        queue=None,
        severity=None,
        severity_why=(),
        first_response_due=None,
        resolution_due=None,
        reminders=(),
        also_notice=(),
        why="A person declined it.",
    )
