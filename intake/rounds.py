"""What a daemon does again and again, as one list of ticks with their seconds.

A tick has no state: what is due stands in the store, so that one that fails, or never came, is made up for by the next.
A coroutine runs in the loop and anything else in a thread, where no event may be set. What a tick writes for somebody
is told by `written`, from the loop's own thread.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import structlog

from intake.claims import Claims
from intake.deliver import Deliverer
from intake.desk import Desk
from intake.disk import Disk
from intake.nightly import Nightly
from intake.oauth import watch as oauth
from intake.oversight import Oversight, watch_seconds
from intake.pages import Pager
from intake.pressure import look
from intake.receive import Receiver
from intake.settings import DaemonSettings
from intake.timers import Tick, Timers
from intake.watch import sweep
from rules.facts import TryLater
from storage.database import Database

log = structlog.get_logger()

HOUR_SECONDS = 3600


class Rounds:
    """Lives in the daemon's event loop."""

    def __init__(
        self,
        settings: DaemonSettings,
        database: Database,
        desks: Callable[[], Mapping[str, Desk]],
        held: Callable[[], Mapping[str, Desk]],
        now: Callable[[], datetime],
        written: Callable[[], None],
        disk: Disk,
        claims: Claims,
        receivers: Sequence[Receiver],
        deliverers: Sequence[Deliverer | Pager],
        oversight: Oversight,
        nightly: Nightly,
    ) -> None:
        """`desks` are all mailboxes as they are configured now, `held` those that this daemon reads."""
        self._settings, self._database, self._now, self._written = settings, database, now, written
        self._desks, self._held = desks, held
        self._disk, self._claims = disk, claims
        self._receivers, self._deliverers = receivers, deliverers
        self._oversight, self._nightly = oversight, nightly
        self._timers = Timers()

    def start(self) -> None:
        for receiver, desk in zip(self._receivers, self._desks().values(), strict=True):
            seconds = desk.mailbox.imap.poll_seconds
            self._timers.every(seconds, receiver.wake, jitter=max(1, seconds // 10))
        for every, tick, at_once in self._ticks():
            self._timers.every(every, tick, at_once=at_once)
        if night := self._nightly.time():
            self._timers.daily(*night, self._nightly.run)
            self._timers.every(HOUR_SECONDS, self._nightly.catch_up)
        self._timers.start()

    def stop(self) -> None:
        self._timers.stop()
        self._nightly.stop()

    def _ticks(self) -> tuple[tuple[float, Tick, bool], ...]:
        """Seconds from one to the next, and whether the first comes at once."""
        return (
            (20, self._sweep, True),
            (30, self._press, True),
            (30, self._keep_tokens, True),
            (5, self._retry, False),
            (30, self._oversight.report, True),
            (watch_seconds(), self._oversight.look, False),
        )

    async def _retry(self) -> None:
        """Letters whose next attempt is due, and those of daemons that are gone."""
        try:
            await asyncio.to_thread(self._claims.take_back)
        except TryLater as trouble:
            _tell("claims", trouble)
        self._written()

    async def _sweep(self) -> None:
        try:
            if await asyncio.to_thread(sweep, self._database, dict(self._desks()), self._now()):
                self._written()
        except TryLater as trouble:
            _tell("watch", trouble)

    async def _press(self) -> None:
        """Whether there is room for mail, and letters leave."""
        desks = dict(self._desks())
        try:
            if await asyncio.to_thread(look, self._database, desks, self._settings, self._disk, self._now()):
                self._written()
        except TryLater as trouble:
            _tell("pressure", trouble)

    async def _keep_tokens(self) -> None:
        """In time, so that no log-in ever waits for one."""
        try:
            again = await asyncio.to_thread(oauth.keep, dict(self._desks()))
            for part in (*self._receivers, *self._deliverers):
                if part.part.partition(" ")[2] in again:
                    part.hurry()
            if await asyncio.to_thread(oauth.look, self._database, self._held(), self._now()):
                self._written()
        except TryLater as trouble:
            _tell("oauth", trouble)


def _tell(part: str, trouble: TryLater) -> None:
    log.warning("store_trouble", part=part, why=str(trouble))
