"""A store as years of work leave it: 1,000,000 tickets, 5,000,000 events, 100,000 contacts, and the rest in proportion.

The database makes the rows itself, from numbers, by statements that both engines understand: a minute or two instead of
the hours that the daemon would take. On SQLite the filled file stays for the next run, which begins with a copy.
"""

import hashlib
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy import event

from storage import migrations, schema, tables
from storage.database import Database
from storage.tables import metadata
from tests.bench.large_rows import rows

TICKETS = 1_000_000
HURRY = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "2GB",
    "max_wal_size": "20GB",
    "checkpoint_timeout": "1h",
}
"""How a PostgreSQL is to be set while it is filled."""
KEPT = Path(__file__).parents[2] / ".bench"
"""Where a filled SQLite file stays for the next run."""


def at_sqlite(file: Path, tickets: int = TICKETS) -> str:
    """The URL of a filled store at that place: a copy of the one that is kept, which is made at its first use."""
    kept = KEPT / f"large-{tickets}-{_revision()}.db"
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        making = kept.with_suffix(".making")
        making.unlink(missing_ok=True)
        fill(f"sqlite:///{making}", tickets)
        making.rename(kept)
    shutil.copyfile(kept, file)
    return f"sqlite:///{file}"


def fill(url: str, tickets: int = TICKETS) -> None:
    """Into an empty store, or one that is yet to be made."""
    database = Database(url)
    schema.upgrade(database)
    database.close()
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _hurry_sqlite)
    with engine.begin() as connection:
        if connection.dialect.name != "sqlite":  # what refers to what is right by its making
            connection.exec_driver_sql("SET session_replication_role = replica")
        for table, count, columns in rows(tickets, connection.dialect.name):
            _insert(connection, table, count, columns)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        else:
            _settle_postgresql(connection)
    engine.dispose()


def belongs_to(url: str, uidvalidity: int) -> None:
    """From now on the store is of a mailbox with this UIDVALIDITY, of which it has seen nothing yet; what it has seen
    was under another one."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.update(tables.mailbox).values(uidvalidity=uidvalidity, last_uid=0))
    engine.dispose()


def _insert(connection: sa.Connection, table: sa.Table, count: int, columns: Mapping[str, object]) -> None:
    numbers = sa.select(sa.literal(1, sa.BigInteger).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(sa.select(numbers.c.n + 1).where(numbers.c.n < count))
    values = [
        value if isinstance(value, sa.ColumnElement) else sa.literal(value, table.c[name].type)
        for name, value in columns.items()
    ]
    connection.execute(sa.insert(table).from_select(list(columns), sa.select(*values).select_from(numbers)))


def _hurry_sqlite(connection: sqlite3.Connection, _: object) -> None:
    """Whatever dies meanwhile is made anew."""
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-2000000", "temp_store=MEMORY"):
        connection.execute("PRAGMA " + pragma)
    connection.create_function("md5", 1, _md5, deterministic=True)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _settle_postgresql(connection: sa.Connection) -> None:
    """As rows that came one by one would have left it: the numbers used up, the statistics of autovacuum there."""
    for table in metadata.sorted_tables:
        if "id" in table.c:
            last = f"pg_get_serial_sequence('{table.name}', 'id')"
            highest = f'(SELECT coalesce(max(id), 0) + 1 FROM "{table.name}")'  # noqa: S608  (names of our own)
            connection.exec_driver_sql(f"SELECT setval({last}, {highest}, false)")
    connection.exec_driver_sql("VACUUM ANALYZE")


def _revision() -> str:
    """Of the schema: a file of another one is of no use."""
    return ScriptDirectory(str(Path(migrations.__file__).parent)).get_current_head() or ""
