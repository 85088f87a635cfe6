"""Looks, every half minute, whether mail can come in and letters can leave, and says so where they cannot.

What it finds stands in `status` for as long as it lasts, and is told to staff once: a disk below its floor at once,
letters that do not leave at each threshold of the configuration. A backlog that moves is no trouble: letters count from
when they have waited for a quarter of an hour. It sends and stops nothing, but for one kind of letter: a reminder that
a ticket waits for its customer, when the ticket waits for him no more. An acknowledgement is owed however late.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from intake.alarms import raise_alarm
from intake.desk import Desk
from intake.disk import PART as DISK
from intake.disk import Disk
from intake.settings import DaemonSettings
from intake.standing import span
from rules.lifecycle import Status
from storage import backlogs, checkpoints, conditions, tickets
from storage.backlogs import Backlog
from storage.database import Database, Transaction
from storage.tickets import Event
from storage.waits import REMINDED

OUTBOX = "outbox"
"""For `status`, followed by the mailbox's name; and the headline of its alarm."""
LATE = timedelta(minutes=15)
STALE = timedelta(hours=1)
"""A reminder that has waited for so long is looked at again before it goes."""
WITHDRAWN = "letter_withdrawn"
POINTLESS = "The ticket waits for its customer no more."


def look(database: Database, desks: Mapping[str, Desk], settings: DaemonSettings, disk: Disk, now: datetime) -> int:
    """Note and tell what is the matter; returns how many were told. Raises TryLater."""
    shortage = disk.shortage()
    with database.snapshot() as tx:
        before = {one.part: one for one in conditions.current(tx) if not one.well}
        waiting = {one.mailbox: one for one in backlogs.of_letters(tx, now - LATE)}
    levels = {name: level(waiting.get(name), settings, now, troubled=f"{OUTBOX} {name}" in before) for name in desks}
    told = 0
    if shortage or DISK in before:
        told += _tell_of_disk(database, desks, shortage, now)
    for name, desk in desks.items():
        if levels[name] is not None or f"{OUTBOX} {name}" in before:
            told += _tell_of_letters(database, desk, waiting.get(name), levels[name], settings, now)
    if any(now - one.oldest_at > STALE for one in waiting.values()):
        _withdraw(database, now)
    return told


def level(backlog: Backlog | None, settings: DaemonSettings, now: datetime, *, troubled: bool) -> int | None:
    """How many thresholds are reached; None where all is well. What was `troubled` is well again only when half of the
    lowest number is left, so that nobody is told twice of what goes up and down."""
    if backlog is None:
        return None
    age = now - backlog.oldest_at
    reached = sum(backlog.late >= number for number in settings.outbox_alarm_letters)
    reached += sum(age >= timedelta(hours=hours) for hours in settings.outbox_alarm_hours)
    if reached:
        return reached
    half = min(settings.outbox_alarm_letters, default=0) // 2
    return 0 if troubled and backlog.late > half > 0 else None


def _tell_of_disk(database: Database, desks: Mapping[str, Desk], shortage: str, now: datetime) -> int:
    with database.transaction() as tx:
        since = _note(tx, DISK, shortage, "there is room for mail", now)
        if not shortage:
            return 0
        return raise_alarm(tx, desks.values(), DISK, f"{DISK}.{_stamp(since)}", shortage, now)


def _tell_of_letters(
    database: Database,
    desk: Desk,
    backlog: Backlog | None,
    reached: int | None,
    settings: DaemonSettings,
    now: datetime,
) -> int:
    with database.transaction(of=[desk.policy.name]) as tx:
        why = _words(tx, desk, backlog, now) if backlog and reached is not None else ""
        since = _note(tx, f"{OUTBOX} {desk.name}", why, "letters leave", now)
        if not why or not reached:
            return 0
        keys = [f"{OUTBOX}.{desk.name}.{_stamp(since)}.{number}" for number in range(reached, _most(settings) + 1)]
        # A higher threshold tells of a lower one as well, also when it is only the lower that is reached again.
        return raise_alarm(tx, [desk], OUTBOX, keys[0], why, now, mail=False, told_by=keys[1:])


def _most(settings: DaemonSettings) -> int:
    return len(settings.outbox_alarm_letters) + len(settings.outbox_alarm_hours)


def _words(tx: Transaction, desk: Desk, backlog: Backlog, now: datetime) -> str:
    """With what the deliverer says: a letter waits for a reason."""
    smtp = next((one for one in conditions.current(tx) if one.part == f"smtp {desk.name}" and not one.well), None)
    if desk.name in checkpoints.paused(tx):
        why = "they are paused: `intake resume` lets them go"
    elif smtp:
        why = smtp.detail
    else:
        why = "see `intake outbox list` for the reason of each"
    said = (
        f"{backlog.letters:,} letter(s) of {desk.name} wait to be sent, the oldest for {span(now - backlog.oldest_at)}"
    )
    return f"{said}; mail is taken in all the same; {why}"


def _note(tx: Transaction, part: str, trouble: str, well: str, now: datetime) -> datetime:
    """Returns since when it has been so."""
    conditions.note(tx, part, not trouble, trouble or well, now)
    return next(one.since for one in conditions.current(tx) if one.part == part)


def _withdraw(database: Database, now: datetime) -> None:
    with database.transaction() as tx:
        for letter_id, ticket_id in backlogs.withdraw(tx, REMINDED, Status.WAITING, now - STALE, POINTLESS):
            tickets.log(tx, Event(now, WITHDRAWN, "intake", {"letter": letter_id, "why": POINTLESS}, ticket_id))


def _stamp(since: datetime) -> str:
    return f"{since:%Y%m%dT%H%M%S}"
