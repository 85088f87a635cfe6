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
from sqlmodel import SQLModel

from storage import schema
from storage.database import Database
from tests.servers.postgres import Postgres

ENGINE = os.environ.get("INTAKE_TEST_ENGINE", "sqlite")
only_sqlite = pytest.mark.skipif(ENGINE != "sqlite", reason="it is about SQLite")
"""For tests of SQLite itself, of its file or of its lock; they run in the other engine's turn."""

only_postgresql = pytest.mark.skipif(ENGINE != "postgresql", reason="it is about PostgreSQL")


def new_store(file: Path) -> str:
    """A store at that place without anything in it; its URL."""
    if ENGINE == "sqlite":
        file.write_bytes(_made())
        return f"sqlite:///{file}"
    if file not in _databases:
        _databases[file] = _clean.pop() if _clean else cluster().new(_template())
    return url_at(file)


def empty_store(file: Path) -> str:
    """The URL of a store at that place without a table in it."""
    if ENGINE != "sqlite" and file not in _databases:
        _databases[file] = cluster().new()
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


def take_back() -> None:
    """The test is over: its databases are the next one's."""
    while _databases:
        _, name = _databases.popitem()
        if _cleaned(name):
            _clean.append(name)
        else:
            cluster().drop([name])


@cache
def cluster() -> Postgres:
    """This process's own, until it ends."""
    started = Postgres()
    atexit.register(started.remove)
    return started


_databases: dict[Path, str] = {}
_clean: list[str] = []


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


TABLES = [table.name for table in reversed(SQLModel.metadata.sorted_tables)]
EMPTY = "; ".join(f'DELETE FROM "{name}"' for name in TABLES)  # noqa: S608  (names of our own)
RESTART = "SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"
FINGERPRINT = """
SELECT md5(string_agg(c.relname || ' ' || coalesce(a.attname, ''), ',' ORDER BY c.relname, a.attnum))
    || (SELECT string_agg(version_num, ',') FROM alembic_version)
FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'public'::regnamespace
"""


def _cleaned(name: str) -> bool:
    """Empties a database (four times as fast as a new one); False where a test made something else of it."""
    try:
        with psycopg.connect(cluster().url(name).replace("+psycopg", ""), autocommit=True) as wire:
            wire.execute("SET lock_timeout = '200ms'")
            if wire.execute(FINGERPRINT).fetchone() != _wanted():
                return False
            wire.execute(EMPTY.encode())
            wire.execute(RESTART)
    except psycopg.Error:
        return False
    return True


@cache
def _wanted() -> tuple[str, ...] | None:
    with psycopg.connect(cluster().url(_template()).replace("+psycopg", ""), autocommit=True) as wire:
        return wire.execute(FINGERPRINT).fetchone()
