"""Gaps as people hear of them: each is told once, and stays until it is accounted for or somebody accepts it."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import sqlalchemy as sa

from storage.database import Transaction
from storage.reconciliation import Finding, GapKind
from storage.tables import gap, mailbox


@dataclass(frozen=True, slots=True)
class Gap:
    gap_id: int
    mailbox: str
    kind: GapKind
    key: str
    about: str
    """For people; text of mails in it is not yet harmless."""
    mail_id: int | None
    place: tuple[int, int] | None
    """UIDVALIDITY and UID, of a mail in a folder of filed mail."""
    found_at: datetime
    told_at: datetime | None
    accepted_at: datetime | None
    accepted_by: str | None


def keep(
    tx: Transaction, mailboxes: Collection[str], kinds: Collection[GapKind], found: Iterable[Finding], at: datetime
) -> None:
    """From now on these are the gaps of these mailboxes, of the kinds that were looked for; others stay as they are."""
    _lock(tx, mailboxes)
    there = {(one.mailbox, one.kind, one.key): one for one in _of(tx, mailboxes) if one.kind in kinds}
    now = {(one.mailbox, one.kind, one.key): one for one in found if one.kind in kinds and one.mailbox in mailboxes}
    close(tx, [one.gap_id for place, one in there.items() if place not in now])
    _insert(tx, [one for place, one in now.items() if place not in there], at)


def add(tx: Transaction, name: str, found: Collection[Finding], at: datetime) -> None:
    """These are gaps of a mailbox, too; one that is there already only has another place."""
    if not found:
        return
    _lock(tx, [name])
    there = {(one.kind, one.key): one for one in _of(tx, [name])}
    fresh = {(one.kind, one.key): one for one in found}  # of two mails with the same bytes one
    _insert(tx, [one for place, one in fresh.items() if place not in there], at)
    for one in fresh.values():
        same = there.get((one.kind, one.key))
        if same is not None and same.place != one.place and one.place is not None:
            moved = sa.update(gap).where(gap.c.id == same.gap_id)
            tx.execute(moved.values(what=one.about, uidvalidity=one.place[0], uid=one.place[1]))


def close(tx: Transaction, gaps: Collection[int]) -> None:
    """These are accounted for."""
    for some in _portions(gaps):
        tx.execute(sa.delete(gap).where(gap.c.id.in_(some)))


def standing(tx: Transaction, mailboxes: Collection[str] | None = None) -> list[Gap]:
    """Gaps, accepted ones among them, the oldest first; of these mailboxes, or of all."""
    return _of(tx, mailboxes)


def told(tx: Transaction, gaps: Collection[int], at: datetime) -> None:
    """Staff have heard of these."""
    for some in _portions(gaps):
        tx.execute(sa.update(gap).where(gap.c.id.in_(some)).values(told_at=at))


def accept(tx: Transaction, wanted: Collection[int], by: str, at: datetime) -> None:
    """These are known and may stay: they are a problem no more."""
    for some in _portions(wanted):
        tx.execute(sa.update(gap).where(gap.c.id.in_(some)).values(accepted_at=at, accepted_by=by))


def count(tx: Transaction) -> dict[str, int]:
    """Mailbox -> gaps that nobody has accepted."""
    open_ones = sa.select(gap.c.mailbox, sa.func.count()).where(gap.c.accepted_at.is_(None))
    return {row[0]: row[1] for row in tx.execute(open_ones.group_by(gap.c.mailbox))}


def _lock(tx: Transaction, mailboxes: Collection[str]) -> None:
    """Two processes may have looked at the same time."""
    tx.execute(sa.select(mailbox.c.name).where(mailbox.c.name.in_(mailboxes)).order_by("name").with_for_update())


def _insert(tx: Transaction, found: Collection[Finding], at: datetime) -> None:
    rows = [
        {
            "mailbox": one.mailbox,
            "kind": one.kind.value,
            "key": one.key,
            "what": one.about,
            "mail_id": one.mail_id,
            "uidvalidity": one.place[0] if one.place else None,
            "uid": one.place[1] if one.place else None,
            "found_at": at,
        }
        for one in found
    ]
    if rows:
        tx.execute(sa.insert(gap), rows)


def _portions(ids: Collection[int]) -> Iterator[list[int]]:
    rest = iter(ids)
    while some := list(islice(rest, 500)):
        yield some


def _of(tx: Transaction, mailboxes: Collection[str] | None) -> list[Gap]:
    wanted = sa.select(gap) if mailboxes is None else sa.select(gap).where(gap.c.mailbox.in_(mailboxes))
    return [
        Gap(
            row.id,
            row.mailbox,
            GapKind(row.kind),
            row.key,
            row.what,
            row.mail_id,
            None if row.uid is None else (row.uidvalidity, row.uid),
            row.found_at,
            row.told_at,
            row.accepted_at,
            row.accepted_by,
        )
        for row in tx.execute(wanted.order_by(gap.c.id))
    ]
