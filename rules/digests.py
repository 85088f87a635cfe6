"""The digest: when a person who asks for one mail a day gets it, and which notices can wait for it.

A day on which they do not work has none. What is urgent never waits: a severity 1, a promise that is due before the
next digest, what needs a decision, what went wrong. Pure; times are aware, what is given is UTC.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rules.calendar import Calendar

AT_ONCE = frozenset(
    {"held", "warning", "breach", "undelivered", "page_failed", "raised", "escalated", "assigned", "hold_over", "loop"}
)
"""What notices tell that is told at once, whatever the ticket."""
DAY = timedelta(days=1)
LONGEST = 370
"""Days that are looked at for one on which somebody works."""


@dataclass(frozen=True, slots=True)
class Daily:
    """When somebody gets it."""

    at: time
    zone: ZoneInfo
    hours: Calendar | None = None
    """When they work; None for always."""


def latest(daily: Daily, now: datetime) -> datetime | None:
    """The last time that was not after `now`; None where they do not work at all."""
    return _search(daily, now, -1)


def following(daily: Daily, now: datetime) -> datetime | None:
    """The first time after `now`; None where they do not work at all."""
    return _search(daily, now, 1)


def waits(event: str, severity: int | None, due: datetime | None, digest: datetime | None) -> bool:
    """Whether a notice of this event waits for the digest of that time; `due` is what the ticket promises next."""
    if digest is None or event in AT_ONCE or severity == 1:
        return False
    return due is None or due > digest


def _search(daily: Daily, now: datetime, step: int) -> datetime | None:
    today = now.astimezone(daily.zone).date()
    for days in range(LONGEST):
        # Of a wall time that the change of clocks leaves out or brings twice this is the first.
        local = datetime.combine(today + step * days * DAY, daily.at, daily.zone)
        at = local.astimezone(UTC)
        if (at <= now if step < 0 else at > now) and _works(daily, local):
            return at
    return None


def _works(daily: Daily, local: datetime) -> bool:
    """On the day of that wall time."""
    midnight = datetime.combine(local.date(), time(), daily.zone)
    return daily.hours is None or daily.hours.between(midnight, midnight + DAY) > timedelta(0)
