"""Tickets that wait for their customer, and when the customer was reminded."""

from storage import holds, pauses, tickets, waits
from storage.database import Database
from storage.tickets import Event
from storage.waits import REMINDED, Wait
from tests.storage.samples import HOUR, NOW, ticket_id


def test_only_what_waits_long_enough_and_is_not_held_back_is_told(database: Database) -> None:
    with database.transaction() as tx:
        waiting, held, other = (ticket_id(tx) for _ in range(3))
        for one in (waiting, held, other):
            pauses.begin(tx, one, NOW)
            tickets.set_status(tx, one, "waiting" if one != other else "closed")
        holds.begin(tx, held, NOW + HOUR, "sam@example.com")
        assert waits.since(tx, "support", "waiting", NOW - HOUR) == []
        assert waits.since(tx, "support", "waiting", NOW) == [Wait(waiting, NOW, None)]
        assert waits.since(tx, "sales", "waiting", NOW) == []


def test_a_reminder_counts_for_the_wait_in_which_it_was_given(database: Database) -> None:
    with database.transaction() as tx:
        ticket = ticket_id(tx)
        tickets.set_status(tx, ticket, "waiting")
        tickets.log(tx, Event(NOW, REMINDED, "intake", {}, ticket))
        pauses.begin(tx, ticket, NOW + HOUR)
        assert waits.since(tx, "support", "waiting", NOW + HOUR) == [Wait(ticket, NOW + HOUR, None)]
        tickets.log(tx, Event(NOW + 2 * HOUR, REMINDED, "intake", {}, ticket))
        assert waits.since(tx, "support", "waiting", NOW + HOUR) == [Wait(ticket, NOW + HOUR, NOW + 2 * HOUR)]
