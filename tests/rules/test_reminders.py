"""Who is reminded of a ticket, and when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rules import overrule
from rules.facts import Membership, Outcome, Reminder
from rules.policy_model import Policy
from rules.policy_tables import WarningTable
from rules.reading import read
from rules.reminders import planned, shifted, warning
from tests.rules.samples import ADMIN, contract, mail, shipped, under

MANAGED = contract(policy="lumedx", plan="deluxe", account_manager="amy@lumedx.example")
NIGHT = datetime(2026, 3, 11, 5, 0, tzinfo=UTC)
DAY = datetime(2026, 3, 11, 17, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DOWN = "Apollo is completely unavailable, nobody can work and there is no workaround."


Short = tuple[str, timedelta, str | None]
URGENT: list[Short] = [("account_manager", 15 * MINUTE, None), ("account_manager", 135 * MINUTE, "2h")]


def short(reminders: tuple[Reminder, ...], at: datetime) -> list[Short]:
    assert all(reminder.until == "resolved" for reminder in reminders)
    return [(reminder.to, reminder.at - at, reminder.every) for reminder in reminders]


@pytest.mark.parametrize(
    ("severity", "at", "expected"),
    [
        (
            1,
            NIGHT,
            [
                ("on_call", 0 * HOUR, None),
                ("account_manager", 15 * MINUTE, None),
                ("account_manager", 135 * MINUTE, "2h"),
            ],
        ),
        (1, DAY, [("account_manager", 15 * MINUTE, None), ("account_manager", 135 * MINUTE, "2h")]),
        (2, NIGHT, [("account_manager", 24 * HOUR, None), ("account_manager", 48 * HOUR, "24h")]),
        (3, NIGHT, []),
    ],
)
def test_lumedx_reminds_by_priority(severity: int, at: datetime, expected: list[Short]) -> None:
    assert short(planned(shipped("lumedx"), MANAGED, severity, at), at) == expected


@pytest.mark.parametrize(
    ("at", "paged"),
    [("2026-03-11T12:59", True), ("2026-03-11T13:00", False), ("2026-03-11T23:59", False), ("2026-03-12T00:00", True)],
)
def test_the_pager_rings_outside_support_hours_alone(at: str, paged: bool) -> None:
    when = datetime.fromisoformat(at).replace(tzinfo=UTC)  # Los Angeles is seven hours behind
    assert any(one.to == "on_call" for one in planned(shipped("lumedx"), MANAGED, 1, when)) is paged


def test_without_an_account_manager_support_is_reminded() -> None:
    assert {one.to for one in planned(shipped("lumedx"), replace(MANAGED, account_manager=""), 2, DAY)} == {"support"}


def test_a_reminder_may_be_for_some_plans_and_in_minutes() -> None:
    policy = shipped("lumedx")
    (first, *_) = policy.reminders
    every = first.model_copy(update={"plans": ("premium",), "every": "15 min", "outside_hours": False})
    other = policy.model_copy(update={"reminders": (every,), "version": "sha256:other"})
    assert planned(other, MANAGED, 1, DAY) == ()
    (reminder,) = planned(other, replace(MANAGED, plan="premium"), 1, DAY)
    assert reminder.every == "15m"


def test_a_ticket_carries_them_from_its_arrival_also_when_a_person_took_it_in() -> None:
    taken = under("lumedx", DOWN, at=NIGHT, account_manager="amy@lumedx.example")
    assert (taken.outcome, taken.severity, len(taken.reminders)) == (Outcome.ACCEPTED, 1, 3)
    lapsed = under("lumedx", DOWN, at=NIGHT, ends=datetime(2026, 2, 1, tzinfo=UTC).date())
    assert (lapsed.outcome, lapsed.reminders) == (Outcome.DECLINED, ())
    reading = read(mail(DOWN), shipped("lumedx"))
    member = Membership(ADMIN.contact, MANAGED)
    after = overrule.accept(lapsed, reading, member, shipped("lumedx"), arrived_at=NIGHT, now=DAY)
    assert after.reminders == taken.reminders


def in_hours(every: str = "2 h") -> Policy:
    """lumedx as it would be if its reminders kept to the desk's hours."""
    policy = shipped("lumedx")
    table = policy.reminders[2].model_copy(update={"calendar": "support", "every": every})
    return policy.model_copy(update={"reminders": (table,), "version": "sha256:shifted"})


@pytest.mark.parametrize(
    ("arrives", "given"),
    [
        # 135 minutes later it is still open: not moved
        ("2026-03-11T07:00-07:00", "2026-03-11T09:15-07:00"),
        # ... or just closed, at 17:00 sharp: the next morning
        ("2026-03-11T14:45-07:00", "2026-03-12T06:00-07:00"),
        ("2026-03-11T14:44-07:00", "2026-03-11T16:59-07:00"),
        # a Friday evening waits for Monday, across the night on which the clocks change
        ("2026-03-06T18:00-08:00", "2026-03-09T06:00-07:00"),
    ],
)
def test_a_reminder_waits_for_its_recipients_working_hours(arrives: str, given: str) -> None:
    (reminder,) = planned(in_hours(), MANAGED, 1, datetime.fromisoformat(arrives))
    assert (reminder.at, reminder.calendar) == (datetime.fromisoformat(given), "support")
    assert reminder.at.tzinfo is UTC


def test_the_shipped_policies_shift_no_reminder() -> None:
    assert {one.calendar for one in planned(shipped("lumedx"), MANAGED, 1, NIGHT)} == {""}


def test_a_calendar_that_the_policy_has_no_more_shifts_nothing() -> None:
    assert shifted(shipped("lumedx"), "gone", NIGHT) == NIGHT


def warned(policy: Policy, before: str, severities: tuple[int, ...] = ()) -> Policy:
    table = WarningTable(before=before, severities=severities)
    return policy.model_copy(update={"warnings": table, "version": f"sha256:{before}{severities}"})


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("before", "severity", "started", "due", "at"),
    [
        # 8 business hours begun on Friday afternoon: counted back in open time, never on Sunday
        ("30 min", 2, "2026-03-13T15:00+01:00", "2026-03-16T15:00+01:00", "2026-03-16T14:30+01:00"),
        ("8 h", 3, "2026-03-13T15:00+01:00", "2026-03-17T15:00+01:00", "2026-03-16T15:00+01:00"),
        ("25 %", 2, "2026-03-13T15:00+01:00", "2026-03-16T15:00+01:00", "2026-03-16T13:00+01:00"),
        # due 20 minutes after opening: half an hour of open time before is on Friday
        ("30 min", 1, "2026-03-13T12:20+01:00", "2026-03-16T08:20+01:00", "2026-03-13T15:50+01:00"),
        # a business day that ends at closing time
        ("2 h", 4, "2026-03-12T10:00+01:00", "2026-03-13T16:00+01:00", "2026-03-13T14:00+01:00"),
        # longer than the promise: at half its time
        ("6 h", 1, "2026-03-12T09:00+01:00", "2026-03-12T13:00+01:00", "2026-03-12T11:00+01:00"),
        # after a pause the due time has moved, the start has not
        ("50 %", 1, "2026-03-12T09:00+01:00", "2026-03-12T15:00+01:00", "2026-03-12T12:00+01:00"),
    ],
)
def test_staff_are_warned_in_open_time(before: str, severity: int, started: str, due: str, at: str) -> None:
    policy = warned(shipped("irex"), before)
    found = warning(policy, "standard", severity, "first_response", local(started), local(due))
    assert found == local(at)
    assert found is not None
    assert found.tzinfo is UTC


def test_elapsed_promises_are_warned_of_in_real_time_through_the_night_on_which_the_clocks_change() -> None:
    """Los Angeles, 8 March 2026, 02:00 to 03:00 is not there; the promise of 15 minutes runs across it."""
    policy = warned(shipped("lumedx"), "5 min")
    started = local("2026-03-08T01:50-08:00")
    found = warning(policy, "deluxe", 1, "first_response", started, started + 15 * MINUTE)
    assert found == started + 10 * MINUTE


def test_weekend_hours_count_where_the_promise_is_counted_on_them() -> None:
    policy = warned(shipped("irex"), "30 min")
    started = local("2026-03-14T12:00+01:00")
    assert warning(policy, "premier", 1, "first_response", started, started + HOUR) == started + 30 * MINUTE


@pytest.mark.parametrize(("plan", "severity"), [(None, 2), ("gone", 2), ("standard", None), ("standard", 9)])
def test_a_promise_that_the_policy_has_no_more_counts_real_time(plan: str | None, severity: int | None) -> None:
    policy = warned(shipped("irex"), "30 min")
    assert warning(policy, plan, severity, "resolution", NIGHT, NIGHT + 2 * HOUR) == NIGHT + 90 * MINUTE


def test_some_severities_are_not_warned_of() -> None:
    policy = warned(shipped("irex"), "30 min", (1, 2))
    assert warning(policy, "standard", 3, "first_response", DAY, DAY + 8 * HOUR) is None
    assert warning(policy, "standard", None, "first_response", DAY, DAY + 8 * HOUR) is None


def test_a_promise_that_is_due_at_once_is_not_warned_of() -> None:
    assert warning(shipped("irex"), "standard", 1, "first_response", DAY, DAY) is None


def test_every_shipped_policy_warns_of_its_most_urgent_promise() -> None:
    for name, plan in (("irex", "standard"), ("gold", "gold"), ("lumedx", "deluxe")):
        started = local("2026-03-11T12:00+00:00")
        assert warning(shipped(name), plan, 1, "first_response", started, started + 24 * HOUR) is not None
