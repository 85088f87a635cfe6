"""Sees to it that nothing which was erased is left behind, and looks whether anything is.

A database keeps what was deleted in pages that are free until something else is written there. SQLite's file is made
anew without them (VACUUM), and its log is emptied; PostgreSQL is told that it may use the room again, which is as far
as one goes beside a working daemon. `found` searches every column of every table, whatever the table is about.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from rules.facts import TryLater
from storage import proofs
from storage.database import Database, Transaction


@dataclass(frozen=True, slots=True)
class Left:
    """A place where something still stands."""

    table: str
    column: str
    key: int | str
    """The first column of the row's key."""


def found(tx: Transaction, names: Callable[[str], object]) -> Iterator[Left]:
    """Every place in the store whose text `names` says yes to; bytes are read as UTF-8. Takes as long as a backup."""
    for table in proofs.tables():
        columns = [column.name for column in table.columns]
        key = columns.index(next(iter(table.primary_key)).name)
        is_json = [isinstance(column.type, sa.JSON) for column in table.columns]
        for rows in proofs.portions(tx, table):
            for row in rows:
                for name, value, of_json in zip(columns, row, is_json, strict=True):
                    if names(_text(value, of_json=of_json)):
                        yield Left(table.name, name, row[key])


def scrub(database: Database) -> None:
    """Let no free page keep what was erased. Writers wait meanwhile, some ten seconds a gigabyte. Raises TryLater."""
    with database.mapped(), database.engine.connect() as connection:
        if not database.is_sqlite:
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            for table in proofs.tables():
                alone.exec_driver_sql(f'VACUUM "{table.name}"')
            return
        driver: Any = connection.dialect.dbapi
        try:
            _make_anew(connection.connection.driver_connection, database.place)
        except driver.Error as error:
            raise DBAPIError.instance(
                None, None, error, driver.Error, hide_parameters=True, dialect=connection.dialect
            ) from error


def _make_anew(wire: Any, place: str) -> None:
    """Past SQLAlchemy, which would begin a transaction: VACUUM runs in none."""
    wire.execute("PRAGMA temp_store=FILE")  # the new file is made beside the old one, not in memory
    try:
        wire.execute("VACUUM")
        busy, *_ = wire.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        wire.execute("PRAGMA temp_store=MEMORY")
    if busy:
        raise TryLater(f"the log of {place} cannot be emptied while somebody reads it; run the same again")


def _text(value: object, *, of_json: bool) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "surrogateescape")
    if of_json and value is not None:
        return json.dumps(json.loads(str(value)), ensure_ascii=False)
    return str(value) if isinstance(value, str) else ""
