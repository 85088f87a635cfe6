"""A unit of work on one connection: statements that are made once, and rows that are written together.

What makes a batch of mails slow is neither the disk nor the database but the number of statements. So a statement
that is asked for each mail is `prepared`, which spares its building, and a row that nobody is about to read is written
`later`, with others of its kind; and what many mails will ask can be asked for all of them at once and `noted`. Callers
may rely on: whatever reads a table, or changes it, finds there all that was written before it on this transaction, and
what was noted of a table is forgotten when somebody changes it.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
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
    outdates: str = ""
    """The table of which nothing noted holds once this was executed."""
    rank: int = 0
    """Of the table that it changes: those that it refers to have a lower one."""


def prepared(statement: sa.Select[*tuple[Any, ...]] | sa.UpdateBase, *, keeps_notes: bool = False) -> Prepared:
    """`keeps_notes`: whoever executes it sees to it himself that what was noted of its table stays true."""
    found = {one.name for one in visitors.iterate(statement) if isinstance(one, sa.Table)}
    rank = _ranks(statement.table.metadata)[_changed(statement)] if isinstance(statement, sa.UpdateBase) else 0  # type: ignore[union-attr]
    return Prepared(statement, frozenset(found), "" if keeps_notes else _changed(statement), rank)


@cache
def _ranks(metadata: sa.MetaData) -> Mapping[str, int]:
    return {table.name: rank for rank, table in enumerate(metadata.sorted_tables)}


def _changed(statement: sa.Executable) -> str:
    """The table that a statement changes; "" for none."""
    return str(statement.table.name) if isinstance(statement, sa.UpdateBase) else ""  # type: ignore[union-attr]


@dataclass(frozen=True, slots=True)
class Savepoint:
    _of: "Transaction"
    _point: sa.NestedTransaction

    def commit(self) -> None:
        self._of.flush()
        self._point.commit()

    def rollback(self) -> None:
        self._of.late.clear()  # what was there before was written when the savepoint was set
        self._of.noted.clear()
        self._of.drawn.clear()
        self._point.rollback()


@dataclass(slots=True)
class Transaction:
    """Begun and ended by `Database`. Not thread-safe."""

    _on: sa.Connection
    late: dict[str, tuple[Prepared, list[Mapping[str, Any]]]] = field(default_factory=dict)
    """Table -> the rows that are still to be written into it."""
    noted: dict[str, dict[Hashable, Any]] = field(default_factory=dict)
    """Table -> what is known of it without asking again: a question's key and its answer (`storage.ahead`)."""
    drawn: dict[str, Iterator[int]] = field(default_factory=dict)
    """Table -> numbers for its next rows (`storage.identities`)."""
    expected: int = 1
    """How many rows of one table are likely to follow."""

    @property
    def dialect(self) -> sa.Dialect:
        return self._on.dialect

    @property
    def driver_connection(self) -> Any:
        """The driver's own, for bytes by the megabyte; everything is written before, and what was noted still holds."""
        self.flush()
        return self._on.connection.driver_connection

    @property
    def connection(self) -> sa.Connection:
        """For whoever needs SQLAlchemy's own; everything is written before."""
        self.flush()
        self.noted.clear()
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
            if statement.outdates and self.noted:
                self.noted.pop(statement.outdates, None)
            return self._on.execute(statement.statement, parameters)
        self.flush()
        if self.noted and not isinstance(statement, sa.Select):
            self._forget(statement)
        return self._on.execute(statement, parameters)

    def exec_driver_sql(self, statement: str, parameters: Any = None) -> sa.CursorResult[*tuple[Any, ...]]:
        self.flush()
        self.noted.clear()
        return self._on.exec_driver_sql(statement, parameters)

    def later(self, insert: Prepared, *rows: Mapping[str, Any]) -> None:
        """Write these rows of one table before anything reads it, at the latest before the commit.

        `insert` is a plain INSERT into it, the same for all of a table's rows. What they refer to must be there.
        """
        if not rows:
            return
        (table,) = insert.tables
        known, late = self.late.setdefault(table, (insert, []))
        assert known is insert
        late.extend(rows)
        if insert.outdates and self.noted:
            self.noted.pop(insert.outdates, None)

    def last(self, update: Prepared, row: Mapping[str, Any]) -> None:
        """Write these values of a row before anything reads its table; only the last ones for a key, `of`, are written.

        `update` is an UPDATE of the row that `of` names, the same for all of a table's rows.
        """
        (table,) = update.tables
        known, late = self.late.setdefault(table, (update, []))
        assert known is update
        late[:] = [one for one in late if one["of"] != row["of"]] + [row]

    def flush(self) -> None:
        """Write what is still to be written: what others refer to comes first."""
        while self.late:
            insert, rows = self.late.pop(min(self.late, key=lambda table: self.late[table][0].rank))
            if isinstance(insert.statement, sa.Insert):
                self._on.execute(insert.statement, rows)
                continue
            for row in rows:  # psycopg would send several as a pipeline, see `Database`
                self._on.execute(insert.statement, row)

    def note(self, table: str, answers: Mapping[Hashable, Any]) -> None:
        """These hold until somebody changes the table."""
        self.noted.setdefault(table, {}).update(answers)

    def known(self, table: str, question: Hashable) -> Any:
        """What was noted; None where nothing was."""
        answers = self.noted.get(table)
        return None if answers is None else answers.get(question)

    def _forget(self, statement: sa.Executable) -> None:
        """What a statement changes that nobody has looked at before: its table, or whatever a text may say."""
        if table := _changed(statement):
            self.noted.pop(table, None)
        else:
            self.noted.clear()

    def begin_nested(self) -> "Savepoint":
        """A part that can be taken back alone."""
        self.flush()
        return Savepoint(self, self._on.begin_nested())
