"""Compares one folder of a mailbox with the ledger: the one that mail comes to, and those that it is filed in.

The first is asked by UID alone, which is cheap: whatever stands there at or below the checkpoint has its sighting. The
others are asked by the bytes of what they hold, once each; how far that came is kept in the store batch by batch,
together with what was found, so that a look that is cut short goes on where it stood.
"""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from intake.imap import Opened
from intake.onlooker import Onlooker
from intake.settings import DaemonSettings, MailboxSettings
from intake.unknown_mail import Compared, Unknown, compare
from storage import gaps, ledger, verified
from storage.checkpoints import Checkpoint
from storage.database import Database
from storage.gaps import Gap
from storage.reconciliation import Finding, GapKind
from storage.verified import Mark

UNFILED = timedelta(hours=1)
"""How long a recorded mail may stand in the folder."""
KEPT_SECONDS = 5.0
"""After which what was compared is written down."""


MOST = 1_000
"""Gaps of one kind, or of one folder, that are kept."""
OF_INBOX = (GapKind.PASSED_OVER, GapKind.UNFILED, GapKind.CHECKPOINT)
OF_FOLDERS = (GapKind.LOST, GapKind.FOREIGN)


@dataclass(frozen=True, slots=True)
class Looking:
    """How a reconciliation is to look."""

    full: bool = False
    """Compare every body again, also those that were compared before."""
    offline: bool = False
    """At the store alone."""
    octets: int | None = None
    """Bodies fetched at most, in all; the next one goes on. None for no limit."""
    stopping: Callable[[], bool] = lambda: False
    progress: Callable[[], None] = lambda: None
    """Called between two steps."""


@dataclass(frozen=True, slots=True)
class InboxLook:
    """The folder that mail comes to."""

    folder: str
    mails: int
    """That stand there."""
    looked_at: int = 0
    """Of them at or below the checkpoint, each of which must have its sighting."""
    waiting: int = 0
    """Above it, to be taken in yet."""
    waiting_since: datetime | None = None
    found: tuple[Finding, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class FolderLook:
    """A folder of filed mail."""

    folder: str
    mails: int
    """That stand there."""
    before: int = 0
    """Of them compared by an earlier look."""
    compared: int = 0
    """By this one."""
    octets: int = 0
    changed: int = 0
    """Handed out by the server with other bytes than before, and known by Message-ID and arrival."""
    whole: bool = True
    """False where some are left to the next look."""
    trouble: str = ""


def look_at_inbox(
    database: Database,
    onlooker: Onlooker,
    mailbox: MailboxSettings,
    kept: Checkpoint | None,
    now: datetime,
) -> InboxLook:
    """The open folder against the checkpoint, which must have been loaded before it was opened. Raises TryLater."""
    opened, name = onlooker.opened, mailbox.name
    look = InboxLook(mailbox.imap.folder, opened.exists)
    if kept is None:
        return look
    if kept.uidvalidity != opened.uidvalidity:
        why = "the server counts UIDs anew, and the daemon has not opened the folder since; start it, then look again"
        return InboxLook(mailbox.imap.folder, opened.exists, trouble=f"{mailbox.imap.folder}: {why}")
    found = _ahead(name, kept, opened)
    looked_at = 0
    for window in onlooker.windows(0, kept.last_uid):
        looked_at += len(window)
        with database.snapshot() as tx:
            seen = ledger.sighted(tx, name, kept.uidvalidity, window)
            late = set(ledger.unfiled(tx, name, kept.uidvalidity, window, now - UNFILED))
        passed = [uid for uid in window if uid not in seen]
        found += _told(onlooker, name, kept.uidvalidity, GapKind.PASSED_OVER, passed[: MOST - len(found)])
        found += _told(onlooker, name, kept.uidvalidity, GapKind.UNFILED, sorted(late)[: MOST - len(found)])
    waiting, since = _waiting(database, onlooker, name, kept)
    return InboxLook(mailbox.imap.folder, opened.exists, looked_at, waiting, since, tuple(found))


def look_at_folder(
    database: Database,
    onlooker: Onlooker,
    name: str,
    folder: str,
    settings: DaemonSettings,
    now: datetime,
    looking: Looking,
) -> FolderLook:
    """A folder of filed mail of the mailbox `name`, up to so many octets of bodies. Raises TryLater."""
    opened = onlooker.open(folder)
    with database.snapshot() as tx:
        mark = verified.mark(tx, name, folder)
    if opened is None:
        return FolderLook(folder, 0, trouble=f"there is no folder {folder} any more" if mark else "")
    left = _recheck(database, onlooker, name, folder, opened)
    if looking.full or mark is None or mark.uidvalidity != opened.uidvalidity:
        mark = Mark(opened.uidvalidity, 0, 0)
    going = _Going(database, name, folder, mark, now)
    whole = True
    try:
        for batch in compare(database, onlooker, folder, mark.last_uid, settings):
            going.take(batch)
            looking.progress()
            spent = looking.octets is not None and going.octets >= looking.octets
            if spent or looking.stopping() or left + going.unknown >= MOST:
                whole = batch.last_uid >= opened.uidnext - 1
                break
    finally:
        going.keep()  # also when the server went away meanwhile
    if whole:
        _close(database, [one for one in _standing(database, name, folder) if _validity(one) != opened.uidvalidity])
    many = f"{folder}: {MOST:,} mails are unknown to the ledger; what is beyond them was not looked at"
    return FolderLook(
        folder=folder,
        mails=opened.exists,
        before=mark.mails,
        compared=going.mark.mails - mark.mails,
        octets=going.octets,
        changed=going.changed,
        whole=whole,
        trouble=many if not whole and left + going.unknown >= MOST else "",
    )


class _Going:
    """How far a comparison came, and what it found since that was last written down."""

    def __init__(self, database: Database, name: str, folder: str, mark: Mark, now: datetime) -> None:
        self._database, self._name, self._folder, self._now = database, name, folder, now
        self.mark = mark
        self.octets = self.changed = self.unknown = 0
        self._found: list[Finding] = []
        self._kept_at = time.monotonic()

    def take(self, batch: Compared) -> None:
        self.mark = Mark(self.mark.uidvalidity, batch.last_uid, self.mark.mails + batch.mails)
        self.octets, self.changed = self.octets + batch.octets, self.changed + batch.changed
        self.unknown += len(batch.unknown)
        self._found += [_finding(self._name, one) for one in batch.unknown]
        if time.monotonic() - self._kept_at > KEPT_SECONDS:
            self.keep()

    def keep(self) -> None:
        """Found and passed together: a gap that is passed is written down, or passed again."""
        with self._database.transaction(of=()) as tx:
            verified.advance(tx, self._name, self._folder, self.mark)
            gaps.add(tx, self._name, self._found, self._now)
        self._found, self._kept_at = [], time.monotonic()


def _finding(name: str, mail: Unknown) -> Finding:
    kind = GapKind.LOST if mail.ours else GapKind.FOREIGN
    identity = mail.sha256 or f"{mail.size} {mail.internaldate.isoformat()}"
    return Finding(name, kind, f"{mail.folder} {identity}", mail.about, place=(mail.uidvalidity, mail.uid))


def _recheck(database: Database, onlooker: Onlooker, name: str, folder: str, opened: Opened) -> int:
    """Gaps of the open folder are closed where the mail is gone or known by now; returns how many are left open."""
    standing = _standing(database, name, folder)
    here = {one.place[1]: one for one in standing if one.place and one.place[0] == opened.uidvalidity}
    if not here:
        return 0
    there = onlooker.flags(here)
    hashes = {uid: one.key.rpartition(" ")[2] for uid, one in here.items()}
    with database.snapshot() as tx:
        known = verified.known(tx, set(hashes.values()))
    gone = {uid for uid in here if uid not in there or hashes[uid] in known}
    _close(database, [here[uid] for uid in gone])
    return sum(one.accepted_at is None for uid, one in here.items() if uid not in gone)


def _standing(database: Database, name: str, folder: str) -> list[Gap]:
    with database.snapshot() as tx:
        found = gaps.standing(tx, [name])
    return [one for one in found if one.kind in OF_FOLDERS and one.key.startswith(folder + " ")]


def _validity(gap: Gap) -> int:
    return gap.place[0] if gap.place else 0


def _close(database: Database, closed: Collection[Gap]) -> None:
    if closed:
        with database.transaction(of=()) as tx:
            gaps.close(tx, [one.gap_id for one in closed])


def _ahead(name: str, kept: Checkpoint, opened: Opened) -> list[Finding]:
    """A checkpoint at a UID that the server has not given yet passes over the mails that will bear it."""
    if not opened.uidnext or kept.last_uid < opened.uidnext:
        return []
    about = f"UID {kept.last_uid}, the server's next one is {opened.uidnext}"
    return [Finding(name, GapKind.CHECKPOINT, str(kept.uidvalidity), about)]


def _told(onlooker: Onlooker, name: str, uidvalidity: int, kind: GapKind, uids: Collection[int]) -> list[Finding]:
    """Those that are still there, each with when it arrived."""
    found = []
    for uid, size in onlooker.sizes(uids).items():
        about = f"UID {uid}, {size.size:,} bytes, arrived {size.internaldate:%Y-%m-%d %H:%M} UTC"
        found.append(Finding(name, kind, f"{uidvalidity}/{uid}", about))
    return found


def _waiting(database: Database, onlooker: Onlooker, name: str, kept: Checkpoint) -> tuple[int, datetime | None]:
    """How many mails above the checkpoint have no end yet, and since when the first of them is there."""
    number, first = 0, None
    for window in onlooker.windows(kept.last_uid):
        with database.snapshot() as tx:
            fresh = sorted(set(window) - ledger.sighted(tx, name, kept.uidvalidity, window).keys())
        number += len(fresh)
        if fresh and first is None:
            first = next(iter(onlooker.sizes(fresh[:1]).values()), None)
    return number, first.internaldate if first else None
