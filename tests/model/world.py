"""The world of the model: a mailbox and those who write to it, a mail server for letters, a clock, a daemon.

Everything that can happen is a method; the state machine calls them in any order, and some come between two
instructions of the daemon (`MEANWHILE`). What must be true afterwards is `invariants`'s.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from intake import verdicts
from intake.first_run import Backlog
from storage import checkpoints, listings
from storage.listings import TicketFilter
from tests.intake.bouncing import bounce
from tests.model import mails
from tests.model.company import ANA, NAME, OTHER, STRANGER, SUPPORT, admit, the_desk
from tests.model.mailbox import INBOX, SHELF, TRASH, Mailbox, Message
from tests.model.mails import Robot, Trouble
from tests.model.points import Incident, What
from tests.model.process import Around, Process, Result
from tests.model.smtp import Exchange, Letter, Mood
from tests.model.store import Store
from tests.stores import new_store

_T = TypeVar("_T")
START = datetime(2026, 3, 13, 9, 30, tzinfo=UTC)
TO_STAFF = ("notice", "question", "transcript", "digest")
LONG = 200_000
"""Bytes, more than the daemon fetches."""


class World:
    def __init__(
        self, home: Path, filing: Callable[["World", Message, int, int, str], None], *, from_now: bool
    ) -> None:
        self.url = new_store(home / "intake.db")
        self.store = Store(self.url)
        """As others see it: the model itself, an admin at the shell."""
        with self.store.transaction() as tx:
            admit(tx)
        self.now = START
        """The time that it is, which the mail servers know."""
        self.skew = timedelta()
        """How far the clock of the daemon's machine is ahead."""
        self.seconds = 0.0
        self.from_now = from_now
        self.begun: datetime | None = None
        """When the daemon had first looked into the mailbox."""
        self.mailbox = Mailbox(lambda *filed: filing(self, *filed))
        self.exchange = Exchange()
        self.unanswered: set[str] = set()
        """Message-IDs of mails that are to get no automatic letter."""
        self._tried: Counter[bytes] = Counter()
        self._written = 0
        self._started = 0
        self._busy = False
        self.daemon: Process | None = None

    # ---- mail comes in

    def writes(self, sender: str, text: int = 0, *, tagless: bool = False) -> None:
        number = self._number()
        message_id = None if tagless else ""
        self._arrives(mails.written(number, sender, mails.TEXTS[text % len(mails.TEXTS)], message_id=message_id))

    def robot_writes(self, robot: Robot) -> None:
        number = self._number()
        sender = SUPPORT if robot is Robot.OWN else ANA
        raw = mails.written(number, sender, mails.QUESTION, headers=robot.value)
        self.unanswered.add(mails.message_id_of(raw))
        self._arrives(raw)

    def troubled(self, trouble: Trouble) -> None:
        self._arrives(mails.written(self._number(), ANA, mails.QUESTION, headers=f"X-Model: {trouble}"))

    def withheld(self, times: int) -> None:
        """The server does not hand a mail over so many times; 0: it says NIL each time."""
        message = self._arrives(mails.written(self._number(), ANA, mails.QUESTION))
        message.refusals, message.empty = times, not times

    def too_long(self) -> None:
        self._arrives(mails.written(self._number(), ANA, mails.QUESTION)).claimed_size = LONG

    def comes_again(self, which: int) -> None:
        """The same bytes, by a copy or because somebody's server sent them twice."""
        if message := _of(self.mailbox.messages, which):
            self._arrives(message.raw).claimed_size = message.claimed_size

    def comes_by_another_road(self, which: int) -> None:
        if message := _of(self.mailbox.messages, which):
            self._arrives(mails.by_another_road(message.raw))

    def same_message_id(self, which: int) -> None:
        """Another mail of a program that uses one Message-ID for all."""
        if (message := _of(self.mailbox.messages, which)) and (message_id := mails.message_id_of(message.raw)):
            number = self._number()
            headers = Robot.AUTO.value if message_id in self.unanswered else ""
            self._arrives(mails.written(number, OTHER, mails.QUESTION, message_id=message_id, headers=headers))

    def replies(self, which: int, more: int, sender: str = "") -> None:
        """A customer, or whoever has the letter, answers one of ours."""
        if letter := _of(self.to_customers(), which):
            text = mails.MORE[more % len(mails.MORE)]
            self._arrives(self._reply(letter, sender or letter.recipients[0], text, ""))

    def robot_answers(self, which: int, *, marked: bool) -> None:
        if letter := _of(self.to_customers(), which):
            raw = self._reply(letter, letter.recipients[0], "We have your mail.", Robot.AUTO.value if marked else "")
            if marked:
                self.unanswered.add(mails.message_id_of(raw))
            self._arrives(raw)

    def comes_back(self, which: int) -> None:
        if letter := _of(self.exchange.accepted, which):
            number = self._number()
            raw = bounce(None, of=letter.recipients[0], message_id=letter.message_id, serial=number)
            self.unanswered.add(mails.message_id_of(raw))
            self._arrives(raw)

    def staff_reply(self, which: int, said: int) -> None:
        notices = [one for one in self.exchange.accepted if _kind(one) in TO_STAFF]
        if notice := _of(notices, which):
            text = mails.SAID[said % len(mails.SAID)]
            self._arrives(self._reply(notice, notice.recipients[0], text, ""))

    def _reply(self, letter: Letter, sender: str, text: str, headers: str) -> bytes:
        to = mails.header_of(letter.raw, "Reply-To") or SUPPORT
        subject = f"Re: {mails.header_of(letter.raw, 'Subject')[:60].splitlines()[0]}"
        number = self._number()
        raw = mails.written(number, sender, text, subject=subject, answers=letter.message_id, headers=headers, to=to)
        return raw.replace(b"\r\r\n", b"\r\n")

    def _arrives(self, raw: bytes) -> Message:
        return self.mailbox.append(Message(raw, self.now))

    def _number(self) -> int:
        self._written += 1
        return self._written

    # ---- people and servers

    def person_takes(self, which: int) -> None:
        self._taken(which, SHELF)

    def person_throws_away(self, which: int) -> None:
        self._taken(which, TRASH)

    def _taken(self, which: int, folder: str) -> None:
        if message := _of(list(self.mailbox.inbox().values()), which):
            self.mailbox.takes_away(message, folder)

    def person_puts_back(self, which: int) -> None:
        there = [one for one in self.mailbox.messages if one.folder not in (INBOX, TRASH)]
        if message := _of(there, which):
            self.mailbox.puts_back(message)

    def mailbox_moves(self) -> None:
        """To another server, or home again."""
        self.mailbox.counts_anew(8 if self.mailbox.validity == 7 else 7)

    def smtp_will(self, moods: Sequence[Mood]) -> None:
        self.exchange.moods += moods

    def time_passes(self, span: timedelta) -> None:
        self.now += span
        self.seconds += span.total_seconds()

    def clock_jumps(self, skew: timedelta) -> None:
        self.skew = skew

    def pauses(self) -> None:
        self._pause(self.clock())

    def resumes(self) -> None:
        self._pause(None)

    def _pause(self, since: datetime | None) -> None:
        with self.store.transaction() as tx:
            checkpoints.pause(tx, NAME, since)

    def admin_accepts(self) -> None:
        """The newest ticket that can be."""
        for line in self._tickets("held", "declined")[:1]:
            verdicts.accept(self.store, {NAME: the_desk()}, line.reference, by="root", now=self.clock())

    def admin_declines(self) -> None:
        for line in self._tickets("held")[:1]:
            desks = {NAME: the_desk()}
            verdicts.decline(self.store, desks, line.reference, by="root", now=self.clock(), reason="No.")

    def _tickets(self, *statuses: str) -> list[listings.TicketLine]:
        with self.store.snapshot() as tx:
            return listings.tickets(tx, TicketFilter(statuses=statuses), 50)

    def clock(self) -> datetime:
        return self.now + self.skew

    # ---- the daemon

    def receive(self, incidents: Sequence[Incident] = (), looks: int | None = None) -> Result:
        result = self._heed(self.running().receive(incidents, looks))
        if result in (Result.DONE, Result.STOPPED):
            self.begun = self.begun or self.now
        return result

    def deliver(self, incidents: Sequence[Incident] = ()) -> Result:
        return self._heed(self.running().deliver(incidents))

    def sweep(self, incidents: Sequence[Incident] = ()) -> Result:
        return self._heed(self.running().sweep(incidents))

    def restart(self, incidents: Sequence[Incident] = ()) -> Result:
        """Whatever ran is gone; the next one starts."""
        self._end()
        self._started += 1
        self.daemon = Process(self._around(), f"model {self._started}")
        result = self._heed(self.daemon.start(incidents))
        if result is Result.TROUBLE:  # it says why, and ends
            self._end()
        return result

    def another_daemon_works(self, *incidents: Incident) -> None:
        """One that took over from ours, which stands still and does not know it: not a lock keeps them apart."""
        self._started += 1
        other = Process(self._around(), f"model {self._started}")
        with ThreadPoolExecutor(1) as elsewhere:  # our own event loop may be running here
            for work in (other.start, other.receive, other.deliver):
                if elsewhere.submit(work, incidents).result() is Result.DIED:
                    break
            elsewhere.submit(other.end).result()

    def running(self) -> Process:
        while self.daemon is None:
            self.restart()
        return self.daemon

    def close(self) -> None:
        self._end()
        self.store.close()  # its file is the next world's

    def to_customers(self) -> list[Letter]:
        return [one for one in self.exchange.accepted if _kind(one) not in TO_STAFF]

    def _heed(self, result: Result) -> Result:
        if result in (Result.DIED, Result.STOPPED):
            self._end()
        return result

    def _end(self) -> None:
        if self.daemon is not None:
            self.daemon.end()
        self.daemon = None

    def _around(self) -> Around:
        backlog = Backlog(from_now=self.from_now, take=not self.from_now)
        return Around(
            self.url,
            self.mailbox,
            self.exchange,
            self.clock,
            lambda: self.seconds,
            backlog,
            self._tried,
            self._meanwhile,
        )

    def _meanwhile(self, doing: str) -> None:
        if not self._busy:
            self._busy = True
            MEANWHILE[doing](self)
            self._busy = False


MEANWHILE: Mapping[str, Callable[[World], None]] = {
    "a customer writes": lambda world: world.writes(ANA),
    "a stranger writes": lambda world: world.writes(STRANGER),
    "the newest mail comes again": lambda world: world.comes_again(-1),
    "somebody answers the newest letter": lambda world: world.replies(-1, 0),
    "a robot answers the newest letter": lambda world: world.robot_answers(-1, marked=False),
    "staff close": lambda world: world.staff_reply(-1, 1),
    "somebody takes the oldest mail": lambda world: world.person_takes(0),
    "somebody throws the newest mail away": lambda world: world.person_throws_away(-1),
    "somebody puts a mail back": lambda world: world.person_puts_back(0),
    "the mailbox moves": World.mailbox_moves,
    "the clock goes back": lambda world: world.clock_jumps(timedelta(hours=-3)),
    "the clock goes ahead": lambda world: world.clock_jumps(timedelta(hours=3)),
    "an hour passes": lambda world: world.time_passes(timedelta(hours=1)),
    "the mailbox is paused": World.pauses,
    "the mailbox is resumed": World.resumes,
    "the admin accepts": World.admin_accepts,
    "the admin declines": World.admin_declines,
    "another daemon works": World.another_daemon_works,
    "another daemon dies early": lambda world: world.another_daemon_works(Incident(7, What.DIES)),
    "another daemon dies late": lambda world: world.another_daemon_works(Incident(14, What.DIES)),
}


def _of(there: Sequence[_T], which: int) -> _T | None:
    return there[which % len(there)] if there else None


def _kind(letter: Letter) -> str:
    """By our own mark, as the last word of it."""
    return mails.header_of(letter.raw, "X-Intake").rpartition(" ")[2]
