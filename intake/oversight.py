"""Says how the process is: READY and the watchdog to systemd, its condition to `status`, and to the log what is stuck.

READY is said once every mailbox is open and its mail can be read, and the watchdog fed only while every part makes
progress. What a mailbox waits for stands in the line that `systemctl status` shows, from the first moment on. Trouble
with the store ends nothing here: it shows as the silence that `status` notices.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from intake import notify
from intake.pulse import Pulse
from intake.receive import Receiver
from intake.standing import DAEMON
from rules.facts import TryLater
from storage import conditions
from storage.database import Database

log = structlog.get_logger()

STOPPED = "stopped; start it (`systemctl start intake` or `intake run`)"


def watch_seconds() -> float:
    """How often to look: a third of what systemd allows, and often enough to tell soon what hangs."""
    return min(1.0, (notify.watchdog_seconds() or 3.0) / 3)


class Oversight:
    """Looks after the parts of one daemon. Lives in its event loop; the store is asked in threads."""

    def __init__(
        self,
        receivers: Sequence[Receiver],
        pulse: Pulse,
        database: Database,
        now: Callable[[], datetime],
        status_line: Callable[[], str],
        stop: asyncio.Event,
        part: str = DAEMON,
        others: Callable[[], bool] = lambda: False,
        can_read: Callable[[], bool] = lambda: True,
    ) -> None:
        """`status_line` is what `systemctl status` shows; `stop` is set where a mailbox needs a word from the admin.

        `others` says whether other daemons work on the same store, `can_read` whether a worker is up.
        """
        self._receivers = receivers
        self._pulse = pulse
        self._database = database
        self._now = now
        self._status_line = status_line
        self._stop = stop
        self._part = part
        self._others = others
        self._can_read = can_read
        self._stuck: list[str] = []
        self._said = ""
        self.ready = False

    async def look(self) -> None:
        if any(one.refused for one in self._receivers):
            self._stop.set()
        if not self.ready and self._can_read() and all(receiver.opened.is_set() for receiver in self._receivers):
            self.ready = True
            self.say_ready()
            log.info("ready", status=self._status_line())
        if self._line() != self._said:
            self._said = self._line()
            notify.status(self._said)
        overdue = self._pulse.overdue()
        if overdue != self._stuck:
            self._stuck = overdue
            log.error("stuck", parts=", ".join(overdue)) if overdue else log.info("stuck_no_more")
        if not overdue:
            notify.watchdog()

    def say_ready(self) -> None:
        """Also the end of a reload."""
        if self.ready:
            self._said = self._line()
            notify.ready(self._said)

    def _line(self) -> str:
        """What `systemctl status` shows."""
        troubles = [f"{one.part}: {one.trouble}" for one in self._receivers if one.trouble]
        return "; ".join(troubles) or (self._status_line() if self.ready else "starting")

    async def report(self) -> None:
        """For `status`: the daemon lives, and since when."""
        await self._tell(self._note_alive)

    async def report_end(self, complaints: Sequence[str]) -> None:
        """For `status`: nobody takes mail in any more. A daemon that is killed is missed only after a while."""
        await self._tell(lambda: self._note_end("; ".join(complaints)))

    async def _tell(self, write: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(write)
        except TryLater as trouble:
            log.warning("store_trouble", part=self._part, why=str(trouble))

    def _note_end(self, complaints: str) -> None:
        """Of several daemons one may end without harm: the others go on."""
        if complaints or not self._others():
            self._note(False, complaints or STOPPED)
            return
        with self._database.transaction(of=()) as tx:
            conditions.forget(tx, self._part)

    def _note_alive(self) -> None:
        if self._stop.is_set():
            return
        stuck = self._pulse.overdue()
        remedy = f"no progress of {', '.join(stuck)}: restart the daemon, and report it with its log"
        self._note(not stuck, remedy if stuck else f"running as process {os.getpid()}")

    def _note(self, well: bool, detail: str) -> None:
        with self._database.transaction(of=()) as tx:
            conditions.note(tx, self._part, well, detail, self._now())
