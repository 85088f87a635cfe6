"""Until when nobody is reminded of a ticket."""

from storage import holds
from storage.database import Database
from storage.holds import Hold
from tests.storage.samples import HOUR, NOW, ticket_id

SAM = "sam@example.com"


def test_a_hold_is_over_at_its_time_and_the_last_word_counts(database: Database) -> None:
    with database.transaction() as tx:
        ticket = ticket_id(tx)
        holds.begin(tx, ticket, NOW + 2 * HOUR, "kim@example.com")
        holds.begin(tx, ticket, NOW + HOUR, SAM)
        assert holds.until(tx, ticket) == NOW + HOUR
        assert holds.over(tx, NOW, ["support"]) == []
        assert holds.over(tx, NOW + HOUR, ["support"]) == [Hold(ticket, "support", NOW + HOUR, SAM)]
        assert holds.over(tx, NOW + HOUR, ["sales"]) == []
        holds.end(tx, ticket)
        assert holds.until(tx, ticket) is None
