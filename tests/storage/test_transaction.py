"""Rows that are written together, and whoever reads between them."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy import event as listening

from storage import ledger
from storage.database import Database, Transaction
from storage.octets import LARGE, write_raw
from storage.tables import event, mailbox, silenced
from storage.transaction import prepared
from tests.storage import samples
from tests.storage.samples import NOW

INSERT = prepared(sa.insert(event))
COUNT = sa.select(sa.func.count()).select_from(event)


def row(kind: str) -> dict[str, object]:
    return {"ticket_id": None, "mail_id": None, "at": NOW, "kind": kind, "actor": "intake", "detail": {}}


def kinds(database: Database) -> list[str]:
    with database.snapshot() as tx:
        return list(tx.execute(sa.select(event.c.kind).order_by(event.c.id)).scalars())


@pytest.fixture
def statements(database: Database) -> list[tuple[str, bool]]:
    """The INSERTs that reach the database, and whether each has many rows."""
    seen: list[tuple[str, bool]] = []

    def note(_c: object, _cursor: object, statement: str, _p: object, _x: object, many: bool) -> None:
        if statement.startswith("INSERT"):
            seen.append((statement.split()[2], many))

    listening.listen(database.engine, "before_cursor_execute", note)
    return seen


def test_rows_for_later_are_written_at_once_and_in_their_order(
    database: Database, statements: list[tuple[str, bool]]
) -> None:
    with database.transaction() as tx:
        tx.later(INSERT, row("one"))
        tx.later(INSERT, row("two"), row("three"))
        assert statements == []
    assert statements == [("event", True)]
    assert kinds(database) == ["one", "two", "three"]


def test_whatever_reads_the_table_finds_them(database: Database) -> None:
    with database.transaction() as tx:
        tx.later(INSERT, row("one"))
        assert tx.execute(COUNT).scalar_one() == 1
        tx.later(INSERT, row("two"))
        assert tx.execute(prepared(COUNT)).scalar_one() == 2
        tx.later(INSERT, row("three"))
        among = sa.select(mailbox.c.name).where(sa.exists().where(event.c.kind == "three"))
        tx.execute(prepared(among))
        assert tx.exec_driver_sql("SELECT count(*) FROM event").scalar_one() == 3
        tx.later(INSERT, row("four"))
        assert tx.connection.execute(COUNT).scalar_one() == 4


def test_a_prepared_statement_of_another_table_lets_them_wait(
    database: Database, statements: list[tuple[str, bool]]
) -> None:
    with database.transaction() as tx:
        tx.later(INSERT, row("one"))
        tx.execute(prepared(sa.select(silenced.c.until)))
        assert statements == []
        tx.execute(sa.select(silenced.c.until))  # what it reads nobody knows
        assert statements == [("event", False)]


@pytest.mark.parametrize("tables", [{"event"}, {"mailbox", "event"}])
def test_a_prepared_statement_knows_its_tables(tables: set[str]) -> None:
    inner = sa.select(event.c.kind).where(event.c.id == sa.bindparam("of"))
    statement = inner if len(tables) == 1 else sa.update(mailbox).where(mailbox.c.name.in_(inner)).values(last_uid=1)
    assert prepared(statement).tables == tables


def test_a_failed_transaction_writes_nothing_later(database: Database) -> None:
    def fail(tx: Transaction) -> None:
        tx.later(INSERT, row("one"))
        raise KeyError

    with pytest.raises(KeyError), database.transaction() as tx:
        fail(tx)
    assert kinds(database) == []


@pytest.mark.parametrize("fails", [True, False])
def test_a_part_that_fails_takes_its_own_rows_with_it(database: Database, fails: bool) -> None:
    def part(tx: Transaction) -> None:
        with database.part(tx):
            tx.later(INSERT, row("within"))
            if fails:
                raise KeyError

    with database.transaction() as tx:
        tx.later(INSERT, row("before"))
        try:
            part(tx)
        except KeyError:
            assert fails
        tx.later(INSERT, row("after"))
    assert kinds(database) == (["before", "after"] if fails else ["before", "within", "after"])


def test_a_row_that_cannot_be_written_fails_the_part_that_it_belongs_to(database: Database) -> None:
    def part(tx: Transaction) -> None:
        with database.part(tx):
            tx.later(INSERT, row("within") | {"ticket_id": 999_999})

    with database.transaction() as tx:
        tx.later(INSERT, row("before"))
        with pytest.raises(sa.exc.IntegrityError):
            part(tx)
    assert kinds(database) == ["before"]


def test_what_was_noted_of_a_table_holds_until_the_table_changes(database: Database) -> None:
    def noted(tx: Transaction) -> Transaction:
        tx.note("silenced", {"ana": False})
        assert tx.known("silenced", "ana") is False
        return tx

    with database.transaction() as tx:
        noted(tx).execute(sa.select(silenced.c.until))
        tx.execute(sa.update(mailbox).values(last_uid=1))
        tx.execute(prepared(sa.delete(silenced), keeps_notes=True))
        write_raw(tx, ledger.record(tx, replace(samples.entry(), raw=None), NOW), b"x" * LARGE)
        assert tx.known("silenced", "ana") is False
        noted(tx).execute(sa.delete(silenced))
        assert tx.known("silenced", "ana") is None
        noted(tx).execute(prepared(sa.delete(silenced)))
        assert tx.known("silenced", "ana") is None
        noted(tx).exec_driver_sql("DELETE FROM silenced")
        assert tx.known("silenced", "ana") is None
        noted(tx).execute(sa.text("DELETE FROM silenced"))
        assert tx.known("silenced", "ana") is None
        noted(tx).begin_nested().rollback()
        assert tx.known("silenced", "ana") is None
