"""Opens what a command stands on: the configuration and the database. Trouble is one line with its remedy."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from intake.cli.options import GIVEN
from intake.cli.output import Refused

if TYPE_CHECKING:
    from intake.config import MailboxSettings, Settings
    from storage.database import Database


def read_settings(config: Path | None, *, secrets: bool = False) -> "Settings":
    """Raises ConfigFaults. Only commands that log in somewhere ask for the secrets."""
    from intake.config import load

    return load(config_file(config), secrets=secrets)


def config_file(config: Path | None) -> Path:
    """The file that the command line names, wherever on it, else the first of the usual places."""
    from intake.config import find

    return find(config or GIVEN.get())


@contextmanager
def open_database(settings: "Settings") -> Iterator["Database"]:
    """The database with the schema of this version. Raises Refused where it has another, TryLater where it is away."""
    from storage import schema
    from storage.schema import SchemaState

    with any_database(settings) as database:
        if database.is_sqlite and not Path(database.place).is_file():
            # Opening it would make an empty one, and hide the mistyped name.
            raise Refused(
                f"there is no database {database.place} yet; `intake db upgrade` makes it, or correct [storage] url"
            )
        match schema.state(database):
            case SchemaState.CURRENT:
                yield database
            case SchemaState.NEWER:
                raise Refused(f"the database at {database.place} belongs to a later version; upgrade ticket-intake")
            case SchemaState.OLD | SchemaState.EMPTY:
                raise Refused(
                    f"the database at {database.place} has not this version's schema; run `intake db upgrade`"
                )


@contextmanager
def any_database(settings: "Settings") -> Iterator["Database"]:
    """The database, whatever its schema."""
    from storage.database import Database

    database = Database(settings.storage.url)
    try:
        yield database
    finally:
        database.close()


def mailbox_named(settings: "Settings", name: str | None) -> "MailboxSettings":
    """The mailbox of that name, or the only one. Raises Refused where there is none or the choice is open."""
    from intake.config_faults import nearest

    names = [mailbox.name for mailbox in settings.mailbox]
    if name is None and len(names) > 1:
        raise Refused(f"there are several mailboxes; name one with --mailbox ({', '.join(names)})", 2)
    if name is not None and name not in names:
        raise Refused(f'there is no mailbox "{name}"; {nearest(name, names)}', 2)
    return settings.mailbox[names.index(name) if name else 0]
