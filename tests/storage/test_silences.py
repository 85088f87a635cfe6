"""Addresses that staff called spam."""

from storage import listings, outbox, silences
from storage.database import Database
from storage.outbox import LetterState
from tests.storage.samples import HOUR, NOW, letter, ticket_id

MO = "mo@nowhere.example"


def test_an_address_is_silent_for_its_time(database: Database) -> None:
    with database.transaction() as tx:
        ticket = ticket_id(tx)
        silences.silence(tx, MO, NOW + HOUR, ticket)
        silences.silence(tx, MO, NOW + 2 * HOUR, ticket)
        assert silences.is_silenced(tx, MO, NOW + HOUR)
        assert not silences.is_silenced(tx, MO, NOW + 2 * HOUR)
        assert not silences.is_silenced(tx, "ana@alder.example", NOW)


def test_what_waits_for_that_address_is_not_sent_and_the_rest_is(database: Database) -> None:
    with database.transaction() as tx:
        ticket = ticket_id(tx)
        for number, to in enumerate((MO, "sam@example.com")):
            one = letter(message_id=f"<{number}@example.com>", recipients=(to,), ticket_id=ticket)
            outbox.post(tx, [one], NOW)
        silences.withhold(tx, ticket, MO, "spam")
        states = {line.recipients[0]: line.state for line in listings.letters_of_ticket(tx, ticket)}
    assert states == {MO: LetterState.WITHHELD, "sam@example.com": LetterState.WAITING}
