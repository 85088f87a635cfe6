"""Which ticket goes on with which earlier one, and the Message-IDs by which mail programs show them as one thread."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from rules.facts import MailKind
from storage.database import Transaction
from storage.outbox import FORWARD, PAGE, TO_STAFF
from storage.tables import link, mail, outbox, ticket

CONTINUES = "continues"
"""A party of a ticket that was closed long ago wrote again, and a new one was opened."""


@dataclass(frozen=True, slots=True)
class Link:
    reference: str
    """The other ticket."""
    kind: str
    earlier: bool
    """Whether the other one is the earlier."""
    linked_at: datetime


def add(tx: Transaction, ticket_id: int, to_ticket_id: int, kind: str, at: datetime) -> None:
    """A ticket is linked to an earlier one once."""
    tx.execute(sa.insert(link).values(ticket_id=ticket_id, to_ticket_id=to_ticket_id, kind=kind, linked_at=at))


def of_ticket(tx: Transaction, ticket_id: int) -> list[Link]:
    """The tickets that this one continues, then those by which it is continued."""
    other, mine = link.c.to_ticket_id, link.c.ticket_id
    found = []
    for here, there, earlier in ((mine, other, True), (other, mine, False)):
        rows = tx.execute(
            sa.select(ticket.c.reference, link.c.kind, link.c.linked_at)
            .join(link, there == ticket.c.id)
            .where(here == ticket_id)
            .order_by(ticket.c.id)
        )
        found += [Link(row.reference, row.kind, earlier, row.linked_at) for row in rows]
    return found


def latest_after(tx: Transaction, ticket_id: int) -> int | None:
    """The newest ticket that continues this one; None where none does."""
    newest = sa.select(sa.func.max(link.c.ticket_id)).where(link.c.to_ticket_id == ticket_id)
    found: int | None = tx.execute(newest).scalar_one()
    return found


def thread_of(tx: Transaction, ticket_id: int) -> tuple[str, ...]:
    """The Message-IDs of the mail that opened a ticket and of the first letter to its customer."""
    # where staff wrote first, their mail to us is in nobody's mailbox
    of_customer = (mail.c.ticket_id == ticket_id) & (mail.c.kind != MailKind.STAFF.value)
    opened = sa.select(mail.c.message_id).where(of_customer).order_by(mail.c.id).limit(1)
    answered = (
        sa.select(outbox.c.message_id)
        .where(outbox.c.ticket_id == ticket_id, outbox.c.kind.not_in([*TO_STAFF, FORWARD, PAGE]))
        .order_by(outbox.c.id)
        .limit(1)
    )
    ids = (tx.execute(one).scalar_one_or_none() for one in (opened, answered))
    return tuple(one for one in ids if one)
