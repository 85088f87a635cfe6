"""Keeps the notices that can wait for those on staff who ask for one mail a day (`digest` of `[[staff]]`).

What can wait is `rules.digests`' to say; the mail itself is `intake.digest_letters`'. Pages never wait.
"""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from intake.desk import Desk
from intake.settings import StaffMember
from rules.calendar import Calendar, weekly_spans
from rules.digests import Daily, following, waits
from rules.facts import address_key
from storage import clocks, digests
from storage.database import Transaction
from storage.tickets import Ticket


def kept(tx: Transaction, desk: Desk, ticket: Ticket, address: str, event: str, note: str, now: datetime) -> bool:
    """Whether what a notice would tell this address waits for its digest, and is kept for it."""
    person = desk.member(address_key(address))
    daily = daily_of(person) if person else None
    if person is None or daily is None:
        return False
    due = min((one.due_at for one in clocks.of_ticket(tx, ticket.ticket_id) if _runs(one)), default=None)
    if not waits(event, ticket.severity, due, following(daily, now)):
        return False
    digests.keep(tx, address_key(person.email), ticket.ticket_id, event, note, now)
    return True


def daily_of(person: StaffMember) -> Daily | None:
    """When this person gets a digest; None where they ask for none."""
    if not person.digest:
        return None
    spans = tuple(span for text in person.hours for span in weekly_spans(text))
    zone = person.timezone or "UTC"
    return Daily(time.fromisoformat(person.digest), ZoneInfo(zone), Calendar(zone, spans) if spans else None)


def _runs(clock: clocks.Clock) -> bool:
    return clock.stopped_at is None and clock.paused_at is None
