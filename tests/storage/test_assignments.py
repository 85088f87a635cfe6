"""Whose a ticket is."""

from storage import assignments
from storage.database import Database
from tests.storage.samples import HOUR, NOW, ticket_id


def test_a_ticket_is_one_persons_at_a_time(database: Database) -> None:
    with database.transaction() as tx:
        ticket = ticket_id(tx)
        assert assignments.person_of(tx, ticket) is None
        assignments.assign(tx, ticket, "sam@example.com", NOW)
        assignments.assign(tx, ticket, "kim@example.com", NOW + HOUR)
        assert assignments.person_of(tx, ticket) == "kim@example.com"
        assignments.release(tx, ticket)
        assert assignments.person_of(tx, ticket) is None
