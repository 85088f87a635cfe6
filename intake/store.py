"""Opens the database for a command: only one that is there and has this version's schema.

The daemon, which may make a new one, opens it itself (`intake.start`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import assert_never

from rules.facts import TryLater
from storage import restoration, schema
from storage.database import Database
from storage.ownership import Ownership
from storage.schema import SchemaState


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """The database, whatever its schema; closed at the end."""
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def usable(url: str) -> Iterator[Database]:
    """The database with the schema of this version. Raises TryLater where it has another, or is not there."""
    with opened(url) as database:
        there(database)
        state = schema.state(database)
        if state is SchemaState.EMPTY:
            raise TryLater(f"the database {database.place} has no tables yet; run `intake db upgrade`")
        if why := unusable(database, state):
            raise TryLater(why)
        yield database


@contextmanager
def at_rest(database: Database) -> Iterator[None]:
    """No daemon works on the store meanwhile. Raises TryLater where one does.

    None can be started, either, until it is left.
    """
    owner = Ownership.take(database)
    if isinstance(owner, str):
        raise TryLater(f"{owner} works on {database.place}; stop every daemon first")
    try:
        yield
    finally:
        if owner is not None:
            owner.release()


def there(database: Database) -> None:
    """Raises TryLater where the file of a store is not there: opening it would make an empty one, and hide a mistyped
    name."""
    if database.is_sqlite and database.url.database and not _is_there(Path(database.place)):
        remedy = "`intake db upgrade` makes it, or correct [storage] url"
        raise TryLater(f"there is no database {database.place} yet; {remedy}")


def _is_there(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError as error:
        remedy = "run this as root or as the user that runs intake, or correct [storage] url"
        raise TryLater(f"the database {file} cannot be read ({error.strerror}); {remedy}") from error


def unusable(database: Database, state: SchemaState) -> str:
    """Why a store with tables in it cannot be worked on, with the remedy; "" where it can."""
    match state:
        case SchemaState.CURRENT | SchemaState.EMPTY:
            return ""
        case SchemaState.NEWER:
            return f"the database {database.place} belongs to a later version; upgrade ticket-intake"
        case SchemaState.OLD:
            stop = "stop every daemon, make a backup and run `intake db upgrade`"
            return f"the database {database.place} has an older version's schema; {stop}"
    assert_never(state)


def unrecovered(database: Database) -> str:
    """Why a store that was restored from a backup is not worked on yet, with the remedy; "" where it may be."""
    found = restoration.unfinished(database)
    if found is None:
        return ""
    instead = "`--skip-recovery` starts without, and answers again what is still in the inbox"
    return f"the database {database.place} was {found.detail} ({instead})"
