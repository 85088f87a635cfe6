"""Reminders and warnings: who is reminded of a ticket, when and how often, and when staff hear of a promise at risk.

Reminders count real time from the arrival of the mail, warnings the time in which their promise is counted. What a
policy shifts into working hours waits for their next opening. When it is time, `intake.watch` gives them.
"""

from datetime import UTC, datetime, timedelta
from typing import Literal

from rules.facts import Contract, Reminder
from rules.policy_model import Policy
from rules.policy_tables import PromiseTable, ReminderTable
from rules.promises import Unit


def planned(
    policy: Policy, contract: Contract, severity: int, at: datetime, *, known_at: datetime | None = None
) -> tuple[Reminder, ...]:
    """The reminders of a ticket whose mail arrived `at`, in the order of the policy.

    `known_at` is when it came to its severity, where that was later: what is told outside support hours alone is meant
    for the hour at which somebody should hear of it.
    """
    closed = not policy.calendar().is_open(known_at or at)
    return tuple(
        Reminder(
            to=policy.desk_of(reminder.to, contract),
            at=shifted(policy, reminder.calendar, at.astimezone(UTC) + reminder.delay),
            every=reminder.every.replace(" ", "").replace("min", "m") if reminder.every else None,
            until=reminder.until,
            calendar=reminder.calendar,
        )
        for reminder in policy.reminders
        if _concerns(reminder, contract.plan, severity) and (closed or not reminder.outside_hours)
    )


def shifted(policy: Policy, calendar: str, at: datetime) -> datetime:
    """`at`, or the next opening of that calendar; of "", or of one that the policy no longer has, `at` itself."""
    return policy.calendar(calendar).next_opening(at) if calendar in policy.calendars else at


def warning(
    policy: Policy,
    plan: str | None,
    severity: int | None,
    kind: Literal["first_response", "resolution"],
    started_at: datetime,
    due_at: datetime,
) -> datetime | None:
    """When staff are to hear that a promise, made for a mail that came at `started_at`, is due at `due_at` soon.

    Business time is counted back in open time, so that it is heard while somebody works. None where it is not warned
    of, or where there is no time to do so.
    """
    if not policy.warnings.concerns(severity):
        return None
    promise = _promise(policy, plan, severity, kind)
    calendar = policy.calendar(promise.on) if promise and promise.target.unit is not Unit.ELAPSED_HOURS else None
    whole = calendar.between(started_at, due_at) if calendar else due_at - started_at
    if whole <= timedelta(0):
        return None
    lead = policy.warnings.lead
    ahead = min(lead if isinstance(lead, timedelta) else whole * lead, whole / 2)
    return calendar.add(started_at, whole - ahead) if calendar else due_at.astimezone(UTC) - ahead


def _promise(policy: Policy, plan: str | None, severity: int | None, kind: str) -> PromiseTable | None:
    made = policy.plans.get(plan or "")
    if made is None or severity is None:
        return None
    return (made.first_response if kind == "first_response" else made.resolution).get(severity)


def _concerns(reminder: ReminderTable, plan: str, severity: int) -> bool:
    return severity in reminder.severities and (not reminder.plans or plan in reminder.plans)
