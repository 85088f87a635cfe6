"""Commands that say whose a ticket is: a person's, another queue's, or nobody's for a while.

What it means for notices is `intake.assigned`'s, for reminders `intake.watch`'s.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from intake.conduct_promises import policy_of
from intake.correspondence import tell_staff
from intake.desk import Desk
from intake.order_values import Carried, Impossible, Order
from intake.settings import StaffMember
from intake.watch import about
from rules.command_forms import Value
from rules.facts import address_key
from rules.lifecycle import Status
from rules.policy_model import ACCOUNT_MANAGER
from storage import assignments, holds, tickets
from storage.database import Transaction
from storage.tickets import Event, Ticket

ASSIGNED, MOVED, HELD_BACK = "assigned", "moved", "held_back"
"""Events of the ticket's log; staff are told of the first two by notices of the same name."""
OVER = (Status.CLOSED, Status.DECLINED)


def take(order: Order, value: Value) -> Carried | Impossible:
    return _give(order, order.person)


def assign(order: Order, value: Value) -> Carried | Impossible:
    meant = named(order.desk.staff, str(value))
    return meant if isinstance(meant, Impossible) else _give(order, meant)


def queue(order: Order, value: Value) -> Carried | Impossible:
    """Another queue has it; whose it was goes on only where that person is of the new queue too."""
    ticket, wanted = order.ticket, str(value).strip().casefold().replace(" ", "_")
    known = queues_of(order.desk)
    if wanted not in known:
        return Impossible(f"there is no queue {value}; give one of {', '.join(sorted(known))}")
    if ticket.status in OVER:
        return Impossible(f"{ticket.reference} is {ticket.status}; #reopen it first")
    if ticket.queue == wanted:
        return Carried(ticket, f"{ticket.reference} is with {wanted} already.")
    tickets.redecide(order.tx, ticket.ticket_id, replace(ticket.decision, queue=wanted), ticket.status)
    holder = assignments.person_of(order.tx, ticket.ticket_id)
    if holder and not any(address_key(one.email) == holder and wanted in one.queues for one in order.desk.staff):
        assignments.release(order.tx, ticket.ticket_id)
    detail = {"from": ticket.queue, "to": wanted}
    tickets.log(order.tx, Event(order.now, MOVED, order.by, detail, ticket.ticket_id, order.mail_id))
    moved = _again(order)
    shown = wanted.replace("_", " ")
    note = f"{order.person.name} gave it to {shown}."
    tell_staff(order.tx, about(order.desk, moved), MOVED, order.now, note=note)
    return Carried(moved, f"{ticket.reference} is with {shown} now.")


def hold(order: Order, value: Value) -> Carried | Impossible:
    """Nobody is reminded until then, neither we nor the customer. What is promised runs on."""
    assert isinstance(value, timedelta)
    ticket = order.ticket
    if ticket.status in OVER:
        return Impossible(f"{ticket.reference} is {ticket.status}; nobody is reminded of it anyway")
    until = order.now + value
    holds.begin(order.tx, ticket.ticket_id, until, order.by)
    detail = {"until": until.isoformat()}
    tickets.log(order.tx, Event(order.now, HELD_BACK, order.by, detail, ticket.ticket_id, order.mail_id))
    zone = policy_of(order.tx, order.desk, ticket).zone
    shown = f"{until.astimezone(zone):%Y-%m-%d %H:%M %Z}"
    return Carried(ticket, f"Nobody is reminded of {ticket.reference} until {shown}; then a notice comes.")


def give(
    tx: Transaction,
    desk: Desk,
    ticket: Ticket,
    person: StaffMember,
    by: str,
    now: datetime,
    giver: str = "",
    mail_id: int | None = None,
) -> Carried | Impossible:
    """The ticket is this person's from now on, and they hear of it unless it was their own word.

    `by` is the key of the giver's address or an account, `giver` their name, `mail_id` the mail that says so.
    """
    key = address_key(person.email)
    if ticket.status in OVER:
        return Impossible(f"{ticket.reference} is {ticket.status}; #reopen it first")
    before = assignments.person_of(tx, ticket.ticket_id)
    if before == key:
        return Carried(ticket, f"{ticket.reference} is {person.name}'s already.")
    assignments.assign(tx, ticket.ticket_id, key, now)
    tickets.log(tx, Event(now, ASSIGNED, by, {"to": key, "from": before}, ticket.ticket_id, mail_id))
    if key != by:
        tell_staff(tx, about(desk, ticket), ASSIGNED, now, note=f"{giver or by} gave it to {person.name}.")
    return Carried(ticket, f"{ticket.reference} is {person.name}'s now.")


def named(staff: Sequence[StaffMember], name: str) -> StaffMember | Impossible:
    """Who is meant: by address, whole name, a part of the name or of the address, or how one begins, if it is one's."""
    wanted = " ".join(name.casefold().split())
    for names in (_exactly, _by_part, _by_beginning):
        found = [one for one in staff if names(one, wanted)]
        if len(found) == 1:
            return found[0]
        if found:
            return Impossible(f"{name} may be {_all_of(found)}; give the address")
    return Impossible(f"there is nobody called {name} on staff; there are {_all_of(staff)}")


def queues_of(desk: Desk) -> Collection[str]:
    """The queues that somebody hears of."""
    of_people = {queue for one in desk.staff for queue in one.queues}
    return {*desk.policy.queues, *desk.queues, *of_people} - {ACCOUNT_MANAGER}


def _give(order: Order, person: StaffMember) -> Carried | Impossible:
    return give(order.tx, order.desk, order.ticket, person, order.by, order.now, order.person.name, order.mail_id)


def _exactly(one: StaffMember, wanted: str) -> bool:
    return wanted in (address_key(one.email), " ".join(one.name.casefold().split()))


def _by_part(one: StaffMember, wanted: str) -> bool:
    return wanted in one.name.casefold().split() or wanted == address_key(one.email).partition("@")[0]


def _by_beginning(one: StaffMember, wanted: str) -> bool:
    return len(wanted) > 1 and any(part.startswith(wanted) for part in one.name.casefold().split())


def _all_of(staff: Sequence[StaffMember]) -> str:
    return ", ".join(f"{one.name} ({one.email})" for one in staff)


def _again(order: Order) -> tickets.Ticket:
    found = tickets.by_id(order.tx, order.ticket.ticket_id)
    assert found is not None
    return found
