"""Promises that are being watched, and reminders that are to be given.

A clock runs from the mail's arrival to its due time and is stopped, or breached, once; it can stand still meanwhile
(`pauses` has since when and how often), and its due time can be set anew. An alarm is given at its time, and again
every so often until what it waits for has happened.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from rules.facts import Reminder
from storage.database import Transaction
from storage.tables import alarm, clock, ticket
from storage.transaction import prepared

FIRST_RESPONSE = "first_response"
RESOLUTION = "resolution"


@dataclass(frozen=True, slots=True)
class Clock:
    clock_id: int
    ticket_id: int
    reference: str
    mailbox: str
    kind: str
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    breached_at: datetime | None
    policy_version: str
    paused_at: datetime | None = None
    """Since when it stands still. One that was stopped while it did keeps this: what counts for it is this time."""
    warn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    alarm_id: int
    ticket_id: int
    reference: str
    mailbox: str
    to: str
    next_at: datetime
    every: str | None
    until: str
    calendar: str = ""
    """The calendar of the policy that it is given in; "" gives it day and night."""


def start(tx: Transaction, ticket_id: int, kind: str, started_at: datetime, due_at: datetime, version: str) -> None:
    tx.later(
        START,
        {
            "ticket_id": ticket_id,
            "kind": kind,
            "started_at": started_at,
            "due_at": due_at,
            "policy_version": version,
        },
    )


START = prepared(sa.insert(clock), keeps_notes=True)


def stop(tx: Transaction, ticket_id: int, at: datetime, kind: str | None = None) -> None:
    """Stop a ticket's running clocks, or the one of this kind."""
    running = _running(ticket_id)
    if kind is not None:
        running = running.where(clock.c.kind == kind)
    tx.execute(running.values(stopped_at=at))


def pause(tx: Transaction, ticket_id: int, at: datetime) -> None:
    """The ticket's running clocks stand still from now on."""
    tx.execute(_running(ticket_id).where(clock.c.paused_at.is_(None)).values(paused_at=at))


def resume(tx: Transaction, ticket_id: int) -> None:
    """They run again. What the pause makes of their due times is the caller's to say, with `redue`."""
    tx.execute(_running(ticket_id).values(paused_at=None))


def redue(tx: Transaction, known: Clock, due_at: datetime, *, missed: bool) -> None:
    """The promise is due at another time; when to warn of it is said anew. `missed`: it stays breached, if it was."""
    moved = {
        "due_at": due_at,
        "breached_at": known.breached_at if missed else None,
        "warn_at": None,
        "warned_at": None if due_at > known.due_at else clock.c.warned_at,
    }
    tx.execute(sa.update(clock).where(clock.c.id == known.clock_id).values(**moved))


def withdraw(tx: Transaction, clock_id: int) -> None:
    """What was promised is promised no longer, and was neither kept nor missed."""
    tx.execute(sa.delete(clock).where(clock.c.id == clock_id))


def run_again(tx: Transaction, ticket_id: int, kind: str) -> None:
    """A clock that was stopped runs after all; its due time is the caller's to set, with `redue`."""
    stopped = sa.update(clock).where(clock.c.ticket_id == ticket_id, clock.c.kind == kind)
    tx.execute(stopped.values(stopped_at=None, paused_at=None))


def of_ticket(tx: Transaction, ticket_id: int) -> list[Clock]:
    return _clocks(tx, clock.c.ticket_id == ticket_id)


def met(tx: Transaction, ticket_id: int) -> frozenset[str]:
    """The kinds of a ticket's clocks that were stopped: what was promised of them was done."""
    noted: frozenset[str] | None = tx.known("clock", ticket_id)
    return frozenset(tx.execute(MET, {"of": ticket_id}).scalars()) if noted is None else noted


MET = prepared(sa.select(clock.c.kind).where(clock.c.ticket_id == sa.bindparam("of"), clock.c.stopped_at.is_not(None)))


def overdue(tx: Transaction, now: datetime, mailboxes: Collection[str], limit: int = 200) -> list[Clock]:
    """Running clocks of these mailboxes whose due time has come, soonest first."""
    running = clock.c.stopped_at.is_(None) & clock.c.breached_at.is_(None) & clock.c.paused_at.is_(None)
    return _clocks(tx, running & (clock.c.due_at <= now) & _of(mailboxes), limit)


def breach(tx: Transaction, clock_id: int, at: datetime) -> None:
    """The promise was missed; nobody is to be warned of it any more."""
    missed = {"breached_at": at, "warned_at": sa.func.coalesce(clock.c.warned_at, at)}
    tx.execute(sa.update(clock).where(clock.c.id == clock_id).values(**missed))


def without_warning(tx: Transaction, now: datetime, mailboxes: Collection[str], limit: int = 200) -> list[Clock]:
    """Running clocks of which nobody has said yet when to warn of them: new ones, and those whose due time moved."""
    return _clocks(tx, _unwarned(now) & clock.c.warn_at.is_(None) & _of(mailboxes), limit)


def warn_at(tx: Transaction, clock_id: int, at: datetime | None) -> None:
    """Staff are to be warned then; with None never."""
    tx.execute(sa.update(clock).where(clock.c.id == clock_id).values(warn_at=clock.c.due_at if at is None else at))


def warnable(tx: Transaction, now: datetime, mailboxes: Collection[str], limit: int = 200) -> list[Clock]:
    """Running clocks of which staff are to be warned by now, soonest due first."""
    return _clocks(tx, _unwarned(now) & (clock.c.warn_at <= now) & _of(mailboxes), limit)


def warned(tx: Transaction, clock_id: int, at: datetime) -> None:
    tx.execute(sa.update(clock).where(clock.c.id == clock_id).values(warned_at=at))


def set_alarm(
    tx: Transaction, ticket_id: int, to: str, at: datetime, every: str | None, until: str, calendar: str = ""
) -> None:
    """`calendar` is one of the policy outside which it waits; "" gives it day and night."""
    values = {"to": to, "next_at": at, "every": every, "until": until, "calendar": calendar}
    tx.execute(sa.insert(alarm).values(ticket_id=ticket_id, **values))


def due_alarms(tx: Transaction, now: datetime, mailboxes: Collection[str], limit: int = 200) -> list[Alarm]:
    rows = tx.execute(
        sa.select(alarm, ticket.c.reference, ticket.c.mailbox)
        .join(ticket, ticket.c.id == alarm.c.ticket_id)
        .where(alarm.c.done_at.is_(None), alarm.c.next_at <= now, _of(mailboxes))
        .order_by(alarm.c.next_at, alarm.c.id)
        .limit(limit)
    )
    return [
        Alarm(
            row.id, row.ticket_id, row.reference, row.mailbox, row.to, row.next_at, row.every, row.until, row.calendar
        )
        for row in rows
    ]


def postpone(tx: Transaction, alarm_id: int, to: datetime) -> None:
    """It is not the hour for it: the alarm is given at `to`."""
    tx.execute(sa.update(alarm).where(alarm.c.id == alarm_id).values(next_at=to))


def rang(tx: Transaction, alarm_id: int, at: datetime, again: datetime | None) -> None:
    """The alarm was given at `at`; it is given again at `again`, or never with None."""
    values = {"done_at": at} if again is None else {"next_at": again}
    tx.execute(sa.update(alarm).where(alarm.c.id == alarm_id).values(**values))


def silence(tx: Transaction, ticket_id: int, at: datetime) -> None:
    """What the ticket's alarms waited for has happened, or others take their place.

    One that was never given is gone, so that `given` tells the truth afterwards.
    """
    pending = (alarm.c.ticket_id == ticket_id) & alarm.c.done_at.is_(None)
    tx.execute(sa.delete(alarm).where(pending, alarm.c.every.is_(None)))
    tx.execute(sa.update(alarm).where(pending).values(done_at=at))


def given(tx: Transaction, ticket_id: int) -> list[Reminder]:
    """The ticket's alarms that are done with; one with a rhythm stands at the time for which it was silenced."""
    rows = tx.execute(
        sa.select(alarm)
        .where(alarm.c.ticket_id == ticket_id, alarm.c.done_at.is_not(None))
        .order_by(alarm.c.next_at, alarm.c.id)
    )
    return [Reminder(row.to, row.next_at, row.every, row.until, row.calendar) for row in rows]


def _running(ticket_id: int) -> sa.Update:
    return sa.update(clock).where(clock.c.ticket_id == ticket_id, clock.c.stopped_at.is_(None))


def _clocks(tx: Transaction, where: sa.ColumnElement[bool], limit: int | None = None) -> list[Clock]:
    rows = tx.execute(
        sa.select(clock, ticket.c.reference, ticket.c.mailbox)
        .join(ticket, ticket.c.id == clock.c.ticket_id)
        .where(where)
        .order_by(clock.c.due_at, clock.c.id)
        .limit(limit)
    )
    return [
        Clock(
            row.id,
            row.ticket_id,
            row.reference,
            row.mailbox,
            row.kind,
            row.started_at,
            row.due_at,
            row.stopped_at,
            row.breached_at,
            row.policy_version,
            row.paused_at,
            row.warn_at,
        )
        for row in rows
    ]


def _unwarned(now: datetime) -> sa.ColumnElement[bool]:
    """Of a promise that is due, nobody is warned: it is missed. `warned_at` is set then too."""
    running = clock.c.stopped_at.is_(None) & clock.c.paused_at.is_(None) & clock.c.warned_at.is_(None)
    return running & (clock.c.due_at > now)


def _of(mailboxes: Collection[str]) -> sa.ColumnElement[bool]:
    # What is due is few, a mailbox's tickets are many: without the "" SQLite begins with the tickets.
    return (ticket.c.mailbox + "").in_(mailboxes)
