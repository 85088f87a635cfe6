"""The published policies under a moved clock: who is told of a ticket, and when, from its mail to its end."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from intake import conduct
from intake.desk import Desk, load_desks
from intake.mail.parse import parse
from intake.pipeline import Arrival, record_batch
from intake.settings import (
    ImapSettings,
    MailboxSettings,
    Queue,
    Settings,
    Shift,
    SmtpSettings,
    StaffMember,
    StorageSettings,
)
from intake.understand import Understood
from intake.watch import sweep
from rules.facts import Contact, Contract
from rules.reading import read
from storage import checkpoints, directory, outbox, tickets
from storage.database import Database
from tests.intake.installation import mail
from tests.storage.samples import HOUR, MINUTE

ANA = "ana@alder.example"
DOWN = "Apollo is completely unavailable, nobody can work and there is no workaround.\n"
EXPORT = "Priority: 2\n\nThe export of the registry fails for everybody since today. We can do it by hand for now.\n"
PACIFIC = "America/Los_Angeles"
NIGHTS = Shift(
    hours=("Mon-Thu 17:00-06:00", "Fri 17:00-Mon 06:00"),
    timezone=PACIFIC,
    notify=("ntfy://night/intake", "night@lumedx.example"),
)


def made(policy: str) -> Desk:
    mailbox = MailboxSettings(
        name="support",
        address="support@lumedx.example",
        policy=policy,
        ticket_prefix="LX",
        imap=ImapSettings(host="127.0.0.1", username="support"),
        smtp=SmtpSettings(host="127.0.0.1"),
    )
    staff = (
        StaffMember(
            name="Sue Port",
            email="sue@lumedx.example",
            queues=("support",),
            hours=("Mon-Fri 06:00-17:00",),
            timezone=PACIFIC,
        ),
    )
    queues = {"on_call": Queue(shift=(NIGHTS,))}
    settings = Settings(storage=StorageSettings(url="sqlite://"), mailbox=(mailbox,), staff=staff, queues=queues)
    return load_desks(settings)[0]


def arrive(database: Database, desk: Desk, text: str, at: datetime, plan: str) -> None:
    managed = Contract(
        "C", "Alder", desk.policy.name, plan, date(2020, 1, 1), date(2090, 1, 1), account_manager="amy@lumedx.example"
    )
    with database.transaction() as tx:
        directory.replace(tx, [managed], [Contact(ANA, "Ana", "C")])
        checkpoints.start(tx, "support", 7, None)
    raw = mail(ANA, desk.mailbox.address, "Trouble", text)
    parsed = parse(raw)
    arrival = Arrival(1, at, len(raw), raw, Understood(parsed, read(parsed, desk.policy)))
    record_batch(database, desk, 7, [arrival], at, reached=lambda ended: 1)


def watch(database: Database, desk: Desk, since: datetime, until: datetime, step: timedelta = MINUTE) -> None:
    at = since
    while at < until:
        sweep(database, {desk.name: desk}, at)
        at += step


def told(database: Database, since: datetime, *kinds: str) -> list[tuple[str, str, timedelta]]:
    """What was told: the event, to which queue or of which clock, and how long after the arrival."""
    with database.snapshot() as tx:
        found = [event for event in tickets.events(tx, 1) if event.kind in kinds]
    return [(one.kind, str(one.detail.get("to") or one.detail.get("clock")), one.at - since) for one in found]


def reached(database: Database, now: datetime) -> Sequence[tuple[str, ...]]:
    """To whom each letter and page that waits now is to go; they are as good as delivered by that."""
    with database.transaction() as tx:
        letters = outbox.claim(tx, "t", now, ["support"], 999) + outbox.claim(tx, "t", now, ["support"], 99, pages=True)
    return [one.recipients for one in letters]


def test_lumedx_priority_1_on_a_saturday_night(database: Database) -> None:
    desk = made("lumedx")
    at = datetime(2026, 3, 14, 10, 0, tzinfo=UTC)  # 03:00 in Los Angeles
    arrive(database, desk, DOWN, at, "deluxe")
    reached(database, at)
    sweep(database, {desk.name: desk}, at)
    # at once: the pager and the one who has the night; support, where nobody is in, by mail
    assert set(reached(database, at)) == {("page:on_call:1",), ("night@lumedx.example",), ("sue@lumedx.example",)}
    watch(database, desk, at, at + 20 * MINUTE)
    watch(database, desk, at + 20 * MINUTE, at + 6 * HOUR, 5 * MINUTE)
    assert told(database, at, "reminder", "warning", "breach") == [
        ("reminder", "on_call", 0 * HOUR),
        ("warning", "first_response", 11 * MINUTE),
        ("breach", "first_response", 15 * MINUTE),
        ("reminder", "account_manager", 15 * MINUTE),
        ("reminder", "account_manager", 2 * HOUR + 15 * MINUTE),
        ("reminder", "account_manager", 4 * HOUR + 15 * MINUTE),
    ]
    assert ("amy@lumedx.example",) in reached(database, at + 7 * HOUR)
    with database.transaction() as tx:
        ticket = tickets.by_id(tx, 1)
        assert ticket is not None
        conduct.close(tx, ticket, "sue@lumedx.example", at + 6 * HOUR)
    watch(database, desk, at + 6 * HOUR, at + 12 * HOUR, 15 * MINUTE)
    assert len(told(database, at, "reminder")) == 4


def test_lumedx_priority_1_at_noon_goes_to_support_and_pages_nobody(database: Database) -> None:
    desk = made("lumedx")
    at = datetime(2026, 3, 11, 19, 0, tzinfo=UTC)
    arrive(database, desk, DOWN, at, "deluxe")
    sweep(database, {desk.name: desk}, at)
    assert told(database, at, "reminder") == []
    assert set(reached(database, at)) == {(ANA,), ("sue@lumedx.example",)}


def test_lumedx_priority_2_is_escalated_each_day_of_24_real_hours(database: Database) -> None:
    """Across the night of 8 March, on which the clocks of Los Angeles go forward."""
    desk = made("lumedx")
    at = datetime(2026, 3, 7, 20, 0, tzinfo=UTC)
    arrive(database, desk, EXPORT, at, "premium")
    watch(database, desk, at, at + 110 * HOUR, HOUR)
    days = [24 * HOUR, 48 * HOUR, 72 * HOUR, 96 * HOUR]
    assert told(database, at, "reminder") == [("reminder", "account_manager", after) for after in days]
    # begun on Monday there: 1 bd is Tuesday 17:00, 2 bd Wednesday
    assert told(database, at, "breach") == [
        ("breach", "first_response", datetime(2026, 3, 11, 0, 0, tzinfo=UTC) - at),
        ("breach", "resolution", datetime(2026, 3, 12, 0, 0, tzinfo=UTC) - at),
    ]


def test_gold_warns_two_business_hours_ahead_and_on_no_holiday(database: Database) -> None:
    """From the Thursday before Easter, 14:00 in Berlin: 3 hours then, 5 on Tuesday."""
    desk = made("gold")
    at = datetime(2026, 4, 2, 12, 0, tzinfo=UTC)
    arrive(database, desk, "Severity: 2\n\nThe search is slow for most of our users.\n", at, "gold")
    watch(database, desk, at, datetime(2026, 4, 7, 14, 30, tzinfo=UTC), HOUR)
    assert told(database, at, "warning", "breach")[:2] == [
        ("warning", "first_response", datetime(2026, 4, 7, 10, 0, tzinfo=UTC) - at),
        ("breach", "first_response", datetime(2026, 4, 7, 12, 0, tzinfo=UTC) - at),
    ]


@pytest.mark.parametrize("stopped", [5 * HOUR, 50 * HOUR])
def test_after_a_long_stop_each_queue_is_told_once(database: Database, stopped: timedelta) -> None:
    desk = made("lumedx")
    at = datetime(2026, 3, 14, 10, 0, tzinfo=UTC)
    arrive(database, desk, DOWN, at, "deluxe")
    sweep(database, {desk.name: desk}, at + stopped)
    sweep(database, {desk.name: desk}, at + stopped + MINUTE)
    assert [to for _, to, _ in told(database, at, "reminder")] == ["on_call", "account_manager"]
    assert [kind for kind, _, _ in told(database, at, "warning", "breach")] == ["breach"]
