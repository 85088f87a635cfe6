"""A promise is overdue once, and an alarm is given again and again until what it waits for has happened."""

from rules.facts import Reminder
from storage import clocks
from storage.clocks import FIRST_RESPONSE, RESOLUTION, Alarm, Clock
from storage.database import Database
from tests.storage import samples
from tests.storage.samples import HOUR, MINUTE, NOW


def test_a_clock_is_overdue_from_its_due_instant_on(database: Database) -> None:
    with database.transaction() as tx:
        ticket = samples.ticket_id(tx)
        clocks.start(tx, ticket, FIRST_RESPONSE, NOW - HOUR, NOW, "sha256:abc")
        assert clocks.overdue(tx, NOW - MINUTE, ["support"]) == []
        [clock] = clocks.overdue(tx, NOW, ["support"])
        assert clocks.of_ticket(tx, ticket) == [clock]
    expected = Clock(
        clock.clock_id, ticket, "EX-1", "support", FIRST_RESPONSE, NOW - HOUR, NOW, None, None, "sha256:abc"
    )
    assert clock == expected


def test_overdue_clocks_come_soonest_first_up_to_the_limit(database: Database) -> None:
    with database.transaction() as tx:
        for hours in (1, 3, 2):
            clocks.start(tx, samples.ticket_id(tx), FIRST_RESPONSE, NOW - 9 * HOUR, NOW - hours * HOUR, "v")
        assert [clock.reference for clock in clocks.overdue(tx, NOW, ["support"])] == ["EX-2", "EX-3", "EX-1"]
        assert [clock.reference for clock in clocks.overdue(tx, NOW, ["support"], limit=1)] == ["EX-2"]


def test_what_is_due_at_one_instant_comes_in_the_order_of_its_beginning(database: Database) -> None:
    """PostgreSQL puts a row that was changed behind the others."""
    with database.transaction() as tx:
        for _ in range(3):
            ticket = samples.ticket_id(tx)
            clocks.start(tx, ticket, FIRST_RESPONSE, NOW - HOUR, NOW, "v")
            clocks.set_alarm(tx, ticket, "support", NOW, None, "resolved")
    with database.transaction() as tx:
        first, *_ = clocks.overdue(tx, NOW, ["support"])
        clocks.warned(tx, first.clock_id, NOW)
        early, *_ = clocks.due_alarms(tx, NOW, ["support"])
        clocks.postpone(tx, early.alarm_id, NOW)
        assert [clock.reference for clock in clocks.overdue(tx, NOW, ["support"])] == ["EX-1", "EX-2", "EX-3"]
        assert [alarm.reference for alarm in clocks.due_alarms(tx, NOW, ["support"])] == ["EX-1", "EX-2", "EX-3"]


def test_a_clock_that_was_stopped_is_not_overdue(database: Database) -> None:
    with database.transaction() as tx:
        ticket, other = samples.ticket_id(tx), samples.ticket_id(tx)
        for on, kind in ((ticket, FIRST_RESPONSE), (ticket, RESOLUTION), (other, FIRST_RESPONSE)):
            clocks.start(tx, on, kind, NOW - HOUR, NOW, "v")
        clocks.stop(tx, ticket, NOW - MINUTE, FIRST_RESPONSE)
        assert [(c.ticket_id, c.kind) for c in clocks.overdue(tx, NOW, ["support"])] == [
            (ticket, RESOLUTION),
            (other, FIRST_RESPONSE),
        ]
        clocks.stop(tx, ticket, NOW)
        assert [c.ticket_id for c in clocks.overdue(tx, NOW, ["support"])] == [other]
        # the first keeps the time at which it was stopped
        assert {c.kind: c.stopped_at for c in clocks.of_ticket(tx, ticket)} == {
            FIRST_RESPONSE: NOW - MINUTE,
            RESOLUTION: NOW,
        }


def test_a_breach_is_reported_once_and_can_still_be_answered(database: Database) -> None:
    with database.transaction() as tx:
        ticket = samples.ticket_id(tx)
        clocks.start(tx, ticket, FIRST_RESPONSE, NOW - HOUR, NOW, "v")
        [late] = clocks.overdue(tx, NOW, ["support"])
        clocks.breach(tx, late.clock_id, NOW)
        assert clocks.overdue(tx, NOW + HOUR, ["support"]) == []
        clocks.stop(tx, ticket, NOW + MINUTE)
        [clock] = clocks.of_ticket(tx, ticket)
    assert (clock.breached_at, clock.stopped_at) == (NOW, NOW + MINUTE)


def test_an_alarm_is_given_at_its_time_and_again_until_it_is_silenced(database: Database) -> None:
    with database.transaction() as tx:
        ticket = samples.ticket_id(tx)
        clocks.set_alarm(tx, ticket, "support", NOW, "2h", "resolved")
        assert clocks.due_alarms(tx, NOW - MINUTE, ["support"]) == []
        [alarm] = clocks.due_alarms(tx, NOW, ["support"])
        assert alarm == Alarm(alarm.alarm_id, ticket, "EX-1", "support", "support", NOW, "2h", "resolved")
        clocks.rang(tx, alarm.alarm_id, NOW, NOW + 2 * HOUR)
        assert clocks.due_alarms(tx, NOW + HOUR, ["support"]) == []
        assert [again.next_at for again in clocks.due_alarms(tx, NOW + 2 * HOUR, ["support"])] == [NOW + 2 * HOUR]
        clocks.silence(tx, ticket, NOW + HOUR)
        assert clocks.due_alarms(tx, NOW + 9 * HOUR, ["support"]) == []


def test_an_alarm_that_is_given_once_is_done(database: Database) -> None:
    with database.transaction() as tx:
        clocks.set_alarm(tx, samples.ticket_id(tx), "account_manager", NOW, None, "answered")
        [alarm] = clocks.due_alarms(tx, NOW, ["support"])
        clocks.rang(tx, alarm.alarm_id, NOW, None)
        assert clocks.due_alarms(tx, NOW + HOUR, ["support"]) == []


def test_silencing_one_ticket_leaves_the_alarms_of_others(database: Database) -> None:
    with database.transaction() as tx:
        ticket, other = samples.ticket_id(tx), samples.ticket_id(tx)
        clocks.set_alarm(tx, other, "later", NOW, None, "answered")
        clocks.set_alarm(tx, other, "sooner", NOW - HOUR, None, "answered")
        clocks.set_alarm(tx, ticket, "support", NOW, None, "answered")
        clocks.silence(tx, ticket, NOW)
        assert [alarm.to for alarm in clocks.due_alarms(tx, NOW, ["support"])] == ["sooner", "later"]
        assert [alarm.to for alarm in clocks.due_alarms(tx, NOW, ["support"], limit=1)] == ["sooner"]


def test_a_clock_that_stands_still_is_not_overdue_until_it_runs_again(database: Database) -> None:
    with database.transaction() as tx:
        ticket = samples.ticket_id(tx)
        clocks.start(tx, ticket, FIRST_RESPONSE, NOW - HOUR, NOW, "v")
        clocks.start(tx, ticket, RESOLUTION, NOW - HOUR, NOW, "v")
        clocks.stop(tx, ticket, NOW - 2 * MINUTE, FIRST_RESPONSE)
        clocks.pause(tx, ticket, NOW - MINUTE)
        clocks.pause(tx, ticket, NOW)
        assert clocks.overdue(tx, NOW + HOUR, ["support"]) == []
        assert {c.kind: c.paused_at for c in clocks.of_ticket(tx, ticket)} == {
            FIRST_RESPONSE: None,
            RESOLUTION: NOW - MINUTE,
        }
        clocks.resume(tx, ticket)
        assert [c.kind for c in clocks.overdue(tx, NOW + HOUR, ["support"])] == [RESOLUTION]


def test_a_clock_that_was_stopped_while_it_stood_still_says_since_when(database: Database) -> None:
    with database.transaction() as tx:
        ticket = samples.ticket_id(tx)
        clocks.start(tx, ticket, RESOLUTION, NOW - HOUR, NOW, "v")
        clocks.pause(tx, ticket, NOW - MINUTE)
        clocks.stop(tx, ticket, NOW + HOUR)
        clocks.resume(tx, ticket)
        [clock] = clocks.of_ticket(tx, ticket)
        assert (clock.paused_at, clock.stopped_at) == (NOW - MINUTE, NOW + HOUR)
        clocks.run_again(tx, ticket, FIRST_RESPONSE)
        assert clocks.of_ticket(tx, ticket) == [clock]
        clocks.run_again(tx, ticket, RESOLUTION)
        [clock] = clocks.of_ticket(tx, ticket)
        assert (clock.paused_at, clock.stopped_at) == (None, None)


def test_a_promise_that_is_due_later_is_watched_again_and_one_that_stays_missed_is_not(database: Database) -> None:
    with database.transaction() as tx:
        ticket = samples.ticket_id(tx)
        clocks.start(tx, ticket, RESOLUTION, NOW - HOUR, NOW, "v")
        [clock] = clocks.overdue(tx, NOW, ["support"])
        clocks.breach(tx, clock.clock_id, NOW)
        [clock] = clocks.of_ticket(tx, ticket)
        clocks.redue(tx, clock, NOW + MINUTE, missed=True)
        assert clocks.overdue(tx, NOW + HOUR, ["support"]) == []
        clocks.redue(tx, clock, NOW + MINUTE, missed=False)
        assert clocks.overdue(tx, NOW, ["support"]) == []
        assert [c.due_at for c in clocks.overdue(tx, NOW + HOUR, ["support"])] == [NOW + MINUTE]
        clocks.withdraw(tx, clock.clock_id)
        assert clocks.of_ticket(tx, ticket) == []


def test_only_what_was_given_is_told_as_given(database: Database) -> None:
    """An alarm with a rhythm stands at the time for which it was silenced, one that was never given is gone."""
    with database.transaction() as tx:
        ticket = samples.ticket_id(tx)
        for to, at, every in (("on_call", NOW, None), ("manager", NOW + HOUR, None), ("manager", NOW, "2h")):
            clocks.set_alarm(tx, ticket, to, at, every, "resolved", "office")
        for alarm in clocks.due_alarms(tx, NOW, ["support"]):
            clocks.rang(tx, alarm.alarm_id, NOW, NOW + 2 * HOUR if alarm.every else None)
        assert [one.to for one in clocks.given(tx, ticket)] == ["on_call"]
        clocks.silence(tx, ticket, NOW + MINUTE)
        assert clocks.given(tx, ticket) == [
            Reminder("on_call", NOW, None, "resolved", "office"),
            Reminder("manager", NOW + 2 * HOUR, "2h", "resolved", "office"),
        ]
        assert clocks.due_alarms(tx, NOW + 9 * HOUR, ["support"]) == []


def test_a_warning_is_given_once_and_said_anew_when_the_due_time_moves(database: Database) -> None:
    where = ["support"]
    with database.transaction() as tx:
        clocks.start(tx, samples.ticket_id(tx), FIRST_RESPONSE, NOW, NOW + 4 * HOUR, "v")
        (known,) = clocks.without_warning(tx, NOW, where)
        clocks.warn_at(tx, known.clock_id, NOW + 3 * HOUR)
        assert clocks.without_warning(tx, NOW, where) == []
        assert clocks.warnable(tx, NOW + 3 * HOUR - MINUTE, where) == []
        assert [one.clock_id for one in clocks.warnable(tx, NOW + 3 * HOUR, where)] == [known.clock_id]
        assert clocks.warnable(tx, NOW + 4 * HOUR, where) == []  # it is missed
        assert clocks.warnable(tx, NOW + 3 * HOUR, ["sales"]) == []
        clocks.warned(tx, known.clock_id, NOW + 3 * HOUR)
        assert clocks.warnable(tx, NOW + 3 * HOUR, where) == []
        clocks.redue(tx, known, NOW + 9 * HOUR, missed=False)
        assert [one.clock_id for one in clocks.without_warning(tx, NOW + 4 * HOUR, where)] == [known.clock_id]


def test_a_clock_that_nobody_is_warned_of_is_never_warnable(database: Database) -> None:
    with database.transaction() as tx:
        clocks.start(tx, samples.ticket_id(tx), FIRST_RESPONSE, NOW, NOW + HOUR, "v")
        (known,) = clocks.without_warning(tx, NOW, ["support"])
        clocks.warn_at(tx, known.clock_id, None)
        assert clocks.without_warning(tx, NOW, ["support"]) == []
        assert [clocks.warnable(tx, NOW + at * MINUTE, ["support"]) for at in (0, 59, 60, 61)] == [[]] * 4


def test_an_alarm_keeps_its_calendar_and_can_be_put_off(database: Database) -> None:
    with database.transaction() as tx:
        clocks.set_alarm(tx, samples.ticket_id(tx), "senior", NOW, "2h", "resolved", "business")
        (due,) = clocks.due_alarms(tx, NOW, ["support"])
        assert due.calendar == "business"
        clocks.postpone(tx, due.alarm_id, NOW + HOUR)
        assert clocks.due_alarms(tx, NOW + HOUR - MINUTE, ["support"]) == []
        assert len(clocks.due_alarms(tx, NOW + HOUR, ["support"])) == 1
