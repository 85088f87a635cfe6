from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from rules.facts import OpenHours
from templates import times

NOON = datetime(2026, 3, 16, 11, tzinfo=UTC)
BRUSSELS = ZoneInfo("Europe/Brussels")


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "Mon 16 March 2026, 12:00 CET"),
        ("fr", "lun. 16 mars 2026 à 12\u00a0h\u00a000 (CET)"),
        ("de", "Mo, 16. März 2026, 12:00 Uhr (MEZ)"),
        ("es", "lun 16 de marzo de 2026, 12:00 CET"),
        ("it", "lun 16 marzo 2026, ore 12:00 CET"),
        ("pt", "seg, 16 de março de 2026, 12:00 CET"),
        ("nl", "ma 16 maart 2026, 12:00 CET"),
        ("pl", "pon. 16 marca 2026, 12:00 CET"),
        ("ja", "2026年3月16日（月）12:00 CET"),
        ("zh", "2026年3月16日（周一） 12:00 CET"),
        ("xx", "Mon 16 March 2026, 12:00 CET"),
    ],
)
def test_a_moment_in_each_language(language: str, told: str) -> None:
    assert times.moment(NOON, BRUSSELS, language) == told


OFFICE = OpenHours(0, 4, "08:00", "16:00")
WEEKEND = OpenHours(4, 0, "16:00", "08:00", through=True)
ALWAYS = OpenHours(0, 6, "00:00", "24:00", through=True)


@pytest.mark.parametrize(
    ("runs", "language", "told"),
    [
        ([OFFICE], "en", "Mon–Fri 08:00–16:00 (Europe/Brussels)"),
        ([OFFICE], "fr", "lun–ven 8\u00a0h\u00a000–16\u00a0h\u00a000 (Europe/Brussels)"),
        ([OFFICE], "ja", "月–金 08:00–16:00 (Europe/Brussels)"),
        ([OFFICE], "xx", "Mon–Fri 08:00–16:00 (Europe/Brussels)"),
        ([OpenHours(5, 5, "09:00", "12:00")], "de", "Sa 09:00–12:00 (Europe/Brussels)"),
        ([OFFICE, WEEKEND], "en", "Mon–Fri 08:00–16:00 and Fri 16:00 – Mon 08:00 (Europe/Brussels)"),
        ([OFFICE, WEEKEND], "de", "Mo–Fr 08:00–16:00 und Fr 16:00 – Mo 08:00 (Europe/Brussels)"),
        ([ALWAYS], "en", "day and night (Europe/Brussels)"),
        ([ALWAYS], "zh", "全天候 (Europe/Brussels)"),
    ],
)
def test_opening_hours_in_each_language(runs: list[OpenHours], language: str, told: str) -> None:
    assert times.hours(runs, BRUSSELS, language) == told


@pytest.mark.parametrize(
    ("language", "zone", "told"),
    [
        ("fr", "America/Toronto", "(HAE)"),
        ("fr", "America/Los_Angeles", "(PDT)"),
        ("de", "America/Toronto", "(EDT)"),
        ("en", "America/Toronto", "EDT"),
        ("fr", "America/Sao_Paulo", "(UTC-03:00)"),
    ],
)
def test_a_zone_is_called_as_its_people_call_it(language: str, zone: str, told: str) -> None:
    assert times.moment(NOON, ZoneInfo(zone), language).endswith(f" {told}")


def test_the_first_of_a_month_is_the_first_in_french() -> None:
    assert times.day(date(2026, 4, 1), "fr") == "mer. 1er avril 2026"
    assert times.day(date(2026, 4, 2), "fr") == "jeu. 2 avril 2026"
    assert times.day(date(2026, 4, 1), "de") == "Mi, 1. April 2026"


@pytest.mark.parametrize(
    ("figure", "language", "told"),
    [
        ("1.50", "en", "1.5"),
        ("1.50", "fr", "1,5"),
        ("18.5", "de", "18,5"),
        ("10", "en", "10"),
        ("1E+1", "en", "10"),
        ("2.000", "en", "2"),
        ("0.00", "en", "0"),
        ("", "en", ""),
    ],
)
def test_an_amount_is_told_without_idle_zeros(figure: str, language: str, told: str) -> None:
    assert times.amount(figure, language) == told


def test_the_hour_that_a_night_has_twice_is_told_apart() -> None:
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert times.moment(first, BRUSSELS, "en") == "Sun 25 October 2026, 02:30 CEST"
    assert times.moment(second, BRUSSELS, "en") == "Sun 25 October 2026, 02:30 CET"


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("America/Los_Angeles", "04:00 PDT"),
        ("America/Sao_Paulo", "08:00 UTC-03:00"),
        ("Asia/Kathmandu", "16:45 UTC+05:45"),
        ("UTC", "11:00 UTC"),
    ],
)
def test_a_zone_is_named_by_its_abbreviation_or_its_offset(zone: str, told: str) -> None:
    assert times.moment(NOON, ZoneInfo(zone), "en").endswith(told)


def test_every_language_has_seven_days_and_twelve_months() -> None:
    assert {len(days) for days in times.WEEKDAYS.values()} == {7}
    assert {len(set(months)) for months in times.MONTHS.values()} == {12}
    assert times.WEEKDAYS.keys() == times.DAY.keys() == times.MONTHS.keys() | {"ja", "zh"}


def test_a_day_is_told_without_a_clock_time() -> None:
    assert times.day(date(2026, 1, 1), "en") == "Thu 1 January 2026"


@pytest.mark.parametrize(
    ("octets", "language", "told"),
    [
        (0, "en", "0 bytes"),
        (999, "en", "999 bytes"),
        (1_000, "en", "1.0 kB"),
        (3_449, "en", "3.4 kB"),
        (9_960, "en", "10 kB"),
        (999_400, "en", "999 kB"),
        (999_950, "en", "1.0 MB"),
        (1_234_567, "de", "1,2 MB"),
        (5_000_000_000, "en", "5.0 GB"),
        (7_000_000_000_000, "en", "7000 GB"),
        (12, "ja", "12 バイト"),
        (1_234_567, "fr", "1,2 Mo"),
        (3_449, "fr", "3,4 ko"),
    ],
)
def test_a_size_as_people_say_it(octets: int, language: str, told: str) -> None:
    assert times.size(octets, language) == told
