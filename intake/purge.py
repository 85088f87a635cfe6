"""Takes out what is older than its class may be kept, as `[retention]` says; nothing where that says nothing.

By the command and by the nightly tick alike, and beside the daemon. What stays is told in `storage.erasure`. A portion
is one transaction, so that nobody waits long; what was taken out once is not found again, so it may be cut short.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from intake.settings import RetentionSettings, Settings
from rules.facts import address_key
from storage import erasure, leavings, retention, tickets
from storage.database import Database, Transaction
from storage.erasure import Erased
from storage.retention import OF_MAILS, OF_TICKETS, Class
from storage.tickets import Event

PURGED = "purged"
"""The event, on each ticket and once for all."""
PORTION = 50


@dataclass(frozen=True, slots=True)
class Purged:
    """What was taken out, or with a dry run would be."""

    by_class: Mapping[Class, Erased]
    """Of the classes that are not kept for ever."""

    @property
    def all(self) -> Erased:
        return sum(self.by_class.values(), Erased())


def purge(
    settings: Settings,
    database: Database,
    now: datetime,
    by: str,
    *,
    dry_run: bool = False,
    stopping: Callable[[], bool] = lambda: False,
) -> Purged:
    """Raises TryLater. `by`: for the log."""
    staff = {address_key(one.email) for one in settings.staff}
    found = {}
    for of, days in kept_days(settings.retention).items():
        before = now - timedelta(days=days)
        found[of] = _look(database, of, before) if dry_run else _purge(database, of, before, now, by, staff, stopping)
    done = Purged(found)
    if not dry_run and done.all != Erased():
        with database.transaction(of=()) as tx:
            tickets.log(tx, Event(now, PURGED, by, {of.value: _told(one) for of, one in found.items()}))
        leavings.scrub(database)
    return done


def kept_days(retention: RetentionSettings) -> dict[Class, int]:
    """Days by class, of those that are not kept for ever."""
    days = {
        Class.DECLINED: retention.declined_days,
        Class.ROUTED: retention.routed_days,
        Class.CLOSED: retention.closed_days,
        Class.IGNORED: retention.ignored_days,
        Class.QUARANTINED: retention.quarantined_days,
        Class.LETTERS: retention.letters_days,
    }
    return {of: number for of, number in days.items() if number}


def _look(database: Database, of: Class, before: datetime) -> Erased:
    found, last = Erased(), 0
    while True:
        with database.snapshot() as tx:
            ids = retention.due(tx, of, before, last, 500)
            if not ids:
                return found
            mails, letters, octets = retention.size(tx, of, ids)
        found += Erased(len(ids) if of in OF_TICKETS else 0, mails, letters, octets)
        last = ids[-1]


def _purge(
    database: Database,
    of: Class,
    before: datetime,
    now: datetime,
    by: str,
    staff: set[str],
    stopping: Callable[[], bool],
) -> Erased:
    erased, last = Erased(), 0
    while not stopping():
        with database.transaction() as tx:
            ids = retention.due(tx, of, before, last, PORTION)
            if not ids:
                break
            erased += _take_out(tx, of, ids, now, by, staff)
        last = ids[-1]
    return erased


def _take_out(tx: Transaction, of: Class, ids: list[int], now: datetime, by: str, staff: set[str]) -> Erased:
    if of in OF_MAILS:
        return erasure.mails(tx, ids, now, staff)
    if of not in OF_TICKETS:
        return erasure.letters(tx, ids, now)
    erased = erasure.whole_tickets(tx, ids, now, staff)
    tickets.log(tx, *(Event(now, PURGED, by, {"kind": of.value}, one) for one in ids))
    return erased


def _told(erased: Erased) -> dict[str, int]:
    return {"tickets": erased.tickets, "mails": erased.mails, "letters": erased.letters}
