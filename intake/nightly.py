"""The daily reconciliation of a daemon: of the mailboxes that it reads, in a thread of its own, bounded in bytes.

Before it, what is older than `[retention]` says is taken out.

What it finds is told once, what it could not look at is tried again a little later, and how it came out stands in
`status`. A day that a stopped daemon missed is made up for. Nothing waits for it; at the end it is left where it is.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from intake.desk import Desk
from intake.effects import INTAKE
from intake.folder_look import Looking
from intake.gap_telling import PART, note, tell
from intake.purge import kept_days, purge
from intake.reconcile import Reconciliation, reconcile
from intake.settings import Settings
from rules.facts import TryLater
from storage import conditions
from storage.database import Database

log = structlog.get_logger()

OCTETS = 5_000_000_000
"""Bodies fetched in one night; a first one of a large folder takes several."""
AGAIN_SECONDS = 1_800.0
"""Before what could not be looked at is tried again."""
ATTEMPTS = 3
MISSED = timedelta(hours=25)
"""After so long without one, a day was missed."""


class Nightly:
    """Lives in the daemon's event loop."""

    def __init__(
        self,
        settings: Settings,
        desks: Callable[[], Mapping[str, Desk]],
        database: Database,
        now: Callable[[], datetime],
        told: Callable[[], None],
        zone: str,
    ) -> None:
        """`desks` gives the mailboxes that are this daemon's now; `told` is called in a thread when letters were
        written."""
        self._settings = settings
        self._desks = desks
        self._database = database
        self._now = now
        self._told = told
        self._zone = zone
        self._stopping = threading.Event()
        self._under_way = threading.Lock()

    def time(self) -> tuple[int, int, str] | None:
        """Hour, minute and zone; None where it is left to the admin."""
        hour, _, minute = self._settings.daemon.reconcile_at.partition(":")
        return (int(hour), int(minute), self._zone) if hour else None

    async def run(self) -> None:
        """Returns when it is over."""
        loop = asyncio.get_running_loop()
        over = loop.create_future()

        def end() -> None:
            if not over.done():
                over.set_result(None)

        def work() -> None:
            self.look()
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(end)

        # Not one of the loop's threads: those are for the store, and would be waited for at the end.
        threading.Thread(target=work, name=PART, daemon=True).start()
        await over

    async def catch_up(self) -> None:
        """Run now where the last one is longer ago than a day. A tick of every hour."""
        if not self._settings.daemon.reconcile_at:
            return
        try:
            if await asyncio.to_thread(self._was_missed):
                await self.run()
        except TryLater as trouble:
            log.warning("store_trouble", part=PART, why=str(trouble))

    def stop(self) -> None:
        """End soon; from any thread."""
        self._stopping.set()

    def look(self) -> None:
        """What the thread does."""
        if not self._under_way.acquire(blocking=False):
            return
        try:
            self._purge()
            for attempt in range(1, ATTEMPTS + 1):
                found = self._look()
                if found is not None and not any(one.trouble for one in found.mailboxes):
                    return
                if attempt == ATTEMPTS or self._stopping.wait(AGAIN_SECONDS):
                    return
        finally:
            self._under_way.release()

    def _purge(self) -> None:
        if not kept_days(self._settings.retention):
            return
        try:
            done = purge(self._settings, self._database, self._now(), INTAKE, stopping=self._stopping.is_set)
        except TryLater as trouble:
            log.warning("store_trouble", part="retention", why=str(trouble))
        except Exception:
            log.exception("bug_in_purge")
        else:
            log.info("purged", tickets=done.all.tickets, mails=done.all.mails, letters=done.all.letters)

    def _look(self) -> Reconciliation | None:
        """None where the store had trouble, or we."""
        desks = dict(self._desks())
        settings = self._settings.model_copy(update={"mailbox": tuple(desk.mailbox for desk in desks.values())})
        try:
            looking = Looking(octets=OCTETS, stopping=self._stopping.is_set)
            found = reconcile(settings, self._database, self._now(), list(desks), looking)
            if self._stopping.is_set():
                return None
            note(self._database, found, self._now())
            if tell(self._database, desks, self._now()):
                self._told()
        except TryLater as trouble:
            log.warning("store_trouble", part=PART, why=str(trouble))
            return None
        except Exception:
            log.exception("bug_in_reconcile")
            return None
        _log(found)
        return found

    def _was_missed(self) -> bool:
        with self._database.snapshot() as tx:
            last = {one.part: one.at for one in conditions.current(tx)}
        since = self._now() - MISSED
        return any(last.get(f"{PART} {name}", since) <= since for name in self._desks())


def _log(found: Reconciliation) -> None:
    mails, gaps = sum(one.number for one in found.mails), len(found.open) + sum(found.more.values())
    say = log.info if found.well else log.warning
    say("reconciled", mails=mails, gaps=gaps, seconds=round(found.seconds, 1))
