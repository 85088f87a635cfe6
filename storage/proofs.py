"""What a store holds, table by table, as counts and hashes that come out the same on SQLite and PostgreSQL.

Rows are taken in the order of their primary key and in portions that fit into memory, whatever the size of a mail;
each value is hashed in one canonical form: times in UTC, JSON with sorted keys, bytes as they are. Two stores with the
same proof hold the same.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import metadata

Progress = Callable[[str, int], None]
"""Called with a table's name and how many more of its rows are done."""

ROWS = 500
"""The most rows in memory at once."""
OCTETS = 8 * 1024 * 1024
"""So many octets of mails and letters in memory at once, or a single larger one."""


@dataclass(frozen=True, slots=True)
class TableProof:
    table: str
    rows: int
    sha256: str
    """Of its rows in canonical form, in the order of the primary key."""


@dataclass(frozen=True, slots=True)
class Proof:
    tables: tuple[TableProof, ...]
    """In the order of the foreign keys."""

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.tables)

    def differs_in(self, other: "Proof") -> list[str]:
        """The names of the tables that are not the same in both."""
        theirs = {one.table: one for one in other.tables}
        mine = {one.table: one for one in self.tables}
        return sorted(name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name))


def tables() -> list[sa.Table]:
    """Every table of this version's schema; none refers to a later one."""
    return metadata.sorted_tables


def tables_of(tx: Transaction) -> list[sa.Table]:
    """Every table that this store has, whatever version made it. Proofs by these compare stores of one engine only."""
    found = sa.MetaData()
    found.reflect(tx.connection)
    return found.sorted_tables


def rows(tx: Transaction, among: Sequence[sa.Table] | None = None) -> dict[str, int]:
    """How many rows each table has."""
    count = sa.select(sa.func.count())
    return {
        table.name: int(tx.execute(count.select_from(table)).scalar_one())
        for table in (tables() if among is None else among)
    }


def prove(
    tx: Transaction, progress: Progress = lambda table, count: None, among: Sequence[sa.Table] | None = None
) -> Proof:
    """Reads the whole store once, or these of its tables."""
    found = []
    for table in tables() if among is None else among:
        tally = Tally(table)
        for some in portions(tx, table):
            tally.add(some)
            progress(table.name, len(some))
        found.append(tally.proof())
    return Proof(tuple(found))


class Tally:
    """The proof of one table, as its rows come by."""

    def __init__(self, table: sa.Table) -> None:
        self._table = table
        self._json = [isinstance(column.type, sa.JSON) for column in table.columns]
        self._rows = 0
        self._hash = hashlib.sha256()

    def add(self, rows: Sequence[sa.Row[Any]]) -> None:
        self._rows += len(rows)
        for row in rows:
            for value, is_json in zip(row, self._json, strict=True):
                self._hash.update(canonical(value, is_json=is_json))

    def proof(self) -> TableProof:
        return TableProof(self._table.name, self._rows, self._hash.hexdigest())


def portions(tx: Transaction, table: sa.Table) -> Iterator[Sequence[sa.Row[Any]]]:
    """A table's rows by primary key, each with the columns in their order, JSON as its text."""
    select = sa.select(*map(_readable, table.columns)).order_by(*_order(tx, table))
    large = next((column for column in table.columns if isinstance(column.type, sa.LargeBinary)), None)
    if large is None:
        yield from tx.execute(select.execution_options(yield_per=ROWS)).partitions()
        return
    (key,) = table.primary_key.columns
    # Neither engine reads a value to tell its length, so the sizes of all mails are soon known.
    sizes = sa.select(key, sa.func.length(large)).order_by(*_order(tx, table))
    for keys in _within(tx.execute(sizes.execution_options(yield_per=ROWS))):
        yield tx.execute(select.where(key.in_(keys))).all()


def canonical(value: object, *, is_json: bool = False) -> bytes:
    """A value as both engines give it, with its kind and length before it."""
    if value is None:
        return b"-"
    kind, octets = _form(value, is_json=is_json)
    return b"%s%d:%s" % (kind, len(octets), octets)


def _form(value: object, *, is_json: bool) -> tuple[bytes, bytes]:
    match value:
        case bool():
            return b"?", b"%d" % value
        case int():
            return b"i", b"%d" % value
        case str() if is_json:
            # PostgreSQL sorts the keys of an object in its own way, and writes numbers in its own.
            known = json.loads(value, parse_float=_number)
            return b"j", json.dumps(known, sort_keys=True, separators=(",", ":")).encode()
        case str():
            return b"s", value.encode()
        case bytes() | memoryview():
            return b"x", bytes(value)
        case datetime():
            return b"t", value.astimezone(UTC).isoformat().encode()
        case date():
            return b"d", value.isoformat().encode()
    raise TypeError(f"a {type(value).__name__} has no canonical form")


def _number(text: str) -> float | int:
    number = float(text)
    return int(number) if number.is_integer() else number


def _readable(column: "sa.Column[Any]") -> "sa.ColumnElement[Any]":
    """JSON as text, so that SQL's NULL and JSON's null stay two."""
    return sa.cast(column, sa.Text).label(column.name) if isinstance(column.type, sa.JSON) else column


def _order(tx: Transaction, table: sa.Table) -> "list[sa.ColumnElement[Any]]":
    """SQLite compares text octet by octet; PostgreSQL does in the collation "C", and else as its locale has it."""
    if tx.dialect.name == "sqlite":
        return list(table.primary_key.columns)
    kinds = [getattr(one.type, "impl", one.type) for one in table.primary_key.columns]
    keys = zip(table.primary_key.columns, kinds, strict=True)
    return [sa.collate(one, "C") if isinstance(kind, sa.String) else one for one, kind in keys]


def _within(sizes: "sa.Result[Any]") -> Iterator[list[Any]]:
    keys: list[Any] = []
    octets = 0
    for row in sizes:
        key, size = tuple(row)
        if keys and (octets + size > OCTETS or len(keys) >= ROWS):
            yield keys
            keys, octets = [], 0
        keys.append(key)
        octets += size or 0
    if keys:
        yield keys
