"""Opening hours as people read them."""

import pytest

from rules.calendar import Calendar, WeeklySpan, weekly_spans
from rules.opening_hours import wording


@pytest.mark.parametrize(
    ("hours", "language", "said"),
    [
        (["Mon-Fri 08:00-16:00"], "en", "Mon–Fri 08:00–16:00 (Europe/Berlin)"),
        (["Mon-Fri 08:00-16:00"], "fr", "lun–ven 08:00–16:00 (Europe/Berlin)"),
        (["Mon-Fri 08:00-16:00"], "ja", "Mon–Fri 08:00–16:00 (Europe/Berlin)"),
        (["Mon-Fri 09:00-17:00", "Sat 09:00-12:00"], "de", "Mo–Fr 09:00–17:00, Sa 09:00–12:00 (Europe/Berlin)"),
        (["Fri 16:00-Mon 08:00"], "en", "Fri 16:00–Mon 08:00 (Europe/Berlin)"),
        (["Sun 22:00-06:00"], "en", "Sun 22:00–06:00 (Europe/Berlin)"),
        (["Sat 18:00-24:00"], "en", "Sat 18:00–24:00 (Europe/Berlin)"),
        (["always"], "en", "day and night (Europe/Berlin)"),
        (["always"], "ja", "day and night (Europe/Berlin)"),
        (
            ["Mon-Tue 08:00-12:00", "Mon-Tue 13:00-17:00"],
            "en",
            "Mon–Tue 08:00–12:00, Mon–Tue 13:00–17:00 (Europe/Berlin)",
        ),
    ],
)
def test_hours_are_worded_for_letters(hours: list[str], language: str, said: str) -> None:
    spans: tuple[WeeklySpan, ...] = tuple(span for text in hours for span in weekly_spans(text))
    assert wording(Calendar("Europe/Berlin", spans), language) == said


def test_joined_calendars_are_worded_one_after_the_other() -> None:
    week = Calendar("Europe/Berlin", weekly_spans("Mon-Fri 08:00-16:00"))
    weekend = Calendar("Europe/Berlin", weekly_spans("Fri 16:00-Mon 08:00"))
    both = Calendar("Europe/Berlin", (), joined=(week, weekend))
    assert wording(both) == "Mon–Fri 08:00–16:00, Fri 16:00–Mon 08:00 (Europe/Berlin)"
