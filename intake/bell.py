"""Wakes the deliverers of those mailboxes for which a letter is due, after one look into the outbox for all of them.

Each deliverer looks for itself as well, before it claims; with fifty mailboxes and a bell for all of them, that was
fifty looks for each batch of mail, and fifty more every few seconds while nothing happened. Looks that are asked for
while one is under way are one.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from intake.settling import LEFT
from rules.facts import TryLater
from storage import outbox
from storage.database import Database

log = structlog.get_logger()


class Delivering(Protocol):
    """Who brings one mailbox's letters out (`intake.deliver`)."""

    def has_to_look(self, due: Collection[str]) -> bool: ...

    def wake(self) -> None: ...


class Bell:
    """Lives in one event loop; the store is asked in a thread."""

    def __init__(
        self,
        database: Database,
        deliverers: Sequence[Delivering],
        now: Callable[[], datetime],
        reads: Callable[[str], bool] = lambda _: True,
    ) -> None:
        """`reads` says which mailboxes this daemon reads (`Sending.reads`)."""
        self._database = database
        self._deliverers = deliverers
        self._now = now
        self._reads = reads
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Letters may be due. From the loop's own thread."""
        if len(self._deliverers) > 1:
            self._rung.set()
        else:
            self._wake(None)

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self._rung.wait()
            self._rung.clear()
            try:
                self._wake(await asyncio.to_thread(self._due))
            except TryLater:
                self._wake(None)  # each finds out, and says it
            except Exception:
                log.exception("bug_in_bell")
                self._wake(None)

    def _due(self) -> set[str]:
        with self._database.snapshot() as tx:
            due = outbox.due(tx, self._now())
            ours = {name for name in due if self._reads(name)}
            return ours if ours == due else ours | outbox.due(tx, self._now() - LEFT)

    def _wake(self, due: set[str] | None) -> None:
        """None: whoever it may be."""
        for one in self._deliverers:
            if due is None or one.has_to_look(due):
                one.wake()
