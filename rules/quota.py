"""Quotas: the calendar month that incidents are counted in, in the policy's zone, and what a plan allows of them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rules.policy_model import Policy


def month(at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The month of `at` as [begin, end), in UTC; it begins and ends at local midnight."""
    local = at.astimezone(zone)
    begins = datetime(local.year, local.month, 1, tzinfo=zone)
    following = (local.year + 1, 1) if local.month == 12 else (local.year, local.month + 1)
    return begins.astimezone(UTC), datetime(*following, 1, tzinfo=zone).astimezone(UTC)


def counts(policy: Policy) -> bool:
    """Whether anything depends on how many incidents there were."""
    return policy.gates.quota is not None


def allowed(policy: Policy, plan: str | None) -> int | None:
    """Incidents a month; None without limit."""
    known = policy.plans.get(plan or "")
    return known.incidents if known and counts(policy) else None
