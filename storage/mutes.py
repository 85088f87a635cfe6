"""Addresses from which a letter came back for good. Callers hand in keys of addresses (`rules.facts.address_key`)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import muted, ticket
from storage.upsert import put


@dataclass(frozen=True, slots=True)
class Mute:
    address: str
    since: datetime
    """When the bounce arrived."""
    status: str
    """The enhanced status code of the bounce (RFC 3463); "" where it named none."""
    reference: str | None
    """The ticket of the letter that came back."""


def mute(tx: Transaction, address: str, since: datetime, status: str, ticket_id: int | None) -> None:
    """No automatic letter goes there from now on. An address that is muted already stays so since the later bounce."""
    put(tx, muted, {"address": address, "since": since, "status": status, "ticket_id": ticket_id})


def unmute(tx: Transaction, address: str, heard_at: datetime | None = None) -> bool:
    """Letters may go there again; False where it was not muted. With `heard_at` only if it was not muted since."""
    if tx.known("muted", address) is False:
        return False
    gone = sa.delete(muted).where(muted.c.address == address)
    if heard_at is not None:
        gone = gone.where(muted.c.since <= heard_at)
    return bool(tx.execute(gone).rowcount)


def among(tx: Transaction, addresses: Collection[str]) -> list[Mute]:
    """Those of these addresses that are muted, in the order of the alphabet."""
    if all(tx.known("muted", one) is False for one in addresses):
        return []
    return _mutes(tx, muted.c.address.in_(addresses), 1000)


def newest(tx: Transaction, limit: int) -> list[Mute]:
    """All that are muted, the latest first."""
    return _mutes(tx, sa.true(), limit, muted.c.since.desc())


def _mutes(
    tx: Transaction, where: sa.ColumnElement[bool], limit: int, *order: sa.ColumnElement[datetime]
) -> list[Mute]:
    rows = tx.execute(
        sa.select(muted, ticket.c.reference)
        .outerjoin(ticket, ticket.c.id == muted.c.ticket_id)
        .where(where)
        .order_by(*order, muted.c.address)
        .limit(limit)
    )
    return [Mute(row.address, row.since, row.status, row.reference) for row in rows]
