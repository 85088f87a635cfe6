"""The times in which a ticket's clocks stood still: while we waited for the customer, or while it was closed.

A ticket has at most one pause that has not ended. Pauses lie apart, or touch; none ends before it began.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import pause


@dataclass(frozen=True, slots=True)
class Pause:
    began_at: datetime
    ended_at: datetime | None
    """None: it goes on."""


def begin(tx: Transaction, ticket_id: int, at: datetime) -> None:
    """Where a clock was set back, and the last pause ended after `at`, this one begins there."""
    last = tx.execute(sa.select(sa.func.max(pause.c.ended_at)).where(pause.c.ticket_id == ticket_id)).scalar_one()
    tx.execute(sa.insert(pause).values(ticket_id=ticket_id, began_at=max(at, last) if last else at))


def end(tx: Transaction, ticket_id: int, at: datetime) -> None:
    """End the pause that goes on, if there is one; one that began after `at` has lasted no time."""
    going_on = (pause.c.ticket_id == ticket_id) & pause.c.ended_at.is_(None)
    began = sa.case((pause.c.began_at > at, pause.c.began_at), else_=sa.literal(at, pause.c.ended_at.type))
    tx.execute(sa.update(pause).where(going_on).values(ended_at=began))


def of_ticket(tx: Transaction, ticket_id: int) -> list[Pause]:
    """Oldest first."""
    rows = tx.execute(
        sa.select(pause.c.began_at, pause.c.ended_at)
        .where(pause.c.ticket_id == ticket_id)
        .order_by(pause.c.began_at, pause.c.id)
    )
    return [Pause(row.began_at, row.ended_at) for row in rows]
