"""Looks whether the disk under the store has room for more mail.

Below the floor nothing is taken in: mail is safe where it is, in IMAP. Letters go on and are settled, for which the
rest is kept. It is looked at before each batch, so that it goes on by itself; a tenth more than the floor is asked for
then, or it would take in one mail at a time. Of a PostgreSQL server's disk only the server knows, and says it when it
is full (`storage.database.NoRoom`).
"""

import os
from collections.abc import Callable
from pathlib import Path

from rules.facts import TryLater
from storage.database import Database

PART = "disk"
"""For `status`."""
AGAIN = 30.0
"""Seconds after which it is looked at again where nothing else wakes a mailbox."""


def free_bytes(folder: Path) -> int:
    """What an unprivileged process may still write there. Raises OSError."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


class Disk:
    """Of one store. Thread-safe."""

    def __init__(self, database: Database, floor: int, free: Callable[[Path], int] = free_bytes) -> None:
        """`floor` in bytes; 0 asks for no room."""
        file = database.url.database if database.is_sqlite else None
        self._folder = Path(file).absolute().parent if file and floor else None
        self._floor, self._free = floor, free
        self._was_short = False

    def shortage(self) -> str:
        """Why no mail is taken in now, with figures and the remedy; "" where there is room."""
        if self._folder is None:
            return ""
        try:
            left = self._free(self._folder)
        except OSError:  # its absence is the store's own trouble, and shows there
            return ""
        self._was_short = left < self._floor + (self._floor // 10 if self._was_short else 0)
        if not self._was_short:
            return ""
        floor = f"disk_floor_bytes ({megabytes(self._floor)})"
        return (
            f"{megabytes(left)} are free under {self._folder}, less than {floor}: no mail is taken in, it waits in its "
            "mailbox; free some space there, and it goes on by itself"
        )

    def check(self) -> None:
        """Raises TryLater where there is no room."""
        if why := self.shortage():
            raise TryLater(why)


def megabytes(number: int) -> str:
    return f"{number / 1_000_000:,.0f} MB"
