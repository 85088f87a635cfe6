"""Proves that every mail ever seen ended in exactly one place, and names what cannot be accounted for.

First the ledger against itself, then the folders against the ledger: what stands in the mailbox's folder and was passed
over, what was filed and the ledger does not know. What people deleted or moved away is no gap. It may run beside the
daemon, on a connection of its own; no mail is changed. A gap stays in the store until it is accounted for or accepted,
and bodies that were compared once are not fetched again but with `full`.
"""

import os
import socket
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from intake.folder_look import (
    MOST,
    OF_FOLDERS,
    OF_INBOX,
    FolderLook,
    InboxLook,
    Looking,
    look_at_folder,
    look_at_inbox,
)
from intake.onlooker import Onlooker
from intake.settings import MailboxSettings, Settings
from intake.unknown_mail import folders
from rules.facts import TryLater
from storage import checkpoints, gaps, locks, reconciliation
from storage.database import Database, Transaction
from storage.gaps import Gap
from storage.reconciliation import PORTION, Counted, Finding, GapKind

FAILING = timedelta(hours=1)
"""A mail that failed is tried again within minutes; this long without another try, nobody tries it."""
EVERYTHING_NEW = Looking()
TAKEN_BACK_SECONDS = 15
OF_STORE = tuple(kind for kind in GapKind if kind not in (*OF_INBOX, *OF_FOLDERS))


@dataclass(frozen=True, slots=True)
class MailboxLook:
    """What was looked at of one mailbox of the configuration."""

    name: str
    inbox: InboxLook | None = None
    folders: tuple[FolderLook, ...] = ()
    filed: int = 0
    """UIDs that were moved out of its folder, whenever that was."""
    trouble: str = ""
    """Why its folders could not be looked at, or not wholly."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was looked at, and what cannot be accounted for."""

    at: datetime
    seconds: float
    mails: tuple[Counted, ...]
    """How the mails ended, by mailbox."""
    uids: tuple[Counted, ...]
    """How the UIDs that the mailboxes showed ended."""
    mailboxes: tuple[MailboxLook, ...]
    """Empty offline."""
    gaps: tuple[Gap, ...]
    """That stand, accepted ones among them."""
    more: dict[GapKind, int] = field(default_factory=dict)
    """How many gaps of a kind there are beyond those."""

    @property
    def open(self) -> tuple[Gap, ...]:
        """The gaps that nobody has accepted."""
        return tuple(one for one in self.gaps if one.accepted_at is None)

    @property
    def well(self) -> bool:
        return not self.open and not self.more and not any(one.trouble for one in self.mailboxes)


def reconcile(
    settings: Settings,
    database: Database,
    now: datetime,
    names: Collection[str] | None = None,
    looking: Looking = EVERYTHING_NEW,
    is_alive: Callable[[str], bool] | None = None,
) -> Reconciliation:
    """Of these mailboxes, or of all that the store or the configuration knows. Raises TryLater for the store's trouble.

    `is_alive` knows whether who claimed letters still lives. A server's trouble is told in the mailbox's look.
    """
    began = time.monotonic()
    ledger = _ledger(database, now, names, looking, is_alive)
    wanted = [one for one in settings.mailbox if names is None or one.name in names]
    looks = [] if looking.offline else _looks(settings, database, wanted, now, looking)
    about = sorted({*(one.name for one in wanted), *(names or ()), *ledger.names})
    with database.snapshot() as tx:
        standing = gaps.standing(tx, about)
    return Reconciliation(
        at=now,
        seconds=time.monotonic() - began,
        mails=tuple(ledger.counted(ledger.mails)),
        uids=tuple(ledger.counted(ledger.uids)),
        mailboxes=tuple(looks),
        gaps=tuple(standing),
        more=ledger.more,
    )


def _living(database: Database, tx: Transaction) -> Callable[[str], bool]:
    return lives if database.is_sqlite else lambda owner: bool(locks.holders(tx, [locks.daemon(owner)]))


def lives(owner: str) -> bool:
    """Whether the process that claimed something is there; of another machine nobody here can tell, so it is."""
    host, number, *_ = [*owner.split(" "), "", ""]
    if not owner:
        return False
    if host != socket.gethostname() or not number.isdecimal():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@dataclass(slots=True)
class _Ledger:
    """What the store says, added up portion by portion."""

    names: set[str]
    only: Collection[str] | None
    mails: dict[tuple[str, str], int] = field(default_factory=dict)
    uids: dict[tuple[str, str], int] = field(default_factory=dict)
    found: dict[GapKind, list[Finding]] = field(default_factory=dict)
    more: dict[GapKind, int] = field(default_factory=dict)

    def count(self, into: dict[tuple[str, str], int], counted: Iterable[Counted]) -> None:
        for one in counted:
            self.names.add(one.mailbox)
            into[one.mailbox, one.end] = into.get((one.mailbox, one.end), 0) + one.number

    def counted(self, sums: dict[tuple[str, str], int]) -> list[Counted]:
        return [
            Counted(*place, number)
            for place, number in sorted(sums.items())
            if self.only is None or place[0] in self.only
        ]

    def take(self, found: Iterable[Finding]) -> None:
        for one in found:
            if self.only is not None and one.mailbox not in self.only:
                continue
            self.names.add(one.mailbox)
            there = self.found.setdefault(one.kind, [])
            if len(there) < MOST:
                there.append(one)
            else:
                self.more[one.kind] = self.more.get(one.kind, 0) + 1


def _ledger(
    database: Database,
    now: datetime,
    names: Collection[str] | None,
    looking: Looking,
    is_alive: Callable[[str], bool] | None,
) -> _Ledger:
    """Every question to the store, each portion in a view of its own, so that none lasts long."""
    with database.snapshot() as tx:
        mails, tickets = reconciliation.last_mail(tx), reconciliation.last_ticket(tx)
        ledger = _Ledger(set(checkpoints.names(tx)), names)
        ledger.count(ledger.uids, reconciliation.uids_left_alone(tx))
        ledger.take(reconciliation.of_uids_without_mail(tx, MOST + 1))
        ledger.take(reconciliation.of_letters(tx, is_alive or _living(database, tx), MOST + 1))
        ledger.take(reconciliation.of_failing(tx, now - FAILING, MOST + 1))
    for after in range(0, mails, PORTION):
        _check(looking)
        with database.snapshot() as tx:
            ledger.count(ledger.mails, reconciliation.mail_ends(tx, after, after + PORTION))
            ledger.count(ledger.uids, reconciliation.uid_ends(tx, after, after + PORTION))
            ledger.take(reconciliation.of_mails(tx, after, after + PORTION))
    for after in range(0, tickets, PORTION):
        _check(looking)
        with database.snapshot() as tx:
            ledger.take(reconciliation.of_tickets(tx, after, after + PORTION))
    if GapKind.CLAIMED in ledger.found and is_alive is None and not database.is_sqlite:
        _ask_again(database, ledger)
    about = ledger.names if names is None else set(names)
    with database.transaction(of=()) as tx:
        gaps.keep(tx, about, OF_STORE, [one for found in ledger.found.values() for one in found], now)
    return ledger


def _ask_again(database: Database, ledger: _Ledger) -> None:
    """Of daemons that share a store another one takes such letters back, within seconds."""
    time.sleep(TAKEN_BACK_SECONDS)
    with database.snapshot() as tx:
        left = {one.key for one in reconciliation.of_letters(tx, _living(database, tx), MOST + 1)}
    ledger.found[GapKind.CLAIMED] = [one for one in ledger.found[GapKind.CLAIMED] if one.key in left]


def _check(looking: Looking) -> None:
    looking.progress()
    if looking.stopping():
        raise TryLater("the reconciliation was stopped before its end; it is done again tomorrow")


def _looks(
    settings: Settings, database: Database, wanted: Iterable[MailboxSettings], now: datetime, looking: Looking
) -> list[MailboxLook]:
    looks = []
    left, seen = looking.octets, set[tuple[str, int, str, str]]()
    for mailbox in wanted:
        imap = mailbox.imap
        # Several mailboxes may file into one folder of one account: the first of them answers for it.
        fresh = [one for one in folders(imap) if (imap.host, imap.port, imap.username, one) not in seen]
        seen |= {(imap.host, imap.port, imap.username, one) for one in fresh}
        look = _look(settings, database, mailbox, fresh, now, looking, left)
        if left is not None:
            left = max(0, left - sum(one.octets for one in look.folders))
        looks.append(look)
    return looks


def _look(
    settings: Settings,
    database: Database,
    mailbox: MailboxSettings,
    wanted: Iterable[str],
    now: datetime,
    looking: Looking,
    octets: int | None,
) -> MailboxLook:
    onlooker = Onlooker(mailbox.imap, read_seconds=settings.daemon.network_seconds)
    inbox, found, trouble = None, list[FolderLook](), ""
    with database.snapshot() as tx:
        filed = reconciliation.filed(tx, mailbox.name)
        kept = checkpoints.load(tx, mailbox.name)
    try:
        onlooker.connect()
        inbox = look_at_inbox(database, onlooker, mailbox, kept, now)
        if not inbox.trouble:
            with database.transaction(of=()) as tx:
                gaps.keep(tx, [mailbox.name], OF_INBOX, inbox.found, now)
        for folder in wanted:
            _check(looking)
            left = None if octets is None else octets - sum(one.octets for one in found)
            of_this = replace(looking, octets=left)
            found.append(look_at_folder(database, onlooker, mailbox.name, folder, settings.daemon, now, of_this))
    except TryLater as error:
        trouble = str(error)
    finally:
        onlooker.close()
    troubles = [trouble, inbox.trouble if inbox else "", *(one.trouble for one in found)]
    return MailboxLook(mailbox.name, inbox, tuple(found), filed, "; ".join(filter(None, troubles)))
