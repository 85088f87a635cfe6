"""How far each folder of filed mail was compared with the ledger, and the questions that such a comparison asks.

A mail in a folder never changes (RFC 3501 section 2.3.1.1), so what was compared once need not be fetched again until
the folder's UIDVALIDITY is another.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from rules.facts import MailKind
from storage.database import Transaction
from storage.erasure import hidden as hide
from storage.tables import mail, mailbox, raw_mail, verified


@dataclass(frozen=True, slots=True)
class Mark:
    uidvalidity: int
    last_uid: int
    """Every mail of the folder up to here was compared."""
    mails: int
    """That many."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of a mail in a folder beside its bytes."""

    arrived_at: datetime
    """INTERNALDATE."""
    size: int
    message_id: str | None = None


def mark(tx: Transaction, name: str, folder: str) -> Mark | None:
    row = tx.execute(sa.select(verified).where(_is(name, folder))).one_or_none()
    return Mark(row.uidvalidity, row.last_uid, row.mails) if row else None


def advance(tx: Transaction, name: str, folder: str, to: Mark) -> None:
    """The folder is compared up to here."""
    values = {"uidvalidity": to.uidvalidity, "last_uid": to.last_uid, "mails": to.mails}
    if not tx.execute(sa.update(verified).where(_is(name, folder)).values(**values)).rowcount:
        tx.execute(sa.insert(verified).values(mailbox=name, folder=folder, **values))


def known(tx: Transaction, hashes: Collection[str]) -> set[str]:
    """Which of these hashes the ledger has, whatever mailbox they came to: several may file into one folder."""
    names = list(tx.execute(sa.select(mailbox.c.name)).scalars())
    there = sa.select(mail.c.sha256).where(mail.c.mailbox.in_(names))
    wanted = list(hashes)
    portions = [wanted[start : start + 500] for start in range(0, len(wanted), 500)]
    return {found for some in portions for found in tx.execute(there.where(mail.c.sha256.in_(some))).scalars()}


def by_size(tx: Transaction, arrivals: Mapping[int, Arrival], *, bare: bool) -> set[int]:
    """Which of these the ledger has by arrival and size; with `bare` only among those that it has no bytes of."""
    sizes = sorted({one.size for one in arrivals.values()})
    portions = [sizes[start : start + 500] for start in range(0, len(sizes), 500)]
    columns = sa.select(mail.c.size, mail.c.arrived_at)
    if bare:
        columns = columns.where(mail.c.kind == MailKind.UNREADABLE.value)
        columns = columns.where(~sa.exists().where(raw_mail.c.mail_id == mail.c.id))
    there = {(row[0], row[1]) for some in portions for row in tx.execute(columns.where(mail.c.size.in_(some)))}
    return {uid for uid, one in arrivals.items() if (one.size, one.arrived_at) in there}


def by_arrival(tx: Transaction, arrivals: Mapping[int, Arrival]) -> set[int]:
    """Which of these the ledger has under their Message-ID and their arrival: a server may hand a mail out changed."""
    names = list(tx.execute(sa.select(mailbox.c.name)).scalars())
    hidden = {hide(one.message_id): one.message_id for one in arrivals.values() if one.message_id}
    wanted = sorted({*hidden, *hidden.values()})
    portions = [wanted[start : start + 500] for start in range(0, len(wanted), 500)]
    columns = sa.select(mail.c.message_id, mail.c.arrived_at).where(mail.c.mailbox.in_(names))
    rows = (row for some in portions for row in tx.execute(columns.where(mail.c.message_id.in_(some))))
    there = {(hidden.get(row[0], row[0]), row[1]) for row in rows}
    return {uid for uid, one in arrivals.items() if (one.message_id, one.arrived_at) in there}


def _is(name: str, folder: str) -> sa.ColumnElement[bool]:
    return (verified.c.mailbox == name) & (verified.c.folder == folder)
