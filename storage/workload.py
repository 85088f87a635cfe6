"""What there is to do: open tickets with whose they are and what is due of them next."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import assignment, clock, ticket

MOST = 1_000


@dataclass(frozen=True, slots=True)
class Work:
    reference: str
    status: str
    severity: int | None
    queue: str | None
    subject: str
    opened_at: datetime
    due_at: datetime | None
    """The soonest time that is promised and not kept yet; None while everything stands still."""
    person: str | None
    """Whose it is: the key of an address."""


def open_tickets(
    tx: Transaction, mailboxes: Collection[str], statuses: Collection[str], person: str, queues: Collection[str]
) -> list[Work]:
    """The tickets in these statuses that are this person's, or in one of these queues, the oldest first."""
    due = (
        sa.select(sa.func.min(clock.c.due_at))
        .where(clock.c.ticket_id == ticket.c.id, clock.c.stopped_at.is_(None), clock.c.paused_at.is_(None))
        .scalar_subquery()
    )
    rows = tx.execute(
        sa.select(
            ticket.c.reference,
            ticket.c.status,
            ticket.c.severity,
            ticket.c.queue,
            ticket.c.subject,
            ticket.c.opened_at,
            due.label("due_at"),
            assignment.c.person,
        )
        .outerjoin(assignment, assignment.c.ticket_id == ticket.c.id)
        .where(
            ticket.c.mailbox.in_(mailboxes),
            ticket.c.status.in_(statuses),
            (assignment.c.person == person) | ticket.c.queue.in_(queues),
        )
        .order_by(ticket.c.id)
        .limit(MOST)
    )
    return [Work(**row._mapping) for row in rows]
