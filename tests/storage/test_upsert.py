"""A row that is there already stops nobody."""

import sqlalchemy as sa

from storage.database import Database
from storage.tables import muted
from storage.upsert import add, put
from tests.storage.samples import HOUR, NOW

ROW = {"address": "ana@alder.example", "since": NOW, "status": "5.1.1", "ticket_id": None}


def test_the_first_one_that_adds_a_row_wins_and_is_told_so(database: Database) -> None:
    with database.transaction() as tx:
        assert add(tx, muted, ROW) is True
        assert add(tx, muted, ROW | {"status": "5.7.1"}) is False
        assert tx.execute(sa.select(muted.c.status)).scalars().all() == ["5.1.1"]


def test_what_is_put_takes_the_place_of_what_was_there(database: Database) -> None:
    with database.transaction() as tx:
        put(tx, muted, ROW)
        put(tx, muted, ROW | {"since": NOW + HOUR})
        assert tx.execute(sa.select(muted.c.since, muted.c.status)).all() == [(NOW + HOUR, "5.1.1")]
