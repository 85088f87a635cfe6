"""The engine and its transactions, on SQLite and PostgreSQL by one code path.

`transaction()` is the only way to write and `snapshot()` the only way to read; both hand out a `Transaction`, which the
other modules of this room take as their first argument; `part()` is for what may fail without the rest. On SQLite a
write begins IMMEDIATE: a SELECT opens no transaction there by itself, and two read-then-write pairs lose updates
without an error. On PostgreSQL, which lets writers run side by side, each takes a turn: those that decide about the
same policy follow one another, as all do on SQLite, so that what a transaction read still holds when it writes.
A store that cannot be used now raises `TryLater` with the remedy in one line; nothing of SQLAlchemy escapes.
"""

import sqlite3
import threading
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
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
    ("lock timeout", "{place} is busy with another transaction: wait; `intake status` names the daemons"),
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
                self.url,
                pool_size=10,
                pool_pre_ping=not self.is_sqlite,
                hide_parameters=True,
                connect_args={} if self.is_sqlite else _watched_wire(self.url),
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
    def transaction(self, *, of: Collection[str] | None = None) -> Iterator[Transaction]:
        """A unit of work: all of it happens, or none. Raises TryLater when the store cannot take it now.

        Nobody else who decides about the same policies writes meanwhile: `of` names them, without it they are all.
        With an empty `of` it runs beside everybody, and has only the rows that it claims or changes.
        """
        with self._writing, self.mapped(), self.engine.begin() as connection:
            if not self.is_sqlite:
                _take_turn(connection, of)
            yield connection

    @contextmanager
    def part(self, tx: Transaction) -> Iterator[None]:
        """A part of a transaction that may fail alone: an exception takes back what it did and nothing else.

        Trouble of the store is never the part's: it raises TryLater, which has to fail the whole transaction.
        """
        savepoint = tx.begin_nested()
        try:
            with self.mapped():
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
        with self.mapped(), self.engine.connect() as connection:
            reader = connection.execution_options(**self._reads_only)
            with reader.begin():
                yield reader

    def time(self) -> datetime:
        """The store's, which daemons on several machines share. UTC. Raises TryLater."""
        with self.snapshot() as tx:
            if self.is_sqlite:
                said = tx.exec_driver_sql("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')").scalar_one()
                return datetime.fromisoformat(said).replace(tzinfo=UTC)
            told: datetime = tx.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
        return told.astimezone(UTC)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def mapped(self) -> Iterator[None]:
        """Trouble of the store that the driver raises becomes TryLater; for who has a connection of his own."""
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


WIRE_SECONDS = 10
"""After so long without an answer a connection to PostgreSQL is dead, to either side."""


def _watched_wire(url: sa.URL) -> dict[str, object]:
    """What makes both sides notice that the other one is gone; what the URL says of it stays."""
    server = {
        "tcp_keepalives_idle": "4s",
        "tcp_keepalives_interval": "2s",
        "tcp_keepalives_count": "3",
        "tcp_user_timeout": f"{WIRE_SECONDS}s",
        "lock_timeout": "30s",
    }
    client: dict[str, object] = {
        "connect_timeout": WIRE_SECONDS,
        "keepalives_idle": 4,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": WIRE_SECONDS * 1000,
        "options": " ".join(f"-c {name}={value}" for name, value in server.items()),
    }
    return {name: value for name, value in client.items() if name not in url.query}


TURN = """
SELECT set_config('idle_in_transaction_session_timeout', '15s', true),
       CASE WHEN :all THEN pg_advisory_xact_lock(:turn, 0) ELSE pg_advisory_xact_lock_shared(:turn, 0) END
"""
NEXT_TURN = "SELECT pg_advisory_xact_lock(:turn, hashtext(:policy))"
TURN_KEY = 0x494E5441
"""The first half of the key under which turns are taken: "INTA"."""


def _take_turn(tx: Transaction, of: Collection[str] | None) -> None:
    """Wait until nobody else writes about these policies (None: about any). It ends with the transaction.

    A daemon that stands still in the midst of its turn is cut off after 15 s.
    """
    if of is not None and not of:
        return
    tx.execute(sa.text(TURN), {"all": of is None, "turn": TURN_KEY})
    for policy in sorted(of or ()):
        tx.execute(sa.text(NEXT_TURN), {"turn": TURN_KEY, "policy": policy})
