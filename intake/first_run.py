"""Finds the place from which a mailbox is read on; on its first run, and after a new UIDVALIDITY, makes one.

Mail that is older than a day on a first run is answered, or left alone, only on the admin's word. What was sighted
before under a UIDVALIDITY that comes back is not begun with again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from intake.imap import Opened, Size
from rules.facts import End
from storage import checkpoints, ledger
from storage.checkpoints import Checkpoint
from storage.database import Database
from storage.ledger import Sighting

log = structlog.get_logger()

OLD_MAIL = timedelta(days=1)
"""Mail older than this on a first run asks for the admin's word."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What the admin says of mail that is there before the first run."""

    from_now: bool = False
    take: bool = False


@dataclass(frozen=True, slots=True)
class OldMailWaits:
    """A mailbox on its first run holds mail older than a day, and nobody has said what is to become of it."""

    mailbox: str
    mails: int
    oldest: datetime


def begin(
    database: Database,
    name: str,
    opened: Opened,
    backlog: Backlog,
    now: datetime,
    sizes: Callable[[], Mapping[int, Size]],
) -> Checkpoint | OldMailWaits:
    """Where to go on from in the mailbox `name`; `sizes` asks the server for all that is there.

    OldMailWaits, with nothing changed, where the admin must first say what old mail is to be.
    """
    with database.snapshot() as tx:
        kept = checkpoints.load(tx, name)
    if kept and kept.uidvalidity == opened.uidvalidity:
        return kept
    asked = kept.before is not None if kept else backlog.from_now or not backlog.take
    there = sizes() if asked else {}
    before = kept.before if kept else _after(there) if backlog.from_now else None
    if not kept and not backlog.from_now and not backlog.take:
        old = [size.internaldate for size in there.values() if size.internaldate < now - OLD_MAIL]
        if old:
            return OldMailWaits(name, len(old), min(old))
    if kept:
        log.warning("uidvalidity_changed", mailbox=name, was=kept.uidvalidity, now=opened.uidvalidity)
    return _start(database, name, opened, before, now, there)


def _after(there: Mapping[int, Size]) -> datetime | None:
    """The second after the last of these arrived, by the server's clock: ours may be wrong, and what comes later is
    ours to answer."""
    return max((size.internaldate + timedelta(seconds=1) for size in there.values()), default=None)


def _start(
    database: Database,
    name: str,
    opened: Opened,
    before: datetime | None,
    now: datetime,
    there: Mapping[int, Size],
) -> Checkpoint:
    with database.transaction(of=()) as tx:
        started = checkpoints.start(tx, name, opened.uidvalidity, before)
        if before:
            # A UIDVALIDITY may come back, as after a fail-over to a replica and home again.
            seen = ledger.sighted(tx, name, opened.uidvalidity, there)
            passed = [uid for uid, size in there.items() if size.internaldate < before and uid not in seen]
            left = [Sighting(uid, End.BEFORE_START, filed=True) for uid in passed]
            ledger.sight(tx, name, opened.uidvalidity, left, now)
    return started
