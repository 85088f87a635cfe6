"""Tickets that continue others, and the thread that they are shown in."""

from storage import ledger, links, outbox
from storage.database import Database
from storage.links import CONTINUES, Link
from tests.storage.samples import NOW, entry, letter, ticket_id


def test_a_link_is_seen_from_both_tickets(database: Database) -> None:
    with database.transaction() as tx:
        first, second, third = (ticket_id(tx) for _ in range(3))
        links.add(tx, second, first, CONTINUES, NOW)
        links.add(tx, third, first, CONTINUES, NOW)
        assert links.of_ticket(tx, second) == [Link("EX-1", CONTINUES, earlier=True, linked_at=NOW)]
        assert [(one.reference, one.earlier) for one in links.of_ticket(tx, first)] == [
            ("EX-2", False),
            ("EX-3", False),
        ]
        assert links.latest_after(tx, first) == third
        assert links.latest_after(tx, third) is None


def test_the_thread_is_the_mail_that_opened_it_and_the_first_letter_to_its_customer(database: Database) -> None:
    with database.transaction() as tx:
        ticket = ticket_id(tx)
        assert links.thread_of(tx, ticket) == ()
        for number in (1, 2):
            ledger.record(tx, entry(b"%d" % number, message_id=f"<m{number}@alder.example>", ticket_id=ticket), NOW)
        kinds = ["notice", "forward", "acknowledgement", "promise"]
        outbox.post(tx, [letter(at, kind=kind, ticket_id=ticket) for at, kind in enumerate(kinds)], NOW)
        assert links.thread_of(tx, ticket) == ("<m1@alder.example>", "<2@example.com>")
