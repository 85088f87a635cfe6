"""The process: puts the parts together, drives them, and takes them down in order.

A thread receives for each mailbox, worker processes understand, coroutines deliver, and `rounds` wake them and sweep
what is due. Nothing here decides about a mail.
`run` returns an exit status; trouble with a server or the store is the parts' own and ends nothing.
"""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import structlog

from intake import notify
from intake.bell import Bell
from intake.claims import Claims
from intake.deliver import Deliverer
from intake.desk import Desk
from intake.disk import Disk
from intake.finish import Finish, bound_the_end, verdict
from intake.first_run import Backlog, OldMailWaits
from intake.keeper import Keeper
from intake.nightly import Nightly
from intake.oauth import watch as oauth
from intake.oversight import Oversight
from intake.pages import Pager
from intake.pipeline import Ended
from intake.pulse import Pulse
from intake.receipts import note_deliveries
from intake.receive import Receiver, Surroundings
from intake.reloading import Reloading
from intake.rounds import Rounds
from intake.settings import MailboxSettings, Settings
from intake.settling import Sending
from intake.standing import DAEMON
from intake.told import url_of
from intake.understand import Understanding
from intake.watch import sweep
from intake.worker import Worker
from rules.facts import TryLater
from rules.policy import Policy
from storage.database import Database, Transaction
from storage.outbox import Claimed, Delivery

if TYPE_CHECKING:
    from intake.exposition import Exposition

log = structlog.get_logger()

LAST_SECONDS = 4.0
"""After what was in hand at a stop: for a last word to the store."""


class Daemon:
    """One process's work on one store. Made and run in one event loop."""

    def __init__(
        self,
        settings: Settings,
        desks: Sequence[Desk],
        database: Database,
        backlog: Backlog,
        reread: Callable[[], Settings] | None = None,
        now: Callable[[], datetime] | None = None,
        give_up: Callable[[], None] | None = None,
        begun: Sequence[Worker] = (),
    ) -> None:
        """`reread` gives the settings as they are on disk now, for a reload; None where there is no file.

        `now` is the store's time where nothing else is said. `give_up` ends the process whatever its threads are at,
        and is called where they keep it from stopping. `begun` are workers that are loading already.
        """
        self._settings = settings
        self._desks = {desk.name: desk for desk in desks}
        self._database = database
        self._keeper = Keeper(database, self._desks, self._changed)
        self._now = now or self._keeper.now
        self._give_up = give_up
        self._claims = Claims(database, self._owner, self._now)
        self._pulse = Pulse()
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._opened = asyncio.Event()
        self._understanding = Understanding(
            _by_version(desks),
            workers=settings.daemon.workers,
            seconds=settings.daemon.understand_seconds,
            memory=settings.daemon.understand_bytes,
            mailboxes=len(desks),
            came_up=self._look_soon,
            begun=begun,
        )
        self._disk = Disk(database, settings.daemon.disk_floor_bytes)
        around = Surroundings(
            settings.daemon,
            database,
            self._understanding,
            self._pulse,
            self._now,
            self._recorded,
            room=self._disk.shortage,
            holds=self._keeper.holds,
            opened=self._look_soon,
        )
        self._receivers = [Receiver(partial(self._desk, name), around, backlog) for name in self._desks]
        part = DAEMON if database.is_sqlite else f"{DAEMON} {socket.gethostname()}"
        self._oversight = Oversight(
            self._receivers,
            self._pulse,
            database,
            self._now,
            self._status_line,
            self._stop,
            part,
            self._have_siblings,
            self._understanding.up.is_set,
        )
        self._reloading = Reloading(reread, self._take_over, self._oversight)
        sending = Sending(
            database,
            self._owner,
            self._now,
            self._pulse.expect,
            self._note_deliveries,
            self._policies,
            self._keeper.holds,
        )
        self._nightly = Nightly(settings, self._held, database, self._now, self._told, desks[0].policy.timezone)
        letters = [Deliverer(partial(self._mailbox, name), sending) for name in self._desks]
        self._bell = Bell(database, letters, self._now, self._keeper.holds)
        self._pager = Pager(list(self._desks), self._url_of, sending)
        self._deliverers: list[Deliverer | Pager] = [*letters, self._pager]
        self._rounds = Rounds(
            settings.daemon,
            database,
            lambda: self._desks,
            self._held,
            self._now,
            self._wake_deliverers,
            self._disk,
            self._claims,
            self._receivers,
            self._deliverers,
            self._oversight,
            self._nightly,
        )
        self._exposition = self._figures(letters)

    async def run(self) -> Finish:
        """Until SIGTERM or SIGINT. 2 when a mailbox's first run needs a word from the admin."""
        for number, answer in (
            (signal.SIGTERM, self._stop.set),
            (signal.SIGINT, self._stop.set),
            (signal.SIGHUP, self._reloading.order),
        ):
            self._loop.add_signal_handler(number, answer)
        if self._exposition is not None and (why := self._exposition.start()):
            log.error("metrics_trouble", why=why)
        await asyncio.to_thread(self._begin)
        self._keeper.start()
        for receiver in self._receivers:
            receiver.start()
        delivering = [asyncio.create_task(deliverer.run()) for deliverer in self._deliverers]
        self._rounds.start()
        attending = [asyncio.create_task(self._look_when_told()), asyncio.create_task(self._bell.run())]
        await self._stop.wait()
        for task in attending:
            task.cancel()
        await self._take_down(delivering)
        return verdict(self._refused())

    async def once(self) -> Finish:
        """Take in what is there, send what is due, end. Status 0 when every mail ended somewhere."""
        await asyncio.to_thread(self._begin)
        self._keeper.start()
        parts = [asyncio.to_thread(receiver.once) for receiver in self._receivers]
        troubles = await asyncio.gather(*parts, return_exceptions=True)
        sweeping = asyncio.to_thread(sweep, self._database, self._desks, self._now())
        troubles += [one for one in await asyncio.gather(sweeping, return_exceptions=True) if not isinstance(one, int)]
        troubles += await asyncio.gather(*(one.once() for one in self._deliverers), return_exceptions=True)
        self._understanding.close()
        await asyncio.to_thread(self._keeper.stop)
        return verdict(self._refused(), [trouble for trouble in troubles if trouble is not None])

    def _figures(self, letters: Sequence[Deliverer]) -> "Exposition | None":
        """What serves them, where the configuration says so: elsewhere its library is not loaded."""
        place = self._settings.metrics.place
        if place is None:
            return None
        from intake.exposition import Exposition
        from intake.metrics import Figures, Parts

        parts = Parts(
            self._database,
            self._now,
            lambda: self._desks,
            self._receivers,
            letters,
            lambda: self._oversight.ready,
            self._pulse.overdue,
        )
        return Exposition(place, Figures(parts))

    def _desk(self, name: str) -> Desk:
        return self._desks[name]

    def _mailbox(self, name: str) -> MailboxSettings:
        return self._desks[name].mailbox

    def _url_of(self, mailbox: str, place: str) -> str | None:
        return url_of(self._desks[mailbox].queues, place)

    def _recorded(self, ended: Sequence[Ended]) -> None:
        """From a receiver's thread, after the commit."""
        for one in ended:
            log.info(
                "mail" if one.end else "mail_failed",
                mailbox=one.mailbox,
                mail=one.mail,
                uid=one.uid,
                end=one.end,
                ticket=one.reference,
                sender=one.sender,
                subject=one.subject,
                why=one.why,
            )
        self._loop.call_soon_threadsafe(self._wake_deliverers)

    def _held(self) -> dict[str, Desk]:
        """The mailboxes that this daemon reads."""
        return {name: desk for name, desk in self._desks.items() if self._keeper.holds(name)}

    def _told(self) -> None:
        """From any thread: letters were written."""
        self._loop.call_soon_threadsafe(self._wake_deliverers)

    def _wake_deliverers(self) -> None:
        self._bell.ring()
        self._pager.wake()

    def _begin(self) -> None:
        self._keeper.begin()
        self._claims.take_back()

    def _leave(self) -> None:
        """What was cut short is not left for others to find."""
        with contextlib.suppress(TryLater):
            self._claims.leave()
        self._keeper.stop()

    def _owner(self) -> str | None:
        return self._keeper.owner

    def _have_siblings(self) -> bool:
        return self._keeper.living > 1

    def _changed(self) -> None:
        """From the keeper's thread: a mailbox was taken or lost."""
        for receiver in self._receivers:
            receiver.wake()

    def _policies(self, mailboxes: Collection[str]) -> set[str]:
        return {self._desks[name].policy.name for name in mailboxes if name in self._desks}

    def _note_deliveries(self, tx: Transaction, ended: Sequence[tuple[Claimed, Delivery]], now: datetime) -> None:
        """On the transaction that settles the letters."""
        note_deliveries(tx, self._desks, ended, now)

    def _look_soon(self) -> None:
        """From any thread: READY may be due, or a mailbox needs a word."""
        self._loop.call_soon_threadsafe(self._opened.set)

    async def _look_when_told(self) -> None:
        while True:
            await self._opened.wait()
            self._opened.clear()
            await self._oversight.look()

    def _status_line(self) -> str:
        return f"reading {', '.join(desk.mailbox.address for desk in self._desks.values())}"

    def _take_over(self, read: Sequence[Desk]) -> None:
        """After a reload."""
        desks = {desk.name: desk for desk in read}
        if {name: _place(desk) for name, desk in desks.items()} != {n: _place(desk) for n, desk in self._desks.items()}:
            log.warning("restart_needed", why="a mailbox was added, removed or moved; restart to use it")
            return
        old = list(self._desks.values())
        self._desks = {name: desks[name] for name in self._desks}
        # Mails that are in hand end under the policy they were begun under.
        self._understanding.reload(_by_version([*old, *self._desks.values()]))
        oauth.hurry(self._desks)
        for receiver in self._receivers:
            receiver.hurry()
        for deliverer in self._deliverers:
            deliverer.hurry()
        log.info("reloaded", policies=", ".join(f"{d.policy.name} {d.policy.version[:15]}" for d in desks.values()))

    async def _take_down(self, delivering: Sequence["asyncio.Task[None]"]) -> None:
        notify.stopping()
        log.info("stopping")
        self._rounds.stop()
        for receiver in self._receivers:
            receiver.stop()
        for deliverer in self._deliverers:
            deliverer.stop()
        patience = self._settings.daemon.stop_seconds
        if self._give_up is not None:
            bound_the_end(patience + LAST_SECONDS, self._give_up)
        # Threads of their own: the loop's few are for the store, in which deliverers note how their letters ended.
        joiners = ThreadPoolExecutor(len(self._receivers), "join")
        joining = [self._loop.run_in_executor(joiners, one.join, patience) for one in self._receivers]
        _, late = await asyncio.wait([*delivering, *joining], timeout=patience)
        for task in late:
            task.cancel()  # what it was at is sent again at the next start, under the same Message-ID
        joiners.shutdown(wait=False)
        self._understanding.close()
        if self._exposition is not None:
            await asyncio.to_thread(self._exposition.stop)
        await asyncio.to_thread(self._leave)
        await self._oversight.report_end(verdict(self._refused()).complaints)
        log.info("stopped", cut_short=len(late))

    def _refused(self) -> list[OldMailWaits | None]:
        return [receiver.refused for receiver in self._receivers]


def _by_version(desks: Sequence[Desk]) -> dict[str, Policy]:
    return {desk.policy.version: desk.policy for desk in desks}


def _place(desk: Desk) -> tuple[str, str, str]:
    """Where a mailbox is: another place has other UIDs, and is begun with by a start, not by a reload."""
    imap = desk.mailbox.imap
    return imap.host, imap.username, imap.folder
