"""Addresses that staff called spam: no automatic letter goes there for a while. Callers hand in keys of addresses."""

from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import silenced


def silence(tx: Transaction, address: str, until: datetime, ticket_id: int) -> None:
    """A later word takes the place of an earlier one."""
    values = {"until": until, "ticket_id": ticket_id}
    if not tx.execute(sa.update(silenced).where(silenced.c.address == address).values(**values)).rowcount:
        tx.execute(sa.insert(silenced).values(address=address, **values))


def is_silenced(tx: Transaction, address: str, at: datetime) -> bool:
    until: datetime | None = tx.execute(
        sa.select(silenced.c.until).where(silenced.c.address == address)
    ).scalar_one_or_none()
    return until is not None and at < until
