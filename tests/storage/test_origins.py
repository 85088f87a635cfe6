"""What a letter is about, for the log."""

from storage import ledger, outbox
from storage.database import Database
from storage.origins import Origin, of_letters
from tests.storage.samples import HOUR, NOW, entry, letter, ticket_id


def test_a_letter_is_of_its_ticket_and_of_the_mail_that_it_was_written_with(database: Database) -> None:
    mail = entry(b"1")
    with database.transaction() as tx:
        number = ticket_id(tx)
        ledger.record(tx, entry(b"0", ticket_id=number), NOW - HOUR)
        ledger.record(tx, entry(b"1", ticket_id=number), NOW)
        outbox.post(tx, [letter(1, ticket_id=number)], NOW)
        outbox.post(tx, [letter(2, ticket_id=number)], NOW + HOUR)
        outbox.post(tx, [letter(3)], NOW)
        found = of_letters(tx, [1, 2, 3])
    reference = found[1].reference
    assert reference is not None
    assert found == {1: Origin(reference, mail.sha256[:12]), 2: Origin(reference, None)}
    assert of_letters(tx, []) == {}
