"""Finds and makes the folders that the settings name, in the server's own spelling.

The settings write "Intake/Processed"; a server may separate by "." and keep everybody's folders below "INBOX.".
"""

import imaplib
from typing import Any

from intake.imap_wire import TABLE
from intake.trouble import Misconfigured, one_line


def find_or_make(client: Any, folder: str, place: str) -> str:
    """The folder as the server calls it, made and subscribed to where it is missing. Raises Misconfigured."""
    if name := find(client, folder):
        return name
    name = spellings(client, folder)[-1]
    try:
        client.create_folder(name)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        if not client.folder_exists(name):
            remedy = f"make it by hand, or name another in {TABLE}"
            raise Misconfigured(f"{place}: could not make the folder {name!r} ({one_line(error)}); {remedy}") from error
    _subscribe(client, name)
    return name


def find(client: Any, folder: str) -> str:
    """The folder as the server calls it, "" where there is none."""
    names = spellings(client, folder)
    if names == ["INBOX"]:
        return "INBOX"
    return next((name for name in names if client.folder_exists(name)), "")


def _subscribe(client: Any, name: str) -> None:
    # Mail clients show what is subscribed to; not every server takes the command, and filing works without.
    try:
        client.subscribe_folder(name)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        return


def spellings(client: Any, folder: str) -> list[str]:
    """How the server may call this folder, the likeliest for a new one last."""
    if folder.upper() == "INBOX":
        return ["INBOX"]
    prefix, separator = namespace(client)
    name = folder if separator in ("", "/") else folder.replace("/", separator)
    return [name] if not prefix or name.startswith(prefix) else [name, prefix + name]


def namespace(client: Any) -> tuple[str, str]:
    """Prefix and hierarchy separator of this user's own folders (RFC 2342)."""
    if client.has_capability("NAMESPACE"):
        personal = client.namespace().personal
        if personal:
            prefix, separator = personal[0]
            return str(prefix), str(separator or "")
    for _flags, separator, _name in client.list_folders("", ""):
        return "", (separator or b"").decode("ascii", "replace")
    return "", "/"
