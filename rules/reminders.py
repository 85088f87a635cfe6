"""Reminders: who is reminded of a new ticket, when and how often, in real time from the arrival of its mail."""

from datetime import UTC, datetime

from rules.facts import Contract, Reminder
from rules.policy_model import Policy
from rules.policy_tables import ReminderTable


def planned(policy: Policy, contract: Contract, severity: int, at: datetime) -> tuple[Reminder, ...]:
    """The reminders of a ticket whose mail arrived `at`, in the order of the policy."""
    closed = not policy.calendar().is_open(at)
    return tuple(
        Reminder(
            to=policy.desk_of(reminder.to, contract),
            at=at.astimezone(UTC) + reminder.delay,
            every=reminder.every.replace(" ", "").replace("min", "m") if reminder.every else None,
            until=reminder.until,
        )
        for reminder in policy.reminders
        if _concerns(reminder, contract.plan, severity) and (closed or not reminder.outside_hours)
    )


def _concerns(reminder: ReminderTable, plan: str, severity: int) -> bool:
    return severity in reminder.severities and (not reminder.plans or plan in reminder.plans)
