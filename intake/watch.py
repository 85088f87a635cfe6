"""Watches the promises: warns of those at risk, tells of those that are missed, and gives the reminders that are due.

One sweep is one transaction over what is due at `now`; a sweep that did not happen is made up for by the next one, so
nothing depends on when a timer fires, and what a stopped daemon missed is told once, not as often as it was due. A
clock that stands still neither warns nor is missed. Reminders last until the ticket is closed or declined, also while
it waits for the customer: "until resolved" is what policies say. What staff hold back is told when the hold is over,
and last of all the digests are written. What was put off while the clock was ahead is due, too (`storage.delays`).
The policy asked is the one pinned to the ticket. How often to sweep is the daemon's.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

import structlog

from intake import digest_letters, waiting
from intake.conduct_promises import policy_of
from intake.correspondence import Occasion, tell_staff
from intake.desk import Desk
from rules import reminders
from rules.facts import Address, Mail, TryLater
from rules.lifecycle import Status
from storage import clocks, delays, holds, tickets
from storage.clocks import Alarm, Clock
from storage.database import Database, Transaction
from storage.holds import Hold
from storage.tickets import Event, Ticket

log = structlog.get_logger()

UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
OVER = (Status.CLOSED, Status.DECLINED)
"""The statuses in which nobody is reminded of anything."""


def sweep(database: Database, desks: Mapping[str, Desk], now: datetime) -> int:
    """Tell of everything that is due; returns how much was told. Raises TryLater."""
    with database.snapshot() as tx:
        watched = (clocks.without_warning, *WATCHED, clocks.due_alarms, holds.over)
        if (
            not any(due(tx, now, desks, 1) for due in watched)
            and not any(next(waiting.due(tx, desk, now), None) for desk in desks.values())
            and not digest_letters.due(tx, desks, now)
            and not delays.left_behind(tx, desks, now)
        ):
            return 0
    told = 0
    reminded: set[tuple[int, str]] = set()
    with database.transaction(of={desk.policy.name for desk in desks.values()}) as tx:
        for due, tell in {clocks.without_warning: _plan_warning, **WATCHED}.items():
            for clock in due(tx, now, desks):
                told += _each(database, tx, partial(tell, tx, desks[clock.mailbox], clock), now)
        for alarm in clocks.due_alarms(tx, now, desks):
            told += _each(database, tx, partial(_ring, tx, desks[alarm.mailbox], alarm, reminded), now)
        for held in holds.over(tx, now, desks):
            told += _each(database, tx, partial(_end_hold, tx, desks[held.mailbox], held), now)
        for desk in desks.values():
            for wait in list(waiting.due(tx, desk, now)):
                told += _each(database, tx, partial(waiting.tell, tx, desk, wait), now)
        for person in digest_letters.due(tx, desks, now):
            told += _each(database, tx, partial(digest_letters.tell, tx, desks, person), now)
        told += delays.hasten(tx, desks, now)
    return told


def _each(database: Database, tx: Transaction, tell: Callable[[datetime], bool], now: datetime) -> bool:
    """One that meets a bug of ours is rolled back and logged; the others go on, and the next sweep tries it again."""
    try:
        with database.part(tx):
            return tell(now)
    except TryLater:
        raise
    except Exception:
        log.exception("bug_in_watch")
        return False


def next_ring(planned: datetime, every: str, now: datetime) -> datetime:
    """The next time after `now` at which an alarm of this rhythm ("2h", "24h", "15m") is given, counted from its plan.

    In real time: on the nights when the clocks change, too. Rings that a stopped daemon missed are not made up for one
    by one. Raises ValueError for no rhythm.
    """
    found = re.fullmatch(r"(\d+)([mhd])", every)
    if not found or not int(found[1]):
        raise ValueError(f"{every!r} is no rhythm such as 15m, 2h or 1d")
    step = int(found[1]) * UNITS[found[2]]
    return planned + step * ((now - planned) // step + 1)


def _plan_warning(tx: Transaction, desk: Desk, clock: Clock, now: datetime) -> bool:
    """Say when to warn of a clock that is new, or whose due time has moved; nobody is told of that."""
    ticket = tickets.by_id(tx, clock.ticket_id)
    at = None
    if ticket is not None:
        kind: Literal["first_response", "resolution"] = (
            "first_response" if clock.kind == clocks.FIRST_RESPONSE else "resolution"
        )
        policy = policy_of(tx, desk, ticket)
        at = reminders.warning(policy, ticket.plan, ticket.severity, kind, clock.started_at, clock.due_at)
    clocks.warn_at(tx, clock.clock_id, at)
    return False


def _warn(tx: Transaction, desk: Desk, clock: Clock, now: datetime) -> bool:
    clocks.warned(tx, clock.clock_id, now)
    return _tell_of_promise(tx, desk, clock, "warning", now, f"The promised {_promised(clock)} is due soon.")


def _breach(tx: Transaction, desk: Desk, clock: Clock, now: datetime) -> bool:
    clocks.breach(tx, clock.clock_id, now)
    return _tell_of_promise(tx, desk, clock, "breach", now, f"The promised {_promised(clock)} is overdue.")


def _tell_of_promise(tx: Transaction, desk: Desk, clock: Clock, event: str, now: datetime, note: str) -> bool:
    """To the ticket's queue, and to those that the policy names for promises at risk."""
    detail = {"clock": clock.kind, "due": clock.due_at.isoformat()}
    tickets.log(tx, Event(now, event, "intake", detail, clock.ticket_id))
    ticket = tickets.by_id(tx, clock.ticket_id)
    if ticket is not None:
        warnings = policy_of(tx, desk, ticket).warnings
        also = warnings.to if warnings.concerns(ticket.severity) else ()
        tell_staff(tx, about(desk, ticket), event, now, note=note, queues=also)
    return True


def _promised(clock: Clock) -> str:
    return "first answer" if clock.kind == clocks.FIRST_RESPONSE else "solution"


def _ring(tx: Transaction, desk: Desk, alarm: Alarm, reminded: set[tuple[int, str]], now: datetime) -> bool:
    """Of several that are due to one queue at once, after a stop, one is enough; `reminded` has who was told."""
    ticket = tickets.by_id(tx, alarm.ticket_id)
    if ticket is None or ticket.status in OVER:
        clocks.rang(tx, alarm.alarm_id, now, None)
        return False
    policy = policy_of(tx, desk, ticket)
    opens = reminders.shifted(policy, alarm.calendar, max(now, holds.until(tx, alarm.ticket_id) or now))
    if opens > now:  # its hour has passed while nothing swept, or staff hold it back
        clocks.postpone(tx, alarm.alarm_id, opens)
        return False
    again = next_ring(alarm.next_at, alarm.every, now) if alarm.every else None
    again = reminders.shifted(policy, alarm.calendar, again) if again else None
    clocks.rang(tx, alarm.alarm_id, now, again)
    if (alarm.ticket_id, alarm.to) in reminded:
        return False
    tickets.log(tx, Event(now, "reminder", "intake", {"to": alarm.to}, alarm.ticket_id))
    tell_staff(tx, about(desk, ticket), "reminder", now, queues=(alarm.to,))
    reminded.add((alarm.ticket_id, alarm.to))
    return True


def _end_hold(tx: Transaction, desk: Desk, held: Hold, now: datetime) -> bool:
    """Reminders go on, and whoever has the ticket hears that they do."""
    holds.end(tx, held.ticket_id)
    ticket = tickets.by_id(tx, held.ticket_id)
    if ticket is None or ticket.status in OVER:
        return False
    tickets.log(tx, Event(now, "hold_over", "intake", {"by": held.person}, held.ticket_id))
    tell_staff(tx, about(desk, ticket), "hold_over", now, note=f"{held.person} held it back until now.")
    return True


WATCHED = {clocks.overdue: _breach, clocks.warnable: _warn}
"""What can be due of a clock, and how it is told; what is missed by now is not warned of any more."""


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
