"""What monitoring reads of a store."""

from storage import clocks, conditions, outbox
from storage.database import Database
from storage.measures import Promises, measure
from tests.storage.samples import HOUR, MINUTE, NOW, letter, ticket_id


def test_promises_are_counted_that_are_due_soon_or_missed(database: Database) -> None:
    with database.transaction() as tx:
        number = ticket_id(tx)
        for minutes in (-5, 30, 60, 61, 600):
            clocks.start(tx, number, "first_response", NOW, NOW + minutes * MINUTE, "v")
        clocks.start(tx, number, "resolution", NOW, NOW + HOUR, "v")
        tx.flush()
        clocks.breach(tx, 1, NOW)
        found = measure(tx, NOW, NOW)
    assert found.promises == (Promises("first_response", 2, 1), Promises("resolution", 1, 0))
    assert found.figures.clocks_running == 5


def test_what_is_done_or_stands_still_is_no_promise_that_waits(database: Database) -> None:
    with database.transaction() as tx:
        number, other = ticket_id(tx), ticket_id(tx)
        clocks.start(tx, number, "first_response", NOW, NOW + HOUR, "v")
        clocks.start(tx, other, "first_response", NOW, NOW + HOUR, "v")
        clocks.stop(tx, number, NOW)
        clocks.pause(tx, other, NOW)
        assert measure(tx, NOW, NOW).promises == ()


def test_letters_wait_by_mailbox_and_parts_are_as_status_shows_them(database: Database) -> None:
    with database.transaction() as tx:
        outbox.post(tx, [letter(1)], NOW - HOUR)
        outbox.post(tx, [letter(2)], NOW)
        conditions.note(tx, "imap support", False, "no answer", NOW)
        found = measure(tx, NOW, NOW)
    assert [(one.mailbox, one.letters, one.oldest_at) for one in found.backlogs] == [("support", 2, NOW - HOUR)]
    assert [(one.part, one.well) for one in found.conditions] == [("imap support", False)]
