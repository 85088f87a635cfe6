"""What went to and fro between us and one address lately: when letters were sent, what its mails began with."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from rules.facts import MailKind, mailbox_key
from storage.database import Transaction
from storage.letter_counts import noted
from storage.outbox import NOT_AUTOMATIC
from storage.tables import mail, outbox, raw_mail, ticket

OCTETS = 30_000
"""Of a mail: its head and the beginning of its text."""


def letters_sent(tx: Transaction, addressee: str, since: datetime, limit: int) -> list[datetime]:
    """When the newest automatic letters that were written to the mailbox behind an address since then were sent."""
    if (known := noted(tx, addressee, since)) is not None:
        return [one.sent_at for one in reversed(known) if one.sent_at is not None and one.created_at > since][:limit]
    rows = tx.execute(
        sa.select(outbox.c.sent_at)
        .where(
            outbox.c.addressee == mailbox_key(addressee),
            outbox.c.created_at > since,
            outbox.c.sent_at.is_not(None),
            outbox.c.kind.not_in(NOT_AUTOMATIC),
        )
        .order_by(outbox.c.created_at.desc(), outbox.c.id.desc())
        .limit(limit)
    )
    return [row.sent_at for row in rows]


def requests(tx: Transaction, contact: str, since: datetime, limit: int) -> list[tuple[int, datetime, bytes]]:
    """The newest mails by which this address (its key) opened a ticket since then: number, arrival, beginning."""
    rows = tx.execute(
        sa.select(mail.c.id, mail.c.arrived_at, sa.func.substr(raw_mail.c.raw, 1, OCTETS).label("head"))
        .select_from(ticket)
        .join(mail, mail.c.ticket_id == ticket.c.id)
        .join(raw_mail, raw_mail.c.mail_id == mail.c.id)
        .where(
            ticket.c.contact == contact,
            ticket.c.opened_at > since,
            mail.c.kind.in_([MailKind.REQUEST.value, MailKind.BULK.value]),
        )
        .order_by(mail.c.id.desc())
        .limit(limit)
    )
    return [(row.id, row.arrived_at, bytes(row.head)) for row in rows]


def heads(tx: Transaction, mails: Collection[int]) -> list[bytes]:
    """What these mails begin with, in their order."""
    begun = sa.func.substr(raw_mail.c.raw, 1, OCTETS)
    rows = tx.execute(sa.select(begun).where(raw_mail.c.mail_id.in_(mails)).order_by(raw_mail.c.mail_id))
    return [bytes(row[0]) for row in rows]
