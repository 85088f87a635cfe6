"""Promises under a moved clock: nothing here sleeps."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.desk import Desk
from intake.watch import next_ring, sweep
from storage import clocks, outbox, tables, tickets
from storage.database import Database
from tests.storage.samples import HOUR, MINUTE, NOW, decision, new_ticket

OWNER = "test"


def open_one(database: Database) -> int:
    with database.transaction() as tx:
        return tickets.open_ticket(tx, new_ticket(), NOW).ticket_id


def notices(database: Database) -> list[str]:
    """Subject and recipient of every letter in the outbox."""
    with database.transaction() as tx:
        found = outbox.claim(tx, OWNER, NOW + 1000 * HOUR, ["support"], 100)
    return [f"{one.recipients[0]}: {message_from_bytes(one.raw)['Subject']}" for one in found]


def kinds(database: Database, ticket_id: int) -> list[str]:
    with database.snapshot() as tx:
        return [event.kind for event in tickets.events(tx, ticket_id)]


def test_a_promise_that_is_missed_is_told_once_and_stays_missed(database: Database, desk: Desk) -> None:
    ticket_id = open_one(database)
    with database.transaction() as tx:
        clocks.start(tx, ticket_id, clocks.FIRST_RESPONSE, NOW, NOW + HOUR, "v")
    sweep(database, {"support": desk}, NOW + HOUR - MINUTE)
    before = kinds(database, ticket_id)
    assert "breach" not in before
    assert sweep(database, {"support": desk}, NOW + HOUR) == 1
    assert sweep(database, {"support": desk}, NOW + 9 * HOUR) == 0
    assert kinds(database, ticket_id)[len(before) :] == ["breach", "staff_told"]
    assert any(one.startswith("Sam@example.com: [EX-1] Promise missed") for one in notices(database))


def test_staff_are_warned_once_before_a_promise_is_missed(database: Database, desk: Desk) -> None:
    """irex, severity 2: a quarter of eight business hours before, and the senior queue hears it too."""
    ticket_id = open_one(database)
    with database.transaction() as tx:
        clocks.start(tx, ticket_id, clocks.FIRST_RESPONSE, NOW, NOW + 4 * HOUR, "v")
    told = [at for at in range(0, 4 * 60, 10) if sweep(database, {"support": desk}, NOW + at * MINUTE)]
    assert told == [180]
    assert kinds(database, ticket_id) == ["warning", "staff_told"]
    assert {one.partition(" (")[0].partition(",")[0] for one in notices(database)} == {
        "Sam@example.com: [EX-1] Promise due soon",
        "kim@example.com: [EX-1] Promise due soon",
    }


def test_what_is_missed_when_the_daemon_wakes_is_not_warned_of_any_more(database: Database, desk: Desk) -> None:
    ticket_id = open_one(database)
    with database.transaction() as tx:
        clocks.start(tx, ticket_id, clocks.FIRST_RESPONSE, NOW, NOW + HOUR, "v")
        clocks.start(tx, ticket_id, clocks.RESOLUTION, NOW, NOW + HOUR, "v")
    assert sweep(database, {"support": desk}, NOW + 50 * HOUR) == 2
    assert sweep(database, {"support": desk}, NOW + 51 * HOUR) == 0
    assert kinds(database, ticket_id) == ["breach", "staff_told"] * 2


def test_a_clock_that_stands_still_neither_warns_nor_is_missed(database: Database, desk: Desk) -> None:
    ticket_id = open_one(database)
    with database.transaction() as tx:
        clocks.start(tx, ticket_id, clocks.FIRST_RESPONSE, NOW, NOW + 4 * HOUR, "v")
    assert sweep(database, {"support": desk}, NOW) == 0
    with database.transaction() as tx:
        tx.execute(tables.clock.update().values(paused_at=NOW + HOUR))
    assert sweep(database, {"support": desk}, NOW + 3.5 * HOUR) == 0
    assert sweep(database, {"support": desk}, NOW + 9 * HOUR) == 0
    with database.transaction() as tx:
        tx.execute(tables.clock.update().values(paused_at=None, due_at=NOW + 12 * HOUR, warn_at=None))
    assert sweep(database, {"support": desk}, NOW + 11.9 * HOUR) == 1
    assert kinds(database, ticket_id) == ["warning", "staff_told"]


def test_a_severity_that_the_policy_warns_nobody_of_is_told_when_missed_to_its_own_queue(
    database: Database, desk: Desk
) -> None:
    with database.transaction() as tx:
        mild = new_ticket(decision=decision(severity=3))
        ticket_id = tickets.open_ticket(tx, mild, NOW).ticket_id
        clocks.start(tx, ticket_id, clocks.FIRST_RESPONSE, NOW, NOW + 4 * HOUR, "v")
    assert [at for at in range(0, 5 * 60, 10) if sweep(database, {"support": desk}, NOW + at * MINUTE)] == [240]
    assert [one.partition(":")[0] for one in notices(database)] == ["Sam@example.com"]


def test_reminders_go_on_while_we_wait_for_the_customer_and_end_when_it_is_declined(
    database: Database, desk: Desk
) -> None:
    ticket_id = open_one(database)
    with database.transaction() as tx:
        clocks.set_alarm(tx, ticket_id, "senior", NOW + HOUR, "2h", "resolved")
        tickets.set_status(tx, ticket_id, "waiting")
    assert sweep(database, {"support": desk}, NOW + HOUR) == 1
    with database.transaction() as tx:
        tickets.set_status(tx, ticket_id, "declined")
    assert sweep(database, {"support": desk}, NOW + 3 * HOUR) == 0
    assert sweep(database, {"support": desk}, NOW + 30 * HOUR) == 0


def test_a_reminder_in_working_hours_waits_each_time_until_they_open(database: Database, desk: Desk) -> None:
    """Friday 13 March, 09:30 UTC; the hours are 08:00 to 16:00 in Brussels, an hour ahead."""
    ticket_id = open_one(database)
    with database.transaction() as tx:
        clocks.set_alarm(tx, ticket_id, "senior", NOW + 3 * HOUR, "2h", "resolved", "business")
    rings = [at for at in range(0, 76 * 60, 10) if sweep(database, {"support": desk}, NOW + at * MINUTE)]
    # 13:30 and 15:30 of Friday there, then Monday from 08:00 on
    assert [NOW + at * MINUTE for at in rings] == [
        datetime.fromisoformat(f"2026-03-{at}+01:00")
        for at in ("13T13:30", "13T15:30", "16T08:00", "16T10:00", "16T12:00", "16T14:00")
    ]


def test_a_reminder_whose_hour_passed_while_nothing_swept_waits_for_the_next(database: Database, desk: Desk) -> None:
    ticket_id = open_one(database)
    with database.transaction() as tx:
        clocks.set_alarm(tx, ticket_id, "senior", NOW, None, "resolved", "business")
    assert sweep(database, {"support": desk}, NOW + 10 * HOUR) == 0
    assert sweep(database, {"support": desk}, datetime(2026, 3, 16, 6, 59, tzinfo=UTC)) == 0
    assert sweep(database, {"support": desk}, datetime(2026, 3, 16, 7, 0, tzinfo=UTC)) == 1
    assert kinds(database, ticket_id) == ["reminder", "staff_told"]


@pytest.mark.parametrize("begins", ["2026-03-29T00:30", "2026-10-25T00:30"])
def test_every_two_hours_is_two_real_hours_on_the_nights_when_the_clocks_change(begins: str) -> None:
    at = datetime.fromisoformat(begins).replace(tzinfo=ZoneInfo("Europe/Brussels")).astimezone(UTC)
    assert [at := next_ring(at, "2h", at) for _ in range(3)] == [at - 4 * HOUR, at - 2 * HOUR, at]


def test_a_promise_that_was_kept_is_never_told(database: Database, desk: Desk) -> None:
    ticket_id = open_one(database)
    with database.transaction() as tx:
        clocks.start(tx, ticket_id, clocks.FIRST_RESPONSE, NOW, NOW + HOUR, "v")
        clocks.stop(tx, ticket_id, NOW + MINUTE)
    assert sweep(database, {"support": desk}, NOW + 9 * HOUR) == 0


def test_a_reminder_rings_again_in_its_rhythm_until_the_ticket_is_closed(database: Database, desk: Desk) -> None:
    ticket_id = open_one(database)
    with database.transaction() as tx:
        clocks.set_alarm(tx, ticket_id, "senior", NOW + HOUR, "2h", "resolved")
    rings = [at for at in range(0, 9 * 60, 10) if sweep(database, {"support": desk}, NOW + at * MINUTE)]
    assert rings == [60, 180, 300, 420]
    with database.transaction() as tx:
        tickets.set_status(tx, ticket_id, "closed", NOW + 9 * HOUR)
    sweep(database, {"support": desk}, NOW + 20 * HOUR)
    assert kinds(database, ticket_id).count("reminder") == 4
    assert {one.partition(":")[0] for one in notices(database)} == {"Sam@example.com", "kim@example.com"}


def test_a_daemon_that_was_down_rings_once_for_all_it_missed(database: Database, desk: Desk) -> None:
    ticket_id = open_one(database)
    with database.transaction() as tx:
        clocks.set_alarm(tx, ticket_id, "senior", NOW, "2h", "resolved")
    assert sweep(database, {"support": desk}, NOW + 11 * HOUR) == 1
    assert sweep(database, {"support": desk}, NOW + 11 * HOUR + MINUTE) == 0
    assert sweep(database, {"support": desk}, NOW + 12 * HOUR) == 1


def test_an_alarm_that_meets_a_bug_keeps_nobody_elses_from_ringing(database: Database, desk: Desk) -> None:
    broken, sound = open_one(database), open_one(database)
    with database.transaction() as tx:
        clocks.set_alarm(tx, broken, "senior", NOW, "no rhythm", "resolved")
        clocks.set_alarm(tx, sound, "senior", NOW, None, "resolved")
    assert sweep(database, {"support": desk}, NOW) == 1
    assert kinds(database, broken) == []
    assert kinds(database, sound) == ["reminder", "staff_told"]


def test_a_mailbox_that_is_configured_no_more_is_left_alone(database: Database) -> None:
    ticket_id = open_one(database)
    with database.transaction() as tx:
        clocks.start(tx, ticket_id, clocks.FIRST_RESPONSE, NOW, NOW, "v")
    assert sweep(database, {}, NOW + HOUR) == 0


def test_a_mailbox_that_is_configured_no_more_keeps_no_other_waiting(database: Database, desk: Desk) -> None:
    """However many promises it left behind, and however much older they are."""
    with database.transaction() as tx:
        for _ in range(250):
            left = tickets.open_ticket(tx, new_ticket(mailbox="gone", prefix="GO"), NOW).ticket_id
            clocks.start(tx, left, clocks.FIRST_RESPONSE, NOW, NOW, "v")
            clocks.set_alarm(tx, left, "senior", NOW, None, "resolved")
    ticket_id = open_one(database)
    with database.transaction() as tx:
        clocks.start(tx, ticket_id, clocks.FIRST_RESPONSE, NOW, NOW + HOUR, "v")
        clocks.set_alarm(tx, ticket_id, "senior", NOW + HOUR, None, "resolved")
    assert sweep(database, {"support": desk}, NOW + HOUR) == 2
    assert kinds(database, ticket_id) == ["breach", "staff_told", "reminder", "staff_told"]


@given(st.integers(1, 500), st.sampled_from("mhd"), st.integers(0, 10**7))
def test_the_next_ring_is_the_first_of_its_rhythm_after_now(count: int, unit: str, later: int) -> None:
    step = count * {"m": MINUTE, "h": HOUR, "d": 24 * HOUR}[unit]
    now = NOW + timedelta(seconds=later)
    again = next_ring(NOW, f"{count}{unit}", now)
    assert now < again <= now + step
    assert (again - NOW) % step == timedelta(0)


@pytest.mark.parametrize("rhythm", ["", "2", "h", "0h", "2 h", "-1h", "2w"])
def test_what_is_no_rhythm_is_refused(rhythm: str) -> None:
    with pytest.raises(ValueError, match="rhythm"):
        next_ring(NOW, rhythm, datetime(2026, 3, 14, tzinfo=UTC))
