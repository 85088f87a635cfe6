"""How far each mailbox has been read, and whether its outgoing letters are paused.

A checkpoint belongs to one UIDVALIDITY: under another one every UID is unknown again, and only the hash of its bytes
says whether a mail was seen before.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import mailbox
from storage.transaction import prepared


@dataclass(frozen=True, slots=True)
class Checkpoint:
    uidvalidity: int
    last_uid: int
    """Every UID up to and including this one has its sighting."""
    before: datetime | None
    """Mail that had arrived before this instant when the mailbox was first opened is not ours to answer."""


def load(tx: Transaction, name: str) -> Checkpoint | None:
    """None on a mailbox's first run."""
    row = tx.execute(
        sa.select(mailbox.c.uidvalidity, mailbox.c.last_uid, mailbox.c.before).where(mailbox.c.name == name)
    ).one_or_none()
    return Checkpoint(*row) if row and row.uidvalidity else None


def names(tx: Transaction) -> list[str]:
    """Every mailbox that was ever read, or had a ticket opened by hand."""
    return list(tx.execute(sa.select(mailbox.c.name).order_by(mailbox.c.name)).scalars())


def start(tx: Transaction, name: str, uidvalidity: int, before: datetime | None) -> Checkpoint:
    """Begin (again) at UID 0: on a first run, and whenever the server gave the folder a new UIDVALIDITY."""
    values = {"uidvalidity": uidvalidity, "last_uid": 0, "before": before}
    if not tx.execute(sa.update(mailbox).where(mailbox.c.name == name).values(**values)).rowcount:
        tx.execute(sa.insert(mailbox).values(name=name, next_number=1, **values))
    return Checkpoint(uidvalidity, 0, before)


def advance(tx: Transaction, name: str, uidvalidity: int, last_uid: int) -> None:
    tx.execute(
        sa.update(mailbox)
        .where(mailbox.c.name == name, mailbox.c.uidvalidity == uidvalidity, mailbox.c.last_uid < last_uid)
        .values(last_uid=last_uid)
    )


def rewind(tx: Transaction, name: str) -> None:
    """Read the folder from its first UID on: what has its sighting is passed, everything else is taken in."""
    tx.execute(sa.update(mailbox).where(mailbox.c.name == name).values(last_uid=0))


def touch(tx: Transaction, name: str) -> None:
    """The mailbox has its row, also where it was never read."""
    if tx.execute(sa.select(mailbox.c.name).where(mailbox.c.name == name)).one_or_none() is None:
        tx.execute(sa.insert(mailbox).values(name=name, uidvalidity=0, last_uid=0, next_number=1))


def take_number(tx: Transaction, name: str) -> int:
    """The next ticket number of this mailbox; given back if the transaction fails."""
    number: int | None = tx.known("mailbox", name)
    if number is None:
        number = tx.execute(NEXT, {"of": name}).scalar_one_or_none()
    if number is None:  # a ticket opened by hand before the mailbox was ever read
        tx.execute(sa.insert(mailbox).values(name=name, uidvalidity=0, last_uid=0, next_number=1))
        number = 1
    tx.last(SET, {"of": name, "number": number + 1})
    tx.note("mailbox", {name: number + 1})
    return number


NEXT = prepared(sa.select(mailbox.c.next_number).where(mailbox.c.name == sa.bindparam("of")).with_for_update())
SET = prepared(
    sa.update(mailbox).where(mailbox.c.name == sa.bindparam("of")).values(next_number=sa.bindparam("number")),
    keeps_notes=True,
)


def pause(tx: Transaction, name: str, at: datetime | None) -> None:
    """Stop the mailbox's outgoing letters, or let them go again with None."""
    if not tx.execute(sa.update(mailbox).where(mailbox.c.name == name).values(paused_at=at)).rowcount:
        tx.execute(sa.insert(mailbox).values(name=name, uidvalidity=0, last_uid=0, next_number=1, paused_at=at))


def paused(tx: Transaction) -> dict[str, datetime]:
    """The mailboxes whose letters wait, and since when."""
    return {row.name: row.paused_at for row in tx.execute(PAUSED)}


PAUSED = prepared(sa.select(mailbox.c.name, mailbox.c.paused_at).where(mailbox.c.paused_at.is_not(None)))
