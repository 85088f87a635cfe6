"""Deciding and recording a batch, against a real store and the shipped policy, without a server."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from intake.desk import Desk
from intake.mail.parse import parse
from intake.pipeline import Arrival, Ended, record_batch
from intake.understand import NotUnderstood, Understood
from rules.decide import decide
from rules.facts import Contact, End, Gate, TryLater
from rules.reading import read
from storage import checkpoints, clocks, directory, ledger, outbox, policies, tickets
from storage.database import Database
from storage.outbox import Claimed
from tests.intake.installation import LAPSED, PREMIER, STANDARD, mail
from tests.storage.samples import HOUR, NOW
from tests.stores import only_sqlite

ANA, BEN, STRANGER = "ana@alder.example", "ben@cedar.example", "x@nowhere.example"
QUESTION = "Hello,\n\nwhat is the default of this setting, and where is it documented?\n\nAna\n"
DOWN = "Hello,\n\nour production server is completely down, nobody can log in and there is no workaround.\n\nAna\n"


@pytest.fixture
def store(database: Database) -> Database:
    with database.transaction() as tx:
        people = [
            Contact(ANA, "Ana Ruiz", "IR-STD"),
            Contact(BEN, "Ben", "IR-OLD"),
            Contact("bea@b.example", "Bea", "IR-PRE"),
        ]
        directory.replace(tx, [STANDARD, PREMIER, LAPSED], people)
        checkpoints.start(tx, "support", 7, None)
    return database


def arrival(desk: Desk, uid: int, sender: str = ANA, text: str = QUESTION, **headers: str) -> Arrival:
    raw = mail(sender, desk.mailbox.address, headers.pop("Subject", f"Question {uid}"), text, **headers)
    return of(desk, uid, raw)


def of(desk: Desk, uid: int, raw: bytes) -> Arrival:
    parsed = parse(raw)
    return Arrival(uid, NOW, len(raw), raw, Understood(parsed, read(parsed, desk.policy)))


def record(store: Database, desk: Desk, *arrivals: Arrival, at: Any = NOW) -> list[Ended]:
    return record_batch(store, desk, 7, arrivals, at, reached=lambda ended: max((one.uid for one in ended), default=0))


def claimed(store: Database) -> list[Claimed]:
    with store.transaction() as tx:
        return outbox.claim(tx, "test", NOW + 1000 * HOUR, ["support"], 1000)


def to_customers(letters: Sequence[Claimed]) -> list[tuple[str, str]]:
    return [(one.kind, one.recipients[0]) for one in letters if one.kind != "notice"]


def test_an_accepted_mail_becomes_ticket_clock_letter_and_notice_together(store: Database, desk: Desk) -> None:
    (ended,) = record(store, desk, arrival(desk, 1, text=DOWN, Subject="Production server down"))
    assert (ended.end, ended.reference) == (End.TICKET, "EX-1")
    with store.snapshot() as tx:
        ticket = tickets.by_reference(tx, "EX-1")
        assert ticket is not None
        (clock,) = clocks.of_ticket(tx, ticket.ticket_id)
        kinds = [event.kind for event in tickets.events(tx, ticket.ticket_id)]
        assert ledger.raw(tx, 1) is not None
    assert (ticket.severity, ticket.status, ticket.contract) == (1, "open", "IR-STD")
    assert clock.started_at == NOW
    assert clock.due_at == ticket.decision.first_response_due
    assert kinds == ["decided", "letter_written", "staff_told"]
    letters = claimed(store)
    assert to_customers(letters) == [("acknowledgement", ANA)]
    assert [one.recipients for one in letters if one.kind == "notice"] == [("Sam@example.com",)]


def test_a_premier_outage_is_told_to_the_senior_and_the_development_queue(store: Database, desk: Desk) -> None:
    record(store, desk, arrival(desk, 1, "bea@b.example", DOWN, Subject="Production server down"))
    assert [one.recipients for one in claimed(store) if one.kind == "notice"] == [("kim@example.com",)]


def test_a_declined_mail_gets_a_reference_a_letter_and_no_clock(store: Database, desk: Desk) -> None:
    (ended,) = record(store, desk, arrival(desk, 1, BEN))
    assert ended.end is End.DECLINED
    assert ended.decision is not None
    assert ended.decision.failed == (Gate.SUBSCRIPTION,)
    with store.snapshot() as tx:
        ticket = tickets.by_reference(tx, "EX-1")
        assert ticket is not None
        assert clocks.of_ticket(tx, ticket.ticket_id) == []
    assert to_customers(claimed(store)) == [("decline", BEN)]


def test_the_same_bytes_again_are_one_mail_in_one_batch_or_in_two(store: Database, desk: Desk) -> None:
    first = arrival(desk, 1)
    ended = record(store, desk, first, replace(first, uid=2)) + record(store, desk, replace(first, uid=3))
    assert [one.end for one in ended] == [End.TICKET, End.DUPLICATE, End.DUPLICATE]
    assert to_customers(claimed(store)) == [("acknowledgement", ANA)]


def test_a_stranger_is_declined_by_letter_once_a_week(store: Database, desk: Desk) -> None:
    record(store, desk, arrival(desk, 1, STRANGER), arrival(desk, 2, STRANGER))
    record(store, desk, arrival(desk, 3, STRANGER), at=NOW + timedelta(days=6))
    assert to_customers(claimed(store)) == [("decline", STRANGER)]
    record(store, desk, arrival(desk, 4, STRANGER), at=NOW + timedelta(days=8))
    assert to_customers(claimed(store)) == [("decline", STRANGER)]


def test_mail_from_our_own_address_is_ours_whatever_tag_it_bears(store: Database, desk: Desk) -> None:
    local, _, domain = desk.mailbox.address.partition("@")
    senders = [f"{local}@{domain}", f"{local.upper()}+sales@{domain}", f'"{local}"@{domain}']
    ended = record(store, desk, *(arrival(desk, uid, each) for uid, each in enumerate(senders, 1)))
    assert [one.end for one in ended] == [End.IGNORED] * 3
    assert claimed(store) == []


def test_no_spelling_of_a_strangers_address_brings_him_another_letter(store: Database, desk: Desk) -> None:
    """Whoever forges a victim's address could else have us write to it without end."""
    spellings = ["x@b\u00fccher.example", "X@b\u00adücher.example", "x+2@bücher。example", "x@xn--bcher-kva.example"]
    raws = [f"From: {each}\r\nSubject: {each}\r\n\r\n{QUESTION}".encode() for each in spellings]
    ended = record(store, desk, *(of(desk, uid, raw) for uid, raw in enumerate(raws, 1)))
    assert [one.end for one in ended] == [End.DECLINED] * 4
    assert to_customers(claimed(store)) == [("decline", "x@xn--bcher-kva.example")]


def test_forged_strangers_get_no_more_letters_in_an_hour_than_the_policy_allows_to_all(
    store: Database, desk: Desk
) -> None:
    """A hundred forged addresses would each get their first letter, and we would be the one who sends them."""
    crowd = [arrival(desk, uid, f"victim{uid}@nowhere.example") for uid in range(1, 41)]
    ended = record(store, desk, *crowd)
    assert {one.end for one in ended} == {End.DECLINED}
    assert len(to_customers(claimed(store))) == desk.policy.budgets.stranger_letters_hour == 30
    record(store, desk, arrival(desk, 41, "later@nowhere.example"), at=NOW + HOUR + timedelta(minutes=1))
    assert to_customers(claimed(store)) == [("decline", "later@nowhere.example")]


def test_a_mail_that_meets_our_bug_is_struck_and_the_rest_of_its_batch_stands(
    store: Database, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(mail: Any, *rest: Any) -> Any:
        if mail.subject == "Question 2":
            raise ZeroDivisionError
        return decide(mail, *rest)

    monkeypatch.setattr("intake.judgement.decide", broken)
    batch = [arrival(desk, uid) for uid in (1, 2, 3)]
    ended = record(store, desk, *batch)
    assert [one.end for one in ended] == [End.TICKET, None, End.TICKET]
    assert record(store, desk, batch[1])[0].strikes == 2
    assert record(store, desk, batch[1])[0].end is End.QUARANTINED
    with store.snapshot() as tx:
        assert tickets.by_reference(tx, "EX-3") is None
    assert len(to_customers(claimed(store))) == 2


@only_sqlite
def test_a_disk_that_fills_up_within_a_batch_is_no_mails_fault(store: Database, desk: Desk) -> None:
    """Nothing of the batch has happened, nobody is struck, and it is taken in as soon as there is space."""
    with store.snapshot() as tx:
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
    room = [60]

    @sa.event.listens_for(store.engine, "begin")
    def limit(tx: sa.Connection) -> None:
        tx.exec_driver_sql(f"PRAGMA max_page_count={pages + room[0]}")

    batch = [arrival(desk, 1, text=QUESTION + "a line of a long log\n" * 30_000), arrival(desk, 2), arrival(desk, 3)]
    for _ in range(4):
        with pytest.raises(TryLater, match="the disk is full"):
            record(store, desk, *batch)
        with store.snapshot() as tx:
            assert ledger.sighted(tx, "support", 7, [1, 2, 3]) == {}
    room[0] = 10_000
    assert [(one.end, one.strikes) for one in record(store, desk, *batch)] == [(End.TICKET, 0)] * 3


def test_what_cannot_be_read_is_quarantined_at_once_and_what_broke_its_reader_at_the_third_time(
    store: Database, desk: Desk
) -> None:
    unreadable = Arrival(1, NOW, 3, b"abc", NotUnderstood("more than 100 nested parts", final=True))
    crashed = Arrival(2, NOW, 3, b"def", NotUnderstood("the reader died", final=False))
    ends = [[one.end for one in record(store, desk, *batch)] for batch in ([unreadable, crashed], [crashed], [crashed])]
    assert ends == [[End.QUARANTINED, None], [None], [End.QUARANTINED]]


def test_a_mail_too_large_to_fetch_is_quarantined_without_its_bytes(store: Database, desk: Desk) -> None:
    large = Arrival(1, NOW, 10**9, None, NotUnderstood("1,000,000,000 bytes", final=True))
    assert record(store, desk, large)[0].end is End.QUARANTINED
    with store.snapshot() as tx:
        assert ledger.raw(tx, 1) is None


def test_a_mail_too_large_to_fetch_is_the_same_mail_under_another_uidvalidity(store: Database, desk: Desk) -> None:
    why = NotUnderstood("1,000,000,000 bytes", final=True)
    large = Arrival(1, NOW, 10**9, None, why, head=b"Subject: All our logs\r\n\r\nThey")
    record(store, desk, large)
    others = [replace(large, uid=2, size=10**9 + 1), replace(large, uid=3, head=b"Subject: More\r\n\r\nThey")]
    again = record_batch(store, desk, 8, [large, *others], NOW, reached=lambda _: 3)
    assert [one.end for one in again] == [End.DUPLICATE, End.QUARANTINED, End.QUARANTINED]


def test_a_reply_of_a_party_goes_on_with_its_ticket_and_a_strangers_becomes_its_own(
    store: Database, desk: Desk
) -> None:
    record(store, desk, arrival(desk, 1))
    claimed(store)
    ended = record(
        store, desk, arrival(desk, 2, Subject="Re: [EX-1] Question 1"), arrival(desk, 3, STRANGER, Subject="Re: [EX-1]")
    )
    assert [(one.end, one.reference) for one in ended] == [(End.FOLLOW_UP, "EX-1"), (End.DECLINED, "EX-2")]
    with store.snapshot() as tx:
        events = tickets.events(tx, 2)
    assert events[0].detail["points_at"] == "EX-1"
    letters = claimed(store)
    assert to_customers(letters) == [("decline", STRANGER)]
    assert [one.kind for one in letters].count("notice") == 1


def test_a_bounce_of_our_letter_stands_in_the_tickets_log_and_is_not_answered(store: Database, desk: Desk) -> None:
    record(store, desk, arrival(desk, 1))
    (ours,) = [one for one in claimed(store) if one.kind == "acknowledgement"]
    bounce = (
        f"Return-Path: <>\r\nFrom: MAILER-DAEMON@x.example\r\nTo: {desk.mailbox.address}\r\nSubject: Undelivered\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x.example\r\n\r\n"
        f"Final-Recipient: rfc822; {ANA}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {ours.message_id}\r\n\r\n--b--\r\n"
    ).encode()
    assert record(store, desk, of(desk, 2, bounce))[0].end is End.IGNORED
    with store.snapshot() as tx:
        bounced, told = tickets.events(tx, 1)[-2:]
    assert (bounced.kind, told.kind) == ("bounce", "staff_told")
    assert bounced.detail["failed"] == [{"address": ANA, "status": "5.1.1", "final": True}]
    assert to_customers(claimed(store)) == []


def test_the_policy_of_a_decision_that_opens_no_ticket_is_kept_too(store: Database, desk: Desk) -> None:
    (ended,) = record(store, desk, arrival(desk, 1, Auto_Submitted="auto-replied"))
    assert ended.end is End.IGNORED
    with store.snapshot() as tx:
        assert policies.text_of(tx, desk.policy.version) == desk.policy_text


def test_the_checkpoint_moves_with_the_batch(store: Database, desk: Desk) -> None:
    record(store, desk, arrival(desk, 4))
    with store.snapshot() as tx:
        kept = checkpoints.load(tx, "support")
    assert kept is not None
    assert kept.last_uid == 4


def test_what_another_daemon_took_in_meanwhile_is_left_as_it_is(store: Database, desk: Desk) -> None:
    """This one stood still until the mailbox was given to the other, and goes on with what it had fetched."""
    first, second = arrival(desk, 1), arrival(desk, 2)
    record(store, desk, first)
    again, fresh = record(store, desk, first, second)
    assert (again.end, again.why) == (End.TICKET, "another daemon has taken it in meanwhile")
    assert fresh.reference == "EX-2"
    assert to_customers(claimed(store)) == [("acknowledgement", ANA)] * 2
