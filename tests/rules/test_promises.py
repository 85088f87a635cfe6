"""Targets, and the instants by which they are owed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.calendar import Calendar, weekly_spans
from rules.promises import BadTarget, Target, Unit, due, duration, lead, recomputed, target
from tests.rules.test_calendar import calendars, instants

OFFICE = Calendar("Europe/Brussels", weekly_spans("Mon-Fri 08:00-16:00"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("4 bh", Target(4, Unit.BUSINESS_HOURS)),
        ("1 bd", Target(1, Unit.BUSINESS_DAYS)),
        ("24 h", Target(24, Unit.ELAPSED_HOURS)),
        (" 0.25  h ", Target(0.25, Unit.ELAPSED_HOURS)),
        ("8784 h", Target(24 * 366, Unit.ELAPSED_HOURS)),
    ],
)
def test_a_target_is_a_number_and_a_unit(text: str, read: Target) -> None:
    assert target(text) == read


LIKE = 'write it like "4 bh" (business hours), "1 bd" (business days) or "24 h" (elapsed)'
RANGE = "a target lies above zero and within a year"


@pytest.mark.parametrize(
    ("text", "roll", "said"),
    [
        ("4", False, LIKE),
        ("", False, LIKE),
        ("four bh", False, LIKE),
        ("4 days", False, LIKE),
        ("4 bh h", False, LIKE),
        ("0 bh", False, RANGE),
        ("-1 h", False, RANGE),
        ("nan h", False, RANGE),
        ("8785 h", False, RANGE),
        ("1.5 bd", False, "business days are whole"),
        (
            "4 bh",
            True,
            "only elapsed hours roll to the next opening; business time ends inside opening hours anyhow",
        ),
    ],
)
def test_a_target_that_means_nothing_is_refused_with_what_to_write(text: str, roll: bool, said: str) -> None:
    with pytest.raises(BadTarget) as refused:
        target(text, roll=roll)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("start", "promise", "owed"),
    [
        ("2026-03-13T14:00", target("4 bh"), "2026-03-16T10:00"),
        ("2026-03-13T09:00", target("1 bd"), "2026-03-16T15:00"),
        ("2026-03-13T09:00", target("24 h"), "2026-03-14T09:00"),
        ("2026-03-13T09:00", target("24 h", roll=True), "2026-03-16T07:00"),
        ("2026-03-12T15:00", target("24 h", roll=True), "2026-03-16T07:00"),
        ("2026-03-12T14:59", target("24 h", roll=True), "2026-03-13T14:59"),
        # summer time begins on the 29th: Monday's closing is an hour earlier in UTC
        ("2026-03-27T09:00", target("1 bd"), "2026-03-30T14:00"),
    ],
)
def test_a_promise_is_owed_at_an_instant(start: str, promise: Target, owed: str) -> None:
    assert due(at(start), promise, OFFICE) == at(owed)


@pytest.mark.parametrize("text", ["4 bh", "1 bd", "24 h"])
def test_what_is_owed_is_told_in_utc(text: str) -> None:
    start = at("2026-03-13T09:00").astimezone(ZoneInfo("Asia/Kolkata"))
    promise = target(text)
    assert due(start, promise, OFFICE).tzinfo is UTC
    assert recomputed(start, promise, OFFICE, now=start).tzinfo is UTC
    assert recomputed(start, promise, OFFICE, now=start + timedelta(days=9)).tzinfo is UTC


@pytest.mark.parametrize(
    ("promise", "owed"),
    [
        # the pause is Tuesday 12:00 to Thursday 10:00 UTC: fourteen open hours, or forty-six real ones
        (target("4 bh"), "2026-03-12T11:00"),
        (target("1 bd"), "2026-03-13T13:00"),
        (target("5 h"), "2026-03-12T12:00"),
        (target("12 h", roll=True), "2026-03-13T07:00"),
    ],
)
def test_a_pause_moves_a_promise_by_what_it_is_worth(promise: Target, owed: str) -> None:
    pause = (at("2026-03-10T12:00"), at("2026-03-12T10:00"))
    start = at("2026-03-10T09:00")
    assert recomputed(start, promise, OFFICE, now=start, pauses=[pause]) == at(owed)


def test_a_recomputed_promise_keeps_its_start_and_is_never_in_the_past() -> None:
    start = at("2026-03-10T09:00")
    assert recomputed(start, target("4 bh"), OFFICE, now=start) == at("2026-03-10T13:00")
    assert recomputed(start, target("4 bh"), OFFICE, now=at("2026-03-11T20:00")) == at("2026-03-11T20:00")


@pytest.mark.parametrize(("text", "minutes"), [("15 min", 15), ("2 h", 120), (" 24  h ", 1440), ("9999 min", 9999)])
def test_a_duration_is_minutes_or_hours(text: str, minutes: int) -> None:
    assert duration(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "text", ["", "15", "0 h", "1.5 h", "-2 h", "2 days", "10000 h", "٢ h", "2 bh", "9" * 5000 + " h"]
)
def test_a_duration_that_means_nothing_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(BadTarget) as refused:
        duration(text)
    assert str(refused.value) == 'write it like "15 min" or "2 h"'


targets = st.one_of(
    st.integers(1, 40).map(lambda hours: target(f"{hours} bh")),
    st.integers(1, 4).map(lambda days: target(f"{days} bd")),
    st.tuples(st.integers(1, 72), st.booleans()).map(lambda drawn: target(f"{drawn[0]} h", roll=drawn[1])),
)
waits = st.integers(0, 5000).map(lambda minutes: timedelta(minutes=minutes))


@settings(max_examples=120, deadline=None)
@given(calendars(), instants, waits, targets)
def test_whoever_writes_later_is_promised_nothing_earlier(
    calendar: Calendar, start: datetime, wait: timedelta, promise: Target
) -> None:
    assert start < due(start, promise, calendar) <= due(start + wait, promise, calendar)


@settings(max_examples=120, deadline=None)
@given(calendars(), instants, waits, waits, targets)
def test_a_pause_never_brings_a_promise_forward(
    calendar: Calendar, start: datetime, wait: timedelta, length: timedelta, promise: Target
) -> None:
    pause = (start + wait, start + wait + length)
    owed = recomputed(start, promise, calendar, now=start, pauses=[pause])
    assert recomputed(start, promise, calendar, now=start) == due(start, promise, calendar) <= owed
    if promise.unit is Unit.ELAPSED_HOURS and not promise.roll:
        assert owed - due(start, promise, calendar) == length


@settings(max_examples=120, deadline=None)
@given(calendars(), instants, st.integers(1, 4))
def test_business_days_end_when_their_day_closes(calendar: Calendar, start: datetime, days: int) -> None:
    ends = calendar.closing(start, days)
    assert calendar.closing(start, days - 1) < ends
    last_minute = ends - timedelta(minutes=1)
    assert calendar.is_open(last_minute)


@pytest.mark.parametrize(
    ("text", "read"),
    [("30 min", timedelta(minutes=30)), ("2 h", timedelta(hours=2)), ("25 %", 0.25), ("99 %", 0.99), ("1 %", 0.01)],
)
def test_a_lead_is_a_duration_or_a_share(text: str, read: timedelta | float) -> None:
    assert lead(text) == read


@pytest.mark.parametrize("text", ["soon", "0 %", "100 %", "25%", "-5 %", "２5 %", "2 bh"])
def test_a_lead_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(BadTarget) as refused:
        lead(text)
    assert str(refused.value) == 'write it like "30 min", "2 h" or "25 %"'
