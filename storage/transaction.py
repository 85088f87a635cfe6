"""A unit of work on one connection: statements that are made once, and rows that are written together.

What makes a batch of mails slow is neither the disk nor the database but the number of statements. So a statement
that is asked for each mail is `prepared`, which spares its building, and a row that nobody is about to read is written
`later`, with others of its kind. Callers may rely on: whatever reads a table, or changes it, finds there all that was
written before it on this transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVarTuple, overload

import sqlalchemy as sa
from sqlalchemy.sql import visitors
from sqlalchemy.sql.selectable import TypedReturnsRows

_Columns = TypeVarTuple("_Columns")
_Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A statement that is made once and executed with other parameters each time."""

    statement: sa.Executable
    tables: frozenset[str]
    """The tables that it reads or writes."""


def prepared(statement: sa.Select[*tuple[Any, ...]] | sa.UpdateBase) -> Prepared:
    found = {one.name for one in visitors.iterate(statement) if isinstance(one, sa.Table)}
    return Prepared(statement, frozenset(found))


@dataclass(frozen=True, slots=True)
class Savepoint:
    _of: "Transaction"
    _point: sa.NestedTransaction

    def commit(self) -> None:
        self._of.flush()
        self._point.commit()

    def rollback(self) -> None:
        self._of.late.clear()  # what was there before was written when the savepoint was set
        self._point.rollback()


@dataclass(slots=True)
class Transaction:
    """Begun and ended by `Database`. Not thread-safe."""

    _on: sa.Connection
    late: dict[str, tuple[Prepared, list[Mapping[str, Any]]]] = field(default_factory=dict)
    """Table -> the rows that are still to be written into it."""

    @property
    def dialect(self) -> sa.Dialect:
        return self._on.dialect

    @property
    def connection(self) -> sa.Connection:
        """For whoever needs SQLAlchemy's own; everything is written before."""
        self.flush()
        return self._on

    @overload
    def execute(
        self, statement: TypedReturnsRows[*_Columns], parameters: _Parameters | None = None
    ) -> sa.CursorResult[*_Columns]: ...
    @overload
    def execute(
        self, statement: sa.Executable | Prepared, parameters: _Parameters | None = None
    ) -> sa.CursorResult[*tuple[Any, ...]]: ...
    def execute(
        self, statement: sa.Executable | Prepared, parameters: _Parameters | None = None
    ) -> sa.CursorResult[*tuple[Any, ...]]:
        if isinstance(statement, Prepared):
            if self.late and not statement.tables.isdisjoint(self.late):
                self.flush()
            return self._on.execute(statement.statement, parameters)
        self.flush()
        return self._on.execute(statement, parameters)

    def exec_driver_sql(self, statement: str, parameters: Any = None) -> sa.CursorResult[*tuple[Any, ...]]:
        self.flush()
        return self._on.exec_driver_sql(statement, parameters)

    def later(self, insert: Prepared, *rows: Mapping[str, Any]) -> None:
        """Write these rows of one table before anything reads it, at the latest before the commit.

        `insert` is a plain INSERT into it, the same for all of a table's rows. What they refer to must be there.
        """
        (table,) = insert.tables
        known, late = self.late.setdefault(table, (insert, []))
        assert known is insert
        late.extend(rows)

    def flush(self) -> None:
        """Write what is still to be written."""
        while self.late:
            insert, rows = self.late.pop(next(iter(self.late)))
            self._on.execute(insert.statement, rows)

    def begin_nested(self) -> "Savepoint":
        """A part that can be taken back alone."""
        self.flush()
        return Savepoint(self, self._on.begin_nested())
