"""Looks into a mailbox before there is a configuration: which folders it has, and what lies in them.

Logs in as the daemon would and changes nothing: no folder is made, no mail is marked.
"""

import imaplib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from intake.first_run import OLD_MAIL
from intake.imap_login import log_in
from intake.imap_wire import Wire
from intake.settings import ImapSettings

MOST = 60
"""Folders that are counted; each takes a round trip."""


@dataclass(frozen=True, slots=True)
class Folder:
    name: str
    mails: int | None
    """None where the server would not say."""
    unread: int | None


@dataclass(frozen=True, slots=True)
class Look:
    folders: tuple[Folder, ...]
    """The inbox first."""
    old: int
    """Mails in the mailbox's folder that are older than a day, by the server's days; 0 where there is no such folder.
    """


def look(settings: ImapSettings, now: datetime, seconds: float) -> Look:
    """Raises TryLater, Misconfigured where the log-in is wrong."""
    wire = Wire(settings, seconds, seconds)
    try:
        with wire.talking("log in", seconds) as client:
            log_in(client, settings, wire.place)
        with wire.talking("list the folders", 4 * seconds) as client:
            listed = [(flags, str(name)) for flags, _separator, name in client.list_folders()]
            names = [name for flags, name in listed if not {b"\\noselect", b"\\nonexistent"} & _lower(flags)]
            names.sort(key=lambda name: (name.upper() != "INBOX", name.casefold()))
            folders = tuple(_counted(client, name) for name in names[:MOST])
        with wire.talking("count old mail", seconds) as client:
            old = _old(client, settings.folder, now) if settings.folder in names else 0
        with wire.talking("log out", 2) as client:
            client.logout()
        return Look(folders, old)
    finally:
        wire.drop()


def _lower(flags: Any) -> set[bytes]:
    return {bytes(flag).lower() for flag in flags}


def _counted(client: Any, name: str) -> Folder:
    try:
        status = client.folder_status(name, ["MESSAGES", "UNSEEN"])
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        return Folder(name, None, None)
    return Folder(name, status.get(b"MESSAGES"), status.get(b"UNSEEN"))


def _old(client: Any, folder: str, now: datetime) -> int:
    client.select_folder(folder, readonly=True)
    return len(client.search(["BEFORE", (now - OLD_MAIL).date()]))
