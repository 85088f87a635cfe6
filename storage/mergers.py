"""Which ticket goes on in which other one."""

from datetime import datetime

import sqlalchemy as sa

from storage import tickets
from storage.database import Transaction
from storage.tables import correspondent, merger, ticket


def merge(tx: Transaction, ticket_id: int, into_ticket_id: int, at: datetime) -> None:
    """A ticket goes on in one other, with whoever may write to it; what went on in it goes on there too."""
    parties = sa.select(correspondent.c.address).where(correspondent.c.ticket_id == ticket_id)
    asked = sa.select(ticket.c.contact).where(ticket.c.id == ticket_id)
    tickets.add_correspondents(tx, into_ticket_id, set(tx.execute(sa.union(parties, asked)).scalars()))
    tx.execute(sa.update(merger).where(merger.c.into_ticket_id == ticket_id).values(into_ticket_id=into_ticket_id))
    tx.execute(sa.insert(merger).values(ticket_id=ticket_id, into_ticket_id=into_ticket_id, merged_at=at))


def undo(tx: Transaction, ticket_id: int) -> None:
    """It goes on by itself again."""
    tx.execute(sa.delete(merger).where(merger.c.ticket_id == ticket_id))


def into(tx: Transaction, ticket_id: int) -> int | None:
    """The ticket in which this one goes on, never one that goes on in another itself."""
    found: int | None = tx.execute(
        sa.select(merger.c.into_ticket_id).where(merger.c.ticket_id == ticket_id)
    ).scalar_one_or_none()
    return found


def references_in(tx: Transaction, ticket_id: int) -> tuple[str, ...]:
    """The references of the tickets that go on in this one."""
    rows = tx.execute(
        sa.select(ticket.c.reference)
        .join(merger, merger.c.ticket_id == ticket.c.id)
        .where(merger.c.into_ticket_id == ticket_id)
        .order_by(ticket.c.id)
    )
    return tuple(rows.scalars())
