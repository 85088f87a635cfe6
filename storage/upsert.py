"""INSERT that gives way to a row which is there already, on either engine.

Where two writers take turns under different policies, the one that comes second must not fail for the first one's row.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.database import Transaction

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite


def add(tx: Transaction, table: sa.Table, values: Mapping[str, object]) -> bool:
    """False where a row of this primary key was there; it stays as it is."""
    key = list(table.primary_key)
    added = _insert(tx, table).values(**values).on_conflict_do_nothing(index_elements=key)
    return tx.execute(added.returning(*key)).first() is not None


def put(tx: Transaction, table: sa.Table, values: Mapping[str, object]) -> None:
    """A row of this primary key that is there takes these values."""
    key = {column.name for column in table.primary_key}
    rest = {name: value for name, value in values.items() if name not in key}
    added = _insert(tx, table).values(**values)
    tx.execute(added.on_conflict_do_update(index_elements=list(table.primary_key), set_=rest))


def _insert(tx: Transaction, table: sa.Table) -> "sqlite.Insert | postgresql.Insert":
    """Of the engine that is there: to load the other one's dialect would take a twentieth of a command."""
    if tx.dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)
