"""Opens what a command stands on: the configuration and the database. Trouble is one line with its remedy."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from intake import garbage
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
    """The database with the schema of this version. Raises TryLater where it has another, or is away."""
    from intake.store import usable

    with usable(settings.storage.url) as database:
        garbage.loaded()
        yield database


@contextmanager
def private_files() -> Iterator[None]:
    """Files made meanwhile are nobody else's to read: customers' mail is in them."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def only_mailbox(settings: "Settings", name: str | None) -> str | None:
    """The mailbox that a list is kept to; None for all. Raises Refused where there is none of that name."""
    return mailbox_named(settings, name).name if name is not None else None


def mailbox_named(settings: "Settings", name: str | None) -> "MailboxSettings":
    """The mailbox of that name, or the only one. Raises Refused where there is none or the choice is open."""
    from intake.config_faults import nearest

    names = [mailbox.name for mailbox in settings.mailbox]
    if name is None and len(names) > 1:
        raise Refused(f"there are several mailboxes; name one with --mailbox ({', '.join(names)})", 2)
    if name is not None and name not in names:
        raise Refused(f'there is no mailbox "{name}"; {nearest(name, names)}', 2)
    return settings.mailbox[names.index(name) if name else 0]
