"""Targets, and the instants by which they are owed."""

from datetime import UTC, datetime

import pytest

from rules.calendar import Calendar, weekly_spans
from rules.promises import BadTarget, Target, Unit, due, recomputed, target

OFFICE = Calendar("Europe/Brussels", weekly_spans("Mon-Fri 08:00-16:00"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("4 bh", Target(4, Unit.BUSINESS_HOURS)),
        ("1 bd", Target(1, Unit.BUSINESS_DAYS)),
        ("24 h", Target(24, Unit.ELAPSED_HOURS)),
        (" 0.25 h ", Target(0.25, Unit.ELAPSED_HOURS)),
    ],
)
def test_a_target_is_a_number_and_a_unit(text: str, read: Target) -> None:
    assert target(text) == read


@pytest.mark.parametrize(
    ("text", "roll", "said"),
    [
        ("4", False, "write it like"),
        ("four bh", False, "write it like"),
        ("4 days", False, "write it like"),
        ("0 bh", False, "above zero"),
        ("-1 h", False, "above zero"),
        ("nan h", False, "above zero"),
        ("9999999 h", False, "within a year"),
        ("1.5 bd", False, "whole"),
        ("4 bh", True, "only elapsed hours roll"),
    ],
)
def test_a_target_that_means_nothing_is_refused(text: str, roll: bool, said: str) -> None:
    with pytest.raises(BadTarget, match=said):
        target(text, roll=roll)


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
