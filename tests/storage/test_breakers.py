"""What a breaker remembers, and for how long it stands."""

from storage import breakers
from storage.breakers import Breaker, Scope
from storage.database import Database
from tests.storage.samples import HOUR, MINUTE, NOW, ticket_id

ANA = "ana@alder.example"


def test_it_is_news_once_and_counts_from_then_on(database: Database) -> None:
    with database.transaction() as tx:
        ticket = ticket_id(tx)
        assert breakers.trip(tx, Scope.ADDRESS, ANA, "It answers.", ticket, NOW, NOW - HOUR)
        assert not breakers.trip(tx, Scope.ADDRESS, ANA, "It answers.", None, NOW + MINUTE, NOW + MINUTE - HOUR)
        assert breakers.trip(tx, Scope.TICKET, ANA, "Another.", None, NOW, NOW - HOUR)
        found = breakers.standing(tx, Scope.ADDRESS, ANA, NOW)
        assert found is not None
        assert found == Breaker(Scope.ADDRESS, ANA, NOW, NOW + MINUTE, 2, "It answers.", found.reference)
        assert found.reference is not None
        assert [one.scope for one in breakers.all_standing(tx, NOW)] == [Scope.ADDRESS, Scope.TICKET]


def test_after_a_time_of_quiet_it_is_another_one(database: Database) -> None:
    with database.transaction() as tx:
        breakers.trip(tx, Scope.MAILBOX, "support", "Too many.", None, NOW, NOW - HOUR)
        later = NOW + HOUR + MINUTE
        assert breakers.standing(tx, Scope.MAILBOX, "support", later - HOUR) is None
        assert breakers.all_standing(tx, later - HOUR) == []
        assert breakers.trip(tx, Scope.MAILBOX, "support", "Too many.", None, later, later - HOUR)
        found = breakers.standing(tx, Scope.MAILBOX, "support", later - HOUR)
        assert found is not None
        assert (found.since, found.count) == (later, 1)


def test_a_person_can_end_it(database: Database) -> None:
    with database.transaction() as tx:
        breakers.trip(tx, Scope.ADDRESS, ANA, "It answers.", None, NOW, NOW - HOUR)
        assert breakers.close(tx, Scope.ADDRESS, ANA)
        assert not breakers.close(tx, Scope.ADDRESS, ANA)
        assert breakers.standing(tx, Scope.ADDRESS, ANA, NOW - HOUR) is None
