"""Both engines are asked in one way: any column keeps what it is given, whatever word of SQL is its name."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from storage.database import Database, Transaction
from storage.tables import metadata
from tests.storage.filling import Rows, fill

TABLES = metadata.sorted_tables


def rows(tx: Transaction, table: sa.Table) -> list[dict[str, Any]]:
    found = tx.execute(sa.select(table).order_by(*table.primary_key.columns))
    return [_plain(dict(row._mapping)) for row in found]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: None if isinstance(value, sa.sql.elements.Null) else value for name, value in row.items()}


def test_every_column_gives_back_what_it_was_given(database: Database) -> None:
    with database.transaction() as tx:
        filled = fill(tx, metadata)
    with database.snapshot() as tx:
        for table in TABLES:
            assert rows(tx, table) == [_plain(row) for row in filled[table.name]], table.name


def test_every_column_can_be_asked_for_and_changed(database: Database) -> None:
    with database.transaction() as tx:
        filled = fill(tx, metadata)
        for table in TABLES:
            for column in table.columns:
                _ask_and_change(tx, filled, column)
        for table in reversed(TABLES):
            assert tx.execute(sa.delete(table)).rowcount == 3, table.name


def _ask_and_change(tx: Transaction, filled: Rows, column: "sa.Column[Any]") -> None:
    table, value = column.table, filled[column.table.name][2][column.name]
    if isinstance(column.type, sa.JSON):
        tx.execute(sa.update(table).values({column.name: value}))  # PostgreSQL compares no JSON
        return
    found = tx.execute(sa.select(column).where(column == value).order_by(column)).scalars()
    assert value in list(found), column
    changed = tx.execute(sa.update(table).where(column == value).values({column.name: value}))
    assert changed.rowcount >= 1, column


def test_names_that_are_words_of_sql_are_there_to_be_tried() -> None:
    """Else the tests above could not fail for want of quotes."""
    names = {column.name for table in TABLES for column in table.columns}
    assert names >= {"end", "before", "to"}
    assert {"end", "to"} <= postgresql.dialect().identifier_preparer.reserved_words  # type: ignore[no-untyped-call]
