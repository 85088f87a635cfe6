"""The letters by which mail of a ticket was forwarded: their Message-IDs are what an answer proves itself by."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.outbox import FORWARD, LetterState
from storage.tables import outbox


@dataclass(frozen=True, slots=True)
class Forwarded:
    message_id: str
    to: str
    """The one address that it was written to."""


def of_ticket(tx: Transaction, ticket_id: int) -> list[Forwarded]:
    """Those that may have arrived, oldest first: of what was withheld or refused nobody outside knows."""
    arrived = outbox.c.state.not_in([LetterState.WITHHELD.value, LetterState.REFUSED.value])
    rows = tx.execute(
        sa.select(outbox.c.message_id, outbox.c.recipients)
        # refused at last, but an earlier attempt may have been taken without a word
        .where(outbox.c.ticket_id == ticket_id, outbox.c.kind == FORWARD, arrived | (outbox.c.ambiguous > 0))
        .order_by(outbox.c.id)
    )
    return [Forwarded(row.message_id, row.recipients[0]) for row in rows if row.recipients]


def count(tx: Transaction, ticket_id: int, since: datetime) -> int:
    """How many were written about a ticket since an instant, whatever became of them."""
    counted = sa.select(sa.func.count()).where(
        outbox.c.ticket_id == ticket_id,
        outbox.c.kind == FORWARD,
        outbox.c.created_at > since,
        outbox.c.state != LetterState.WITHHELD.value,
    )
    return int(tx.execute(counted).scalar_one())
