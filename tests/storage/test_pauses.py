"""A ticket's clocks stand still from when a pause begins until it ends."""

from storage import pauses
from storage.database import Database
from storage.pauses import Pause
from tests.storage import samples
from tests.storage.samples import HOUR, NOW


def test_a_pause_goes_on_until_it_is_ended(database: Database) -> None:
    with database.transaction() as tx:
        ticket, other = samples.ticket_id(tx), samples.ticket_id(tx)
        for each in (ticket, other):
            pauses.begin(tx, each, NOW)
        assert pauses.of_ticket(tx, ticket) == [Pause(NOW, None)]
        pauses.end(tx, ticket, NOW + HOUR)
        pauses.end(tx, ticket, NOW + 2 * HOUR)
        pauses.begin(tx, ticket, NOW + 3 * HOUR)
        assert pauses.of_ticket(tx, ticket) == [Pause(NOW, NOW + HOUR), Pause(NOW + 3 * HOUR, None)]
        assert pauses.of_ticket(tx, other) == [Pause(NOW, None)]


def test_an_answer_that_came_before_the_pause_leaves_it_without_length(database: Database) -> None:
    with database.transaction() as tx:
        ticket = samples.ticket_id(tx)
        pauses.begin(tx, ticket, NOW)
        pauses.end(tx, ticket, NOW - HOUR)
        assert pauses.of_ticket(tx, ticket) == [Pause(NOW, NOW)]
