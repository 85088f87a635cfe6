"""Puts a backup into the place of a store: a new file under the old one's name, or rows in an empty database.

The backup itself is not touched: it is copied, looked through, brought to this version's schema and told that it was
restored, all before anything of the store changes. The file of the store that was there is kept beside it.
No daemon may work on the store meanwhile; seeing to that is the caller's.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rules.facts import TryLater
from storage import backups, copying, proofs, restoration, schema
from storage.copying import NotCopied
from storage.database import Database, Transaction
from storage.proofs import Progress, Proof
from storage.schema import SchemaState


@dataclass(frozen=True, slots=True)
class Restored:
    proof: Proof
    """What the store holds now."""
    made_at: datetime
    """The last instant that the backup knows of."""
    upgraded: bool
    """It was of an older version's schema."""
    kept: Path | None
    """Where the file is that was there before."""


@dataclass(frozen=True, slots=True)
class NotRestored:
    """Nothing was changed, and why, with the remedy."""

    reason: str


Settle = Callable[[Transaction, datetime], None]
"""What is changed in the restored store before anybody can use it; it is told the backup's last instant."""


def restore(
    file: Path,
    target: Database,
    settle: Settle,
    now: datetime,
    *,
    force: bool = False,
    progress: Progress = copying.NOTHING_TOLD,
) -> Restored | NotRestored:
    """Raises TryLater where the backup is damaged, or the store cannot take it."""
    if not file.is_file():
        return NotRestored(f"there is no file {file}; name a backup")
    full = _holds_something(target)
    if full and not target.is_sqlite:
        return NotRestored(_how_to_make_room(target))
    if full and not force:
        kept = "--force puts the backup into its place and keeps its file beside it"
        return NotRestored(f"the database {target.place} has something in it; {kept}")
    place = Path(target.place)
    with _working_copy(file, place if target.is_sqlite else None) as part, _opened(part) as copy:
        before = _made_current(copy, file)
        if isinstance(before, NotRestored):
            return before
        with copy.snapshot() as tx:
            made_at = restoration.last_word(tx) or now  # nothing ever happened in it
        with copy.transaction() as tx:
            settle(tx, made_at)
        if not target.is_sqlite:
            done = _fill(copy, target, progress)
            return done if isinstance(done, NotRestored) else Restored(done, made_at, before is SchemaState.OLD, None)
        with copy.snapshot() as tx:
            proof = proofs.prove(tx, progress)
        copy.close()
        backups.look_through(part)
        old = _put_in_place(part, target, now)
    return Restored(proof, made_at, before is SchemaState.OLD, old)


def work(file: Path) -> int:
    """How much `restore` will tell its `progress` about, at the most; 0 for what cannot be read."""
    try:
        with closing(backups.readable(file)) as wire:
            there = {row[0] for row in wire.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            counts = [f'SELECT count(*) FROM "{one.name}"' for one in proofs.tables() if one.name in there]  # noqa: S608
            return 2 * sum(int(wire.execute(count).fetchone()[0]) for count in counts)
    except TryLater:
        return 0


def _holds_something(target: Database) -> bool:
    """Whoever's it is. A file that cannot be read may hold a lot."""
    if target.is_sqlite and not Path(target.place).exists():
        return False
    try:
        with target.snapshot() as tx:
            there = [one for one in proofs.tables_of(tx) if one.name != "alembic_version"]
            return any(proofs.rows(tx, there).values())
    except TryLater:
        if not target.is_sqlite:
            raise
        return True
    finally:
        target.close()


def _made_current(copy: Database, file: Path) -> SchemaState | NotRestored:
    """Which schema it had."""
    before = schema.state(copy)
    if before is SchemaState.EMPTY:
        return NotRestored(f"{file} is a database, but no store of Intake's; name a backup")
    if before is SchemaState.NEWER:
        return NotRestored(f"{file} was made by a later version; upgrade ticket-intake")
    if before is SchemaState.OLD:
        schema.upgrade(copy)
    return before


def _fill(copy: Database, target: Database, progress: Progress) -> Proof | NotRestored:
    if schema.state(target) is SchemaState.EMPTY:
        schema.upgrade(target)
    done = copying.copy(copy, target, progress)
    return NotRestored(done.reason) if isinstance(done, NotCopied) else done


@contextmanager
def _working_copy(file: Path, beside: Path | None) -> Iterator[Path]:
    """A copy of the backup to work on: next to the store whose place it takes, else where temporary files are."""
    folder = beside.parent if beside else None
    try:
        with tempfile.TemporaryDirectory(prefix=".intake-restore-", dir=folder) as made:
            part = Path(made, "store")
            for end in ("", "-wal"):  # a file that was kept at an earlier restore may have its log beside it
                with_end = file.with_name(file.name + end)
                if with_end.exists():
                    shutil.copyfile(with_end, part.with_name(part.name + end))
            part.chmod(0o600)
            backups.look_through(part)
            yield part
    except OSError as error:
        place, remedy = error.filename or file, "free some space there, or correct its mode"
        raise TryLater(f"{place}: {error.strerror}; {remedy}") from error


@contextmanager
def _opened(part: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{part}")
    try:
        yield database
    finally:
        database.close()


def _put_in_place(part: Path, target: Database, now: datetime) -> Path | None:
    """The old file keeps its log, under the name that SQLite looks for; a log without its file would be taken for the
    new one's."""
    target.close()
    place = Path(target.place)
    backups.sync(part)
    if os.geteuid() == 0:  # the store is its directory's owner's, not the admin's
        owner = place.parent.stat()
        os.chown(part, owner.st_uid, owner.st_gid)
    main, *logs = _files(place)
    aside = place.with_name(f"{place.name}.before-restore-{now:%Y%m%d-%H%M%S}")
    for log, kept in zip(logs, _files(aside)[1:], strict=True):
        if log.exists():
            log.replace(kept)
    was_there = main.exists()
    if was_there:
        main.replace(aside)
    part.replace(place)
    backups.sync(place.parent)
    return aside if was_there else None


def _files(place: Path) -> tuple[Path, ...]:
    return place, *(place.with_name(place.name + end) for end in ("-wal", "-shm"))


def _how_to_make_room(target: Database) -> str:
    url = target.url
    at = " ".join(
        f"{option} {value}" for option, value in (("-h", url.host), ("-p", url.port), ("-U", url.username)) if value
    )
    return (
        f"the database {target.place} is not empty and is left as it is; make an empty one "
        f"(`createdb {at} intake_restored`), name that in [storage] url, and restore again"
    )
