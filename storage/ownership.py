"""Who has a store alone: the one daemon of a SQLite file, or a command that no daemon may work beside.

On SQLite it is a lock beside the file that dies with its holder; on PostgreSQL, where daemons share the store, an
advisory lock that they all hold together and that a command asks for alone.
"""

import fcntl
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Self

from rules.facts import TryLater
from storage import locks
from storage.database import Database


class Ownership:
    """Held from `take` until `release`, or until the process ends for whatever reason."""

    def __init__(self, release: Callable[[], None]) -> None:
        self.release = release

    @classmethod
    def take(cls, database: Database) -> Self | str | None:
        """The lock; who has it ("process 7", "daemon mail1 7 f00d"); or None for a store in memory, which needs none.

        Raises TryLater where the file of the lock cannot be made, or the server does not answer.
        """
        if not database.is_sqlite:
            return cls._of_server(database)
        if not database.url.database:
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
            return f"process {holder.decode(errors='replace') or 'unknown'}"
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        return cls(partial(os.close, handle))

    @classmethod
    def _of_server(cls, database: Database) -> Self | str:
        session = locks.Session(database, f"command {os.getpid()}", lasting=True)
        if session.take(locks.DAEMONS):
            return cls(session.close)
        session.close()
        with database.snapshot() as tx:
            return f"daemon {locks.holders(tx, [locks.DAEMONS]).get(locks.DAEMONS, 'unknown')}"
