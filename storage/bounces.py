"""Letters that came back: which of ours a bounce brings back, and what is known of each recipient.

A letter and a recipient have one row, the first word about them; a final one takes the place of a delay. So whoever
sends the same bounce a thousand times leaves nothing here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.outbox import PAGE, LetterState
from storage.tables import bounce, outbox


@dataclass(frozen=True, slots=True)
class Gone:
    """A letter that may have reached the mail server of its recipients."""

    letter_id: int
    message_id: str
    mailbox: str
    kind: str
    ticket_id: int | None
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bounce:
    letter_id: int
    address: str
    """"" where the bounce names nobody."""
    at: datetime
    status: str
    final: bool


def gone(tx: Transaction, message_ids: Collection[str]) -> dict[str, Gone]:
    """Message-ID -> letter, for those of these that were sent: what was withheld or refused can not come back."""
    left = outbox.c.state.in_([LetterState.SENT.value, LetterState.CLAIMED.value])
    columns = ("id", "message_id", "mailbox", "kind", "ticket_id", "recipients")
    rows = tx.execute(
        sa.select(*(outbox.c[name] for name in columns)).where(
            # an attempt that ended without the server's word may have been taken all the same
            outbox.c.message_id.in_(message_ids),
            left | (outbox.c.ambiguous > 0),
            outbox.c.kind != PAGE,
        )
    )
    return {
        row.message_id: Gone(row.id, row.message_id, row.mailbox, row.kind, row.ticket_id, tuple(row.recipients))
        for row in rows
    }


def note(tx: Transaction, one: Bounce) -> bool:
    """Write down what is known of a letter and a recipient now; False where it is nothing new."""
    here = (bounce.c.letter_id == one.letter_id) & (bounce.c.address == one.address)
    final = tx.execute(sa.select(bounce.c.final).where(here)).scalar_one_or_none()
    values = {"at": one.at, "status": one.status, "final": one.final}
    if final is None:
        tx.execute(sa.insert(bounce).values(letter_id=one.letter_id, address=one.address, **values))
        return True
    if final or not one.final:
        return False
    tx.execute(sa.update(bounce).where(here).values(**values))
    return True


def of_ticket(tx: Transaction, ticket_id: int) -> list[Bounce]:
    """What came back of a ticket's letters, by letter."""
    rows = tx.execute(
        sa.select(bounce)
        .join(outbox, outbox.c.id == bounce.c.letter_id)
        .where(outbox.c.ticket_id == ticket_id)
        .order_by(bounce.c.letter_id, bounce.c.address)
    )
    return [Bounce(row.letter_id, row.address, row.at, row.status, row.final) for row in rows]
