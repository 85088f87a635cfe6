"""Times are aware and UTC, whatever zone they had and whichever engine keeps them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from storage.database import Database
from storage.tables import mailbox

BRUSSELS = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Brussels"), fold=1)
"""The second of that night."""
ROW = {"name": "support", "uidvalidity": 1, "last_uid": 0}


def test_a_time_of_any_zone_comes_back_in_utc_and_is_found_by_it(database: Database) -> None:
    with database.transaction() as tx:
        tx.execute(sa.insert(mailbox), {**ROW, "before": BRUSSELS, "paused_at": None})
        found = tx.execute(sa.select(mailbox.c.before, mailbox.c.paused_at).where(mailbox.c.before == BRUSSELS)).one()
    assert found == (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), None)
    assert found.before.tzinfo is UTC


def test_nothing_is_looked_for_by_a_time_without_a_zone(database: Database) -> None:
    with pytest.raises(sa.exc.StatementError, match="has no time zone"), database.snapshot() as tx:
        tx.execute(sa.select(mailbox).where(mailbox.c.before < BRUSSELS.replace(tzinfo=None)))
