"""The figures of `status`."""

from rules.facts import End, Outcome
from storage import checkpoints, clocks, ledger, outbox
from storage.database import Database
from storage.figures import figures
from storage.ledger import Sighting
from storage.outbox import LetterState
from tests.storage.samples import HOUR, MINUTE, NOW, decision, entry, letter, ticket_id


def test_an_empty_store_counts_nothing(database: Database) -> None:
    with database.snapshot() as tx:
        found = figures(tx)
    assert (found.mailboxes, found.held, found.letters, found.next_due_at) == ((), 0, {}, None)


def test_mail_is_counted_by_mailbox(database: Database) -> None:
    with database.transaction() as tx:
        checkpoints.start(tx, "support", 7, None)
        checkpoints.pause(tx, "sales", NOW)
        done = ledger.record(tx, entry(b"1"), NOW)
        ledger.record(tx, entry(b"2", end=End.QUARANTINED), NOW + MINUTE)
        ledger.sight(tx, "support", 7, [Sighting(1, End.HELD, done), Sighting(2, End.IGNORED, done, filed=True)], NOW)
        ledger.add_strike(tx, "support", 7, 1, "hung", NOW)  # which has its end now
        ledger.add_strike(tx, "support", 7, 3, "hung", NOW + HOUR)
        found = figures(tx)
    sales, support = found.mailboxes
    assert (sales.paused_at, sales.mails, sales.last_mail_at) == (NOW, 0, None)
    assert (support.mails, support.last_mail_at, support.unfiled) == (2, NOW + MINUTE, 1)
    assert (support.struck, support.oldest_struck_at) == (1, NOW + HOUR)
    assert found.quarantined == 1


def test_letters_are_counted_by_state_with_the_oldest_that_waits(database: Database) -> None:
    with database.transaction() as tx:
        outbox.post(tx, [letter(1, withheld="observing")], NOW - HOUR)
        outbox.post(tx, [letter(2)], NOW)
        outbox.post(tx, [letter(3)], NOW + MINUTE)
        found = figures(tx)
    assert found.letters == {LetterState.WAITING: 2, LetterState.WITHHELD: 1}
    assert found.oldest_waiting_at == NOW


def test_mails_and_letters_that_are_done_count_since_an_instant(database: Database) -> None:
    with database.transaction() as tx:
        checkpoints.start(tx, "support", 7, None)
        ledger.record(tx, entry(b"1"), NOW - HOUR)
        ledger.record(tx, entry(b"2"), NOW)
        outbox.post(tx, [letter(1, withheld="observing"), letter(2)], NOW - HOUR)
        outbox.post(tx, [letter(3, withheld="observing")], NOW)
        found, later = figures(tx, since=NOW), figures(tx, since=NOW + HOUR)
    assert (found.mailboxes[0].mails, found.mailboxes[0].last_mail_at) == (1, NOW)
    assert found.letters == {LetterState.WAITING: 1, LetterState.WITHHELD: 1}
    assert (later.mailboxes[0].mails, later.mailboxes[0].last_mail_at) == (0, NOW)
    assert later.letters == {LetterState.WAITING: 1}


def test_promises_are_running_overdue_or_done(database: Database) -> None:
    with database.transaction() as tx:
        number = ticket_id(tx)
        for hours in (1, 2, 3):
            clocks.start(tx, number, f"c{hours}", NOW, NOW + hours * HOUR, "v")
        clocks.stop(tx, number, NOW, "c1")
        clocks.breach(tx, 2, NOW)
        found = figures(tx)
    assert (found.clocks_running, found.next_due_at, found.overdue) == (1, NOW + 3 * HOUR, 1)


def test_what_waits_for_a_person_is_counted_since_its_arrival(database: Database) -> None:
    with database.transaction() as tx:
        ticket_id(tx, status="held", decision=decision(outcome=Outcome.HELD))
        ticket_id(tx, status="held", decision=decision(outcome=Outcome.HELD), opened_at=NOW - HOUR)
        ticket_id(tx)
        found = figures(tx)
    assert (found.held, found.oldest_held_at) == (2, NOW - HOUR)
