"""A new store with the current schema, for tests that need one and not the making of it, on the engine of the run.

A store is known by the place of its file; on PostgreSQL that is the name of a database in this process's own cluster.
The migrations run once in a process. Each test gets a copy of the file that they made, or a database that is as empty
again as it was made. `INTAKE_TEST_ENGINE` names the engine (sqlite, postgresql).
"""

import atexit
import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from storage import schema
from storage.database import Database
from storage.tables import metadata
from tests.servers.postgres import Postgres

ENGINES = ("sqlite", "postgresql")
ENGINE = os.environ.get("INTAKE_TEST_ENGINE", "sqlite")
only_sqlite = pytest.mark.skipif(ENGINE != "sqlite", reason="it is about SQLite")
"""For tests of SQLite itself, of its file or of its lock; they run in the other engine's turn."""
only_postgresql = pytest.mark.skipif(ENGINE != "postgresql", reason="it is about PostgreSQL")


def new_store(file: Path) -> str:
    """A store at that place without anything in it; its URL."""
    if ENGINE == "sqlite":
        file.write_bytes(_made())
        return f"sqlite:///{file}"
    if file in _databases:  # as a file would be written over
        _store_away(_databases.pop(file))
    _databases[file] = _clean.pop() if _clean else cluster().new(_template())
    return url_at(file)


def empty_store(file: Path) -> str:
    """The URL of a store at that place without a table in it."""
    if ENGINE != "sqlite" and file not in _databases:
        _databases[file] = _bare.pop() if _bare else cluster().new()
    return url_at(file)


def url_at(file: Path) -> str:
    """Of the store at that place; on PostgreSQL it has to be there."""
    return f"sqlite:///{file}" if ENGINE == "sqlite" else cluster().url(_databases[file])


def exists(file: Path) -> bool:
    return file.exists() if ENGINE == "sqlite" else file in _databases


def under(folder: Path) -> list[str]:
    """The URLs of the stores in this folder; what bears the name and is none is left out."""
    if ENGINE != "sqlite":
        return [url_at(file) for file in _databases if file.is_relative_to(folder)]
    files = [file for file in folder.rglob("intake.db") if file.is_file()]
    return [url_at(file) for file in files if file.read_bytes()[:15] == b"SQLite format 3"]


def contents(url: str) -> dict[str, list[str]]:
    """Every row of every table, for a test that nothing was changed."""
    database = Database(url)
    try:
        with database.snapshot() as tx:
            return {table.name: sorted(str(row) for row in tx.execute(table.select())) for table in TABLES}
    finally:
        database.close()


def in_use() -> set[Path]:
    return set(_databases)


def take_back(kept: set[Path]) -> None:
    """The test is over: its databases are the next one's, but for those that were there before it."""
    for file in in_use() - kept:
        _store_away(_databases.pop(file))


@cache
def cluster() -> Postgres:
    """This process's own, until it ends."""
    started = Postgres()
    atexit.register(started.remove)
    return started


_databases: dict[Path, str] = {}
_clean: list[str] = []
_bare: list[str] = []


def _store_away(name: str) -> None:
    try:
        with psycopg.connect(cluster().url(name).replace("+psycopg", ""), autocommit=True) as wire:
            wire.execute("SET lock_timeout = '200ms'")
            if wire.execute(IS_BARE).fetchone() == (True,):
                _bare.append(name)
            elif wire.execute(FINGERPRINT).fetchone() == _wanted():
                wire.execute(EMPTY.encode())
                wire.execute(RESTART)
                _clean.append(name)
            else:
                cluster().drop([name])
    except psycopg.Error:  # somebody still works in it, or what it holds cannot be emptied
        cluster().drop([name])


@cache
def _made() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder, "intake.db")
        database = Database(f"sqlite:///{file}")
        schema.upgrade(database)
        database.close()  # the last connection writes the log into the file
        return file.read_bytes()


@cache
def _template() -> str:
    name = cluster().new()
    database = Database(cluster().url(name))
    schema.upgrade(database)
    database.close()
    return name


TABLES = list(reversed(metadata.sorted_tables))
EMPTY = "; ".join(f'DELETE FROM "{table.name}"' for table in TABLES)  # noqa: S608  (names of our own)
RESTART = "SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"
IS_BARE = "SELECT NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace)"
FINGERPRINT = """
SELECT md5(string_agg(c.relname || ' ' || coalesce(a.attname, ''), ',' ORDER BY c.relname, a.attnum))
    || (SELECT string_agg(version_num, ',') FROM alembic_version)
FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'public'::regnamespace
"""


@cache
def _wanted() -> tuple[str, ...] | None:
    with psycopg.connect(cluster().url(_template()).replace("+psycopg", ""), autocommit=True) as wire:
        return wire.execute(FINGERPRINT).fetchone()
