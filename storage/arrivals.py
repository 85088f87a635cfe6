"""The ledger as it grows: what was recorded since one last looked, with how each mail ended."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from rules.facts import Decision, End
from storage.database import Transaction
from storage.decisions import from_json
from storage.tables import mail, ticket


@dataclass(frozen=True, slots=True)
class Arrived:
    mail_id: int
    mailbox: str
    sha256: str
    sender: str
    """"" for a mail that could not be read."""
    subject: str
    arrived_at: datetime
    end: End
    reason: str
    decision: Decision | None
    reference: str | None
    """The ticket it opened or goes on with."""
    severity: int | None
    """The ticket's."""


def recorded_after(tx: Transaction, mail_id: int, limit: int = 500) -> list[Arrived]:
    """Mails with an id above this one, in the order in which they were recorded. Begin with 0."""
    rows = tx.execute(
        sa.select(mail, ticket.c.reference, ticket.c.severity)
        .outerjoin(ticket, ticket.c.id == mail.c.ticket_id)
        .where(mail.c.id > mail_id)
        .order_by(mail.c.id)
        .limit(limit)
    )
    return [
        Arrived(
            mail_id=row.id,
            mailbox=row.mailbox,
            sha256=row.sha256,
            sender=row.sender,
            subject=row.subject,
            arrived_at=row.arrived_at,
            end=End(row.end),
            reason=row.reason,
            decision=from_json(row.decision) if row.decision else None,
            reference=row.reference,
            severity=row.severity,
        )
        for row in rows
    ]
