"""How hard a mail server is asked after it said that it limits us; all times are the test's own."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.backoff import Backoff
from intake.limits import Limit
from intake.throttle import QUIET, Throttle

START = datetime(2026, 3, 13, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def whole(wait: Backoff, failures: int) -> float:
    """Without the spread."""
    return min(wait.most, wait.first * 2.0 ** (failures - 1))


def throttle(configured: int) -> Throttle:
    return Throttle(configured, whole)


def test_a_limit_halves_the_connections_and_each_quiet_time_doubles_them() -> None:
    made, now = throttle(8), START
    for left in (4, 2, 1, 1):
        assert made.put_off(Limit.RATE, "too much mail", now)
        assert made.connections(now) == left
        now = made.not_before or now
    for minutes, allowed in ((0, 1), (9, 1), (10, 2), (20, 4), (29, 4), (30, 8), (300, 8)):
        assert made.connections(now + timedelta(minutes=minutes)) == allowed, minutes


@pytest.mark.parametrize(
    ("limit", "waits"),
    [
        (Limit.RATE, [60, 120, 240, 480, 960, 1800, 1800]),
        (Limit.BUSY, [15, 30, 60, 120, 240, 480, 900]),
        (None, [1, 2, 4, 8, 16, 32, 60]),
    ],
)
def test_each_pause_is_longer_than_the_one_before(limit: Limit | None, waits: list[int]) -> None:
    made, now = throttle(2), START
    for seconds in waits:
        made.put_off(limit, "no", now)
        assert made.not_before == now + seconds * SECOND
        assert made.must_wait(now + (seconds - 1) * SECOND)
        now += seconds * SECOND
        assert not made.must_wait(now)


def test_with_several_connections_one_too_many_is_no_reason_for_a_long_pause() -> None:
    made, now = throttle(4), START
    for seconds in (5, 5, 240):
        made.put_off(Limit.CONNECTIONS, "too many connections", now)
        assert made.not_before == now + seconds * SECOND
        now += seconds * SECOND


def test_a_letter_that_was_under_way_does_not_end_the_pause() -> None:
    made = throttle(2)
    made.put_off(Limit.RATE, "too much mail", START)
    assert made.answered(START + SECOND) == 0
    assert made.must_wait(START + SECOND)
    assert made.answered(START + 61 * SECOND) == 1
    assert made.trouble == ""


def test_a_server_that_answers_after_all_was_reached() -> None:
    made = throttle(2)
    made.put_off(None, "refused", START)
    assert made.answered(START) == 1
    assert not made.must_wait(START)
    assert made.connections(START) == 2


def test_what_comes_together_counts_once() -> None:
    made = throttle(16)
    assert made.put_off(Limit.RATE, "too much mail", START)
    assert not any(made.put_off(Limit.RATE, "too much mail", START + SECOND) for _ in range(15))
    assert (made.connections(START), made.failures) == (8, 1)


def test_what_is_said_names_the_limit_for_as_long_as_it_lasts() -> None:
    made = throttle(2)
    assert made.said(START) == "letters are taken"
    made.put_off(Limit.RATE, "450 4.7.1 too much mail", START)
    assert made.said(START) == (
        "letters are taken, over 1 of 2 connections since 2026-03-13 09:30 UTC: 450 4.7.1 too much mail"
    )
    assert made.said(START + QUIET + 60 * SECOND) == "letters are taken"


ANY = [Limit.RATE, Limit.BUSY, Limit.CONNECTIONS, None]


@given(st.integers(1, 20), st.lists(st.tuples(st.sampled_from(ANY), st.integers(0, 2000))))
def test_there_is_always_one_connection_and_never_more_than_configured(
    configured: int, told: list[tuple[Limit | None, int]]
) -> None:
    made, now = throttle(configured), START
    for limit, seconds in told:
        made.put_off(limit, "no", now)
        assert 1 <= made.connections(now) <= configured
        now += seconds * SECOND
    assert made.connections(now + timedelta(seconds=1800) + 5 * QUIET) == configured


def test_a_wait_ends_where_the_clock_goes_back_before_its_beginning() -> None:
    """A machine whose clock was set right would else leave the server alone until the wrong time comes round."""
    made = throttle(2)
    assert made.put_off(None, "nobody answers", START + timedelta(hours=4))
    assert made.must_wait(START + timedelta(hours=4))
    assert not made.must_wait(START)
    assert made.put_off(None, "nobody answers", START)
    assert made.must_wait(START + SECOND)
