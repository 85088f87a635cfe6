"""Tickets that wait for their customer: since when, and when the customer was reminded of it."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import event, hold, pause, ticket

REMINDED = "still_waiting"
"""The event of a ticket whose customer was reminded."""


@dataclass(frozen=True, slots=True)
class Wait:
    ticket_id: int
    since: datetime
    reminded_at: datetime | None
    """None where that has not happened in this wait."""


def since(tx: Transaction, mailbox: str, status: str, before: datetime, limit: int = 200) -> list[Wait]:
    """The tickets of a mailbox in this status whose pause has gone on since `before`, the longest first.

    What staff hold back is left out.
    """
    reminded = (
        sa.select(sa.func.max(event.c.at))
        .where(event.c.ticket_id == ticket.c.id, event.c.kind == REMINDED, event.c.at >= pause.c.began_at)
        .scalar_subquery()
    )
    rows = tx.execute(
        sa.select(ticket.c.id, pause.c.began_at, reminded.label("reminded_at"))
        .join(pause, pause.c.ticket_id == ticket.c.id)
        .where(
            ticket.c.status == status,
            # without the "" SQLite begins with all tickets of the mailbox; few wait
            ticket.c.mailbox + "" == mailbox,
            pause.c.ended_at.is_(None),
            pause.c.began_at <= before,
            ~sa.exists().where(hold.c.ticket_id == ticket.c.id),
        )
        .order_by(pause.c.began_at, pause.c.id)
        .limit(limit)
    )
    return [Wait(row.id, row.began_at, row.reminded_at) for row in rows]
