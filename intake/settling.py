"""Writes down how deliveries ended, for whoever delivers: letters by SMTP, pages by their services.

An end is committed before `settle` returns; ends that come together share one transaction. While the store cannot take
them they are kept and tried again; at the end of the daemon they are left to the next start, which sends them again.
"""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from rules.facts import TryLater
from storage import conditions, outbox
from storage.database import Database, Transaction
from storage.outbox import Claimed, Delivery

log = structlog.get_logger()

LEFT = timedelta(seconds=60)
"""After so long a letter is sent by a daemon that does not read its mailbox, too."""
STORE_SECONDS = 1.0
"""Before the store is asked again to note how an attempt ended."""
TOGETHER_SECONDS = 0.005
"""How long an end waits for others that are about to come."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What every deliverer of a daemon shares."""

    database: Database
    owner: Callable[[], str | None]
    """The name to claim letters under; None while this daemon has none."""
    now: Callable[[], datetime]
    progress: Callable[[str, float], None]
    """Called with the part's name and the seconds until it will be heard of again."""
    settled: Callable[[Transaction, Sequence[tuple[Claimed, Delivery]], datetime], None]
    """Called in a thread, on the transaction that notes how these attempts ended."""
    policies: Callable[[Collection[str]], Collection[str]] = lambda _: ()
    """The policies of mailboxes: notes on their tickets are made in their turn."""
    reads: Callable[[str], bool] = lambda _: True
    """Whether this daemon reads the mailbox now: then its letters are first of all this one's to send."""

    def due_by(self, mailbox: str) -> datetime:
        """Since when a letter of this mailbox must be due for this daemon to send it.

        Where several daemons share a store, all of them would otherwise go for each letter, over as many connections
        each as the provider takes of the mailbox in all.
        """
        return self.now() if self.reads(mailbox) else self.now() - LEFT


class Settling:
    """The ends of one deliverer's attempts. Lives in its event loop; the store is asked in threads."""

    def __init__(self, sharing: Sending, part: str, under_way: Callable[[], int] = lambda: 0) -> None:
        """`under_way` says how many attempts have begun and are not settled."""
        self._sharing = sharing
        self._part = part
        self._under_way = under_way
        self._together = asyncio.Event()
        self._ended: list[tuple[Claimed, Delivery, asyncio.Future[None]]] = []
        self._settling = asyncio.Lock()
        self._stopping = False

    def stop(self) -> None:
        """A store that does not answer is not asked again."""
        self._stopping = True

    async def settle(self, letter: Claimed, delivery: Delivery) -> None:
        """Returns once the end is committed."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ended.append((letter, delivery, done))
        if len(self._ended) >= self._under_way():
            self._together.set()
        async with self._settling:
            if not done.done():
                await self._wait_for_others()
                ended, self._ended = self._ended, []
                await self._commit_for_all(ended)
        await done

    async def _wait_for_others(self) -> None:
        """A moment: two connections that end in turns would otherwise have a commit for each letter."""
        if len(self._ended) >= self._under_way():
            return
        self._together.clear()
        asyncio.get_running_loop().call_later(TOGETHER_SECONDS, self._together.set)
        await self._together.wait()

    async def note(self, well: bool, detail: str) -> None:
        """How the part is doing, for `status`."""
        with contextlib.suppress(TryLater):  # the store's own trouble shows elsewhere
            await asyncio.to_thread(self._write_condition, well, detail)

    async def _commit_for_all(self, ended: Sequence[tuple[Claimed, Delivery, asyncio.Future[None]]]) -> None:
        try:
            await self._commit([(letter, delivery) for letter, delivery, _ in ended])
        except Exception as bug:  # noqa: BLE001 - each of them is told, and logs it for its own letter
            for _, _, waiting in ended:
                waiting.set_exception(bug)
        else:
            for _, _, waiting in ended:
                waiting.set_result(None)

    async def _commit(self, ended: Sequence[tuple[Claimed, Delivery]]) -> None:
        """Until the store has taken it, the wire stays silent; when stopping, the next start takes care of it."""
        while True:
            try:
                return await asyncio.to_thread(self._write, ended)
            except TryLater as trouble:
                log.warning("store_trouble", part=self._part, why=str(trouble))
                if self._stopping:
                    return None
                await asyncio.sleep(STORE_SECONDS)

    def _write(self, ended: Sequence[tuple[Claimed, Delivery]]) -> None:
        now = self._sharing.now()
        of = self._sharing.policies({letter.mailbox for letter, _ in ended})
        try:
            with self._sharing.database.transaction(of=of) as tx:
                self._sharing.settled(tx, self._settle(tx, ended, now), now)
        except TryLater:
            raise
        except Exception:
            log.exception("bug_in_receipts", part=self._part)
        else:
            return
        # What the ticket is told may fail; that the letter went out must be known.
        with self._sharing.database.transaction(of=of) as tx:
            self._settle(tx, ended, now)

    def _settle(
        self, tx: Transaction, ended: Sequence[tuple[Claimed, Delivery]], now: datetime
    ) -> list[tuple[Claimed, Delivery]]:
        """Those of them that were still ours to settle."""
        settled: set[int] = set()
        for owner in {letter.owner for letter, _ in ended}:
            settled |= outbox.settle(tx, [one for letter, one in ended if letter.owner == owner], now, owner)
        for letter, delivery in ended:
            if letter.letter_id not in settled:
                log.warning("letter_taken_by_another_daemon", message_id=letter.message_id, end=delivery.state.value)
        return [one for one in ended if one[0].letter_id in settled]

    def _write_condition(self, well: bool, detail: str) -> None:
        with self._sharing.database.transaction(of=()) as tx:
            conditions.note(tx, self._part, well, detail, self._sharing.now())
