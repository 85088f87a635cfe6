"""A ledger that says something against itself is found out, and one that does not is left in peace."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from rules.facts import End, MailKind, Outcome
from storage import checkpoints, ledger, outbox, reconciliation, tables, tickets
from storage.database import Database, Transaction
from storage.ledger import Sighting
from storage.reconciliation import LATER, Finding, GapKind
from storage.tickets import Event
from tests.storage import samples
from tests.storage.samples import HOUR, NOW

LETTERS = {
    End.TICKET: (Outcome.ACCEPTED, "acknowledgement", "acknowledgement"),
    End.DECLINED: (Outcome.DECLINED, "declined_quota", "decline"),
    End.ROUTED: (Outcome.ROUTED, "routed_billing", "routed"),
    End.HELD: (Outcome.HELD, "held", "held"),
}


def found(database: Database, *, alive: bool = True) -> list[Finding]:
    """Everything, as a reconciliation asks for it."""
    with database.snapshot() as tx:
        mails, requests = reconciliation.last_mail(tx), reconciliation.last_ticket(tx)
        return [
            *reconciliation.of_mails(tx, 0, mails),
            *reconciliation.of_tickets(tx, 0, requests),
            *reconciliation.of_uids_without_mail(tx, 100),
            *reconciliation.of_letters(tx, lambda _: alive, 100),
            *reconciliation.of_failing(tx, NOW - HOUR, 100),
        ]


def take(tx: Transaction, number: int, end: End, **changes: Any) -> int:
    """A mail with this end, as the pipeline would record it: sighting, ticket and letter with it."""
    ticket_id, decision = changes.pop("ticket_id", None), samples.DECISION
    if end in LETTERS:
        outcome, template, kind = LETTERS[end]
        decision = replace(decision, outcome=outcome, template=changes.pop("template", template))
        ticket_id = tickets.open_ticket(tx, samples.new_ticket(decision=decision), NOW).ticket_id
        outbox.post(tx, [samples.letter(number, kind=kind, template=template, ticket_id=ticket_id)], NOW)
    entry = samples.entry(b"mail %d" % number, end=end, ticket_id=ticket_id, decision=decision)
    mail_id = ledger.record(tx, replace(entry, **changes), NOW)
    ledger.sight(tx, "support", 7, [Sighting(number, end, mail_id)], NOW)
    return mail_id


@pytest.fixture
def clean(database: Database) -> Database:
    """Mails of all ends, their mail ids the order of `End`, and one more copy of the first by its bytes."""
    with database.transaction() as tx:
        checkpoints.start(tx, "support", 7, NOW)
        for number, end in enumerate(LETTERS, start=1):
            take(tx, number, end)
        take(tx, 5, End.FOLLOW_UP, ticket_id=1)
        take(tx, 6, End.STAFF_ACTION)
        take(tx, 7, End.IGNORED)
        take(tx, 8, End.QUARANTINED, kind=MailKind.UNREADABLE, raw=None, sha256=place_hash(8))
        take(tx, 9, End.TICKET, message_id="<a@b>", content="same")
        take(tx, 10, End.DUPLICATE, message_id="<a@b>", content="same")
        ledger.sight(tx, "support", 7, [Sighting(11, End.DUPLICATE, 1), Sighting(12, End.BEFORE_START)], NOW)
        checkpoints.advance(tx, "support", 7, 12)
    return database


def place_hash(uid: int) -> str:
    return hashlib.sha256(b"support 7 %d" % uid).hexdigest()


def test_a_ledger_with_mails_of_all_ends_has_no_gap(clean: Database) -> None:
    assert found(clean) == []


def test_ends_are_counted_by_mail_and_by_uid(clean: Database) -> None:
    with clean.snapshot() as tx:
        mails = {one.end: one.number for one in reconciliation.mail_ends(tx, 0, 100)}
        uids = {one.end: one.number for one in reconciliation.uid_ends(tx, 0, 100)}
        left = {one.end: one.number for one in reconciliation.uids_left_alone(tx)}
    others = dict.fromkeys(("declined", "routed", "held", "follow_up", "staff_action", "ignored", "quarantined"), 1)
    assert mails == {"ticket": 2, "duplicate": 1, **others}
    assert uids == {"ticket": 2, "duplicate": 2, **others}
    assert left == {"before_start": 1}


def unforced(database: Database, do: Callable[[Transaction], object]) -> None:
    """Break the store as a person with a shell would: without regard to foreign keys."""
    with database.engine.connect() as wire:
        if database.is_sqlite:
            wire.exec_driver_sql("COMMIT")
            wire.exec_driver_sql("PRAGMA foreign_keys=OFF")
            wire.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            wire.exec_driver_sql("SET session_replication_role = replica")
        do(Transaction(wire))
        wire.commit()
        wire.invalidate()


def delete(name: str, where: str) -> Callable[[Transaction], object]:
    return lambda tx: tx.execute(sa.text(f'DELETE FROM "{name}" WHERE {where}'))  # noqa: S608


def update(name: str, what: str) -> Callable[[Transaction], object]:
    return lambda tx: tx.execute(sa.text(f'UPDATE "{name}" SET {what}'))  # noqa: S608


BREAKS: dict[str, tuple[Callable[[Transaction], object], set[tuple[GapKind, str]]]] = {
    "an end that is none": (
        update("mail", "\"end\" = 'gone' WHERE id = 7"),
        {(GapKind.NO_END, "7"), (GapKind.END_DIFFERS, "7")},
    ),
    "the sighting of a mail": (delete("sighting", "uid = 3"), {(GapKind.UNSEEN, "3")}),
    "the sighting of a mail that came twice": (delete("sighting", "uid = 1"), {(GapKind.UNSEEN, "1")}),
    "the sighting of a copy": (delete("sighting", "uid = 10"), {(GapKind.UNSEEN, "10")}),
    "a duplicate that says it was the first": (
        update("sighting", "\"end\" = 'ticket' WHERE uid = 11"),
        {(GapKind.SEEN_TWICE, "1")},
    ),
    "another end under the UID": (
        update("sighting", "\"end\" = 'ignored' WHERE uid = 2"),
        {(GapKind.END_DIFFERS, "2")},
    ),
    "the mail of a sighting": (delete("mail", "id = 7"), {(GapKind.NO_MAIL, "7/7")}),
    "a sighting that forgot its mail": (
        update("sighting", "mail_id = NULL WHERE uid = 6"),
        {(GapKind.NO_MAIL, "7/6"), (GapKind.UNSEEN, "6")},
    ),
    "the original of a copy": (update("mail", "content = 'other' WHERE id = 9"), {(GapKind.NO_ORIGINAL, "10")}),
    "the bytes": (delete("raw_mail", "mail_id = 4"), {(GapKind.NO_BYTES, "4")}),
    "the ticket of a follow-up": (update("mail", "ticket_id = NULL WHERE id = 5"), {(GapKind.NO_TICKET, "5")}),
    "the ticket of a request": (
        lambda tx: [delete("outbox", "ticket_id = 4")(tx), delete("ticket", "id = 4")(tx)],
        {(GapKind.NO_TICKET, "4")},
    ),
    "the acknowledgement": (delete("outbox", "kind = 'acknowledgement' AND ticket_id = 1"), {(GapKind.NO_LETTER, "1")}),
    "the decline's letter": (delete("outbox", "kind = 'decline'"), {(GapKind.NO_LETTER, "2")}),
    "the routed one's letter": (delete("outbox", "kind = 'routed'"), {(GapKind.NO_LETTER, "3")}),
    "the held one's receipt": (delete("outbox", "kind = 'held'"), {(GapKind.NO_LETTER, "4")}),
    "a letter of another kind in its place": (
        update("outbox", "kind = 'notice' WHERE ticket_id = 1"),
        {(GapKind.NO_LETTER, "1")},
    ),
    "a letter withheld without a reason": (
        update("outbox", "state = 'withheld' WHERE ticket_id = 2"),
        {(GapKind.NO_REASON, "2")},
    ),
    "a letter in no state": (update("outbox", "state = 'eaten' WHERE ticket_id = 2"), {(GapKind.NO_REASON, "2")}),
    "the mail that opened a ticket": (
        update("mail", "ticket_id = 2 WHERE id = 1"),
        {(GapKind.NO_OPENING, "EX-1"), (GapKind.OPENED_TWICE, "EX-2"), (GapKind.NO_LETTER, "1")},
    ),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_what_a_ledger_says_against_itself_is_found(clean: Database, broken: str) -> None:
    spoil, gaps = BREAKS[broken]
    unforced(clean, spoil)
    assert {(one.kind, one.key) for one in found(clean)} == gaps
    assert {one.mailbox for one in found(clean)} == {"support"}


def test_a_ticket_that_staff_opened_needs_no_mail_of_a_customers(clean: Database) -> None:
    by_hand = samples.new_ticket(decision=samples.decision(kind=MailKind.STAFF, template=None))
    with clean.transaction() as tx:
        tickets.open_ticket(tx, by_hand, NOW)
    assert found(clean) == []
    with clean.transaction() as tx:
        tickets.open_ticket(tx, samples.new_ticket(), NOW)
    assert [(one.kind, one.key) for one in found(clean)] == [(GapKind.NO_OPENING, "EX-7")]


def test_a_mail_that_is_not_to_be_answered_needs_no_letter(clean: Database) -> None:
    with clean.transaction() as tx:
        take(tx, 20, End.TICKET, template=None)
        take(tx, 21, End.TICKET, sender="")
        tx.execute(sa.delete(tables.outbox).where(tables.outbox.c.ticket_id.in_([6, 7])))
    assert found(clean) == []


def test_a_letter_that_nobody_can_be_sent_has_its_reason_in_the_log(clean: Database) -> None:
    with clean.transaction() as tx:
        mail_id = take(tx, 20, End.TICKET)
        tx.execute(sa.delete(tables.outbox).where(tables.outbox.c.ticket_id == 6))
        tickets.log(tx, Event(NOW, "letter_withheld", "intake", {"template": "x", "why": "of another"}, 6, mail_id))
    assert [(one.kind, one.key) for one in found(clean)] == [(GapKind.NO_LETTER, str(mail_id))]
    with clean.transaction() as tx:
        tickets.log(tx, Event(NOW, "letter_withheld", "intake", {"why": "no address"}, 6, mail_id))
    assert found(clean) == []


def test_a_mail_that_a_restore_took_in_again_may_have_no_bytes(clean: Database) -> None:
    bare = replace(samples.entry(b"large", end=End.QUARANTINED, kind=MailKind.UNREADABLE), raw=None, sha256="0" * 64)
    with clean.transaction() as tx:
        mail_id = ledger.record(tx, bare, NOW)
        ledger.sight(tx, "support", 0, [Sighting(-mail_id, End.QUARANTINED, mail_id)], NOW)
    assert found(clean) == []


def test_a_letter_claimed_by_nobody_alive_is_found(clean: Database) -> None:
    with clean.transaction() as tx:
        outbox.claim(tx, "mail 17", NOW, ["support"], 2)
    assert found(clean) == []
    lost = found(clean, alive=False)
    assert [(one.kind, one.key) for one in lost] == [(GapKind.CLAIMED, "1"), (GapKind.CLAIMED, "2")]
    assert "claimed by mail 17" in lost[0].about


def test_a_mail_that_failed_and_is_not_tried_again_is_found(clean: Database) -> None:
    with clean.transaction() as tx:
        ledger.add_strike(tx, "support", 7, 30, "it hangs", NOW - 2 * HOUR)
        ledger.add_strike(tx, "support", 7, 31, "it hangs", NOW - timedelta(minutes=1))
        ledger.add_strike(tx, "support", 6, 32, "of a UIDVALIDITY that is over", NOW - 2 * HOUR)
        ledger.add_strike(tx, "support", 7, 7, "it has its end by now", NOW - 2 * HOUR)
    (one,) = found(clean)
    assert (one.kind, one.key) == (GapKind.FAILING, "7/30")
    assert "it hangs" in one.about


CHANGES = [(was, now) for was, later in LATER.items() for now in later if now is not was]


@pytest.mark.parametrize(("was", "now"), CHANGES)
def test_an_end_that_a_person_changed_is_no_gap(database: Database, was: End, now: End) -> None:
    with database.transaction() as tx:
        checkpoints.start(tx, "support", 7, NOW)
        take(tx, 1, End.TICKET, message_id="<a@b>", content="same")
        mail_id = take(
            tx, 2, now, message_id="<a@b>", content="same", **({"ticket_id": 1} if now is End.FOLLOW_UP else {})
        )
        tx.execute(sa.update(tables.sighting).where(tables.sighting.c.uid == 2).values(end=was.value))
        if was is End.DUPLICATE:
            ledger.sight(tx, "support", 7, [Sighting(3, now, mail_id)], NOW)
    assert [one for one in found(database) if one.kind is GapKind.END_DIFFERS] == []
