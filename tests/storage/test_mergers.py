"""Which ticket goes on in which other one."""

from storage import mergers, tickets
from storage.database import Database
from tests.storage.samples import HOUR, NOW, ticket_id


def test_what_went_on_in_a_merged_ticket_goes_on_where_that_does(database: Database) -> None:
    with database.transaction() as tx:
        first, second, third = (ticket_id(tx) for _ in range(3))
        mergers.merge(tx, first, second, NOW)
        mergers.merge(tx, second, third, NOW + HOUR)
        assert [mergers.into(tx, one) for one in (first, second, third)] == [third, third, None]
        assert mergers.references_in(tx, third) == ("EX-1", "EX-2")
        mergers.undo(tx, first)
        assert mergers.into(tx, first) is None


def test_whoever_may_write_to_the_one_may_write_to_the_other(database: Database) -> None:
    with database.transaction() as tx:
        first, second = ticket_id(tx), ticket_id(tx)
        tickets.add_correspondents(tx, first, ["ben@alder.example"])
        mergers.merge(tx, first, second, NOW)
        found = tickets.by_id(tx, second)
        assert found is not None
        assert "ben@alder.example" in tickets.view(tx, found).parties
