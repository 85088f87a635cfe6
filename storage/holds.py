"""Tickets of which nobody is reminded until a time, and who asked for it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import hold, ticket


@dataclass(frozen=True, slots=True)
class Hold:
    ticket_id: int
    mailbox: str
    until: datetime
    person: str
    """The key of an address."""


def begin(tx: Transaction, ticket_id: int, until: datetime, person: str) -> None:
    """A later word takes the place of an earlier one."""
    values = {"until": until, "person": person}
    if not tx.execute(sa.update(hold).where(hold.c.ticket_id == ticket_id).values(**values)).rowcount:
        tx.execute(sa.insert(hold).values(ticket_id=ticket_id, **values))


def end(tx: Transaction, ticket_id: int) -> None:
    tx.execute(sa.delete(hold).where(hold.c.ticket_id == ticket_id))


def until(tx: Transaction, ticket_id: int) -> datetime | None:
    """None where nothing is held back."""
    found: datetime | None = tx.execute(
        sa.select(hold.c.until).where(hold.c.ticket_id == ticket_id)
    ).scalar_one_or_none()
    return found


def over(tx: Transaction, now: datetime, mailboxes: Collection[str], limit: int = 200) -> list[Hold]:
    """Those of these mailboxes whose time has come, the first one first."""
    rows = tx.execute(
        sa.select(hold, ticket.c.mailbox)
        .join(ticket, ticket.c.id == hold.c.ticket_id)
        # without the "" SQLite begins with the tickets of the mailbox, which are many
        .where(hold.c.until <= now, (ticket.c.mailbox + "").in_(mailboxes))
        .order_by(hold.c.until, hold.c.ticket_id)
        .limit(limit)
    )
    return [Hold(row.ticket_id, row.mailbox, row.until, row.person) for row in rows]
