"""The daemon as a process of the model: the product's own parts on the model's wires, and nothing beside the store.

Its threads are the steps of the model, one at a time; what would run beside them comes as an incident. A step ends in
one of three ways: it did what it could, a server or the store was in trouble, or the process died in it.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from intake.deliver import Deliverer
from intake.first_run import Backlog
from intake.pipeline import Ended
from intake.receipts import note_deliveries
from intake.settling import Sending
from intake.smtp import Smtp
from intake.take_in import TakeIn
from intake.watch import sweep
from rules.facts import TryLater
from storage import locks, outbox
from storage.database import Transaction
from storage.outbox import Claimed, Delivery
from tests.model.company import DAEMON, NAME, the_desk
from tests.model.mailbox import Mailbox, Session
from tests.model.mails import Readers
from tests.model.points import Died, Incident, Points
from tests.model.smtp import Exchange, Wire
from tests.model.store import Store

MANY = 2_000
"""Looks whether to stop, in one step: far more than it takes to come to its end."""


class Result(StrEnum):
    DONE = "done"
    TROUBLE = "trouble"
    DIED = "died"
    STOPPED = "stopped"
    """It ended by itself, as it was told to."""


@dataclass(frozen=True, slots=True)
class Around:
    """What there is outside of a process."""

    url: str
    mailbox: Mailbox
    exchange: Exchange
    now: Callable[[], datetime]
    """What the machine's clock says."""
    seconds: Callable[[], float]
    """A clock that only goes forward."""
    backlog: Backlog
    tried: "Counter[bytes]"
    meanwhile: Callable[[str], None]


class Process:
    def __init__(self, around: Around, owner: str) -> None:
        self._around, self._owner = around, owner
        self.points = Points(around.meanwhile)
        self._store = Store(around.url, self.points)
        self._session = Session(around.mailbox, the_desk().mailbox.imap, self.points)
        self._looks_left: int | None = None
        self._looks = 0
        self._take_in = TakeIn(
            the_desk,
            DAEMON,
            self._store,
            Readers(around.tried),
            around.now,
            progress=lambda _: None,
            stopping=self._stops,
            recorded=_heard,
            seconds=around.seconds,
        )
        self._loop = _Loop()
        self._loop.set_default_executor(_AtOnce(1))
        self._loop.set_exception_handler(lambda *_: None)
        sending = Sending(self._store, lambda: owner, around.now, lambda *_: None, self._note_deliveries)
        self._deliverer = Deliverer(lambda: the_desk().mailbox, sending)
        wires: list[Smtp] = [Wire(around.exchange, the_desk().mailbox.smtp, self.points)]
        self._deliverer._wires = wires

    def start(self, incidents: Sequence[Incident] = ()) -> Result:
        """What was claimed by one that is gone is given back."""
        return self._step(incidents, self._take_back)

    def receive(self, incidents: Sequence[Incident] = (), looks: int | None = None) -> Result:
        """Take in what is there and file it. After so many `looks` whether to stop it is told to."""
        self._looks_left, self._looks = looks, 0
        result = self._step(incidents, self._receive)
        return Result.STOPPED if looks is not None and self._looks_left == 0 and result is Result.DONE else result

    def deliver(self, incidents: Sequence[Incident] = ()) -> Result:
        """Everything that is due, each letter once; also what daemons that are gone had claimed."""
        return self._step(incidents, self._deliver)

    def sweep(self, incidents: Sequence[Incident] = ()) -> Result:
        return self._step(incidents, lambda: sweep(self._store, {NAME: the_desk()}, self._around.now()))

    def next_attempt(self) -> float | None:
        return self._take_in.next_attempt()

    def end(self) -> None:
        """Everything that it had in memory is gone."""
        self.points.dead = True
        self._session.close()
        self._loop.end()

    def _step(self, incidents: Sequence[Incident], work: Callable[[], object]) -> Result:
        try:
            with self.points.planned(incidents):
                work()
        except TryLater:
            return Result.TROUBLE
        except Died:
            return Result.DIED
        return Result.DIED if self.points.dead else Result.DONE

    def _take_back(self) -> None:
        """As `intake.claims` does; in the model nobody else lives while this one asks."""
        with self._store.snapshot() as tx:
            gone = locks.claimers(tx, self._owner)
        if gone:
            with self._store.transaction(of=()) as tx:
                for owner in gone:
                    outbox.release(tx, self._around.now(), owner)

    def _deliver(self) -> None:
        self._take_back()
        self._loop.run(self._deliverer.once(), self.points)

    def _receive(self) -> None:
        try:
            if not self._session.connected:
                opened = self._session.connect()
                assert self._take_in.begin(self._session, opened, self._around.backlog) is None
            self._take_in.drain(self._session)
            self._take_in.file(self._session)
        except TryLater:
            self._session.close()
            raise

    def _stops(self) -> bool:
        self._looks += 1
        assert self._looks < MANY, "it goes round and round"
        if self._looks_left is None:
            return False
        self._looks_left = max(0, self._looks_left - 1)
        return self._looks_left == 0

    def _note_deliveries(self, tx: Transaction, ended: Sequence[tuple[Claimed, Delivery]], now: datetime) -> None:
        note_deliveries(tx, {NAME: the_desk()}, ended, now)


def _heard(_: Sequence[Ended]) -> None:
    """Nobody waits for it."""


class _AtOnce(ThreadPoolExecutor):
    """What goes to a thread is done at once: the same order every time."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - it is the waiting one's
            future.set_exception(error)
        return future


class _Loop(asyncio.SelectorEventLoop):
    """An event loop in whose time nobody sleeps, and which does not outlive its process."""

    _now = 0.0

    def time(self) -> float:
        return self._now

    def run(self, work: Coroutine[Any, Any, None], points: Points) -> None:
        async def attend() -> None:
            while not task.done() and not points.dead:
                self._now += 0.01
                await asyncio.sleep(0)

        task = self.create_task(work)
        self.run_until_complete(attend())
        if points.dead:
            raise Died
        task.result()

    def end(self) -> None:
        while tasks := asyncio.all_tasks(self):
            for task in tasks:
                task.cancel()
            self.run_until_complete(asyncio.wait(tasks, timeout=0))
            for task in tasks:
                if task.done() and not task.cancelled():
                    task.exception()
        self.close()
