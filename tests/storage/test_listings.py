"""What people look at, as the store has it."""

from dataclasses import replace
from datetime import timedelta

from rules.facts import End, Outcome
from storage import clocks, ledger, listings, outbox, tickets
from storage.database import Database, Transaction
from storage.listings import TicketFilter
from storage.outbox import Delivery, LetterState
from tests.storage.samples import HOUR, NOW, decision, entry, letter, new_ticket, ticket_id


def references(tx: Transaction, **wanted: object) -> list[str]:
    return [line.reference for line in listings.tickets(tx, TicketFilter(**wanted), 10)]  # type: ignore[arg-type]


def test_tickets_come_newest_first_and_no_more_than_asked_for(database: Database) -> None:
    with database.transaction() as tx:
        for _ in range(3):
            ticket_id(tx)
        assert [line.reference for line in listings.tickets(tx, TicketFilter(), 2)] == ["EX-3", "EX-2"]


def test_each_filter_of_tickets_keeps_what_it_names(database: Database) -> None:
    with database.transaction() as tx:
        ticket_id(tx)
        ticket_id(tx, status="held", decision=decision(outcome=Outcome.HELD))
        ticket_id(tx, contact="bob@birch.example", decision=decision(contract="IR-PRE"))
        ticket_id(tx, mailbox="sales", prefix="SA")
        ticket_id(tx, opened_at=NOW - timedelta(days=9))
        assert references(tx, statuses=("held",)) == ["EX-2"]
        assert references(tx, outcomes=(Outcome.HELD,)) == ["EX-2"]
        assert references(tx, contract="IR-PRE") == ["EX-3"]
        assert references(tx, contact="bob@birch.example") == ["EX-3"]
        assert references(tx, mailbox="sales") == ["SA-1"]
        assert references(tx, since=NOW - HOUR) == ["SA-1", "EX-3", "EX-2", "EX-1"]
        assert references(tx, statuses=("open",), contract="IR-PRE") == ["EX-3"]


def test_a_ticket_shows_the_soonest_promise_that_is_not_met(database: Database) -> None:
    with database.transaction() as tx:
        number = ticket_id(tx)
        assert listings.tickets(tx, TicketFilter(), 1)[0].due_at is None
        clocks.start(tx, number, clocks.RESOLUTION, NOW, NOW + 5 * HOUR, "v")
        clocks.start(tx, number, clocks.FIRST_RESPONSE, NOW, NOW + HOUR, "v")
        assert listings.tickets(tx, TicketFilter(), 1)[0].due_at == NOW + HOUR
        clocks.stop(tx, number, NOW, clocks.FIRST_RESPONSE)
        assert listings.tickets(tx, TicketFilter(), 1)[0].due_at == NOW + 5 * HOUR


def test_the_mails_of_a_ticket_begin_with_the_one_that_opened_it(database: Database) -> None:
    with database.transaction() as tx:
        number = ticket_id(tx)
        first = ledger.record(tx, entry(b"1", ticket_id=number), NOW)
        second = ledger.record(tx, replace(entry(b"2", ticket_id=number), raw=None), NOW)
        ledger.record(tx, entry(b"3"), NOW)
        found = listings.mails_of_ticket(tx, number)
    assert [(line.mail_id, line.has_raw) for line in found] == [(first, True), (second, False)]


def test_quarantine_holds_what_ended_there_and_a_mail_is_found_by_its_number(database: Database) -> None:
    with database.transaction() as tx:
        ledger.record(tx, entry(b"1"), NOW)
        number = ledger.record(tx, entry(b"2", end=End.QUARANTINED, reason="no end of it"), NOW)
        assert [(line.mail_id, line.reason) for line in listings.quarantined(tx, 9)] == [(number, "no end of it")]
        line = listings.mail_line(tx, number)
        assert line is not None
        assert line.end is End.QUARANTINED
        assert listings.mail_line(tx, 99) is None


def test_letters_are_listed_by_state_with_their_ticket_and_without_their_bytes(database: Database) -> None:
    with database.transaction() as tx:
        number = ticket_id(tx)
        outbox.post(tx, [letter(1, ticket_id=number), letter(2), letter(3, withheld="observing")], NOW)
        outbox.settle(tx, [Delivery(2, LetterState.REFUSED, "550 no")], NOW)
        everything = listings.letters(tx, (), 9)
        refused = listings.letters(tx, (LetterState.REFUSED,), 9)
        assert [line.letter_id for line in everything] == [3, 2, 1]
        assert [(line.letter_id, line.last_error, line.reference) for line in refused] == [(2, "550 no", None)]
        assert [line.reference for line in listings.letters_of_ticket(tx, number)] == ["EX-1"]
        found = listings.letter(tx, 1)
        assert found is not None
        assert (found[0].recipients, found[1]) == (("Ana@alder.example",), letter().raw)
        assert listings.letter(tx, 9) is None


def test_what_is_listed_is_what_was_stored(database: Database) -> None:
    with database.transaction() as tx:
        ticket = tickets.open_ticket(tx, new_ticket(), NOW)
        (line,) = listings.tickets(tx, TicketFilter(), 9)
    assert (line.subject, line.opened_at, line.severity) == (ticket.subject, ticket.opened_at, ticket.severity)
