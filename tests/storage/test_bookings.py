"""What was booked is counted on its contract, by what it was taken from and since when."""

from datetime import timedelta
from decimal import Decimal

from storage import bookings
from storage.bookings import EXPERT_HOURS, Booking
from storage.database import Database, Transaction
from tests.storage import samples
from tests.storage.samples import HOUR, NOW

YEAR = timedelta(days=365)


def book(tx: Transaction, ticket: int, amount: str, **changes: object) -> Booking:
    fields = {"contract": "HZ-1", "what": EXPERT_HOURS, "booked_at": NOW, "booked_by": "sam", "note": "audit"}
    new = Booking(ticket, amount=Decimal(amount), **fields | changes)  # type: ignore[arg-type]
    bookings.book(tx, new)
    return new


def test_hours_are_added_up_to_the_cent_from_a_day_on(database: Database) -> None:
    with database.transaction() as tx:
        ticket = samples.ticket_id(tx)
        book(tx, ticket, "4", booked_at=NOW - HOUR)
        for amount in ("0.1", "0.2", "1.25"):
            book(tx, ticket, amount)
        book(tx, ticket, "9", contract="HZ-2")
        book(tx, ticket, "9", what="on_site_visit")
        assert bookings.hours_spent(tx, "HZ-1", NOW) == Decimal("1.55")
        assert bookings.hours_spent(tx, "HZ-1", NOW - HOUR) == Decimal("5.55")
        assert bookings.hours_spent(tx, "HZ-3", NOW - HOUR) == 0


def test_an_allowance_counts_in_the_year_in_which_the_mail_arrived_whenever_it_is_booked(database: Database) -> None:
    with database.transaction() as tx:
        last, this = samples.ticket_id(tx, opened_at=NOW - HOUR), samples.ticket_id(tx, opened_at=NOW)
        book(tx, last, "1", what="harvest", booked_at=NOW + HOUR)
        book(tx, this, "2", what="harvest", booked_at=NOW + YEAR + HOUR)
        book(tx, this, "8", what="visit")
        assert bookings.taken(tx, "HZ-1", "harvest", NOW - YEAR, NOW) == 1
        assert bookings.taken(tx, "HZ-1", "harvest", NOW, NOW + YEAR) == 2
        assert bookings.taken(tx, "HZ-1", "harvest", NOW + YEAR, NOW + 2 * YEAR) == 0


def test_a_ticket_has_its_bookings_as_they_were_made(database: Database) -> None:
    with database.transaction() as tx:
        ticket, other = samples.ticket_id(tx), samples.ticket_id(tx)
        made = [book(tx, ticket, "1.50"), book(tx, ticket, "2", note="")]
        book(tx, other, "3")
        assert bookings.of_ticket(tx, ticket) == made
