"""Copies a whole store into an empty one of either engine, and proves that both hold the same.

The source is read in one consistent snapshot and the target written in one transaction, so that a copy is whole or was
never made; whoever works on the source meanwhile is not hindered. A copy that comes out different is taken back.
The schemas are the callers' to bring up to date (`storage.schema`); both must be this version's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from rules.facts import TryLater
from storage import proofs, schema
from storage.database import Database, Transaction
from storage.proofs import Progress, Proof, Tally
from storage.schema import SchemaState

NOTHING_TOLD: Progress = lambda table, count: None  # noqa: E731


@dataclass(frozen=True, slots=True)
class NotCopied:
    """Nothing was copied, and why, with the remedy."""

    reason: str


def copy(source: Database, target: Database, progress: Progress = NOTHING_TOLD) -> Proof | NotCopied:
    """What both hold afterwards. `progress` hears of each row twice: copied, and read again.

    Raises TryLater, and the target is as it was, when either store cannot take it or the copy is not the same.
    """
    for database in (source, target):
        if schema.state(database) is not SchemaState.CURRENT:
            return NotCopied(f"the database {database.place} has not this version's schema; run `intake db upgrade`")
    with target.transaction() as writing:
        if not target.is_sqlite:
            # A turn is cut off when nothing is heard for 15 s; a slow disk under the source may take longer.
            writing.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        if full := [name for name, count in proofs.rows(writing).items() if count]:
            return NotCopied(f"the database {target.place} is not empty ({', '.join(full)}); name an empty one")
        with source.snapshot() as reading:
            held = Proof(tuple(_copy_table(reading, writing, table, target, progress) for table in proofs.tables()))
        _number_on(writing)
        check(held, proofs.prove(writing, progress), target.place)
    return held


def check(wanted: Proof, found: Proof, place: str) -> None:
    """Raises TryLater where a copy is not what it was made from."""
    if differing := found.differs_in(wanted):
        remedy = "look after that machine's disk and memory, and try again"
        raise TryLater(f"the copy in {place} is not the same in {', '.join(differing)}: nothing was kept; {remedy}")


def _copy_table(
    reading: Transaction, writing: Transaction, table: sa.Table, target: Database, progress: Progress
) -> proofs.TableProof:
    tally, insert = Tally(table), _insert(table, target)
    names = [column.name for column in table.columns]
    for some in proofs.portions(reading, table):
        tally.add(some)
        try:
            writing.execute(insert, _values(names, some))
        except sa.exc.DataError as error:
            said = str(error.orig).partition("\n")[0]
            raise TryLater(f"{target.place} takes not every row of the table {table.name}: {said}") from error
        progress(table.name, len(some))
    return tally.proof()


def _insert(table: sa.Table, target: Database) -> sa.Insert:
    """JSON goes as the text that it came as; PostgreSQL wants to be told that it is JSON."""
    values = {}
    for column in table.columns:
        is_json = isinstance(column.type, sa.JSON)
        value: sa.ColumnElement[Any] = sa.bindparam(_parameter(column.name), type_=sa.Text if is_json else column.type)
        values[column.name] = sa.cast(value, column.type) if is_json and not target.is_sqlite else value
    return sa.insert(table).values(values)


def _values(names: Sequence[str], rows: Sequence[sa.Row[Any]]) -> list[dict[str, Any]]:
    parameters = [_parameter(name) for name in names]
    return [dict(zip(parameters, row, strict=True)) for row in rows]


def _parameter(column: str) -> str:
    return "the_" + column  # a column's own name is SQLAlchemy's


def _number_on(tx: Transaction) -> None:
    """PostgreSQL counts ids in sequences beside the tables; SQLite looks at the table."""
    if tx.dialect.name == "sqlite":
        return
    for table in proofs.tables():
        column = table.autoincrement_column
        if column is None:
            continue
        sequence = sa.func.pg_get_serial_sequence(tx.dialect.identifier_preparer.quote(table.name), column.name)
        last = sa.func.max(column)
        tx.execute(sa.select(sa.func.setval(sequence, sa.func.coalesce(last, 1), last.is_not(None))))
