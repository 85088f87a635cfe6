"""What a person may set right: another try for a refused letter, a name for a mail that can be read at last."""

from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.outbox import LetterState
from storage.tables import mail, outbox


def resend(tx: Transaction, letter_id: int, at: datetime) -> bool:
    """Let a refused letter wait for delivery again, as the same letter; False where it is not refused.

    It counts as written anew, so that it is tried for as long as any other.
    """
    again = (
        sa.update(outbox)
        .where(outbox.c.id == letter_id, outbox.c.state == LetterState.REFUSED.value)
        .values(state=LetterState.WAITING.value, next_try_at=at, created_at=at, attempts=0)
    )
    return bool(tx.execute(again).rowcount)


def identify(
    tx: Transaction, mail_id: int, message_id: str | None, sender: str, subject: str, content: str | None
) -> None:
    """Write down what a mail says of itself, now that it can be read."""
    named = {"message_id": message_id, "sender": sender, "subject": subject, "content": content}
    tx.execute(sa.update(mail).where(mail.c.id == mail_id).values(**named))
