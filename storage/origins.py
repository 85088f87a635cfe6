"""What letters that go out are about, as the log names it: their ticket, and the mail that gave rise to them."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import mail, outbox, ticket
from storage.transaction import prepared

DIGITS = 12
"""Of the hash of a mail's bytes: by these every line of the log about it is found."""


@dataclass(frozen=True, slots=True)
class Origin:
    reference: str | None
    """None for a letter about no ticket."""
    mail: str | None
    """None for a letter that no mail gave rise to, such as a reminder."""


def of_letters(tx: Transaction, letters: Collection[int]) -> dict[int, Origin]:
    """Letter -> where it comes from, for those about a ticket. A mail is recorded at the instant at which the letters
    that it gives rise to are written; of two on one ticket in one batch it is the later one."""
    if not letters:
        return {}
    rows = tx.execute(ORIGINS, {"of": list(letters)})
    return {row.id: Origin(row.reference, row.sha256[:DIGITS] if row.sha256 else None) for row in rows}


ORIGINS = prepared(
    sa.select(outbox.c.id, ticket.c.reference, mail.c.sha256)
    .join(ticket, ticket.c.id == outbox.c.ticket_id)
    .outerjoin(mail, (mail.c.ticket_id == outbox.c.ticket_id) & (mail.c.recorded_at == outbox.c.created_at))
    .where(outbox.c.id.in_(sa.bindparam("of", expanding=True)))
    .order_by(mail.c.id)
)
