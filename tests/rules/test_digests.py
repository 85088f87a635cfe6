"""When a digest is given, and what waits for it."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from rules.calendar import Calendar, weekly_spans
from rules.digests import AT_ONCE, Daily, following, latest, waits
from tests.rules.samples import WEDNESDAY

BRUSSELS = ZoneInfo("Europe/Brussels")
EVERY = Daily(time(8, 30), BRUSSELS)
WEEKDAYS = Daily(time(8, 30), BRUSSELS, Calendar("Europe/Brussels", tuple(weekly_spans("Mon-Fri 09:00-17:00"))))


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("daily", "now", "last", "next_one"),
    [
        (EVERY, at(11, 7, 29), at(10, 7, 30), at(11, 7, 30)),
        (EVERY, at(11, 7, 30), at(11, 7, 30), at(12, 7, 30)),
        (EVERY, at(11, 23, 59), at(11, 7, 30), at(12, 7, 30)),
        (WEEKDAYS, at(13, 12), at(13, 7, 30), at(16, 7, 30)),
        (WEEKDAYS, at(15, 12), at(13, 7, 30), at(16, 7, 30)),
        (EVERY, at(29, 5), at(28, 7, 30), at(29, 6, 30)),  # summer time began in that night
        (Daily(time(2, 30), BRUSSELS), at(28, 12), at(28, 1, 30), at(29, 1, 30)),  # which has no half past two
        (Daily(time(2, 30), BRUSSELS), at(25, 0, 40, 10), at(25, 0, 30, 10), at(26, 1, 30, 10)),  # and here has two
    ],
)
def test_a_day_has_one_at_its_wall_time(daily: Daily, now: datetime, last: datetime, next_one: datetime) -> None:
    assert (latest(daily, now), following(daily, now)) == (last, next_one)


def test_who_never_works_has_none() -> None:
    never = Daily(time(8), BRUSSELS, Calendar("Europe/Brussels", ()))
    assert latest(never, WEDNESDAY) is following(never, WEDNESDAY) is None


DIGEST = WEDNESDAY + timedelta(hours=20)


@pytest.mark.parametrize(
    ("event", "severity", "due", "held_back"),
    [
        ("accepted", 3, None, True),
        ("follow_up", 2, DIGEST + timedelta(minutes=1), True),
        ("follow_up", 2, DIGEST, False),
        ("accepted", 1, None, False),
        ("reminder", None, None, True),
        *((event, 3, None, False) for event in sorted(AT_ONCE)),
    ],
)
def test_what_is_urgent_does_not_wait(event: str, severity: int | None, due: datetime | None, held_back: bool) -> None:
    assert waits(event, severity, due, DIGEST) is held_back
    assert not waits(event, severity, due, None)
