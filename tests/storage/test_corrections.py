"""What a person may set right."""

from storage import corrections, ledger, listings, outbox
from storage.database import Database
from storage.outbox import Delivery, LetterState
from tests.storage.samples import HOUR, NOW, entry, letter


def test_a_refused_letter_waits_again_as_the_same_letter(database: Database) -> None:
    with database.transaction() as tx:
        outbox.post(tx, [letter(1), letter(2)], NOW)
        outbox.settle(tx, [Delivery(1, LetterState.REFUSED, "550 no")], NOW)
        assert corrections.resend(tx, 1, NOW + HOUR)
        assert not corrections.resend(tx, 2, NOW + HOUR)
        assert not corrections.resend(tx, 9, NOW + HOUR)
        claimed = outbox.claim(tx, "me", NOW + HOUR, ["support"], 9)
    assert {(one.letter_id, one.message_id, one.attempts) for one in claimed} >= {(1, "<1@example.com>", 1)}


def test_a_mail_that_can_be_read_at_last_is_named(database: Database) -> None:
    with database.transaction() as tx:
        number = ledger.record(tx, entry(sender="", subject=""), NOW)
        corrections.identify(tx, number, "<m@x.example>", "ana@alder.example", "help", "c")
        line = listings.mail_line(tx, number)
    assert line is not None
    assert (line.message_id, line.sender, line.subject) == ("<m@x.example>", "ana@alder.example", "help")
    with database.snapshot() as tx:  # and known again when it comes by another road
        assert [one.mail_id for one in ledger.copies(tx, ["support"], "<m@x.example>", "c", NOW)] == [number]
