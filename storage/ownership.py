"""One daemon for one SQLite file: a lock beside it that dies with its holder.

PostgreSQL needs none: there claims and advisory locks keep daemons apart.
"""

import fcntl
import os
from pathlib import Path
from typing import Self

from rules.facts import TryLater
from storage.database import Database


class Ownership:
    """Held from `take` until `release`, or until the process ends for whatever reason."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    @classmethod
    def take(cls, database: Database) -> Self | int | None:
        """The lock; the process id of the daemon that has it; or None where the store needs no lock.

        Raises TryLater where the file of the lock cannot be made.
        """
        if not database.is_sqlite or not database.url.database:
            return None
        file = Path(database.place + ".lock")
        try:
            handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            remedy = "check that its directory exists and may be written"
            raise TryLater(f"{file} cannot be opened ({error.strerror}): {remedy}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 20).strip()
            os.close(handle)
            return int(holder or 0)
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        return cls(handle)

    def release(self) -> None:
        os.close(self._handle)
