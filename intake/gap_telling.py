"""Tells people of gaps: each once, by an event, a notice and a page, and in `status` for as long as it stands.

A mail that somebody else put into a folder of ours pages nobody: it may be a customer's who waits, so staff hear of it
by mail. What was accepted at the shell is not told any more.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from intake import own_letters
from intake.compose import LetterKind
from intake.crowding import ON_CALL
from intake.desk import Desk
from intake.gap_words import remedy, what
from intake.letter_order import Reported
from intake.reconcile import Reconciliation
from storage import conditions, gaps, tickets
from storage.database import Database, Transaction
from storage.gaps import Gap
from storage.reconciliation import GapKind
from storage.tickets import Event

PART = "reconcile"
GAP, ACCEPTED = "gap", "gap_accepted"
"""Events of no ticket."""
TEMPLATE, PAGE = "gap", "gap_page"
MOST = 20
"""Gaps that one letter tells one by one."""
NOT_PAGED = (GapKind.FOREIGN,)
SHOWN = "`intake reconcile` shows them and what to do"


def note(database: Database, found: Reconciliation, now: datetime) -> None:
    """For `status`: how each mailbox came out whose folders were looked at."""
    with database.transaction(of=()) as tx:
        for look in found.mailboxes:
            mails = sum(one.number for one in found.mails if one.mailbox == look.name)
            there = [one for one in found.open if one.mailbox == look.name]
            _note(tx, look.name, len(there), look.trouble, f"no gap among {mails:,} mails", now)


def accept(
    database: Database, names: Collection[str] | None, numbers: Collection[int] | None, by: str, now: datetime
) -> list[Gap]:
    """These gaps (None: all) of these mailboxes (None: of all) are known and may stay; returns which were open."""
    with database.transaction() as tx:
        wanted = [
            one
            for one in gaps.standing(tx, names)
            if one.accepted_at is None and (numbers is None or one.gap_id in numbers)
        ]
        gaps.accept(tx, [one.gap_id for one in wanted], by, now)
        tickets.log(tx, *(_event(one, ACCEPTED, by, now) for one in wanted))
        left = gaps.count(tx)
        for name in sorted({one.mailbox for one in wanted}):
            _note(tx, name, left.get(name, 0), "", f"what stood was accepted by {by}", now)
    return wanted


def tell(database: Database, desks: Mapping[str, Desk], now: datetime) -> int:
    """Tell of the gaps of these mailboxes that nobody has heard of; returns how many. Raises TryLater."""
    with database.snapshot() as tx:
        if not any(_untold(tx, name) for name in desks):
            return 0
    told = 0
    with database.transaction() as tx:
        for name, desk in desks.items():
            if untold := _untold(tx, name):
                _tell(tx, desk, untold, now)
                gaps.told(tx, [one.gap_id for one in untold], now)
                told += len(untold)
    return told


def _untold(tx: Transaction, name: str) -> list[Gap]:
    return [one for one in gaps.standing(tx, [name]) if one.told_at is None and one.accepted_at is None]


def _tell(tx: Transaction, desk: Desk, untold: Sequence[Gap], now: datetime) -> None:
    tickets.log(tx, *(_event(one, GAP, "intake", now) for one in untold))
    queues = (desk.policy.queue, *([ON_CALL] if ON_CALL in desk.queues else []))
    pages = any(one.kind not in NOT_PAGED for one in untold)
    told = desk.told_about(queues, now, pages=pages)
    wanted = [(LetterKind.NOTICE, TEMPLATE, one) for one in told.addresses]
    wanted += [(LetterKind.PAGE, PAGE, one) for one in told.pages]
    reported = Reported(
        done=False,
        lines=tuple((what(one), "", remedy(one)) for one in untold[:MOST]),
        more=max(0, len(untold) - MOST),
    )
    for kind, template, to in wanted:
        letter = own_letters.order(desk, kind, template, to, now, event=GAP, note=desk.name)
        own_letters.post(tx, desk, replace(letter, reported=reported))


def _event(gap: Gap, kind: str, by: str, now: datetime) -> Event:
    detail = {"gap": gap.kind.value, "mailbox": gap.mailbox, "key": gap.key, "about": gap.about}
    return Event(now, kind, by, detail, None, gap.mail_id if gap.kind is not GapKind.NO_MAIL else None)


def _note(tx: Transaction, name: str, number: int, trouble: str, well: str, now: datetime) -> None:
    told = [f"{number:,} gap(s); {SHOWN}"] if number else []
    told += [f"not everything could be looked at: {trouble}"] if trouble else []
    conditions.note(tx, f"{PART} {name}", not told, "; ".join(told) or well, now)
