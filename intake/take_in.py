"""Takes in what an open mailbox holds: begin at the checkpoint, drain what is new, file what is recorded.

The order of every step is what keeps mail from being lost: sizes first, bodies in bounded batches, understanding beside
fetching, one transaction a batch, filing only after its commit. Each step may fail with `TryLater` and is taken up
again from the store; nothing is remembered here that would be missed.
"""

import contextlib
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from intake.desk import Desk
from intake.disk import AGAIN
from intake.filing import Filing
from intake.first_run import Backlog, OldMailWaits, begin
from intake.imap import SLOWEST, Catch, Imap, Opened, Size, chunks
from intake.in_hand import InHand
from intake.pipeline import Arrival, Ended, record_batch
from intake.settings import DaemonSettings
from intake.understand import NotUnderstood, Understanding, Understood
from intake.waiting_line import WaitingLine
from rules.facts import End
from storage import ledger
from storage.checkpoints import Checkpoint
from storage.database import Database

log = structlog.get_logger()

BATCHES_AHEAD = 2
"""Batches that are fetched and being understood while an earlier one is recorded."""
STRIKE_PAUSE = 2.0
"""Seconds before a mail that failed is tried again: so many after the first failure, four times that after the next."""
REFUSAL_PAUSE = 60.0
"""The same for a mail that the server would not hand over: its trouble passes more slowly than ours."""
ROOM_SECONDS = 1.0
"""Between two looks whether to stop, while other mailboxes have so much in hand that there is no room for more."""
LONGEST_WAIT = 30.0
"""Then it is taken all the same: another mailbox's trouble is not this one's."""
NOT_HANDED_OVER = NotUnderstood("the server shows this mail, but hands nothing over", final=False)

Reading = Future[Understood | NotUnderstood]


@dataclass(slots=True)
class TakeIn:
    """One mailbox's way from the folder into the store. Used by one thread."""

    desk: Callable[[], Desk]
    """Asked anew for each batch, so that a reload takes hold between two."""
    settings: DaemonSettings
    database: Database
    understanding: Understanding
    now: Callable[[], datetime]
    progress: Callable[[float], None]
    """Called before each step that may block, with the seconds it may take."""
    stopping: Callable[[], bool]
    recorded: Callable[[Sequence[Ended]], None]
    """Called after each commit."""
    seconds: Callable[[], float] = time.monotonic
    """A clock that only goes forward."""
    room: Callable[[], str] = lambda: ""
    """Asked before each batch: why nothing is to be taken in now, "" where nothing speaks against it."""
    in_hand: InHand = field(default_factory=InHand)
    """All mailboxes' together."""
    ends: dict[End, int] = field(default_factory=lambda: dict.fromkeys(End, 0))
    """How many mails this process has brought to which end."""
    failures: int = 0
    """How often this process failed at a mail that is tried again."""
    checkpoint: Checkpoint = field(default_factory=lambda: Checkpoint(0, 0, None))
    _pending: set[int] = field(default_factory=set)
    """UIDs that the folder showed and that have no end yet."""
    _struck: dict[int, float] = field(default_factory=dict)
    """UIDs whose reading or recording failed, and when (in these `seconds`) each is tried again."""
    _undecided: dict[int, float] = field(default_factory=dict)
    """UIDs that have no end yet, and when (in these `seconds`) this process first saw each."""
    _missed: set[int] = field(default_factory=set)
    """UIDs that the last search showed and whose mail was not there when asked for."""
    _filing: Filing = field(init=False)

    def __post_init__(self) -> None:
        self._filing = Filing(self.desk, self.database, self.now, self.progress, self.stopping)

    def begin(self, imap: Imap, opened: Opened, backlog: Backlog) -> OldMailWaits | None:
        """Find the place to go on from, see `first_run`.

        Returns OldMailWaits, and changes nothing, where the admin must first say what old mail is to be.
        """
        name = self.desk().name
        with self.database.snapshot() as tx:
            failing = ledger.failing(tx, name, opened.uidvalidity)
        self._struck = {uid: self._struck.get(uid, 0.0) for uid in failing}
        found = begin(self.database, name, opened, backlog, self.now(), lambda: self._sizes(imap, imap.uids_after(0)))
        if isinstance(found, OldMailWaits):
            return found
        self.checkpoint = found
        return None

    def drain(self, imap: Imap, *, patient: bool = True) -> None:
        """Record everything that is there and has no end yet.

        Returns when nothing is left that could be taken now, or when stopping. A mail that failed waits a little for
        its next attempt; without patience it is tried again at once, until it has an end.
        """
        while not self.stopping() and not self.room():
            fresh = self._fresh(imap)
            self._forget(self._struck.keys() - set(fresh))
            ready = [uid for uid in fresh if not patient or self._struck.get(uid, 0.0) <= self.seconds()]
            if not ready:
                return
            for uid in ready:
                self._struck.pop(uid, None)
            self._pending = set(fresh)
            line = self._line(imap, fresh[-1])
            line.join(ready)
            try:
                all_asked_for = self._take(imap, line)
            finally:
                self.in_hand.put_down(self.desk().name)
            if all_asked_for:
                self._miss((self._pending & set(ready)) - self._struck.keys(), line.sizes)
            self.file(imap)

    def next_attempt(self) -> float | None:
        """Seconds until a mail that failed, would not leave the folder or found no room is tried again; None when none
        is."""
        with self.database.snapshot() as tx:
            filing = ledger.next_filing(tx, self.desk().name, self.checkpoint.uidvalidity)
        waits = [at - self.seconds() for at in self._struck.values()]
        if filing is not None:
            waits.append((filing - self.now()).total_seconds())
        if self.room():
            waits.append(AGAIN)
        return max(0.0, min(waits)) if waits else None

    def file(self, imap: Imap) -> None:
        """Move what is recorded out of the folder. What cannot be moved now is tried again later."""
        self._filing.file(imap, self.checkpoint.uidvalidity)

    def undecided(self) -> tuple[int, float]:
        """How many mails are known to have no end yet, and for how many seconds this process has known the oldest.
        From any thread."""
        since = tuple(self._undecided.values())
        return len(since), max(0.0, self.seconds() - min(since)) if since else 0.0

    def _fresh(self, imap: Imap) -> list[int]:
        self.progress(imap.command_seconds)
        uids = imap.uids_after(self.checkpoint.last_uid)
        if not uids:
            self._undecided = {}
            return []
        with self.database.snapshot() as tx:
            seen = ledger.sighted(tx, self.desk().name, self.checkpoint.uidvalidity, uids)
        fresh = [uid for uid in uids if uid not in seen]
        # What is below the first without an end need not be looked up again.
        self.checkpoint = replace(self.checkpoint, last_uid=fresh[0] - 1 if fresh else uids[-1])
        at = self.seconds()
        self._undecided = {uid: self._undecided.get(uid, at) for uid in fresh}
        return fresh

    def _forget(self, gone: Collection[int]) -> None:
        """Mails that failed, and that a person took out of the folder before they had an end."""
        if gone:
            with self.database.transaction(of=()) as tx:
                ledger.clear_strikes(tx, self.desk().name, self.checkpoint.uidvalidity, gone)
        for uid in gone:
            self._struck.pop(uid)

    def _miss(self, missed: set[int], sizes: Mapping[int, Size]) -> None:
        """Mails that were not there when asked for. A person took them away, or the next search shows them again:
        then the server is at fault, and would be asked for ever."""
        again, self._missed = missed & self._missed, missed
        if again and not self.stopping():
            nothing = _settled(NOT_HANDED_OVER)
            unknown = Size(0, self.now())
            in_hand = [_InHand(uid, sizes.get(uid, unknown), None, nothing) for uid in sorted(again)]
            self._record(_Batch(self.desk(), in_hand))

    def _sizes(self, imap: Imap, uids: Sequence[int]) -> dict[int, Size]:
        found: dict[int, Size] = {}
        for chunk in chunks(uids):
            self.progress(imap.command_seconds)
            found |= imap.sizes(chunk)
        return found

    def _line(self, imap: Imap, last: int) -> WaitingLine:
        """An empty one, behind which newcomers stand whose UIDs are above `last`."""
        highest = last

        def newcomers() -> list[int]:
            nonlocal highest
            come = imap.uids_after(highest)
            highest = max(come, default=highest)
            self._pending.update(come)
            self._undecided |= dict.fromkeys(come, self.seconds())
            return come

        return WaitingLine(imap, self.desk(), self.database, self.progress, self.seconds, newcomers)

    def _take(self, imap: Imap, line: WaitingLine) -> bool:
        """False where it broke off, and not everything was asked for."""
        ahead: deque[_Batch] = deque()
        try:
            for batch in line.batches(self.settings.batch_bytes, self.settings.batch_count):
                if self.stopping() or self.room() or not self._make_room(self._octets(batch), ahead):
                    return False
                ahead.append(self._fetch(imap, batch))
                if len(ahead) > BATCHES_AHEAD:
                    self._record(ahead.popleft())
        finally:
            # Also when the server went away meanwhile: what is in hand is as good as ever.
            while ahead:
                self._record(ahead.popleft())
        return True

    def _make_room(self, octets: int, ahead: "deque[_Batch]") -> bool:
        """For a further batch: first what is in hand itself is recorded, then others are waited for. False: stop."""
        name, give_up = self.desk().name, self.seconds() + LONGEST_WAIT
        while not self.in_hand.take(name, octets, 0 if ahead else ROOM_SECONDS):
            if ahead:
                self._record(ahead.popleft())
            elif self.stopping():
                return False
            elif self.seconds() >= give_up:
                self.in_hand.take_all_the_same(name, octets)
                return True
            self.progress(LONGEST_WAIT)
        return True

    def _octets(self, batch: Mapping[int, Size]) -> int:
        """Of what is fetched of it."""
        return sum(size.size for size in batch.values() if size.size <= self.settings.max_mail_bytes)

    def _fetch(self, imap: Imap, sizes: Mapping[int, Size]) -> "_Batch":
        desk = self.desk()
        self.progress(imap.command_seconds + sum(size.size for size in sizes.values()) / SLOWEST)
        small = {uid: size for uid, size in sizes.items() if size.size <= self.settings.max_mail_bytes}
        caught = imap.fetch(small) if small else Catch(())
        in_hand = [_InHand(mail.uid, sizes[mail.uid], mail.raw, self._read(desk, mail.raw)) for mail in caught.mails]
        for uid, words in caught.refused.items():
            in_hand.append(_InHand(uid, sizes[uid], None, _settled(NotUnderstood(words, final=False))))
        for uid in sizes.keys() - small.keys():
            head = imap.head(uid)
            in_hand.append(_InHand(uid, sizes[uid], None, self._read(desk, head), head))
        return _Batch(desk, in_hand, self._octets(sizes))

    def _read(self, desk: Desk, raw: bytes) -> Reading:
        return self.understanding.submit(raw, policy=desk.policy.version, trust=desk.trust, mailbox=desk.name)

    def _record(self, batch: "_Batch") -> None:
        arrivals = [self._arrival(mail) for mail in batch.mails]
        self.progress(self.settings.network_seconds)
        now = self.now()
        ended = record_batch(
            self.database, batch.desk, self.checkpoint.uidvalidity, arrivals, now, reached=self._reached
        )
        self.in_hand.put_down(batch.desk.name, batch.octets)
        self._pending -= {one.uid for one in ended if one.end is not None}
        for mail, one in zip(batch.mails, ended, strict=True):
            if one.end is None:
                pause = STRIKE_PAUSE if mail.raw is not None else REFUSAL_PAUSE
                self._struck[one.uid] = self.seconds() + pause * one.strikes**2
                self.failures += 1
            else:
                self.ends[one.end] += 1
                self._undecided.pop(one.uid, None)
        self.recorded(ended)

    def _reached(self, ended: Sequence[Ended]) -> int:
        """The last UID below which every one that the folder showed has its end, once these are committed."""
        done = {one.uid for one in ended if one.end is not None}
        left = self._pending - done
        return min(left) - 1 if left else max(self._pending | done, default=self.checkpoint.last_uid)

    def _arrival(self, mail: "_InHand") -> Arrival:
        read = self._answer(mail.reading)
        if mail.size.size > self.settings.max_mail_bytes:
            whose = ""
            if isinstance(read, Understood):
                whose = f", from {read.mail.sender.address if read.mail.sender else 'nobody'}: {read.mail.subject}"
            limit = f"{mail.size.size:,} bytes, more than max_mail_bytes ({self.settings.max_mail_bytes:,})"
            read = NotUnderstood(limit + whose, final=True)
        return Arrival(mail.uid, mail.size.internaldate, mail.size.size, mail.raw, read, mail.head)

    def _answer(self, reading: Reading) -> Understood | NotUnderstood:
        """Mail may stand in line behind another mailbox's, each with its own time: waiting is no standing still."""
        while True:
            self.progress(self.settings.understand_seconds)
            with contextlib.suppress(NotYet):
                return reading.result(self.settings.understand_seconds)


@dataclass(frozen=True, slots=True)
class _InHand:
    uid: int
    size: Size
    raw: bytes | None
    """None for a mail that is too large to fetch, or that the server would not hand over."""
    reading: Reading
    head: bytes = b""
    """The beginning of a mail that is too large to fetch."""


@dataclass(frozen=True, slots=True)
class _Batch:
    desk: Desk
    """The desk it was begun under: a reload meanwhile does not mix two policies in one decision."""
    mails: Sequence[_InHand]
    octets: int = 0
    """What `InHand` counts of it."""


def _settled(answer: NotUnderstood) -> Reading:
    """A reading that has ended before it began."""
    future: Reading = Future()
    future.set_result(answer)
    return future
