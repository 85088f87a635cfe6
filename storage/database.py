"""The engine and its transactions, on SQLite and PostgreSQL by one code path.

`transaction()` is the only way to write and `snapshot()` the only way to read; both hand out a `Transaction`, which the
other modules of this room take as their first argument; `part()` is for what may fail without the rest. On SQLite a
write begins IMMEDIATE: a SELECT opens no transaction there by itself, and two read-then-write pairs lose updates
without an error.
A store that cannot be used now raises `TryLater` with the remedy in one line; nothing of SQLAlchemy escapes.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from rules.facts import TryLater

Transaction = sa.Connection

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000", "temp_store=MEMORY")

# what the driver says -> what the admin can do about it
REMEDIES = (
    ("disk is full", "the disk is full: free some space on {place}"),
    ("disk i/o error", "the disk under {place} does not answer: check it"),
    ("readonly database", "{place} cannot be written: check its owner and mode"),
    ("unable to open database", "{place} cannot be opened: check that its directory exists and may be written"),
    ("is not a database", "{place} is no SQLite database: check [storage] url"),
    ("malformed", "{place} is damaged: restore the last backup"),
    ("locked", "{place} is locked by another process: wait, or end that process"),
    ("password authentication failed", "PostgreSQL refused the log-in at {place}: check [storage] url"),
    ("connection refused", "no PostgreSQL answers at {place}: start it or check [storage] url"),
)


class Database:
    """One store. Thread-safe; a `Transaction` is not."""

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        self.place = self.url.database or str(self.url.host)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite and self.url.database:
            # UMask of the service makes the file 0600; the directory is the admin's to make.
            self.place = str(Path(self.url.database))
        # Parameters are what mails say; an error that quotes them would carry that into the log.
        try:
            self.engine = sa.create_engine(
                self.url, pool_size=10, pool_pre_ping=not self.is_sqlite, hide_parameters=True
            )
        except ModuleNotFoundError as absent:
            remedy = "install it into the environment of this program, or correct [storage] url"
            raise TryLater(f"the database at {self.place} needs the package {absent.name}; {remedy}") from absent
        # SQLite's busy handler sleeps up to 100 ms between looks; writers of one process queue here instead.
        self._writing: AbstractContextManager[Any] = threading.Lock() if self.is_sqlite else nullcontext()
        # PostgreSQL's default shows each statement of one transaction another state of the store.
        self._reads_only: dict[str, Any] = (
            {"intake_reads_only": True}
            if self.is_sqlite
            else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A unit of work: all of it happens, or none. Raises TryLater when the store cannot take it now."""
        with self._writing, self._mapped(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def part(self, tx: Transaction) -> Iterator[None]:
        """A part of a transaction that may fail alone: an exception takes back what it did and nothing else.

        Trouble of the store is never the part's: it raises TryLater, which has to fail the whole transaction.
        """
        savepoint = tx.begin_nested()
        try:
            with self._mapped():
                yield
                savepoint.commit()
        except TryLater:
            # A full disk makes SQLite roll back everything by itself: there is no savepoint left to go back to.
            raise
        except BaseException:
            savepoint.rollback()
            raise

    @contextmanager
    def snapshot(self) -> Iterator[Transaction]:
        """A consistent view for reading; never waits for a writer."""
        with self._mapped(), self.engine.connect() as connection:
            reader = connection.execution_options(**self._reads_only)
            with reader.begin():
                yield reader

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, PoolTimeout) as error:
            if isinstance(error, DBAPIError) and not _is_of_the_store(error):
                raise
            raise TryLater(self._remedy(error)) from error

    def _remedy(self, error: SQLAlchemyError) -> str:
        said = str(getattr(error, "orig", None) or error)
        for sign, remedy in REMEDIES:
            if sign in said.lower():
                return remedy.format(place=self.place)
        return f"the database at {self.place} says: {said.partition(chr(10))[0]}"


def _is_of_the_store(error: DBAPIError) -> bool:
    """Whether the store cannot answer now. Otherwise a statement of ours is wrong, and waiting mends nothing."""
    if error.connection_invalidated:
        return True
    if isinstance(error, OperationalError):
        # SQLite says SQLITE_ERROR for a bad statement ("no such table") in the same class as for a full disk
        return getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_ERROR
    # "not a database" and "malformed" come in the plain class; its subclasses (constraints, types) are faults of ours
    return type(error) is DatabaseError


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, below
    for pragma in PRAGMAS:
        connection.execute("PRAGMA " + pragma)


def _begin_sqlite(connection: sa.Connection) -> None:
    reads_only = connection.get_execution_options().get("intake_reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
