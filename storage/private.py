"""What was written on a ticket for staff alone, and what its customer was sent: as bytes of letters, and as notes."""

from collections.abc import Collection

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import event, outbox

NOTE = "note"
"""The event whose detail holds an internal note."""
OCTETS = 200_000
"""Of a letter; the text of one of ours stands at its beginning."""


def letters(
    tx: Transaction, ticket_id: int | None, kinds: Collection[str], *, but: bool = False, limit: int = 50
) -> list[bytes]:
    """The beginnings of the newest letters on a ticket of these kinds, or with `but` of all others.

    None for those that are about no ticket, or about many.
    """
    wanted = outbox.c.kind.not_in(kinds) if but else outbox.c.kind.in_(kinds)
    rows = tx.execute(
        sa.select(sa.func.substr(outbox.c.raw, 1, OCTETS))
        .where(outbox.c.ticket_id == ticket_id, wanted)
        .order_by(outbox.c.id.desc())
        .limit(limit)
    )
    return [bytes(row[0]) for row in rows]


def notes(tx: Transaction, ticket_id: int) -> list[str]:
    """The internal notes on a ticket."""
    rows = tx.execute(sa.select(event.c.detail).where(event.c.ticket_id == ticket_id, event.c.kind == NOTE))
    return [str(said) for row in rows for said in row.detail.values()]
