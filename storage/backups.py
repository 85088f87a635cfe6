"""Writes a whole store into one file while the daemon works on it, and proves that the file holds the same.

The file is a store of SQLite's whatever the source is, so it can be put into the place of either engine's. SQLite is
copied page by page and PostgreSQL row by row, each from one snapshot that makes no writer wait. The file gets its name
once it is whole, looked through and on the disk; whatever fails before leaves what bore that name as it was.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import event

from rules.facts import TryLater
from storage import copying, proofs, schema
from storage.copying import NotCopied
from storage.database import Database
from storage.proofs import Progress, Proof
from storage.schema import SchemaState

PAGES = 2_000
"""So many pages of SQLite's are copied between two words about the progress."""


def work(source: Database) -> int:
    """How much `write` will tell its `progress`, about."""
    with source.snapshot() as tx:
        pages = int(tx.exec_driver_sql("PRAGMA page_count").scalar_one()) if source.is_sqlite else 0
        return 2 * sum(proofs.rows(tx, proofs.tables_of(tx)).values()) + pages


def write(source: Database, file: Path, progress: Progress = copying.NOTHING_TOLD) -> Proof | NotCopied:
    """What the file holds, and the source held. A file of that name is replaced; refusing that is the caller's.

    Raises TryLater when the source cannot be read, the file cannot be written, or it does not hold the same.
    """
    state = schema.state(source)
    if state is not SchemaState.CURRENT and not source.is_sqlite:
        return NotCopied(f"the database {source.place} has another version's schema; pg_dump makes a backup of it")
    if state is SchemaState.EMPTY:
        return NotCopied(f"the database {source.place} has nothing in it; there is nothing to keep")
    with _under_its_name_when_done(file) as part:
        current = state is SchemaState.CURRENT
        held = (
            _copy_pages(source, part, progress, current=current)
            if source.is_sqlite
            else _copy_rows(source, part, progress)
        )
        look_through(part)
    return held


def look_through(file: Path) -> None:
    """Raises TryLater where SQLite finds fault with the file. Afterwards it is one file, without a log beside it."""
    with _of_sqlite(file), closing(sqlite3.connect(file)) as wire:
        told = [row[0] for row in wire.execute("PRAGMA integrity_check(1)")]
        told += [f"{row[0]} refers to a missing {row[2]}" for row in wire.execute("PRAGMA foreign_key_check")]
        if told != ["ok"]:
            raise TryLater(f"{file} is damaged ({told[0]}): look after its disk, and use another backup")
        wire.execute("PRAGMA journal_mode=DELETE")


def readable(file: Path) -> sqlite3.Connection:
    """For a look that changes nothing. Raises TryLater for what is no database."""
    with _of_sqlite(file):
        wire = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
        wire.execute("SELECT count(*) FROM sqlite_master")
    return wire


def _copy_pages(source: Database, part: Path, progress: Progress, *, current: bool) -> Proof:
    with source.snapshot() as tx:
        there = proofs.tables_of(tx)  # the first read: from here on the snapshot stands
        among = proofs.tables() if current else there
        wire: Any = tx.driver_connection
        done = 0

        def told(_status: int, remaining: int, total: int) -> None:
            nonlocal done
            progress("pages", total - remaining - done)
            done = total - remaining

        with _of_sqlite(part), closing(sqlite3.connect(part)) as target:
            target.execute("PRAGMA synchronous=OFF")  # it is synced as a whole at the end
            # Within the snapshot's own transaction, or SQLite would begin anew whenever somebody writes.
            wire.backup(target, pages=PAGES, progress=told)
        held = proofs.prove(tx, progress, among)
    copy = Database(f"sqlite:///{part}")
    try:
        with copy.snapshot() as tx:
            copying.check(held, proofs.prove(tx, progress, among), str(part))
    finally:
        copy.close()
    return held


def _copy_rows(source: Database, part: Path, progress: Progress) -> Proof:
    with _throwaway(part) as target:
        schema.upgrade(target)
        held = copying.copy(source, target, progress)
    assert isinstance(held, Proof), held
    return held


@contextmanager
def _throwaway(part: Path) -> Iterator[Database]:
    """A new store that is thrown away unless all goes well, so it needs no journal."""
    database = Database(f"sqlite:///{part}")
    event.listen(database.engine, "connect", _without_journal)
    try:
        yield database
    finally:
        database.close()


def _without_journal(connection: Any, _record: object) -> None:
    for pragma in ("journal_mode=OFF", "synchronous=OFF"):
        connection.execute("PRAGMA " + pragma)


@contextmanager
def _under_its_name_when_done(file: Path) -> Iterator[Path]:
    """A new file that nobody else may read, which bears `file`'s name if all goes well and is gone otherwise."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        _sweep(file)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        remedy = "check that its directory exists and may be written"
        raise TryLater(f"{file} cannot be written ({error.strerror}): {remedy}") from error
    try:
        yield part
        sync(part)
        part.replace(file)
        sync(file.parent)
    finally:
        for left in (part, *_beside(part)):
            with suppress(OSError):
                left.unlink()


def _sweep(file: Path) -> None:
    """What a backup of the same name left that was killed."""
    for left in file.parent.glob(f".{file.name}.*.part"):
        process = left.suffixes[-2].lstrip(".")
        if process.isdigit() and not Path("/proc", process).exists():
            for one in (left, *_beside(left)):
                one.unlink(missing_ok=True)


def _beside(file: Path) -> list[Path]:
    return [file.with_name(file.name + end) for end in ("-wal", "-shm", "-journal")]


def sync(place: Path) -> None:
    """A file's content, or a directory's names, are on the disk afterwards."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _of_sqlite(file: Path) -> Iterator[None]:
    """What SQLite itself says of a file, in one line."""
    try:
        yield
    except sqlite3.Error as error:
        raise TryLater(f"{file}: {error}; check its disk, and that it is a backup") from error
