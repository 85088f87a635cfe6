"""Brings pages of the outbox to pagers and chats, apart from the letters: a service that hangs holds up nothing else.

A page is claimed before its attempt and settled after it, like a letter. Each attempt has a thread of its own, because
a service can dribble for ever and no thread can be ended from outside; a place whose thread still hangs is not asked
again, so there are never more of them than places. After ten attempts, in some ten minutes, a page is given up, and
whoever notes its end tells staff by mail. What a mail said is sent as plain text, without what a chat takes for more.
"""

import asyncio
import contextlib
import re
import threading
from collections.abc import Callable, Collection
from datetime import timedelta

import structlog

from intake import page_wire
from intake.backoff import PAGE
from intake.page_wire import Paged
from intake.settling import Sending, Settling
from intake.told import queue_of
from rules.facts import TryLater
from storage import checkpoints, conditions, outbox
from storage.outbox import Claimed, Delivery, LetterState

log = structlog.get_logger()

PART = "pages"
AT_ONCE = 8
"""Pages that are under way together."""
REST = 30.0
"""Seconds after which the store is looked at again though nobody said that there is something."""
ATTEMPT_SECONDS = 30.0
"""How long an attempt may take."""
ATTEMPTS = 10
LONGEST = 2_000
"""Characters of a page."""


class Pager:
    """The pages of all mailboxes. Lives in one event loop; the store and the services are asked in threads."""

    part = PART

    def __init__(
        self,
        mailboxes: Collection[str],
        url_of: Callable[[str, str], str | None],
        sharing: Sending,
        send: Callable[[str, str, str], Paged] = page_wire.send,
        seconds: float = ATTEMPT_SECONDS,
    ) -> None:
        """`url_of` (mailbox, place) is asked before each attempt, so that a reload's places take hold."""
        self._mailboxes = mailboxes
        self._url_of = url_of
        self._sharing = sharing
        self._send = send
        self._seconds = seconds
        self._settling = Settling(sharing, PART)
        self._wake = asyncio.Event()
        self._stopping = False
        self._under_way: set[asyncio.Task[None]] = set()
        self._turns: dict[str, asyncio.Lock] = {}
        self._hanging: set[str] = set()
        self._failing: dict[str, str] = {}
        self._begun_anew = True
        self._unsure = False
        """Whether a claim may have been committed of which the store's word was lost."""

    def wake(self) -> None:
        """There is something to page. From the loop's own thread."""
        self._wake.set()

    def hurry(self) -> None:
        """The places may be others now: what failed is forgotten."""
        self._begun_anew = True
        self._wake.set()

    async def run(self) -> None:
        """Page until `stop`. What is under way then is finished."""
        try:
            while not self._stopping:
                if not await self._page_some():
                    await self._rest()
        finally:
            await asyncio.gather(*self._under_way)

    async def once(self) -> None:
        """Page what is due now, each page once. Raises TryLater with what could not be brought."""
        while await self._page_some() or self._under_way:
            await asyncio.gather(*self._under_way)
        if self._failing:
            raise TryLater(self._complaint())

    def stop(self) -> None:
        self._stopping = True
        self._settling.stop()
        self._wake.set()

    async def _page_some(self) -> int:
        """Begin with what is due, as much as there is room for; returns how many pages that is."""
        self._sharing.progress(PART, REST + self._seconds)
        try:
            if self._begun_anew:
                self._failing, self._begun_anew = {}, False
                await asyncio.to_thread(self._forget_trouble)
            pages = await asyncio.to_thread(self._claim, AT_ONCE - len(self._under_way))
        except TryLater as trouble:
            log.warning("store_trouble", part=PART, why=str(trouble))
            return 0
        except Exception:
            log.exception("bug_in_pager", part=PART)
            return 0
        for page in pages:
            task = asyncio.create_task(self._bring(page))
            self._under_way.add(task)
            task.add_done_callback(self._done)
        return len(pages)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        self._wake.set()

    def _claim(self, room: int) -> list[Claimed]:
        if room <= 0 or (self._unsure and self._under_way):
            return []
        now = self._sharing.now()
        if (owner := self._sharing.owner()) is None:
            return []
        with self._sharing.database.snapshot() as tx:
            names = sorted(set(self._mailboxes) - set(checkpoints.paused(tx)))
            due = outbox.next_due(tx, names, pages=True)
            if not self._unsure and (due is None or due > now):
                return []
        unsure, self._unsure = self._unsure, True
        with self._sharing.database.transaction(of=()) as tx:
            if unsure:  # nothing is under way: what is ours by the store is nobody's
                outbox.release(tx, now, owner, self._mailboxes, pages=True)
            claimed = outbox.claim(tx, owner, now, names, room, pages=True)
        self._unsure = False
        return claimed

    async def _rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), REST)
        self._wake.clear()

    async def _bring(self, page: Claimed) -> None:
        try:
            place = page.recipients[0]
            url = self._url_of(page.mailbox, place)
            if url is None:
                remedy = f"name it again under [queues.{queue_of(place)}], then `intake outbox resend`"
                result = Paged(False, f"the configuration has no {place} any more; {remedy}", hopeless=True)
            else:
                async with self._turns.setdefault(place, asyncio.Lock()):
                    result = await self._attempt(place, url, page)
            delivery = self._judge(page, result)
            await self._settling.settle(page, delivery)
            await self._heed(place, delivery)
        except Exception:
            # Our bug: this page stays claimed, and the next start takes care of it; the others go on.
            log.exception("bug_in_pager", part=PART, message_id=page.message_id)

    async def _attempt(self, place: str, url: str, page: Claimed) -> Paged:
        """In a thread that cannot keep the process alive."""
        if place in self._hanging:
            return Paged(False, "the service has not answered an earlier page yet")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Paged] = loop.create_future()

        def heard(result: Paged) -> None:
            self._hanging.discard(place)
            if not answer.done():
                answer.set_result(result)

        def send() -> None:
            try:
                result = self._send(url, plain(page.subject), plain(page.raw.decode("utf-8", "replace"))[:LONGEST])
            except Exception as bug:  # noqa: BLE001 - a traceback may hold the URL
                result = Paged(False, f"an error of Intake's own: {type(bug).__name__}")
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(heard, result)

        self._hanging.add(place)
        threading.Thread(target=send, name=place, daemon=True).start()
        try:
            return await asyncio.wait_for(answer, self._seconds)
        except TimeoutError:
            return Paged(False, f"the service has not answered within {self._seconds:.0f} seconds", unheard=True)

    def _judge(self, page: Claimed, result: Paged) -> Delivery:
        if result.taken:
            return Delivery(page.letter_id, LetterState.SENT)
        if result.hopeless:
            return Delivery(page.letter_id, LetterState.REFUSED, result.reason)
        if page.attempts >= ATTEMPTS:
            return Delivery(
                page.letter_id, LetterState.REFUSED, f"given up after {page.attempts} attempts: {result.reason}"
            )
        again = self._sharing.now() + timedelta(seconds=PAGE.after(page.attempts))
        return Delivery(page.letter_id, LetterState.WAITING, result.reason, result.unheard, next_try_at=again)

    async def _heed(self, place: str, delivery: Delivery) -> None:
        """Tell the log and `status`."""
        if delivery.state is LetterState.SENT:
            log.info("page_sent", part=PART, to=place)
            if self._failing.pop(place, None) is not None and not self._failing:
                await self._settling.note(True, "pages are taken")
            return
        log.warning("page_failed", part=PART, to=place, why=delivery.error, until=delivery.next_try_at)
        self._failing[place] = delivery.error
        await self._settling.note(False, self._complaint())

    def _complaint(self) -> str:
        told = "; ".join(f"{place}: {why}" for place, why in sorted(self._failing.items()))
        return f"{told} (correct it under [queues] and reload, or `intake outbox resend` what was given up)"

    def _forget_trouble(self) -> None:
        """What failed under other settings, or in another process, is no trouble until it fails again."""
        with self._sharing.database.snapshot() as tx:
            if all(one.well for one in conditions.current(tx) if one.part == PART):
                return
        with self._sharing.database.transaction(of=()) as tx:
            conditions.note(tx, PART, True, "nothing has failed since the start", self._sharing.now())


def plain(text: str) -> str:
    """Without what a chat makes more of than text: calls to everybody, links that hide where they lead, and tags."""
    text = re.sub(r"(?<!\w)@(?=\w)", "＠", text)
    return text.replace("](", "] (").replace("<", "‹").replace(">", "›")
