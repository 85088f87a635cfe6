"""Who is reminded of a ticket, and when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rules import overrule
from rules.facts import Membership, Outcome, Reminder
from rules.reading import read
from rules.reminders import planned
from tests.rules.samples import ADMIN, contract, mail, shipped, under

MANAGED = contract(policy="lumedx", plan="deluxe", account_manager="amy@lumedx.example")
NIGHT = datetime(2026, 3, 11, 5, 0, tzinfo=UTC)
DAY = datetime(2026, 3, 11, 17, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DOWN = "The Apollo software is completely unavailable, nobody can work and there is no workaround."


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
