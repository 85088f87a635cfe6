"""One thread for each mailbox: opens it, takes in what is there, waits for more, and opens it again after trouble.

The IMAP folder is the durable queue, so this thread may die between any two lines: the next one starts from the
checkpoint. Trouble with the server or the store ends in a new connection after a while and in a condition that `status`
shows; it never ends the thread. What is done with an open mailbox is `take_in`'s.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from intake import limits
from intake.backoff import FULL, RECONNECT
from intake.desk import Desk
from intake.first_run import Backlog, OldMailWaits
from intake.imap import Imap
from intake.imap_idle import readable
from intake.in_hand import InHand
from intake.pipeline import Ended
from intake.pulse import Pulse
from intake.settings import DaemonSettings
from intake.take_in import TakeIn
from intake.understand import Understanding
from rules.facts import TryLater
from storage import conditions
from storage.database import Database, NoRoom

log = structlog.get_logger()

IDLE_SECONDS = 240.0
"""The longest wait in one IDLE; servers may end it after 30 minutes (RFC 2177), routers forget it sooner."""
CONNECT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every receiver of a daemon shares."""

    settings: DaemonSettings
    database: Database
    understanding: Understanding
    pulse: Pulse
    now: Callable[[], datetime]
    recorded: Callable[[Sequence[Ended]], None]
    """Called from the receiver's thread after each commit."""
    room: Callable[[], str] = lambda: ""
    """Why no mail is to be taken in now (`intake.disk`); "" where nothing speaks against it."""
    holds: Callable[[str], bool] = lambda _: True
    """Whether this mailbox is this daemon's to read now."""
    opened: Callable[[], None] = lambda: None
    """Called from the receiver's thread when it has opened its mailbox, or is not to begin without a word."""
    in_hand: InHand = field(default_factory=InHand)


class Receiver(threading.Thread):
    def __init__(self, desk: Callable[[], Desk], around: Surroundings, backlog: Backlog) -> None:
        mailbox = desk().mailbox
        super().__init__(name=f"receive {mailbox.name}", daemon=True)
        self.part = f"imap {mailbox.name}"
        self.opened = threading.Event()
        """Set once the mailbox was opened well, or is another daemon's to read."""
        self.refused: OldMailWaits | None = None
        """Why the first run needs a word from the admin; the thread has ended then."""
        self.trouble = ""
        """What keeps it from reading the mailbox now; "" where nothing does."""
        self._around = around
        self._backlog = backlog
        self._desk = desk
        self._imap = Imap(mailbox.imap, read_seconds=around.settings.network_seconds)
        self._stopping = threading.Event()
        self._hurried = threading.Event()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self.take_in = TakeIn(
            desk,
            around.settings,
            around.database,
            around.understanding,
            around.now,
            progress=lambda seconds: around.pulse.expect(self.part, seconds),
            stopping=lambda: self._stopping.is_set() or not self._is_ours(),
            recorded=around.recorded,
            room=around.room,
            in_hand=around.in_hand,
        )

    @property
    def reads(self) -> bool:
        """Whether this daemon has the mailbox open now."""
        return self._imap.connected and self._is_ours()

    @property
    def certificate_ends(self) -> datetime | None:
        """When the server's certificate ends, as it was shown last; None where it showed none."""
        return self._imap.certificate_ends

    def wake(self) -> None:
        """Look at the mailbox now. From any thread."""
        with contextlib.suppress(OSError):  # a full pipe wakes just as well; a closed one has nobody to wake
            self._wake_writer.send(b"w")

    def hurry(self) -> None:
        """Try a server that refused, or limits us, again at once: an admin says that it is mended. From any thread."""
        self._hurried.set()
        self.wake()

    def stop(self) -> None:
        """End soon: what is in hand is recorded, nothing new is begun. From any thread."""
        self._stopping.set()
        self.wake()

    def run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                if not self._is_ours():
                    self._stand_by()
                    continue
                self._hurried.clear()
                self._open()
                while not self._stopping.is_set() and self._is_as_configured() and self._is_ours():
                    self._look()
                    failures = 0
                    self._wait()
            except TryLater as trouble:
                failures += 1
                self._trouble(trouble, failures)
            except Exception:
                failures += 1
                log.exception("bug_in_receiver", part=self.part)
                self._trouble(TryLater("an error of Intake's own: see the log"), failures)
        self._close()

    def once(self) -> None:
        """Take in what is there now, and end. Raises TryLater when that is not possible now."""
        if not self._is_ours():
            raise TryLater(f"another daemon reads the mailbox {self._desk().name}; `intake status` says which")
        try:
            self._open()
            if self.refused is None:
                self.take_in.drain(self._imap, patient=False)
                self.take_in.file(self._imap)
                if why := self._around.room():
                    raise TryLater(why)
        finally:
            self._close()

    def _is_ours(self) -> bool:
        return self._around.holds(self._desk().name)

    def _stand_by(self) -> None:
        """Another daemon reads the mailbox; whoever takes it for us wakes us."""
        self._imap.close()
        self.trouble = ""
        self._say_opened()
        self._around.pulse.expect(self.part, IDLE_SECONDS)
        readable([self._wake_reader], IDLE_SECONDS)
        self._drain_wake()

    def _is_as_configured(self) -> bool:
        """False once a reload brought another password or server: the mailbox is to be opened anew."""
        return self._imap.settings == self._desk().mailbox.imap

    def _open(self) -> None:
        if not self._is_as_configured():
            self._imap.close()
            self._imap = Imap(self._desk().mailbox.imap, read_seconds=self._around.settings.network_seconds)
        # Connecting is up to three commands (log in, folders, open), and the place to go on from may take a search.
        self._around.pulse.expect(self.part, CONNECT_SECONDS + 4 * self._imap.command_seconds)
        opened = self._imap.connect()
        self.refused = self.take_in.begin(self._imap, opened, self._backlog)
        if self.refused:
            self._stopping.set()
            self._around.opened()
            return
        self._note(True, "connected")
        self.trouble = ""
        self._say_opened()

    def _say_opened(self) -> None:
        self.opened.set()
        self._around.opened()

    def _look(self) -> None:
        self.take_in.drain(self._imap)
        self.take_in.file(self._imap)
        self._note(True, "takes nothing in: there is no room for it" if self._around.room() else "waiting for mail")

    def _wait(self) -> None:
        again = self.take_in.next_attempt()
        seconds = IDLE_SECONDS if again is None else min(IDLE_SECONDS, again)
        self._around.pulse.expect(self.part, seconds + 2 * self._imap.command_seconds)
        self._imap.wait(self._wake_reader, seconds)
        self._drain_wake()

    def _trouble(self, trouble: TryLater, failures: int) -> None:
        self._imap.close()
        if not self._stopping.is_set():
            log.warning("mailbox_trouble", part=self.part, why=str(trouble), failures=failures)
            self.trouble = str(trouble)
            self._note(False, self.trouble)
            self._leave_alone(limits.wait(trouble, failures, FULL if isinstance(trouble, NoRoom) else RECONNECT))

    def _leave_alone(self, seconds: float) -> None:
        """Polls do not cut the wait short: a server that limits us would be asked as often as ever."""
        end = time.monotonic() + seconds
        while not (self._stopping.is_set() or self._hurried.is_set()) and (left := end - time.monotonic()) > 0:
            if not self._is_as_configured() or not self._is_ours():
                return
            self._around.pulse.expect(self.part, left)
            readable([self._wake_reader], left)
            self._drain_wake()

    def _note(self, well: bool, detail: str) -> None:
        with (
            contextlib.suppress(TryLater),
            self._around.database.transaction(of=()) as tx,
        ):  # the store's own trouble shows
            conditions.note(tx, self.part, well, detail, self._around.now())

    def _close(self) -> None:
        self._imap.close()
        self._wake_reader.close()
        self._wake_writer.close()
        self._around.pulse.gone(self.part)

    def _drain_wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._wake_reader.recv(4096):
                pass
