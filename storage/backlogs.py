"""How many letters wait, and for how long; and the few that are not worth sending any more when their time comes.

Pages are left out: they go by other ways, and are given up after minutes.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.outbox import PAGE, LetterState
from storage.tables import outbox, ticket

UNDER_WAY = (LetterState.WAITING.value, LetterState.CLAIMED.value)


@dataclass(frozen=True, slots=True)
class Backlog:
    """Letters of one mailbox that are not sent yet."""

    mailbox: str
    letters: int
    late: int
    """Those written before the instant that was asked for."""
    oldest_at: datetime


def of_letters(tx: Transaction, late: datetime) -> list[Backlog]:
    """Of each mailbox in which any letter waits, by name."""
    before = sa.func.sum(sa.case((outbox.c.created_at < late, 1), else_=0))
    rows = tx.execute(
        sa.select(outbox.c.mailbox, sa.func.count(), before, sa.func.min(outbox.c.created_at))
        .where(outbox.c.state.in_(UNDER_WAY), outbox.c.kind != PAGE)
        .group_by(outbox.c.mailbox)
        .order_by(outbox.c.mailbox)
    )
    return [Backlog(row[0], row[1], int(row[2]), row[3]) for row in rows]


def left_or_waits(tx: Transaction, ticket_id: int, template: str, since: datetime) -> bool:
    """Whether the ticket's last letter of this template has not left yet, or has left since then."""
    latest = (
        sa.select(outbox.c.state, outbox.c.sent_at)
        .where(outbox.c.ticket_id == ticket_id, outbox.c.template == template)
        .order_by(outbox.c.id.desc())
        .limit(1)
    )
    row = tx.execute(latest).first()
    return row is not None and (row.state in UNDER_WAY or (row.sent_at is not None and row.sent_at > since))


def withdraw(tx: Transaction, template: str, status: str, before: datetime, why: str) -> list[tuple[int, int]]:
    """Letters of this template that have waited since `before` and whose ticket is in `status` no more are written down
    as withheld; returns letter and ticket of each."""
    elsewhere = sa.select(ticket.c.id).where(ticket.c.id == outbox.c.ticket_id, ticket.c.status != status)
    values = {"state": LetterState.WITHHELD.value, "last_error": why}
    rows = tx.execute(
        sa.update(outbox)
        .where(
            outbox.c.state == LetterState.WAITING.value,
            outbox.c.template == template,
            outbox.c.created_at < before,
            sa.exists(elsewhere),
        )
        .values(**values)
        .returning(outbox.c.id, outbox.c.ticket_id)
    )
    return [(row.id, row.ticket_id) for row in rows]
