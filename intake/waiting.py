"""Reminds a customer whom a ticket waits for, once, and closes the ticket when nothing comes.

After how many days says the policy in force. Nobody's ticket is closed who was not reminded first, where reminders are
on, however long the daemon stood still or letters could not leave: a day lies between the two at least. A reply opens
the ticket again.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from intake import conduct
from intake.conduct_promises import occasion_of, policy_of
from intake.conduct_values import Done
from intake.correspondence import Occasion, tell_of_rest, tell_staff
from intake.desk import Desk
from intake.letter_order import Rest
from rules.lifecycle import Status
from storage import backlogs, tickets, waits
from storage.database import Transaction
from storage.tickets import Event
from storage.waits import REMINDED, Wait

CLOSED = "closed_waiting"
"""The letter, and what staff are told of."""
BETWEEN = timedelta(days=1)
INTAKE = "intake"


def due(tx: Transaction, desk: Desk, now: datetime) -> Iterator[Wait]:
    """The waits of a mailbox of which something is to be told now; where it only observes, none."""
    budgets = desk.policy.budgets
    days = [one for one in (budgets.remind_customer_days, budgets.close_waiting_days) if one]
    if not days or desk.observes:
        return
    for wait in waits.since(tx, desk.name, Status.WAITING, now - timedelta(days=min(days))):
        if _to_close(desk, wait, now) or _to_remind(desk, wait, now):
            yield wait


def tell(tx: Transaction, desk: Desk, wait: Wait, now: datetime) -> bool:
    """Remind the customer, or close the ticket and say so."""
    ticket = tickets.by_id(tx, wait.ticket_id)
    if ticket is None or ticket.status != Status.WAITING:
        return False
    occasion = occasion_of(tx, desk, policy_of(tx, desk, ticket), ticket)
    if _to_close(desk, wait, now):
        if backlogs.left_or_waits(tx, wait.ticket_id, REMINDED, now - BETWEEN):
            return False  # letters could not leave for long: nobody has read the reminder yet
        _close(tx, desk, occasion, wait, now)
    else:
        _remind(tx, desk, occasion, wait, now)
    return True


def reopened_until(desk: Desk, closed_at: datetime) -> date | None:
    """The last day on which a reply opens a ticket again; None where none does."""
    days = desk.policy.budgets.reopen_days
    return _day(closed_at + timedelta(days=days), desk.policy.zone) if days else None


def _remind(tx: Transaction, desk: Desk, occasion: Occasion, wait: Wait, now: datetime) -> None:
    days = desk.policy.budgets.close_waiting_days
    closes = max(wait.since + timedelta(days=days), now + BETWEEN) if days else None
    rest = Rest(wait.since, _day(closes, occasion.desk.policy.zone) if closes else None)
    withheld = tell_of_rest(tx, occasion, REMINDED, rest, now)
    detail = {"since": wait.since.isoformat(), "why_no_letter": withheld.sentence if withheld else ""}
    tickets.log(tx, Event(now, REMINDED, INTAKE, detail, wait.ticket_id))


def _close(tx: Transaction, desk: Desk, occasion: Occasion, wait: Wait, now: datetime) -> None:
    done = conduct.close(tx, occasion.ticket, INTAKE, now)
    assert isinstance(done, Done)  # it waits
    withheld = tell_of_rest(tx, occasion, CLOSED, Rest(wait.since, reopened_until(desk, now)), now)
    days = (now - wait.since).days
    untold = f" {withheld.sentence}" if withheld and withheld.tells_staff else ""
    note = f"Its customer has not answered for {days} days.{untold}"
    tell_staff(tx, occasion, CLOSED, now, note=note)


def _to_remind(desk: Desk, wait: Wait, now: datetime) -> bool:
    days = desk.policy.budgets.remind_customer_days
    return bool(days) and wait.reminded_at is None and now - wait.since >= timedelta(days=days)


def _to_close(desk: Desk, wait: Wait, now: datetime) -> bool:
    budgets = desk.policy.budgets
    days = budgets.close_waiting_days
    if not days or now - wait.since < timedelta(days=days):
        return False
    return not budgets.remind_customer_days or (wait.reminded_at is not None and now - wait.reminded_at >= BETWEEN)


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()
