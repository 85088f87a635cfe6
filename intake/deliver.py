"""Brings the outbox to a mail server: connections that are kept open, letters claimed ahead, ends settled together.

A letter is claimed before its attempt and settled before its connection says anything more, so that a death of this
process leaves at most one letter a connection whose end nobody knows; that one is sent again with the same Message-ID.
A server that cannot be reached, or that limits us, puts off the mailbox (`throttle`). What SMTP says is `smtp`'s to
read.
"""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

import structlog

from intake.backoff import NEXT_ATTEMPT
from intake.latency import Latency
from intake.letter_order import LetterKind
from intake.limits import Limit
from intake.settings import MailboxSettings
from intake.settling import Sending, Settling
from intake.smtp import Ambiguous, Delivered, DeliveryResult, Later, Refused, Reply, Smtp
from intake.throttle import Throttle
from rules.facts import TryLater
from storage import checkpoints, outbox
from storage.origins import Origin, of_letters
from storage.outbox import Claimed, Delivery, LetterState

log = structlog.get_logger()

GIVE_UP = timedelta(days=5)
"""How long a letter is tried (RFC 5321 §4.5.4.1: at least four to five days)."""
CLAIMED_AHEAD = 3
"""Letters that wait, claimed, for each connection: the next one is at hand when one is done."""
REST = 30.0
"""Seconds after which the store is looked at again though nobody said that there is something."""
ASIDE = 1.0
"""Seconds after which a connection that is one too many looks whether it is so still."""
UNSURE_SECONDS = 0.2
"""Between two looks whether this daemon still has what it claimed."""
ATTEMPT_SECONDS = 900.0
"""The longest that one attempt may take: DATA alone has ten minutes (RFC 5321 §4.5.3.2.6)."""

NOWHERE = Origin(None, None)


class Deliverer:
    """The outgoing side of one mailbox. Lives in one event loop; the store is asked in threads."""

    def __init__(self, mailbox: Callable[[], MailboxSettings], sharing: Sending) -> None:
        """`mailbox` is asked before each letter, so that a reload's password or server takes hold."""
        self._mailbox = mailbox
        self._name = mailbox().name
        self.part = f"smtp {self._name}"
        self._sharing = sharing
        self._wires = [Smtp(mailbox().smtp) for _ in range(mailbox().smtp.connections)]
        self._wake = asyncio.Event()
        self._stopping = False
        self._claimed: asyncio.Queue[Claimed] = asyncio.Queue()
        self._origins: dict[int, Origin] = {}
        """For the log, of the letters that are claimed."""
        self._in_flight = 0
        self._unsure = False
        """Whether a claim may have been committed of which the store's word was lost."""
        self._more = False
        """Whether the last claim found as many letters as there was room for."""
        self._settling = Settling(sharing, self.part, lambda: self._in_flight)
        self._throttle = Throttle(len(self._wires))
        self._said = ""
        """To `status`, of letters that are taken."""
        self.sent, self.refused, self.put_off = 0, 0, 0
        """How many attempts of this process ended so."""
        self.acknowledged = Latency()
        """From the record of a mail to the server's word for its acknowledgement."""

    @property
    def certificate_ends(self) -> datetime | None:
        """When the server's certificate ends, as it was shown last; None where it showed none."""
        return max((wire.certificate_ends for wire in self._wires if wire.certificate_ends), default=None)

    def wake(self) -> None:
        """There is something to deliver. From the loop's own thread."""
        self._wake.set()

    def has_to_look(self, due: Collection[str]) -> bool:
        """Whether there is anything to do for it, where letters of these mailboxes are due."""
        return (
            self._name in due
            or self._unsure
            or self._throttle.not_before is not None
            or self._throttle.connections(self._sharing.now()) < len(self._wires)
        )

    def hurry(self) -> None:
        """Try a server that could not be reached again at once: its settings are others now."""
        self._throttle.hurry()
        self._wake.set()

    async def run(self) -> None:
        """Deliver until `stop`. What is in hand then is finished; what was only claimed is given back."""
        senders = [asyncio.create_task(self._send_one_after_another(number)) for number in range(len(self._wires))]
        try:
            while not self._stopping:
                try:
                    found = await self._claim_some()
                except TryLater as trouble:
                    log.warning("store_trouble", part=self.part, why=str(trouble))
                    found = 0
                except Exception:
                    log.exception("bug_in_deliverer", part=self.part)
                    found = 0
                if not found:
                    await self._rest()
        finally:
            await self._finish(senders)

    async def once(self) -> None:
        """Deliver what is due now, each letter once. Raises TryLater when the server cannot be reached."""
        senders = [asyncio.create_task(self._send_one_after_another(number)) for number in range(len(self._wires))]
        try:
            while await self._claim_some() or self._busy():
                await self._wake.wait()
                self._wake.clear()
        finally:
            await self._finish(senders)
        if self._throttle.trouble:
            raise TryLater(self._throttle.trouble)

    def stop(self) -> None:
        self._stopping = True
        self._settling.stop()
        self._wake.set()

    def _busy(self) -> bool:
        return bool(self._in_flight or self._claimed.qsize())

    async def _claim_some(self) -> int:
        """Claim as much as there is room for; returns how many letters, 0 also while the mailbox has to wait."""
        self._sharing.progress(self.part, REST)
        await self._tell_growth()
        connections, at_hand = self._throttle.connections(self._sharing.now()), self._claimed.qsize()
        room = connections * (1 + CLAIMED_AHEAD) - self._in_flight - at_hand
        # A claim is a commit: it is worth one for several letters, not for each that has left.
        if room <= 0 or at_hand >= connections or self._must_wait() or (self._unsure and self._busy()):
            return 0
        claimed = await asyncio.to_thread(self._claim, room)
        for letter in claimed:
            self._claimed.put_nowait(letter)
        return len(claimed)

    def _claim(self, room: int) -> list[Claimed]:
        if (owner := self._sharing.owner()) is None:
            return []
        if not (self._more or self._unsure or self._is_due()):
            return []
        unsure, self._unsure = self._unsure, True
        with self._sharing.database.transaction(of=()) as tx:
            if unsure:  # nothing is in hand: what is ours by the store is nobody's
                outbox.release(tx, self._sharing.now(), owner, [self._name])
            free = self._name not in checkpoints.paused(tx)
            claimed = outbox.claim(tx, owner, self._sharing.due_by(self._name), [self._name], room) if free else []
            origins = of_letters(tx, [letter.letter_id for letter in claimed if letter.ticket_id is not None])
        self._origins |= origins
        self._unsure, self._more = False, len(claimed) == room
        return claimed

    def _is_due(self) -> bool:
        """Whether a letter waits and may go now."""
        with self._sharing.database.snapshot() as tx:
            if self._name in checkpoints.paused(tx):
                return False
            due = outbox.next_due(tx, [self._name])
        return due is not None and due <= self._sharing.due_by(self._name)

    async def _rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), REST if self._throttle.not_before is None else 1.0)
        self._wake.clear()

    async def _wire(self, number: int) -> Smtp:
        """The connection of this number, as it is configured now."""
        wire, settings = self._wires[number], self._mailbox().smtp
        if wire.settings != settings:
            await wire.close()
            wire = self._wires[number] = Smtp(settings)
        return wire

    async def _send_one_after_another(self, number: int) -> None:
        while True:
            letter = await self._next(number)
            self._in_flight += 1
            try:
                if not await self._is_ours(letter):
                    continue
                if self._must_wait():
                    # Another connection has just found the server gone: no need to ask again for each letter.
                    await self._settling.settle(letter, self._not_reached(letter, self._throttle.trouble))
                    continue
                self._sharing.progress(self.part, ATTEMPT_SECONDS)
                wire = await self._wire(number)
                result = await wire.deliver(letter.sender, letter.recipients, letter.raw)
                await self._heed(result)
                delivery = replace(self._judge(letter, result), refused=_refused(result))
                await self._settling.settle(letter, delivery)
                self._tell(letter, delivery)
                self._count(letter, delivery)
            except Exception:
                # Our bug: this letter stays claimed, and the next start takes care of it; the others go on.
                log.exception("bug_in_deliverer", part=self.part, message_id=letter.message_id)
            finally:
                self._origins.pop(letter.letter_id, None)
                self._in_flight -= 1
                self._wake.set()

    async def _next(self, number: int) -> Claimed:
        """The next letter, once this connection is one of those that may be used."""
        while True:
            while number >= self._throttle.connections(self._sharing.now()):
                await self._wires[number].close()
                await asyncio.sleep(ASIDE)
            letter = await self._claimed.get()
            if number < self._throttle.connections(self._sharing.now()):
                return letter
            self._claimed.put_nowait(letter)

    async def _is_ours(self, letter: Claimed) -> bool:
        """False where this daemon lost what it had claimed: then another one sends it.

        A daemon that stood still, or is cut off from the store, does not know; it waits until it does.
        """
        while (owner := self._sharing.owner()) is None and not self._stopping:
            self._sharing.progress(self.part, REST)
            await asyncio.sleep(UNSURE_SECONDS)
        return owner == letter.owner

    def _must_wait(self) -> bool:
        return self._throttle.must_wait(self._sharing.now())

    def _judge(self, letter: Claimed, result: DeliveryResult) -> Delivery:
        """What an attempt means for its letter."""
        now = self._sharing.now()
        match result:
            case Delivered():
                return self._delivered(letter, result, now)
            case Refused():
                return Delivery(letter.letter_id, LetterState.REFUSED, result.reason)
            case Later(reached=False):
                return self._not_reached(letter, result.reason)
            case Later() | Ambiguous():
                ambiguous = isinstance(result, Ambiguous)
                if now - letter.created_at > GIVE_UP:
                    reason = f"given up after {GIVE_UP.days} days: {result.reason}"
                    return Delivery(letter.letter_id, LetterState.REFUSED, reason, ambiguous)
                again = now + timedelta(seconds=NEXT_ATTEMPT.after(letter.attempts))
                left = _worth_another_try(letter, result)
                return Delivery(letter.letter_id, LetterState.WAITING, result.reason, ambiguous, left, again)
            case _:
                assert_never(result)

    def _not_reached(self, letter: Claimed, why: str) -> Delivery:
        """No attempt on this letter: it waits for the mailbox."""
        now = self._sharing.now()
        return Delivery(letter.letter_id, LetterState.WAITING, why, counts=False, next_try_at=now)

    def _tell(self, letter: Claimed, delivery: Delivery) -> None:
        """For the log; of a server that cannot be reached it has heard already."""
        origin = self._origins.get(letter.letter_id, NOWHERE)
        about = {
            "mailbox": letter.mailbox,
            "mail": origin.mail,
            "ticket": origin.reference,
            "kind": letter.kind,
            "to": ", ".join(letter.recipients),
            "message_id": letter.message_id,
        }
        match delivery.state:
            case LetterState.SENT:
                log.info("letter_sent", part=self.part, **about)
            case LetterState.REFUSED:
                log.warning("letter_refused", part=self.part, why=delivery.error, **about)
            case _ if delivery.counts:
                log.warning("letter_put_off", part=self.part, why=delivery.error, until=delivery.next_try_at, **about)

    def _count(self, letter: Claimed, delivery: Delivery) -> None:
        match delivery.state:
            case LetterState.SENT:
                self.sent += 1
                if letter.kind == LetterKind.ACKNOWLEDGEMENT:
                    self.acknowledged.observe((self._sharing.now() - letter.created_at).total_seconds())
            case LetterState.REFUSED:
                self.refused += 1
            case _ if delivery.counts:
                self.put_off += 1

    async def _heed(self, result: DeliveryResult) -> None:
        """What an attempt means for the mailbox: a server that is away, or limits us, puts off all its letters."""
        limit = result.limit if isinstance(result, Later | Delivered) else None
        if limit is not None or (isinstance(result, Later) and not result.reached):
            why = _told(result.refused) if isinstance(result, Delivered) else result.reason
            if self._throttle.put_off(limit, why, self._sharing.now()):
                await self._tell_trouble(limit, why)
            return
        failed = self._throttle.answered(self._sharing.now())
        if self._must_wait():
            return
        if isinstance(result, Delivered) and (failed or not self._said):
            self._said = self._throttle.said(self._sharing.now())
            await self._settling.note(True, self._said)
        elif failed and not isinstance(result, Delivered):
            await self._settling.note(False, result.reason)

    async def _tell_trouble(self, limit: Limit | None, why: str) -> None:
        throttle, now = self._throttle, self._sharing.now()
        log.warning("smtp_trouble", part=self.part, why=why, limit=limit, failures=throttle.failures)
        if limit is not None:
            left = f"{throttle.connections(now)} of {len(self._wires)} connections"
            why += f"; letters wait until {throttle.not_before:%H:%M:%S} UTC and then go over {left}"
        self._said = ""
        await self._settling.note(False, why)

    async def _tell_growth(self) -> None:
        """Connections come back by and by, also while no letter goes."""
        if self._said and self._said != (said := self._throttle.said(self._sharing.now())):
            self._said = said
            await self._settling.note(True, said)

    def _delivered(self, letter: Claimed, result: Delivered, now: datetime) -> Delivery:
        """Sent; or, where the server put off some of its recipients, waiting for those alone."""
        if result.later:
            wait = 0 if result.at_once else NEXT_ATTEMPT.after(letter.attempts)
            again = now + timedelta(seconds=wait)
            return Delivery(letter.letter_id, LetterState.WAITING, recipients=result.later, next_try_at=again)
        return Delivery(letter.letter_id, LetterState.SENT, _told(result.refused))

    async def _finish(self, senders: Sequence[asyncio.Task[None]]) -> None:
        """Let what is in flight end, give back what was only claimed, close the wires."""
        left = []
        while not self._claimed.empty():
            left.append(self._claimed.get_nowait())
        if left:
            await asyncio.to_thread(self._give_back, left)
        while self._in_flight:
            await self._wake.wait()
            self._wake.clear()
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)
        await asyncio.gather(*(wire.close() for wire in self._wires))

    def _give_back(self, letters: Sequence[Claimed]) -> None:
        with contextlib.suppress(TryLater), self._sharing.database.transaction(of=()) as tx:
            outbox.give_back(tx, letters)


def _told(refused: Mapping[str, Reply]) -> str:
    return "; ".join(f"{address}: {reply}" for address, reply in refused.items())


def _refused(result: DeliveryResult) -> Mapping[str, str]:
    """Recipient -> the server's words."""
    return {} if isinstance(result, Ambiguous) else {address: str(reply) for address, reply in result.refused.items()}


def _worth_another_try(letter: Claimed, result: Later | Ambiguous) -> tuple[str, ...]:
    """The letter's recipients without those that were refused for good."""
    refused = result.refused if isinstance(result, Later) else {}
    return tuple(one for one in letter.recipients if one not in refused or refused[one].temporary) or letter.recipients
