"""Addresses that staff called spam: no automatic letter goes there for a while. Callers hand in keys of addresses."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from rules.facts import mailbox_key
from storage.database import Transaction
from storage.outbox import LetterState
from storage.tables import outbox, silenced
from storage.upsert import put


def silence(tx: Transaction, address: str, until: datetime, ticket_id: int) -> None:
    """A later word takes the place of an earlier one."""
    put(tx, silenced, {"address": address, "until": until, "ticket_id": ticket_id})


def is_silenced(tx: Transaction, address: str, at: datetime) -> bool:
    if tx.known("silenced", address) is False:
        return False
    until: datetime | None = tx.execute(
        sa.select(silenced.c.until).where(silenced.c.address == address)
    ).scalar_one_or_none()
    return until is not None and at < until


def among(tx: Transaction, addresses: Collection[str]) -> set[str]:
    """Those of these of which anybody ever said so, for however long."""
    return set(tx.execute(sa.select(silenced.c.address).where(silenced.c.address.in_(addresses))).scalars())


def withhold(tx: Transaction, ticket_id: int, address: str, why: str) -> None:
    """What waits to be sent to this address about a ticket is not sent."""
    waiting = (outbox.c.ticket_id == ticket_id) & (outbox.c.state == LetterState.WAITING.value)
    values = {"state": LetterState.WITHHELD.value, "last_error": why}
    tx.execute(sa.update(outbox).where(waiting, outbox.c.addressee == mailbox_key(address)).values(**values))
