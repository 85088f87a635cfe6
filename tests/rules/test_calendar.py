"""Opening hours against tables and against a walk through every minute."""

from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.calendar import (
    WEEK,
    BadHours,
    Calendar,
    NeverOpen,
    WeeklySpan,
    is_closed,
    overlaps,
    weekly_spans,
)

BRUSSELS = "Europe/Brussels"
OFFICE = Calendar(BRUSSELS, weekly_spans("Mon-Fri 08:00-16:00"))
WEEKEND = Calendar(BRUSSELS, weekly_spans("Fri 16:00-Mon 08:00"))
BOTH = Calendar(BRUSSELS, (), joined=(OFFICE, WEEKEND))
NIGHT = Calendar("Europe/Berlin", weekly_spans("Mon-Sun 22:00-06:00"))
GERMAN = Calendar("Europe/Berlin", weekly_spans("Mon-Fri 09:00-17:00"), country="DE")


def at(text: str, zone: str = BRUSSELS) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("Mon 08:00-16:00", [(480, 960)]),
        ("Mon 8:00-16:59", [(480, 1019)]),
        ("Mon-Tue 08:00-16:00", [(480, 960), (1920, 2400)]),
        ("Fri 16:00-Mon 08:00", [(4 * 1440 + 960, 7 * 1440 + 480)]),
        ("Sat-Mon 00:00-24:00", [(7200, 8640), (8640, 10080), (0, 1440)]),
        ("Sun 22:00-06:00", [(6 * 1440 + 1320, 6 * 1440 + 1800)]),
        ("mon–tue 08:00–09:00", [(480, 540), (1920, 1980)]),
    ],
)
def test_hours_are_read_as_minutes_of_the_week(text: str, spans: list[tuple[int, int]]) -> None:
    assert weekly_spans(text) == tuple(WeeklySpan(*span) for span in spans)


def test_always_is_the_whole_week() -> None:
    assert sum(span.end - span.start for span in weekly_spans("always")) == WEEK


LIKE = 'write it like "Mon-Fri 08:00-16:00", "Fri 16:00-Mon 08:00" or "always"'
NO_TIME = "is no time of day; write 08:00, or 24:00 for midnight at the end of a day"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Mon-Fri", LIKE),
        ("", LIKE),
        ("Mon-Fri 08:00 16:00", LIKE),
        ("Mon-Fri 08:00-12:00-16:00", LIKE),
        ("Fri 16:00-Mon-Tue 08:00", LIKE),
        ("Mon-Fri 08:00-16:00 and more", LIKE),
        ("always always", LIKE),
        ("Mon-Fri 08:00-08:00", "opening and closing time are the same"),
        ("Fri 16:00-Fri 16:00", "it opens and closes at the same moment"),
        ("Moon-Fri 08:00-16:00", "'moon' is no day of the week; they are Mon, Tue, Wed, Thu, Fri, Sat, Sun"),
        ("Mon- 08:00-16:00", "'' is no day of the week; they are Mon, Tue, Wed, Thu, Fri, Sat, Sun"),
        ("Mon-Fri 8-16", f"'8' {NO_TIME}"),
        ("Mon-Fri 0800-16:00", f"'0800' {NO_TIME}"),
        ("Mon-Fri 08:0-16:00", f"'08:0' {NO_TIME}"),
        ("Mon-Fri 08:000-16:00", f"'08:000' {NO_TIME}"),
        ("Mon-Fri :00-16:00", f"':00' {NO_TIME}"),
        ("Mon-Fri 08:60-16:00", f"'08:60' {NO_TIME}"),
        ("Mon-Fri 008:00-16:00", f"'008:00' {NO_TIME}"),
        ("Mon-Fri 08:00-24:01", f"'24:01' {NO_TIME}"),
        ("Mon-Fri 08:00:00-16:00", f"'08:00:00' {NO_TIME}"),
        ("Mon-Fri ٠٨:٠٠-16:00", f"'٠٨:٠٠' {NO_TIME}"),
    ],
)
def test_hours_that_cannot_be_read_are_refused_with_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(BadHours) as refused:
        weekly_spans(text)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("texts", "shared"),
    [
        (["Mon-Fri 08:00-16:00", "Sat 09:00-12:00"], None),
        (["Mon-Fri 08:00-16:00", "Fri 16:00-Mon 08:00"], None),
        (["Mon-Fri 08:00-16:00", "Wed 15:00-18:00"], ("Wed 08:00-16:00", "Wed 15:00-18:00")),
        (["Sun 12:00-Mon 09:00", "Mon-Fri 08:00-16:00"], ("Sun 12:00-Mon 09:00", "Mon 08:00-16:00")),
        (["Sun 12:00-Mon 09:00", "Mon 08:00-16:00"], ("Sun 12:00-Mon 09:00", "Mon 08:00-16:00")),
        (["Fri 16:00-Mon 08:00"], None),
        (["always"], None),
        ([], None),
    ],
)
def test_hours_that_share_a_minute_overlap(texts: list[str], shared: tuple[str, str] | None) -> None:
    spans = tuple(span for text in texts for span in weekly_spans(text))
    assert overlaps(spans) == (tuple(span for text in shared for span in weekly_spans(text)) if shared else None)


@pytest.mark.parametrize(
    ("calendar", "start", "amount", "due"),
    [
        (OFFICE, "2026-03-13T15:00", 4, "2026-03-16T11:00"),
        (OFFICE, "2026-03-13T15:00", 1, "2026-03-13T16:00"),
        (OFFICE, "2026-03-13T16:00", 1, "2026-03-16T09:00"),
        (OFFICE, "2026-03-14T12:00", 8, "2026-03-16T16:00"),
        (OFFICE, "2026-03-11T07:00", 16, "2026-03-12T16:00"),
        (BOTH, "2026-03-14T03:00", 1, "2026-03-14T04:00"),
        (BOTH, "2026-03-13T15:30", 1, "2026-03-13T16:30"),
        (BOTH, "2026-03-10T20:00", 1, "2026-03-11T09:00"),
        (BOTH, "2026-03-16T07:30", 1, "2026-03-16T08:30"),
    ],
)
def test_business_hours_pass_only_while_open(calendar: Calendar, start: str, amount: float, due: str) -> None:
    assert calendar.add(at(start), hours(amount)) == at(due)


def test_an_open_hour_is_sixty_real_minutes_when_the_clocks_change() -> None:
    autumn = NIGHT.between(at("2026-10-24T22:00", "Europe/Berlin"), at("2026-10-25T06:00", "Europe/Berlin"))
    spring = NIGHT.between(at("2026-03-28T22:00", "Europe/Berlin"), at("2026-03-29T06:00", "Europe/Berlin"))
    assert (autumn, spring) == (hours(9), hours(7))
    assert WEEKEND.between(at("2026-10-23T12:00"), at("2026-10-27T12:00")) == hours(65)


def test_public_holidays_and_listed_days_are_closed() -> None:
    christmas = at("2026-12-24T16:00", "Europe/Berlin")
    assert GERMAN.add(christmas, hours(2)) == at("2026-12-28T10:00", "Europe/Berlin")
    shut = Calendar("Europe/Berlin", GERMAN.spans, closed=frozenset({date(2026, 12, 24)}))
    assert shut.next_opening(at("2026-12-24T10:00", "Europe/Berlin")) == at("2026-12-25T09:00", "Europe/Berlin")
    assert is_closed(GERMAN, date(2026, 12, 25))
    assert not is_closed(OFFICE, date(2026, 12, 25))


def test_a_subdivision_has_holidays_of_its_own() -> None:
    bavaria = Calendar("Europe/Berlin", GERMAN.spans, country="DE", subdivision="BY")
    assert is_closed(bavaria, date(2026, 1, 6))
    assert not is_closed(GERMAN, date(2026, 1, 6))


def test_a_closed_day_is_cut_out_of_hours_that_run_through_it() -> None:
    shut = Calendar(BRUSSELS, weekly_spans("Fri 16:00-Mon 08:00"), closed=frozenset({date(2026, 3, 14)}))
    assert not shut.is_open(at("2026-03-14T12:00"))
    assert shut.is_open(at("2026-03-13T23:59"))
    assert shut.is_open(at("2026-03-15T00:00"))
    assert shut.between(at("2026-03-13T16:00"), at("2026-03-16T08:00")) == hours(40)


@pytest.mark.parametrize(
    ("calendar", "start", "days", "due"),
    [
        (OFFICE, "2026-03-13T10:00", 1, "2026-03-16T16:00"),
        (OFFICE, "2026-03-13T16:00", 1, "2026-03-17T16:00"),
        (OFFICE, "2026-03-15T10:00", 1, "2026-03-17T16:00"),
        (OFFICE, "2026-03-11T07:00", 2, "2026-03-13T16:00"),
        (OFFICE, "2026-03-11T10:00", 0, "2026-03-11T16:00"),
        (WEEKEND, "2026-03-13T17:00", 1, "2026-03-15T00:00"),
        # eight in Tokyo is midnight in Brussels, of the same day
        (Calendar("Asia/Tokyo", OFFICE.spans), "2026-03-11T00:30", 0, "2026-03-11T08:00"),
    ],
)
def test_business_days_end_at_closing_time(calendar: Calendar, start: str, days: int, due: str) -> None:
    assert calendar.closing(at(start), days) == at(due)


def test_whatever_is_asked_is_told_in_utc() -> None:
    kolkata = at("2026-03-11T14:00", "Asia/Kolkata")
    assert OFFICE.next_opening(kolkata).tzinfo is UTC
    assert OFFICE.add(kolkata, hours(1)).tzinfo is UTC
    assert OFFICE.closing(kolkata, 1).tzinfo is UTC
    assert NIGHT.closing(kolkata, 1).tzinfo is UTC


def test_hours_that_two_calendars_share_count_once() -> None:
    twice = Calendar(BRUSSELS, (), joined=(OFFICE, OFFICE))
    assert twice.between(at("2026-03-11T00:00"), at("2026-03-12T00:00")) == hours(8)


@pytest.mark.parametrize(
    ("text", "closes"),
    [
        ("Mon 08:00-23:59", "2026-03-09T23:59"),
        ("Mon 08:00-24:00", "2026-03-10T00:00"),
        ("Mon 22:00-00:01", "2026-03-10T00:00"),
    ],
)
def test_a_closed_tuesday_changes_monday_up_to_midnight_in_nothing(text: str, closes: str) -> None:
    shut = Calendar(BRUSSELS, weekly_spans(text), closed=frozenset({date(2026, 3, 10)}))
    ((_, end),) = takewhile(lambda span: span[0] < at("2026-03-11T00:00"), shut.open_from(at("2026-03-09T12:00")))
    assert end == at(closes)


def test_a_day_that_is_open_for_a_minute_is_a_business_day() -> None:
    calendar = Calendar(BRUSSELS, weekly_spans("Mon 22:00-00:01"))
    assert calendar.closing(at("2026-03-09T22:30"), 1) == at("2026-03-10T00:01")


def test_a_closed_day_of_one_calendar_takes_nothing_from_another() -> None:
    shut = Calendar(BRUSSELS, weekly_spans("Fri 16:00-Mon 08:00"), closed=frozenset({date(2026, 3, 14)}))
    saturday = Calendar(BRUSSELS, weekly_spans("Sat 09:00-12:00"), joined=(shut,))
    assert saturday.is_open(at("2026-03-14T10:00"))
    assert saturday.add(at("2026-03-13T23:00"), hours(2)) == at("2026-03-14T10:00")


def test_calendars_of_far_zones_are_joined_in_the_order_of_the_world() -> None:
    evening = Calendar("America/New_York", weekly_spans("Mon-Sun 20:00-23:00"))
    morning = Calendar("Asia/Tokyo", weekly_spans("Mon-Sun 00:00-08:00"), joined=(evening,))
    # Tokyo's morning of the 11th is 15:00-23:00 UTC on the 10th, New York's evening of the 10th 00:00-03:00 on the 11th
    assert morning.next_opening(datetime(2026, 3, 10, 12, tzinfo=UTC)) == datetime(2026, 3, 10, 15, tzinfo=UTC)
    assert morning.add(datetime(2026, 3, 10, 22, tzinfo=UTC), hours(2)) == datetime(2026, 3, 11, 1, tzinfo=UTC)


def test_a_desk_on_the_other_side_of_the_world_is_seen_while_it_is_open() -> None:
    behind = Calendar("Pacific/Pago_Pago", weekly_spans("Mon 00:00-24:00"))
    ahead = Calendar("Pacific/Kiritimati", (), joined=(behind,))
    assert ahead.is_open(at("2026-03-09T23:30", "Pacific/Pago_Pago"))
    assert not ahead.is_open(at("2026-03-10T00:00", "Pacific/Pago_Pago"))


def test_a_long_span_is_seen_to_its_end_however_far_behind_the_zone_is() -> None:
    late = Calendar("Pacific/Pago_Pago", weekly_spans("Mon 20:00-Tue 16:00"))
    long = Calendar("Pacific/Pago_Pago", weekly_spans("Mon 20:00-Sat 16:00"))
    assert late.is_open(at("2026-03-10T15:59", "Pacific/Pago_Pago"))
    assert long.is_open(at("2026-03-14T15:59", "Pacific/Pago_Pago"))
    assert not long.is_open(at("2026-03-14T16:00", "Pacific/Pago_Pago"))


def test_the_longest_span_may_be_of_a_calendar_joined_by_one_that_is_joined() -> None:
    outer = Calendar(BRUSSELS, weekly_spans("Mon 08:00-09:00"), joined=(BOTH, OFFICE))
    assert outer.is_open(at("2026-03-16T07:59"))


def test_opening_is_looked_for_ten_years_ahead_and_no_further() -> None:
    begins = date(2026, 3, 11)
    for days, found in (3655, True), (3660, False):
        shut = frozenset(begins + timedelta(days=day) for day in range(days))
        calendar = Calendar(BRUSSELS, weekly_spans("always"), closed=shut)
        assert (next(calendar.open_from(at("2026-03-11T10:00")), None) is not None) is found


def test_closing_time_itself_is_outside() -> None:
    assert OFFICE.is_open(at("2026-03-11T08:00"))
    assert not OFFICE.is_open(at("2026-03-11T16:00"))
    assert OFFICE.next_opening(at("2026-03-11T16:00")) == at("2026-03-12T08:00")


def test_no_time_passes_between_an_instant_and_an_earlier_one() -> None:
    assert OFFICE.between(at("2026-03-12T10:00"), at("2026-03-11T10:00")) == timedelta(0)


def test_a_calendar_without_openings_says_so() -> None:
    never = Calendar(BRUSSELS, ())
    with pytest.raises(NeverOpen, match=f"^{BRUSSELS}$"):
        never.next_opening(at("2026-03-11T10:00"))
    with pytest.raises(NeverOpen, match=f"^{BRUSSELS}$"):
        never.add(at("2026-03-11T10:00"), hours(1))
    with pytest.raises(NeverOpen, match=f"^{BRUSSELS}$"):
        OFFICE.closing(at("2026-03-11T10:00"), 4000)
    assert never.is_open(at("2026-03-11T10:00")) is False
    assert never.between(at("2026-03-11T10:00"), at("2026-03-12T10:00")) == timedelta(0)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Random weekly hours, in minutes, some through midnight, in zones that change their clocks."""
    zone = draw(st.sampled_from([BRUSSELS, "America/New_York", "Australia/Lord_Howe", "UTC"]))
    quarters = st.lists(st.integers(0, WEEK // 15 - 1), min_size=2, max_size=8, unique=True)
    edges = sorted(15 * quarter for quarter in draw(quarters))
    spans = tuple(WeeklySpan(*edges[at : at + 2]) for at in range(0, len(edges) - 1, 2))
    days = st.frozensets(st.dates(date(2026, 3, 20), date(2026, 4, 10)), max_size=3)
    first = Calendar(draw(st.sampled_from([zone, "Asia/Tokyo"])), spans[:1], closed=draw(days))
    return Calendar(zone, spans[1:], closed=draw(days), joined=(first,))


instants = st.datetimes(datetime(2026, 3, 20), datetime(2026, 4, 5)).map(  # noqa: DTZ001
    lambda naive: naive.replace(second=0, microsecond=0, tzinfo=UTC)
)
minutes = st.integers(1, 3000).map(lambda count: timedelta(minutes=count))


def open_by_wall(calendar: Calendar, instant: datetime) -> bool:
    """What a clock on the wall says of one minute, span by span, without any arithmetic of ours."""
    local = instant.astimezone(ZoneInfo(calendar.zone))
    if any(open_by_wall(other, instant) for other in calendar.joined):
        return True
    if local.date() in calendar.closed:
        return False
    minute = local.weekday() * 1440 + local.hour * 60 + local.minute
    return any(span.start <= minute < span.end or span.start <= minute + WEEK < span.end for span in calendar.spans)


def unequivocal(calendar: Calendar, start: datetime, end: datetime) -> bool:
    """Whether no clock changes between two instants: then the wall and the world agree on every minute."""
    zone = ZoneInfo(calendar.zone)
    return start.astimezone(zone).utcoffset() == end.astimezone(zone).utcoffset()


@settings(max_examples=60, deadline=None)
@given(calendars(), instants, st.integers(1, 2000))
def test_open_time_equals_a_walk_through_the_minutes(calendar: Calendar, start: datetime, length: int) -> None:
    end = start + timedelta(minutes=length)
    if not unequivocal(calendar, start - timedelta(days=7), end):
        return
    walked = sum(open_by_wall(calendar, start + timedelta(minutes=minute)) for minute in range(length))
    assert calendar.between(start, end) == timedelta(minutes=walked)


@settings(max_examples=150, deadline=None)
@given(calendars(), instants, minutes)
def test_measuring_undoes_adding(calendar: Calendar, start: datetime, amount: timedelta) -> None:
    due = calendar.add(start, amount)
    assert calendar.between(start, due) == amount
    assert calendar.between(start, due - timedelta(minutes=1)) < amount


@settings(max_examples=150, deadline=None)
@given(calendars(), instants, minutes, minutes)
def test_adding_twice_is_adding_the_sum(calendar: Calendar, start: datetime, one: timedelta, two: timedelta) -> None:
    assert calendar.add(calendar.add(start, one), two) == calendar.add(start, one + two)


@settings(max_examples=150, deadline=None)
@given(calendars(), instants, minutes, minutes)
def test_who_writes_later_is_answered_no_earlier(
    calendar: Calendar, start: datetime, wait: timedelta, amount: timedelta
) -> None:
    assert calendar.add(start, amount) <= calendar.add(start + wait, amount)


@settings(max_examples=100, deadline=None)
@given(calendars(), instants)
def test_the_next_opening_is_open_and_nothing_before_it_is(calendar: Calendar, start: datetime) -> None:
    opening = calendar.next_opening(start)
    assert calendar.is_open(opening)
    assert opening == start or not calendar.between(start, opening)
