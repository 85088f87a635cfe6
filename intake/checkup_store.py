"""Looks whether others on this machine can read the store: it holds every mail."""

import stat
from pathlib import Path

from storage.database import Database

BESIDE = ("", "-wal", "-shm")
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def readable_by_others(url: str) -> tuple[str, str] | None:
    """The problem and its remedy; None for a store on a server, or one that is not there yet."""
    store = Database(url)
    store.close()
    if not store.is_sqlite or not store.url.database:
        return None
    files = [Path(store.place + end) for end in BESIDE]
    found = [str(file) for file in files if file.exists() and file.stat().st_mode & OTHERS]
    if not found:
        return None
    return f"other users of this machine may read every mail: {', '.join(found)}", f"chmod 0600 {' '.join(found)}"
