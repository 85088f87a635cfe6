"""Keeps what this daemon has to itself: the name under which it claims letters, and the mailboxes that it reads.

A thread tells the store every few seconds that the daemon lives, takes mailboxes that are free, and leaves to others
their share. When its session is lost (the store restarted, the network broke, the process stood still) all it held is
lost with it: it begins anew, under another name, so that what was claimed under the old one is nobody's. The others
ask here before they begin with anything; what is in hand they finish, which the store makes harmless.
"""

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

import structlog

from rules.facts import TryLater
from storage import locks
from storage.database import Database
from storage.locks import Session

log = structlog.get_logger()

BEAT_SECONDS = 2.0
FRESH_SECONDS = 7.0
"""So long after the last beat the session lives for sure: the server waits longer (`locks.IDLE_SECONDS`)."""
PATIENCE = 2
"""Beats for which a mailbox that is another daemon's share is left to it."""
ALONE = "a command that must be alone works on the database (`intake db upgrade`, `restore`): start when it has ended"


class Keeper(threading.Thread):
    def __init__(self, database: Database, mailboxes: Collection[str], changed: Callable[[], None]) -> None:
        """`changed` is called from this thread whenever something was taken or lost."""
        super().__init__(name="keep", daemon=True)
        self._database = database
        self._mailboxes = sorted(mailboxes)
        self._changed = changed
        self._stopping = threading.Event()
        self._session: Session | None = None
        self._held: frozenset[str] = frozenset()
        self._heard = 0.0
        self._anchor: tuple[datetime, float] | None = None
        self._share = _Share(len(self._mailboxes))

    def begin(self) -> None:
        """The first session; then `start` keeps it. Raises TryLater."""
        self._open()
        self._take()

    def run(self) -> None:
        while not self._stopping.wait(BEAT_SECONDS):
            self.beat()

    def beat(self) -> None:
        """What the thread does, over and over."""
        before = self._session, self._held
        try:
            if self._session is None:
                self._open()
            else:
                self._say(self._session)
            self._take()
        except TryLater as trouble:
            self._lose(str(trouble))
        if before != (self._session, self._held):
            self._changed()

    def stop(self) -> None:
        """Everything is free from now on."""
        self._stopping.set()
        if self.is_alive():
            self.join(2 * BEAT_SECONDS)
        session, self._session, self._held = self._session, None, frozenset()
        if session is not None:
            session.close()

    @property
    def owner(self) -> str | None:
        """The name to claim under; None while it is not sure that this daemon still has it."""
        session = self._session
        if session is None or not (self._database.is_sqlite or time.monotonic() - self._heard < FRESH_SECONDS):
            return None
        return session.owner

    def holds(self, mailbox: str) -> bool:
        return mailbox in self._held

    @property
    def living(self) -> int:
        """How many daemons work on this store."""
        return self._share.living

    def now(self) -> datetime:
        """The store's time: what a daemon on another machine says, too, however wrong its own clock is."""
        if self._anchor is None:
            return datetime.now(UTC)
        told, at = self._anchor
        return told + timedelta(seconds=time.monotonic() - at)

    def _open(self) -> None:
        owner = f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(3)}"
        session = Session(self._database, owner)
        try:
            if not session.share(locks.DAEMONS):
                raise TryLater(ALONE)
            session.take(locks.daemon(owner))
            self._say(session)
        except TryLater:
            session.close()
            raise
        self._session = session

    def _say(self, session: Session) -> None:
        asked = time.monotonic()
        if told := session.beat():
            self._anchor = told, (asked + time.monotonic()) / 2
        self._heard = asked

    def _take(self) -> None:
        session = self._session
        assert session is not None
        for name in self._share.surplus(self._held, session.living()):
            self._held -= {name}
            session.give_up(locks.mailbox(name))
            log.info("mailbox_left_to_another_daemon", mailbox=name)
        others = set(self._mailboxes) - self._held
        taken = session.taken([locks.mailbox(name) for name in others])
        free = {name for name in others if locks.mailbox(name) not in taken}
        for name in self._share.wanted(free, len(self._held)):
            if session.take(locks.mailbox(name)):
                self._held |= {name}
                self._share.got(name, len(self._held))

    def _lose(self, why: str) -> None:
        session, self._session, self._held = self._session, None, frozenset()
        self._share = _Share(len(self._mailboxes))
        log.warning("store_trouble", part="locks", why=why)
        if session is not None:
            session.close()


class _Share:
    """Which mailboxes are this daemon's: as many as anybody's, and what nobody else takes."""

    def __init__(self, mailboxes: int) -> None:
        self._mailboxes = mailboxes
        self._left: dict[str, int] = {}
        """Mailbox that nobody has -> beats for which it has been left to others. What somebody has is not counted: else
        it would go, when that one leaves it to a newcomer, to whoever looks first."""
        self._unwanted: set[str] = set()
        """What others left lie: perhaps their configuration does not have it."""
        self.living = 1

    @property
    def fair(self) -> int:
        return -(-self._mailboxes // self.living)

    def surplus(self, held: Collection[str], living: int) -> list[str]:
        """What to leave to others now that so many daemons live."""
        if living != self.living:
            self.living, self._unwanted = max(1, living), set()
        own = sorted(set(held) - self._unwanted)
        return own[max(0, self.fair - (len(held) - len(own))) :] if len(held) > self.fair else []

    def wanted(self, free: Collection[str], held: int) -> list[str]:
        """What to try to take, in this order: up to a fair share, and what has been left to others for a while."""
        self._left = {name: self._left.get(name, 0) + 1 for name in free}
        long = [name for name in sorted(free) if self._left[name] > PATIENCE]
        return long + [name for name in sorted(free) if name not in long][: max(0, self.fair - held)]

    def got(self, name: str, held: int) -> None:
        self._left.pop(name, None)
        if held > self.fair:
            self._unwanted.add(name)
