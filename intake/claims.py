"""Takes back the letters that a daemon claimed which lives no more; they are sent again under the same Message-ID.

On SQLite, where there is one daemon, whatever another one claimed is left over. On PostgreSQL a daemon that has just
lost its session may not know it yet: it is given the time to notice before its letters are taken from it.
"""

import time
from collections.abc import Callable
from datetime import datetime

import structlog

from intake.keeper import FRESH_SECONDS
from storage import locks, outbox
from storage.database import Database

log = structlog.get_logger()


class Claims:
    def __init__(self, database: Database, owner: Callable[[], str | None], now: Callable[[], datetime]) -> None:
        self._database = database
        self._owner = owner
        self._now = now
        self._gone: dict[str, float] = {}
        """Daemons that were found gone, and since when (monotonic seconds)."""

    def leave(self) -> None:
        """At the end of this daemon: what it did not bring to its end waits for the others. Raises TryLater."""
        if owner := self._owner():
            with self._database.transaction(of=()) as tx:
                outbox.release(tx, self._now(), owner)

    def take_back(self) -> int:
        """How many letters wait again. Raises TryLater."""
        with self._database.snapshot() as tx:
            if not locks.claimers(tx, self._owner() or ""):
                self._gone.clear()
                return 0
        released = 0
        with self._database.transaction(of=()) as tx:
            gone = locks.gone(tx, self._owner() or "")
            moment = time.monotonic()
            self._gone = {owner: self._gone.get(owner, moment) for owner in gone}
            for owner, since in self._gone.items():
                if self._database.is_sqlite or moment - since >= FRESH_SECONDS:
                    released += outbox.release(tx, self._now(), owner)
        if released:
            log.warning("letters_left_by_a_daemon_that_ended", letters=released)
        return released
