"""The engine and its transactions, on SQLite and PostgreSQL by one code path.

`transaction()` is the only way to write and `snapshot()` the only way to read; both hand out a `Transaction`, which the
other modules of this room take as their first argument; `part()` is for what may fail without the rest. On SQLite a
write begins IMMEDIATE: a SELECT opens no transaction there by itself, and two read-then-write pairs lose updates
without an error. On PostgreSQL, which lets writers run side by side, each takes a turn: those that decide about the
same policy follow one another, as all do on SQLite, so that what a transaction read still holds when it writes.
A store that cannot be used now raises `TryLater` with the remedy in one line; nothing of SQLAlchemy escapes.
"""

import threading
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from rules.facts import TryLater
from storage.decisions import as_text
from storage.refusals import is_full, refusal
from storage.transaction import Transaction

__all__ = ["Database", "NoRoom", "Transaction"]

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000", "temp_store=MEMORY")


class NoRoom(TryLater):
    """The store's disk is full; what reads it still works."""


class Database:
    """One store. Thread-safe; a `Transaction` is not."""

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        self.place = _place(self.url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        # Parameters are what mails say; an error that quotes them would carry that into the log.
        try:
            self.engine = sa.create_engine(
                self.url,
                pool_size=10,
                pool_pre_ping=not self.is_sqlite,
                hide_parameters=True,
                json_serializer=as_text,
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
        # Several rows go as one statement. psycopg's executemany sends a pipeline, after which PostgreSQL 15 counts an
        # idle transaction's time no more: a daemon that stood still then kept its turn for ever.
        self.engine.dialect.use_insertmanyvalues_wo_returning = not self.is_sqlite
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            # before SQLAlchemy asks its own questions, which it cannot in every encoding
            event.listen(self.engine, "connect", partial(_look_at_postgresql, self.place), insert=True)

    @contextmanager
    def transaction(self, *, of: Collection[str] | None = None) -> Iterator[Transaction]:
        """A unit of work: all of it happens, or none. Raises TryLater when the store cannot take it now.

        Nobody else who decides about the same policies writes meanwhile: `of` names them, without it they are all.
        With an empty `of` it runs beside everybody, and has only the rows that it claims or changes.
        """
        with self._writing, self.mapped(), self.engine.begin() as connection:
            if not self.is_sqlite:
                _take_turn(connection, of)
            unit = Transaction(connection)
            yield unit
            unit.flush()

    @contextmanager
    def part(self, tx: Transaction) -> Iterator[None]:
        """A part of a transaction that may fail alone: an exception takes back what it did and nothing else.

        Trouble of the store is never the part's: it raises TryLater, which has to fail the whole transaction.
        """
        with self.mapped():
            savepoint = tx.begin_nested()
        try:
            with self.mapped():
                yield
                savepoint.commit()
        except TryLater:
            # A full disk makes SQLite roll back everything by itself: there is no savepoint left to go back to.
            raise
        except BaseException:
            with self.mapped():
                savepoint.rollback()
            raise

    @contextmanager
    def snapshot(self) -> Iterator[Transaction]:
        """A consistent view for reading; never waits for a writer."""
        with self.mapped(), self.engine.connect() as connection:
            reader = connection.execution_options(**self._reads_only)
            with reader.begin():
                yield Transaction(reader)

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
            if why := refusal(error, self.place):
                raise (NoRoom if is_full(error) else TryLater)(why) from error
            raise


def _place(url: sa.URL) -> str:
    """The store in messages: a file, or the database with its server, and never who logs in there."""
    if url.get_backend_name() == "sqlite":
        return str(Path(url.database)) if url.database else "memory"
    host = url.host or url.query.get("host") or "local"
    port = f":{url.port}" if url.port else ""
    return f"{host if isinstance(host, str) else ','.join(host)}{port}/{url.database or url.username or ''}"


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, below
    for pragma in PRAGMAS:
        connection.execute("PRAGMA " + pragma)


def _begin_sqlite(connection: sa.Connection) -> None:
    reads_only = connection.get_execution_options().get("intake_reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


OLDEST = 15
"""The first version of PostgreSQL that this is tried with."""


def _look_at_postgresql(place: str, connection: Any, _record: object) -> None:
    version, encoding = connection.info.server_version // 10_000, connection.info.parameter_status("server_encoding")
    why = ""
    if version < OLDEST:
        why = f"PostgreSQL {version} serves {place}: upgrade it, Intake needs {OLDEST} or later"
    elif encoding != "UTF8":
        remedy = "make a new one: createdb --template=template0 --encoding=UTF8 --locale=C.UTF-8"
        why = f"the database {place} has the encoding {encoding}, in which not every mail can be kept; {remedy}"
    if why:
        connection.close()
        raise TryLater(why)


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
        # An admin may have set others for the database: the driver reads no other dates, and turns need this level.
        "datestyle": "ISO",
        "default_transaction_isolation": r"read\ committed",
    }
    client: dict[str, object] = {
        "client_encoding": "UTF8",  # whatever PGCLIENTENCODING says
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


def _take_turn(tx: sa.Connection, of: Collection[str] | None) -> None:
    """Wait until nobody else writes about these policies (None: about any). It ends with the transaction.

    A daemon that stands still in the midst of its turn is cut off after 15 s.
    """
    if of is not None and not of:
        return
    tx.execute(sa.text(TURN), {"all": of is None, "turn": TURN_KEY})
    for policy in sorted(of or ()):
        tx.execute(sa.text(NEXT_TURN), {"turn": TURN_KEY, "policy": policy})
