"""The ledger as it came to be, for whoever decides again about it."""

from datetime import timedelta

import sqlalchemy as sa

from rules.facts import End, Gate, Outcome
from storage import ledger, tickets
from storage.database import Database
from storage.past import Incident, Overruled, closed_since, incidents_elsewhere, order, stored
from storage.tables import raw_mail
from storage.tickets import Event
from tests.storage.samples import DECISION, HOUR, NOW, decision, entry, ticket_id

DAY = timedelta(days=1)


def test_mails_stand_in_the_order_in_which_they_were_decided(database: Database) -> None:
    with database.transaction() as tx:
        first = ledger.record(tx, entry(b"1", arrived_at=NOW - DAY), NOW)
        second = ledger.record(tx, entry(b"2"), NOW)
        third = ledger.record(tx, entry(b"3"), NOW + HOUR)
        ledger.record(tx, entry(b"4", mailbox="sales"), NOW)
        tickets.log(tx, Event(NOW + DAY, "read_again", "sam", {}, None, first))
    with database.snapshot() as tx:
        places = order(tx, "support")
        assert [(place.mail_id, place.decided_at) for place in places] == [
            (second, NOW),
            (third, NOW + HOUR),
            (first, NOW + DAY),
        ]
        assert [place.mail_id for place in order(tx, "support", NOW)] == [second, third]


def test_a_mail_comes_with_its_bytes_its_decision_and_its_reference(database: Database) -> None:
    with database.transaction() as tx:
        opened = ticket_id(tx)
        whole = ledger.record(tx, entry(b"1", decision=DECISION, ticket_id=opened, end=End.TICKET), NOW)
        bare = ledger.record(tx, entry(b"2"), NOW)
        tx.execute(sa.delete(raw_mail).where(raw_mail.c.mail_id == bare))
    with database.snapshot() as tx:
        places = order(tx, "support")
        one, other = stored(tx, places)
        assert stored(tx, places[1:]) == [other]
    assert (one.mail_id, one.raw, one.decision, one.reference) == (whole, b"1", DECISION, "EX-1")
    assert (other.mail_id, other.raw, other.decision, other.reference) == (bare, None, None, None)


def test_what_a_person_made_of_it_stands_beside_what_had_been_decided(database: Database) -> None:
    detail = {"outcome": Outcome.DECLINED, "why": "x", "failed": [Gate.QUOTA]}
    with database.transaction() as tx:
        for number, raw in enumerate((b"1", b"2", b"3"), start=1):
            ledger.record(tx, entry(raw, decision=decision(outcome=Outcome.ACCEPTED)), NOW)
            if number != 2:
                tickets.log(tx, Event(NOW, "decided", "intake", detail, None, number))
        tickets.log(tx, Event(NOW + HOUR, "accepted", "sam", {}, None, 1), Event(NOW, "declined", "sam", {}, None, 2))
    with database.snapshot() as tx:
        found = [one.overruled for one in stored(tx, order(tx, "support"))]
    assert found == [
        Overruled(NOW + HOUR, Outcome.ACCEPTED, Outcome.DECLINED, (Gate.QUOTA,)),
        Overruled(NOW, Outcome.DECLINED, None, ()),
        None,
    ]


def test_a_ticket_was_closed_from_its_closing_to_the_next_answer(database: Database) -> None:
    with database.transaction() as tx:
        one = ticket_id(tx)
        mail_id = ledger.record(tx, entry(b"1"), NOW)
        happened = ("decided", "closed", "follow_up", "closed", "reopened")
        for number, kind in enumerate(happened):
            tickets.log(tx, Event(NOW + number * HOUR, kind, "sam", {}, one, mail_id if kind == "follow_up" else None))
    half = HOUR / 2
    with database.snapshot() as tx:
        seen = [closed_since(tx, one, NOW + number * HOUR + half, 99) for number in range(5)]
        assert seen == [None, NOW + HOUR, None, NOW + 3 * HOUR, None]
        assert closed_since(tx, one, NOW + 2 * HOUR, mail_id) == NOW + HOUR  # its own answer is yet to come


def test_accepted_tickets_of_other_mailboxes_are_incidents_too(database: Database) -> None:
    with database.transaction() as tx:
        ticket_id(tx)
        ticket_id(tx, mailbox="sales", prefix="SA", opened_at=NOW - DAY)
        ticket_id(tx, mailbox="sales", prefix="SA", decision=decision(outcome=Outcome.DECLINED))
        ticket_id(tx, mailbox="sales", prefix="SA", decision=decision(contract=None))
    with database.snapshot() as tx:
        assert incidents_elsewhere(tx, "support") == [Incident("IR-STD", NOW - DAY, NOW)]
