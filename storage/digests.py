"""What waits for somebody's next digest, and when they had the last one. People are keys of addresses."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import digest, digest_entry, ticket
from storage.upsert import put


@dataclass(frozen=True, slots=True)
class Entry:
    """A notice that was not written."""

    reference: str
    subject: str
    contact: str
    event: str
    note: str


def keep(tx: Transaction, person: str, ticket_id: int, event: str, note: str, at: datetime) -> None:
    tx.execute(sa.insert(digest_entry).values(person=person, ticket_id=ticket_id, event=event, note=note, at=at))


def take(tx: Transaction, person: str) -> list[Entry]:
    """All that waits for this person, the oldest first; it waits no more."""
    # Locked first: what somebody adds meanwhile is not to be deleted unread.
    waits = sa.select(digest_entry.c.id).where(digest_entry.c.person == person).with_for_update()
    if not (ids := list(tx.execute(waits).scalars())):
        return []
    rows = tx.execute(
        sa.select(digest_entry.c.event, digest_entry.c.note, ticket.c.reference, ticket.c.subject, ticket.c.contact)
        .join(ticket, ticket.c.id == digest_entry.c.ticket_id)
        .where(digest_entry.c.id.in_(ids))
        .order_by(digest_entry.c.id)
    ).all()
    tx.execute(sa.delete(digest_entry).where(digest_entry.c.id.in_(ids)))
    return [Entry(row.reference, row.subject, row.contact, row.event, row.note) for row in rows]


def waited_for(tx: Transaction) -> set[str]:
    """The people for whom something waits."""
    return {str(row[0]) for row in tx.execute(sa.select(digest_entry.c.person).distinct())}


def last(tx: Transaction, people: Collection[str]) -> dict[str, datetime]:
    """When each of these had the last one; who never had one is not there."""
    rows = tx.execute(sa.select(digest.c.person, digest.c.last_at).where(digest.c.person.in_(people)))
    return {row.person: row.last_at for row in rows}


def gave(tx: Transaction, person: str, at: datetime) -> None:
    put(tx, digest, {"person": person, "last_at": at})
