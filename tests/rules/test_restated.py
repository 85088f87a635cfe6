"""What a ticket is promised after something happened to it, under the shipped policies."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.calendar import Calendar
from rules.facts import Decision, MailKind, Outcome, Reminder
from rules.promises import Target, due, recomputed
from rules.restated import Course, Promised, asked, due_anew, still_to_give, taken_back, with_severity
from tests.rules.samples import contract, shipped, under
from tests.rules.test_calendar import calendars, instants
from tests.rules.test_promises import targets, waits

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DOWN = "The production server is completely down, nobody can work and there is no workaround."


def at(text: str) -> datetime:
    """Local, with its offset."""
    return datetime.fromisoformat(text).astimezone(UTC)


def ticket(policy: str, plan: str, arrived: datetime, level: int) -> Decision:
    """A mail that was accepted under a policy with this severity, whatever its words."""
    found = under(policy, "Something is not quite as it should be.", at=arrived, plan=plan)
    assert found.outcome is Outcome.ACCEPTED
    return with_severity(found, level, shipped(policy), contract(policy=policy, plan=plan), Course(arrived), arrived)


def went(
    start: datetime,
    before: Decision,
    *,
    pauses: tuple[tuple[datetime, datetime], ...] = (),
    answered: bool = False,
) -> Course:
    first, resolution = before.first_response_due, before.resolution_due
    return Course(
        start,
        pauses,
        Promised(first, settled=answered) if first else None,
        Promised(resolution) if resolution else None,
        answered,
    )


@pytest.mark.parametrize(
    ("policy", "plan", "levels", "arrived", "now", "pause", "first", "resolution"),
    [
        # a quarter of an hour is over: at once; no solution is promised for priority 1
        ("lumedx", "deluxe", (2, 1), "03-11 09:00", "03-11 10:00", "", "03-11 10:00", ""),
        ("lumedx", "deluxe", (2, 1), "03-11 09:00", "03-11 09:05", "", "03-11 09:15", ""),
        # best effort
        ("lumedx", "deluxe", (2, 3), "03-11 09:00", "03-11 10:00", "", "", ""),
        ("lumedx", "deluxe", (3, 2), "03-11 09:00", "03-11 10:00", "", "03-12 17:00", "03-13 17:00"),
        # seven business days become three, counted from the arrival
        ("gold", "gold", (3, 2), "03-11 10:00", "03-12 10:00", "", "03-12 10:00", "03-16 17:00"),
        ("gold", "gold", (3, 2), "03-11 10:00", "03-20 10:00", "", "03-12 10:00", "03-20 10:00"),
        ("gold", "enterprise", (3, 2), "03-11 10:00", "03-11 11:00", "", "03-13 10:00", "03-20 17:00"),
        # Friday evening: the weekend is open for a premier's severity 1, for its 3 only the business hours are
        ("irex", "premier", (3, 1), "03-13 18:00", "03-13 18:10", "", "03-13 19:00", ""),
        ("irex", "premier", (1, 3), "03-13 18:00", "03-13 18:10", "", "03-16 16:00", ""),
        ("irex", "standard", (3, 1), "03-13 18:00", "03-13 18:10", "", "03-16 12:00", ""),
        # a pause from Friday to Monday noon: five open hours for standard, the whole weekend for premier
        ("irex", "standard", (3, 1), "03-13 15:00", "03-16 12:00", "03-13 15:00", "03-16 16:00", ""),
        ("irex", "premier", (3, 1), "03-13 15:00", "03-16 12:00", "03-13 15:00", "03-16 13:00", ""),
        # the night in which summer time begins is an hour shorter, and was no open time for business hours
        ("irex", "standard", (3, 2), "03-27 14:00", "03-30 09:00", "03-27 15:00", "03-30 16:00", ""),
        # a business day and two open hours of pause; 24 real hours and 65 of pause
        ("irex", "standard", (3, 4), "03-27 14:00", "03-30 09:00", "03-27 15:00", "03-31 10:00", ""),
        ("irex", "premier", (3, 4), "03-27 14:00", "03-30 09:00", "03-27 15:00", "03-31 08:00", ""),
    ],
)
def test_another_severity_is_counted_from_the_same_start(
    policy: str,
    plan: str,
    levels: tuple[int, int],
    arrived: str,
    now: str,
    pause: str,
    first: str,
    resolution: str,
) -> None:
    """Local times of 2026; a pause lasts until now."""

    def local(text: str) -> datetime | None:
        naive = datetime.fromisoformat(f"2026-{text}") if text else None
        return naive.replace(tzinfo=shipped(policy).zone).astimezone(UTC) if naive else None

    start, moment, stood = local(arrived), local(now), local(pause)
    assert start is not None
    assert moment is not None
    before = ticket(policy, plan, start, levels[0])
    course = went(start, before, pauses=((stood, moment),) if stood else ())
    after = with_severity(before, levels[1], shipped(policy), contract(policy=policy, plan=plan), course, moment)
    assert (after.first_response_due, after.resolution_due) == (local(first), local(resolution))
    assert after.severity == levels[1]
    assert f"from {levels[0]} to {levels[1]}" in after.why


def test_a_promise_that_was_kept_stays_as_it_was_and_the_other_moves() -> None:
    arrived = "2026-03-11T10:00+01:00"
    before = ticket("gold", "gold", at(arrived), 3)
    course = went(at(arrived), before, answered=True)
    after = with_severity(before, 1, shipped("gold"), contract(policy="gold", plan="gold"), course, at(arrived) + HOUR)
    assert after.first_response_due == before.first_response_due
    assert after.resolution_due == at("2026-03-13T10:00+01:00")


def test_an_answer_that_was_given_is_not_promised_afterwards() -> None:
    arrived = "2026-03-11T10:00-07:00"
    before = ticket("lumedx", "deluxe", at(arrived), 3)
    course = went(at(arrived), before, answered=True)
    known = contract(policy="lumedx", plan="deluxe")
    after = with_severity(before, 2, shipped("lumedx"), known, course, at(arrived) + HOUR)
    assert after.first_response_due is None
    assert after.resolution_due == at("2026-03-13T17:00-07:00")


def test_what_was_missed_and_would_be_due_in_the_past_again_is_missed_once() -> None:
    arrived = "2026-03-11T09:00+01:00"
    before = ticket("irex", "standard", at(arrived), 2)
    late = at(arrived) + timedelta(days=9)
    course = went(at(arrived), before)
    assert with_severity(before, 1, shipped(), contract(), course, late).first_response_due == before.first_response_due
    eased = with_severity(before, 4, shipped(), contract(), course, at("2026-03-12T12:00+01:00"))
    assert eased.first_response_due == at("2026-03-12T16:00+01:00")


def test_notices_and_flags_follow_the_severity_and_the_gates_stay() -> None:
    before = under("irex", DOWN, plan="premier")
    known, course = contract(plan="premier"), Course(at("2026-03-11T09:00+00:00"))
    assert (before.flags, before.also_notice) == (("development_attention",), ("development",))
    lowered = with_severity(before, 3, shipped(), known, course, course.started_at)
    assert (lowered.flags, lowered.also_notice, lowered.gates) == ((), (), before.gates)
    raised = with_severity(lowered, 2, shipped(), known, course, course.started_at)
    assert (raised.flags, raised.also_notice) == (before.flags, before.also_notice)


def test_a_plan_or_contract_that_is_gone_promises_nothing() -> None:
    before = ticket("lumedx", "deluxe", at("2026-03-11T09:00-07:00"), 2)
    course = Course(at("2026-03-11T09:00-07:00"))
    gone = replace(before, plan="platinum")
    after = with_severity(
        gone, 1, shipped("lumedx"), contract(policy="lumedx", plan="platinum"), course, course.started_at
    )
    assert (after.first_response_due, after.resolution_due, after.reminders, after.severity) == (None, None, (), 1)
    assert with_severity(before, 1, shipped("lumedx"), None, course, course.started_at).reminders == ()
    assert due_anew(replace(before, severity=None), shipped("lumedx"), course, course.started_at).resolution_due is None


def test_a_plan_or_severity_that_is_gone_takes_back_no_promise_that_was_made() -> None:
    """Only a policy says that a plan names no time; one that knows the plan no more says nothing."""
    arrived, later = at("2026-03-11T10:00+01:00"), at("2026-03-12T10:00+01:00")
    before = under("gold", "One of the reports shows a wrong number.", at=arrived)
    course = Course(arrived, first_response=Promised(later), resolution=Promised(at("2026-03-20T17:00+01:00"), True))
    for gone in (replace(before, plan="platinum"), replace(before, severity=9)):
        after = due_anew(gone, shipped("gold"), course, arrived)
        assert after.first_response_due == later
        assert after.resolution_due == at("2026-03-20T17:00+01:00")


def test_a_priority_that_is_raised_at_night_pages_and_one_that_is_raised_by_day_does_not() -> None:
    day, night = at("2026-03-11T09:00-07:00"), at("2026-03-11T22:00-07:00")
    known = contract(policy="lumedx", plan="deluxe")
    for arrived, raised, paged in ((day, night, True), (night, day + timedelta(days=1), False), (night, night, True)):
        before = ticket("lumedx", "deluxe", arrived, 3)
        after = with_severity(before, 1, shipped("lumedx"), known, Course(arrived), raised)
        assert ("on_call" in [one.to for one in after.reminders]) is paged
        assert after.reminders[-1].at == arrived + timedelta(minutes=135)


def test_what_comes_back_is_ours_and_promised_from_then_on() -> None:
    arrived, now = at("2026-03-09T10:00+01:00"), at("2026-03-13T18:00+01:00")
    before = under("irex", "Please offer us a quotation for a service contract.", at=arrived)
    routed = replace(
        before, outcome=Outcome.ROUTED, severity=None, queue="services", party="distributor", forward_to="d@d.example"
    )
    after = taken_back(routed, 3, shipped(), contract(), now)
    assert (after.outcome, after.queue, after.party, after.forward_to) == (Outcome.ACCEPTED, "support", "", None)
    assert (after.severity, after.first_response_due) == (3, at("2026-03-17T16:00+01:00"))


REMINDED = at("2026-03-11T20:00-07:00")
ONCE = Reminder("account_manager", REMINDED + 15 * MINUTE, None, "resolved")
RHYTHM = Reminder("account_manager", REMINDED + 135 * MINUTE, "2h", "resolved")
NEXT = replace(RHYTHM, at=REMINDED + 255 * MINUTE)
PAGER = Reminder("on_call", REMINDED, None, "resolved")
PLAN = (PAGER, ONCE, RHYTHM)


@pytest.mark.parametrize(
    ("given", "after", "left"),
    [
        ([], 1 * MINUTE, PLAN),
        # once is enough for what is due to one queue at the same time
        ([], 60 * MINUTE, PLAN),
        ([], 200 * MINUTE, (PAGER, RHYTHM)),
        ([PAGER, ONCE], 60 * MINUTE, (RHYTHM,)),
        # it goes on where it was
        ([PAGER, ONCE, NEXT], 140 * MINUTE, (NEXT,)),
        # a reminder of the other severity is another one
        ([Reminder("account_manager", REMINDED + 24 * HOUR, None, "resolved")], 25 * HOUR, (PAGER, RHYTHM)),
    ],
)
def test_no_reminder_is_given_twice(given: list[Reminder], after: timedelta, left: tuple[Reminder, ...]) -> None:
    assert still_to_give(PLAN, given, REMINDED + after) == left


def test_a_reminder_that_was_put_off_into_working_hours_was_given_all_the_same() -> None:
    planned = replace(ONCE, calendar="support")
    assert still_to_give([planned], [replace(planned, at=planned.at + 9 * HOUR)], REMINDED + 20 * HOUR) == ()
    assert still_to_give([planned], [replace(planned, at=planned.at - HOUR)], REMINDED + 20 * HOUR) == (planned,)


levels = st.integers(1, 4)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
PREMIER = contract(plan="premier")
BEFORE = under("irex", DOWN, plan="premier")


@settings(max_examples=60, deadline=None)
@given(moments, levels, levels, waits, waits)
def test_no_new_due_time_lies_in_the_past_and_none_before_that_of_an_unbroken_clock(
    start: datetime, first: int, second: int, wait: timedelta, length: timedelta
) -> None:
    began = with_severity(BEFORE, first, shipped(), PREMIER, Course(start), start)
    assert began.first_response_due is not None
    now = start + wait + length
    paused = Course(start, ((start + wait, now),), Promised(began.first_response_due))
    after = with_severity(began, second, shipped(), PREMIER, paused, now).first_response_due
    whole = with_severity(began, second, shipped(), PREMIER, Course(start), start).first_response_due
    assert after is not None
    assert whole is not None
    assert after >= now or (after == began.first_response_due and after >= start)
    assert after >= whole or after == began.first_response_due


@settings(max_examples=60, deadline=None)
@given(moments, levels, waits, waits)
def test_a_pause_that_lasted_no_time_changes_nothing(
    start: datetime, level: int, wait: timedelta, later: timedelta
) -> None:
    began = with_severity(BEFORE, level, shipped(), PREMIER, Course(start), start)
    assert began.first_response_due is not None
    course = Course(start, ((start + wait, start + wait),), Promised(began.first_response_due))
    assert due_anew(began, shipped(), course, start + wait + later) == began


@settings(max_examples=60, deadline=None)
@given(calendars(), instants, targets, st.lists(st.tuples(waits, waits), max_size=3), waits)
def test_recomputed_is_never_earlier_than_now_and_pauses_of_no_length_are_none(
    calendar: Calendar, start: datetime, promise: Target, lengths: list[tuple[timedelta, timedelta]], after: timedelta
) -> None:
    pauses, moment = [], start
    for run, stand in lengths:
        pauses.append((moment + run, moment + run + stand))
        moment += run + stand
    assert recomputed(start, promise, calendar, now=moment + after, pauses=pauses) >= moment + after
    empty = [(begin, begin) for begin, _ in pauses]
    assert recomputed(start, promise, calendar, now=start, pauses=empty) == due(start, promise, calendar)


def test_a_ticket_that_staff_opened_promises_nothing_until_its_customer_writes() -> None:
    arrived = at("2026-03-11T10:00+01:00")
    opened = replace(ticket("gold", "gold", arrived, 3), kind=MailKind.STAFF, template=None)
    course = went(arrived, opened)
    silent = due_anew(opened, shipped("gold"), course, arrived)
    assert (silent.first_response_due, silent.resolution_due, silent.reminders) == (None, None, ())
    written = at("2026-03-12T10:00+01:00")
    known = contract(policy="gold", plan="gold")
    after = asked(opened, 3, shipped("gold"), known, Course(written), written)
    assert (after.template, after.severity) == ("acknowledgement", 3)
    assert after.first_response_due == at("2026-03-13T10:00+01:00")
    assert after.why == "Staff wrote first, and the customer has answered."
