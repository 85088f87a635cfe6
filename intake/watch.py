"""Watches the promises: clocks that ran out become breach events and notices, alarms that are due become reminders.

One sweep is one transaction over what is due at `now`; a sweep that did not happen is made up for by the next one, so
nothing depends on when a timer fires. How often to sweep is the daemon's.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

import structlog

from intake.correspondence import Occasion, tell_staff
from intake.desk import Desk
from rules.facts import Address, Mail, TryLater
from rules.lifecycle import Status
from storage import clocks, tickets
from storage.clocks import Alarm, Clock
from storage.database import Database, Transaction
from storage.tickets import Event, Ticket

log = structlog.get_logger()

UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def sweep(database: Database, desks: Mapping[str, Desk], now: datetime) -> int:
    """Tell of everything that is due; returns how many clocks were breached and alarms given. Raises TryLater."""
    with database.snapshot() as tx:
        if not clocks.overdue(tx, now, desks, 1) and not clocks.due_alarms(tx, now, desks, 1):
            return 0
    with database.transaction() as tx:
        breached = [partial(_breach, tx, desks[one.mailbox], one) for one in clocks.overdue(tx, now, desks)]
        alarms = [partial(_ring, tx, desks[one.mailbox], one) for one in clocks.due_alarms(tx, now, desks)]
        return sum(_each(database, tx, tell, now) for tell in (*breached, *alarms))


def _each(database: Database, tx: Transaction, tell: Callable[[datetime], None], now: datetime) -> int:
    """One that meets a bug of ours is rolled back and logged; the others go on, and the next sweep tries it again."""
    try:
        with database.part(tx):
            tell(now)
    except TryLater:
        raise
    except Exception:
        log.exception("bug_in_watch")
        return 0
    return 1


def next_ring(planned: datetime, every: str, now: datetime) -> datetime:
    """The next time after `now` at which an alarm of this rhythm ("2h", "24h", "15m") is given, counted from its plan.

    Rings that a stopped daemon missed are not made up for one by one. Raises ValueError for no rhythm.
    """
    found = re.fullmatch(r"(\d+)([mhd])", every)
    if not found or not int(found[1]):
        raise ValueError(f"{every!r} is no rhythm such as 15m, 2h or 1d")
    step = int(found[1]) * UNITS[found[2]]
    return planned + step * ((now - planned) // step + 1)


def _breach(tx: Transaction, desk: Desk, clock: Clock, now: datetime) -> None:
    clocks.breach(tx, clock.clock_id, now)
    detail = {"clock": clock.kind, "due": clock.due_at.isoformat()}
    tickets.log(tx, Event(now, "breach", "intake", detail, clock.ticket_id))
    ticket = tickets.by_id(tx, clock.ticket_id)
    if ticket is not None:
        what = "first answer" if clock.kind == clocks.FIRST_RESPONSE else "solution"
        tell_staff(tx, about(desk, ticket), "breach", now, note=f"The promised {what} is overdue.")


def _ring(tx: Transaction, desk: Desk, alarm: Alarm, now: datetime) -> None:
    ticket = tickets.by_id(tx, alarm.ticket_id)
    again = next_ring(alarm.next_at, alarm.every, now) if alarm.every else None
    if ticket is None or ticket.status == Status.CLOSED:
        clocks.rang(tx, alarm.alarm_id, now, None)
        return
    clocks.rang(tx, alarm.alarm_id, now, again)
    tickets.log(tx, Event(now, "reminder", "intake", {"to": alarm.to}, alarm.ticket_id))
    tell_staff(tx, about(desk, ticket), "reminder", now, queues=(alarm.to,))


def about(desk: Desk, ticket: Ticket) -> Occasion:
    """The occasion of a notice that no mail gave rise to: the ticket itself, in a mail's shape."""
    mail = Mail(
        message_id=None,
        sender=Address(ticket.contact, ticket.contact_name),
        subject=ticket.subject,
        text="",
        new_text="",
        sha256="",
        size=0,
    )
    return Occasion(desk, ticket, mail, ticket.decision, ticket.opened_at)
