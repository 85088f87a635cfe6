"""Whose a ticket is: at most one person's of staff. Callers hand in keys of addresses (`rules.facts.address_key`)."""

from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import assignment
from storage.transaction import prepared


def assign(tx: Transaction, ticket_id: int, person: str, at: datetime) -> None:
    """From now on it is this person's, whosever it was."""
    values = {"person": person, "assigned_at": at}
    if not tx.execute(sa.update(assignment).where(assignment.c.ticket_id == ticket_id).values(**values)).rowcount:
        tx.execute(sa.insert(assignment).values(ticket_id=ticket_id, **values))


def release(tx: Transaction, ticket_id: int) -> None:
    """It is nobody's, but its queue's."""
    tx.execute(sa.delete(assignment).where(assignment.c.ticket_id == ticket_id))


def person_of(tx: Transaction, ticket_id: int) -> str | None:
    if tx.known("assignment", ticket_id) is False:
        return None
    found: str | None = tx.execute(PERSON, {"of": ticket_id}).scalar_one_or_none()
    return found


PERSON = prepared(sa.select(assignment.c.person).where(assignment.c.ticket_id == sa.bindparam("of")))
