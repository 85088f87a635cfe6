"""What staff took from a contract's prepaid hours, or from one of its yearly allowances. Never changed afterwards.

Whoever books holds the contract (`directory.lock`) from before he asks what is left until his transaction ends.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import booking, ticket

EXPERT_HOURS = "expert_hours"


@dataclass(frozen=True, slots=True)
class Booking:
    ticket_id: int
    contract: str
    what: str
    """EXPERT_HOURS, or the allowance's name in the policy."""
    amount: Decimal
    booked_at: datetime
    booked_by: str
    note: str = ""


def book(tx: Transaction, new: Booking) -> None:
    tx.execute(
        sa.insert(booking).values(
            ticket_id=new.ticket_id,
            contract=new.contract,
            what=new.what,
            amount=str(new.amount),
            booked_at=new.booked_at,
            booked_by=new.booked_by,
            note=new.note,
        )
    )


def hours_spent(tx: Transaction, contract: str, since: datetime, known_by: datetime | None = None) -> Decimal:
    """The prepaid hours that were booked on a contract at `since` or later, as far as it was `known_by` an instant."""
    rows = tx.execute(
        sa.select(booking.c.amount).where(
            booking.c.contract == contract,
            booking.c.what == EXPERT_HOURS,
            booking.c.booked_at >= since,
            _known(known_by),
        )
    )
    return sum(map(Decimal, rows.scalars()), Decimal(0))


def taken(
    tx: Transaction, contract: str, what: str, since: datetime, until: datetime, known_by: datetime | None = None
) -> Decimal:
    """What was booked of an allowance on tickets whose mail arrived in [since, until), as far as it was `known_by`.

    With None, whenever it was booked.
    """
    rows = tx.execute(
        sa.select(booking.c.amount)
        .join(ticket, ticket.c.id == booking.c.ticket_id)
        .where(
            booking.c.contract == contract,
            booking.c.what == what,
            # nothing is booked before its mail arrived, which spares the bookings of earlier years
            booking.c.booked_at >= since,
            ticket.c.opened_at >= since,
            ticket.c.opened_at < until,
            _known(known_by),
        )
    )
    return sum(map(Decimal, rows.scalars()), Decimal(0))


def of_ticket(tx: Transaction, ticket_id: int) -> list[Booking]:
    """Oldest first."""
    rows = tx.execute(sa.select(booking).where(booking.c.ticket_id == ticket_id).order_by(booking.c.id))
    return [
        Booking(row.ticket_id, row.contract, row.what, Decimal(row.amount), row.booked_at, row.booked_by, row.note)
        for row in rows
    ]


def _known(by: datetime | None) -> sa.ColumnElement[bool]:
    return sa.true() if by is None else booking.c.booked_at <= by
