"""What waits for a digest, and when the last one was."""

from storage import digests
from storage.database import Database
from tests.storage.samples import HOUR, NOW, ticket_id

SAM, KIM = "sam@example.com", "kim@example.com"


def test_what_is_kept_for_somebody_is_taken_once_and_in_order(database: Database) -> None:
    with database.transaction() as tx:
        number = ticket_id(tx)
        digests.keep(tx, SAM, number, "accepted", "", NOW)
        digests.keep(tx, KIM, number, "accepted", "", NOW)
        digests.keep(tx, SAM, number, "follow_up", "Two of them.", NOW + HOUR)
        assert digests.waited_for(tx) == {SAM, KIM}
        taken = digests.take(tx, SAM)
        assert [(one.event, one.note) for one in taken] == [
            ("accepted", ""),
            ("follow_up", "Two of them."),
        ]
        assert digests.take(tx, SAM) == []
        assert digests.waited_for(tx) == {KIM}


def test_the_last_one_is_remembered(database: Database) -> None:
    with database.transaction() as tx:
        assert digests.last(tx, [SAM]) == {}
        digests.gave(tx, SAM, NOW)
        digests.gave(tx, SAM, NOW + HOUR)
        assert digests.last(tx, [SAM, KIM]) == {SAM: NOW + HOUR}
