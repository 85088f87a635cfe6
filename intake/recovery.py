"""After a restore: takes in again what was recorded after the backup was made, without a second letter to anybody.

Such mail stands in the processed or the quarantine folder and the ledger does not know its bytes; or it still lies in
the inbox, and came before the old daemon can have ended. It was answered then, so it is recorded as `reentry` does:
customers get nothing. It may be repeated, for what the ledger knows is left alone. Tickets get numbers above all that
can have been given out since the backup; seals of notices from before are void afterwards.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from intake import waiting
from intake.desk import Desk
from intake.imap import FAILED, Opened
from intake.onlooker import Onlooker
from intake.reentry import NO_UIDVALIDITY, WHY, Returning, reenter
from intake.settings import DaemonSettings
from intake.understand import Understanding
from intake.unknown_mail import OURS, Unknown, compare, folders
from rules.facts import End
from storage import checkpoints, restoration, verified
from storage.database import Database

ALIVE = timedelta(minutes=10)
"""So long after its last trace the old daemon may have lived: what had reached the inbox by then may be answered."""


@dataclass(slots=True)
class Recovered:
    """What was found for one mailbox."""

    mailbox: str
    ends: Counter[End] = field(default_factory=Counter)
    """How the mails ended that were taken in."""
    of_inbox: int = 0
    """How many of them still lay in the inbox."""
    left: int = 0
    """Mails of the inbox that the daemon will take in and answer."""
    until: datetime | None = None
    """What had reached the inbox by then counts as answered."""
    next_number: int | None = None
    """Of tickets, where it was moved on."""


@dataclass(frozen=True, slots=True)
class _Job:
    database: Database
    desk: Desk
    pool: Understanding
    settings: DaemonSettings
    now: datetime
    looking: Callable[[str, str], None]
    backup_of: datetime | None
    """None where the store was recovered before, and is only looked through again."""


def recover(
    database: Database,
    desks: Sequence[Desk],
    settings: DaemonSettings,
    now: datetime,
    *,
    answered_until: datetime | None = None,
    looking: Callable[[str, str], None] = lambda mailbox, folder: None,
) -> list[Recovered]:
    """Take in what the folders hold and the store does not know; the daemon may be started afterwards.

    `answered_until`: mail that had reached the inbox by then counts as answered; without it the last trace of the old
    daemon decides. `looking` hears which folder is read now: a large one takes minutes. Raises TryLater where a server
    or the store does not answer: what was recorded by then stays, and another call goes on.
    """
    unfinished = restoration.unfinished(database)
    told, seen = [], set[tuple[str, int, str, str]]()
    with closing(_readers(desks, settings)) as pool:
        for desk in desks:
            job = _Job(database, desk, pool, settings, now, looking, unfinished.since if unfinished else None)
            imap = desk.mailbox.imap
            # Several mailboxes may file into one folder of one account: what stands there is the first one's.
            fresh = [one for one in folders(imap) if (imap.host, imap.port, imap.username, one) not in seen]
            seen |= {(imap.host, imap.port, imap.username, one) for one in fresh}
            told.append(_mailbox(job, fresh, answered_until))
    with database.transaction() as tx:
        for desk in desks:
            for wait in list(waiting.due(tx, desk, now)):  # whoever lets us wait may have been reminded since
                waiting.tell(tx, replace(desk, silent=WHY), wait, now)
        if unfinished:
            restoration.finish(tx, f"recovered {sum(sum(one.ends.values()) for one in told)} mail(s)", now)
    return told


def skip(database: Database, desks: Sequence[Desk], now: datetime, mails: int = 10_000) -> None:
    """Let the daemon start without a recovery: mails filed since stay unknown, and ticket numbers go on far above."""
    with database.transaction() as tx:
        for desk in desks:
            restoration.pass_over(tx, desk.name, mails)
        restoration.finish(tx, "nothing was recovered, as the admin asked", now)


def _mailbox(job: _Job, wanted: Sequence[str], answered_until: datetime | None) -> Recovered:
    told, imap = Recovered(job.desk.name), job.desk.mailbox.imap
    with _onlooker(job) as (onlooker, opened):
        if job.backup_of is not None:
            with job.database.transaction() as tx:
                told.next_number = restoration.pass_over(tx, job.desk.name, _came_since(job, opened))
        last = job.backup_of
        for folder in wanted:
            for found in _unknown(job, onlooker, folder):
                failed = {one.uid for one in found} if folder == imap.quarantine_folder else set()
                _take(job, found, told, failed)
                last = max([one.internaldate for one in found] + ([last] if last else []))
        told.until = answered_until or (last + ALIVE if job.backup_of and last else None)
        if told.until is not None:
            _inbox(job, onlooker, told, told.until)
    return told


def _unknown(job: _Job, onlooker: Onlooker, folder: str) -> Iterator[tuple[Unknown, ...]]:
    """In the order in which they were filed; from where the last reconciliation before the backup had come to."""
    job.looking(job.desk.name, folder)
    opened = onlooker.open(folder)
    if opened is None:
        return
    with job.database.snapshot() as tx:
        mark = verified.mark(tx, job.desk.name, folder)
    above = mark.last_uid if mark and mark.uidvalidity == opened.uidvalidity else 0
    for batch in compare(job.database, onlooker, folder, above, job.settings):
        if batch.unknown:
            yield batch.unknown


def _inbox(job: _Job, onlooker: Onlooker, told: Recovered, until: datetime) -> None:
    """What the old daemon had recorded and not come to file: certainly what bears its keyword, perhaps what is old
    enough."""
    opened = onlooker.open(job.desk.mailbox.imap.folder)
    assert opened is not None  # it was open before
    with job.database.snapshot() as tx:
        kept = checkpoints.load(tx, job.desk.name)
    above = kept.last_uid if kept and kept.uidvalidity == opened.uidvalidity else 0
    for batch in compare(job.database, onlooker, job.desk.mailbox.imap.folder, above, job.settings):
        flags = onlooker.flags([one.uid for one in batch.unknown]) if batch.unknown else {}
        mine = [one for one in batch.unknown if not (kept and kept.before and one.internaldate < kept.before)]
        due = tuple(one for one in mine if one.internaldate <= until or flags.get(one.uid, frozenset()) & OURS)
        failed = {uid for uid, words in flags.items() if FAILED.casefold() in words}
        _take(job, due, told, failed, opened.uidvalidity)
        told.of_inbox += len(due)
        told.left += len(mine) - len(due)


def _take(
    job: _Job, found: Sequence[Unknown], told: Recovered, failed: Collection[int], uidvalidity: int = NO_UIDVALIDITY
) -> None:
    """`failed` stood in quarantine. `uidvalidity` is the inbox's, for mail that lies there."""
    if not found:
        return
    wanted = [one.raw if one.uid not in failed else None for one in found]
    answers = [
        job.pool.submit(raw, policy=job.desk.policy.version, trust=job.desk.trust) if raw else None for raw in wanted
    ]
    returning = [
        Returning(one, answer.result() if answer else None) for one, answer in zip(found, answers, strict=True)
    ]
    done = reenter(job.database, replace(job.desk, silent=WHY), returning, job.now, uidvalidity)
    told.ends.update(one.end for one in done)


def _came_since(job: _Job, opened: Opened) -> int:
    """How many tickets can have been opened since the backup: one for each UID that was given out, and one for each
    mail that a person took out of quarantine."""
    with job.database.snapshot() as tx:
        kept = checkpoints.load(tx, job.desk.name)
        quarantined = restoration.quarantined(tx, job.desk.name)
    same = kept is not None and kept.uidvalidity == opened.uidvalidity
    return max(opened.uidnext - 1 - (kept.last_uid if kept and same else 0), opened.exists) + quarantined


@contextmanager
def _onlooker(job: _Job) -> Iterator[tuple[Onlooker, Opened]]:
    onlooker = Onlooker(job.desk.mailbox.imap, read_seconds=job.settings.network_seconds)
    try:
        yield onlooker, onlooker.connect()
    finally:
        onlooker.close()


def _readers(desks: Sequence[Desk], settings: DaemonSettings) -> Understanding:
    return Understanding(
        {desk.policy.version: desk.policy for desk in desks},
        workers=settings.workers,
        seconds=settings.understand_seconds,
        memory=settings.understand_bytes,
    )
