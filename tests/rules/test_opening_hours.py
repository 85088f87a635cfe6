"""Which hours a calendar opens every week. How they read is the templates' business."""

import pytest

from rules.calendar import Calendar, WeeklySpan, weekly_spans
from rules.facts import OpenHours
from rules.opening_hours import ALWAYS, weekly

OFFICE = OpenHours(0, 4, "08:00", "16:00")
WEEKEND = OpenHours(4, 0, "16:00", "08:00", through=True)


@pytest.mark.parametrize(
    ("hours", "runs"),
    [
        (["Mon-Fri 08:00-16:00"], (OFFICE,)),
        (["Wed 08:00-16:00"], (OpenHours(2, 2, "08:00", "16:00"),)),
        (
            ["Mon-Fri 09:00-17:00", "Sat 09:00-12:00"],
            (OpenHours(0, 4, "09:00", "17:00"), OpenHours(5, 5, "09:00", "12:00")),
        ),
        (["Fri 16:00-Mon 08:00"], (WEEKEND,)),
        (["Sun 22:00-06:00"], (OpenHours(6, 6, "22:00", "06:00"),)),
        (["Sat 18:00-24:00"], (OpenHours(5, 5, "18:00", "24:00"),)),
        (["always"], (ALWAYS,)),
        (
            ["Mon-Tue 08:00-12:00", "Mon-Tue 13:00-17:00"],
            (OpenHours(0, 1, "08:00", "12:00"), OpenHours(0, 1, "13:00", "17:00")),
        ),
    ],
)
def test_days_in_a_row_with_the_same_hours_are_one_run(hours: list[str], runs: tuple[OpenHours, ...]) -> None:
    spans: tuple[WeeklySpan, ...] = tuple(span for text in hours for span in weekly_spans(text))
    assert weekly(Calendar("Europe/Berlin", spans)) == runs


def test_joined_calendars_follow_each_other() -> None:
    week = Calendar("Europe/Berlin", weekly_spans("Mon-Fri 08:00-16:00"))
    weekend = Calendar("Europe/Berlin", weekly_spans("Fri 16:00-Mon 08:00"))
    assert weekly(Calendar("Europe/Berlin", (), joined=(week, weekend))) == (OFFICE, WEEKEND)
