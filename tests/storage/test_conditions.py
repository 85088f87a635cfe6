"""A part is well or not since it changed, as of when it was last looked at."""

from storage import conditions
from storage.conditions import Condition
from storage.database import Database
from tests.storage.samples import MINUTE, NOW


def test_since_moves_only_when_the_condition_changes(database: Database) -> None:
    with database.transaction() as tx:
        conditions.note(tx, "imap support", True, "idle", NOW)
        conditions.note(tx, "imap support", True, "fetching", NOW + MINUTE)
        assert conditions.current(tx) == [Condition("imap support", True, NOW, NOW + MINUTE, "fetching")]
        conditions.note(tx, "imap support", False, "refused", NOW + 2 * MINUTE)
        conditions.note(tx, "imap support", False, "timed out", NOW + 3 * MINUTE)
        [now] = conditions.current(tx)
        assert now == Condition("imap support", False, NOW + 2 * MINUTE, NOW + 3 * MINUTE, "timed out")
        conditions.note(tx, "imap support", True, "idle", NOW + 4 * MINUTE)
        assert conditions.current(tx)[0].since == NOW + 4 * MINUTE


def test_parts_are_kept_apart_and_listed_by_name(database: Database) -> None:
    with database.transaction() as tx:
        for part in ("smtp support", "daemon"):
            conditions.note(tx, part, part == "daemon", "", NOW)
        assert [(c.part, c.well) for c in conditions.current(tx)] == [("daemon", True), ("smtp support", False)]
