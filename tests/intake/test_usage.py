"""Incidents are counted inside the transaction that takes the next one, and routed mail stands where it went."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from intake.desk import Desk
from intake.mail.parse import parse
from intake.pipeline import Arrival, Ended, record_batch
from intake.shipped import read_policy
from intake.understand import Understood
from rules.facts import Contact, Contract, End, Gate
from rules.reading import read
from storage import checkpoints, directory, tickets
from storage.database import Database
from tests.intake.installation import mail
from tests.storage.samples import HOUR, NOW

IDA, OTTO = "ida@marram.example", "otto@teasel.example"
DEALER, PARTNER = "d@dist.example", "p@part.example"
YEAR = (date(2020, 1, 1), date(2099, 12, 31))
CONTRACTS = (
    Contract("G-1", "Marram", "gold", "enterprise", *YEAR),
    Contract(
        "O-1", "Siskin", "onyxceph", "maintenance", *YEAR, distributor="d@d.example", support_partner="p@p.example"
    ),
)
MODEST = "One user cannot change her picture, number {}. It can wait.\n"
MARCH = datetime(2026, 3, 31, 21, 59, tzinfo=UTC)
"""The last minute of March in Berlin."""


def under(desk: Desk, policy: str) -> Desk:
    known = read_policy(policy, desk.renderer.letters())
    return replace(desk, policy=known.policy, policy_text=known.text)


@pytest.fixture
def store(database: Database) -> Database:
    with database.transaction() as tx:
        directory.replace(tx, CONTRACTS, [Contact(IDA, "Ida", "G-1"), Contact(OTTO, "Otto", "O-1")])
        checkpoints.start(tx, "support", 7, None)
    return database


def arrival(desk: Desk, uid: int, sender: str, text: str, at: datetime = NOW) -> Arrival:
    raw = mail(sender, desk.mailbox.address, f"Mail {uid}", text)
    parsed = parse(raw)
    return Arrival(uid, at, len(raw), raw, Understood(parsed, read(parsed, desk.policy)))


def record(store: Database, desk: Desk, *arrivals: Arrival) -> list[Ended]:
    return record_batch(store, desk, 7, arrivals, NOW, reached=lambda ended: max(one.uid for one in ended))


def test_two_mails_of_one_batch_cannot_both_take_the_last_incident(store: Database, desk: Desk) -> None:
    gold = under(desk, "gold")
    ended = record(store, gold, *(arrival(gold, uid, IDA, MODEST.format(uid)) for uid in (1, 2, 3, 4)))
    assert [one.end for one in ended] == [End.TICKET, End.TICKET, End.DECLINED, End.DECLINED]
    assert [one.decision.failed for one in ended[2:] if one.decision] == [(Gate.QUOTA,)] * 2
    (later,) = record(store, gold, arrival(gold, 5, IDA, MODEST.format(5)))
    assert later.end is End.DECLINED


def test_an_incident_counts_in_the_month_of_its_arrival(store: Database, desk: Desk) -> None:
    gold = under(desk, "gold")
    march = [arrival(gold, uid, IDA, MODEST.format(uid), MARCH) for uid in (1, 2, 3)]
    april = [arrival(gold, uid, IDA, MODEST.format(uid), MARCH + HOUR) for uid in (4, 5, 6)]
    ends = [one.end for one in record(store, gold, *march, *april)]
    assert ends == [End.TICKET, End.TICKET, End.DECLINED] * 2


@pytest.mark.parametrize(
    ("text", "end", "status"),
    [
        ("Please renew our licence.\n", End.ROUTED, "with_distributor"),
        ("How do I draw a profile?\n", End.ROUTED, "with_partner"),
        ("An error message appears.\n", End.TICKET, "open"),
    ],
)
def test_a_forwarded_mail_is_with_whom_it_went_to(
    store: Database, desk: Desk, text: str, end: End, status: str
) -> None:
    onyxceph = under(desk, "onyxceph")
    (ended,) = record(store, onyxceph, arrival(onyxceph, 1, OTTO, text))
    with store.snapshot() as tx:
        ticket = tickets.by_reference(tx, "EX-1")
    assert ticket is not None
    assert (ended.end, ticket.status, ticket.queue) == (end, status, "support")
