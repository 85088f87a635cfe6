"""The large store is one that the daemon could have left: whole, of the size it says, and with room for new rows."""

from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from storage import directory, tables
from storage.database import Database, Transaction
from storage.listings import TicketFilter, tickets
from tests.bench.large_store import fill
from tests.bench.work import Work
from tests.stores import empty_store

TICKETS = 10_000


def count(tx: Transaction, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    return int(tx.execute(sa.select(sa.func.count()).select_from(table).where(*where)).scalar_one())


def test_it_is_filled_in_proportion_and_goes_on(tmp_path: Path) -> None:
    url = empty_store(tmp_path / "large.db")
    fill(url, TICKETS)
    database = Database(url)
    people = Work(1, "support@example.test", datetime.now(UTC)).people()
    with database.snapshot() as tx:
        assert count(tx, tables.ticket) == TICKETS
        assert count(tx, tables.event) == 5 * TICKETS
        assert count(tx, tables.contact) == TICKETS // 10
        assert count(tx, tables.raw_mail) == count(tx, tables.sighting) == count(tx, tables.mail) == 13_000
        assert count(tx, tables.outbox, tables.outbox.c.state == "sent") == 15_000
        assert count(tx, tables.ticket, tables.ticket.c.status == "held") == 5
        assert len(tickets(tx, TicketFilter(), 50)) == 50
        known = directory.memberships(tx, "irex", [person.email for person in people])
        contracts = {address: found[0].contract.contract for address, found in known.items()}
        assert contracts == {person.email: person.contract for person in people}
        if database.is_sqlite:
            assert tx.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    now = datetime.now(UTC)
    with database.transaction() as tx:
        row = {"ticket_id": 1, "at": now, "kind": "closed", "actor": "intake", "detail": {}}
        assert tx.execute(sa.insert(tables.event), row).inserted_primary_key == (5 * TICKETS + 1,)
    database.close()
