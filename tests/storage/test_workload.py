"""What there is to do for somebody."""

from storage import assignments, workload
from storage.database import Database
from tests.storage.samples import NOW, ticket_id

SAM = "sam@example.com"


def test_open_tickets_are_those_of_the_person_and_of_the_queues(database: Database) -> None:
    with database.transaction() as tx:
        mine, _ = ticket_id(tx), ticket_id(tx)
        assignments.assign(tx, mine, SAM, NOW)

        def found(person: str, *queues: str) -> list[tuple[str, str | None]]:
            return [
                (one.reference, one.person) for one in workload.open_tickets(tx, ["support"], ["open"], person, queues)
            ]

        assert found(SAM) == [("EX-1", SAM)]
        assert found("kim@example.com", "support") == [("EX-1", SAM), ("EX-2", None)]
        assert workload.open_tickets(tx, ["sales"], ["open"], SAM, ["support"]) == []
        assert workload.open_tickets(tx, ["support"], ["closed"], SAM, ["support"]) == []
