"""Commands that change what a ticket is: its note, status, severity, language, hours, and whether it is one at all.

Each is one function of an order and its command's value, on the caller's transaction; what it does to promises is
`conduct`'s, and to what was held or declined `verdicts`'.
"""

from dataclasses import replace

from intake import conduct, verdicts
from intake.conduct_bookings import book
from intake.conduct_promises import policy_of
from intake.conduct_values import Done
from intake.correspondence import tell_staff
from intake.desk import Desk
from intake.order_values import Carried, Impossible, Order, said_of
from intake.watch import about
from rules.command_forms import Spend, Value
from rules.lifecycle import Status
from rules.reading import read
from storage import mergers, tickets
from storage.tickets import Event
from templates.render import DEFAULT_LANGUAGE

NOTE, LANGUAGE, ESCALATED = "note", "language", "escalated"
"""Events of the ticket's log."""


def note(order: Order, value: Value) -> Carried | Impossible:
    """Something for us alone. The text of the mail is kept beside it by whoever carries all of them out."""
    if not value and not order.text:
        return Impossible("there is nothing to note; write it behind #note, or below")
    if value:
        keep(order, str(value))
    return Carried(order.ticket, f"Kept with {order.ticket.reference}, for us alone.")


def keep(order: Order, text: str) -> None:
    tickets.log(order.tx, Event(order.now, NOTE, order.by, {"text": text}, order.ticket.ticket_id, order.mail_id))


def severity(order: Order, value: Value) -> Carried | Impossible:
    assert isinstance(value, int)
    if value == order.ticket.severity:
        return _already(order, f"has severity {value}")
    done = conduct.set_severity(order.tx, order.desk, order.ticket, value, order.by, order.now)
    return _carried(order, done, f"{order.ticket.reference} has severity {value} now.")


def wait(order: Order, value: Value) -> Carried | Impossible:
    if order.ticket.status == Status.WAITING:
        return _already(order, "waits for the customer")
    done = conduct.wait(order.tx, order.ticket, order.by, order.now)
    return _carried(order, done, f"{order.ticket.reference} waits for the customer; what is promised stands still.")


def close(order: Order, value: Value) -> Carried | Impossible:
    if order.ticket.status == Status.CLOSED:
        return _already(order, "is closed")
    done = conduct.close(order.tx, order.ticket, order.by, order.now)
    return _carried(order, done, f"{order.ticket.reference} is closed.")


def reopen(order: Order, value: Value) -> Carried | Impossible:
    """What went on in another ticket goes on by itself again."""
    done = conduct.reopen(order.tx, order.desk, order.ticket, order.by, order.now)
    mergers.undo(order.tx, order.ticket.ticket_id)
    return _carried(order, done, f"{order.ticket.reference} goes on.")


def spend(order: Order, value: Value) -> Carried | Impossible:
    assert isinstance(value, Spend)
    done = book(order.tx, order.desk, order.ticket, value.amount, order.by, order.now, value.note)
    if isinstance(done, Impossible) or done.booked is None:
        return done if isinstance(done, Impossible) else Carried(done.ticket, "Booked.")
    what = done.booked.what.replace("_", " ")
    said = f"{done.booked.amount:f} of {what} booked, {done.booked.left:f} left."
    return _carried(order, done, said)


def accept(order: Order, value: Value) -> Carried | Impossible:
    opening = verdicts.opening_of(order.tx, _here(order), order.ticket.reference)
    if isinstance(opening, Impossible):
        return opening
    level = value if isinstance(value, int) else None
    reading = read(opening.mail, opening.desk.policy)
    told = verdicts.accept_on(order.tx, opening, reading, by=order.by, now=order.now, level=level, note="")
    if isinstance(told, Impossible):
        return told
    due = told.first_response_due
    zone = opening.desk.policy.zone
    by = f"; the first answer is due by {due.astimezone(zone):%Y-%m-%d %H:%M %Z}" if due else ""
    level_said = f" with severity {told.severity}" if told.severity else ""
    return Carried(_again(order), f"{order.ticket.reference} is accepted{level_said}{by}.")


def decline(order: Order, value: Value) -> Carried | Impossible:
    """The customer gets the letter of the gate that held it, and never the reason."""
    opening = verdicts.opening_of(order.tx, _here(order), order.ticket.reference)
    if isinstance(opening, Impossible):
        return opening
    told = verdicts.decline_on(order.tx, opening, by=order.by, now=order.now, reason=str(value), gate=None)
    if isinstance(told, Impossible):
        return told
    letter = "its sender gets the letter of the gate that held it" if told.template else "no letter goes out"
    return Carried(_again(order), f"{order.ticket.reference} is declined; {letter}.")


def language(order: Order, value: Value) -> Carried | Impossible:
    """The language of every further letter about the ticket."""
    wanted, ticket = str(value), order.ticket
    spoken = order.desk.renderer.languages("acknowledgement")
    if wanted not in spoken:
        return Impossible(f"there are no letters in {wanted}; give one of {', '.join(sorted(spoken))}")
    before = ticket.decision.letter_language or DEFAULT_LANGUAGE
    if wanted == before:
        return _already(order, f"has its letters in {wanted}")
    decision = replace(ticket.decision, letter_language=wanted)
    tickets.redecide(order.tx, ticket.ticket_id, decision, ticket.status)
    detail = {"from": before, "to": wanted}
    tickets.log(order.tx, Event(order.now, LANGUAGE, order.by, detail, ticket.ticket_id, order.mail_id))
    return Carried(_again(order), f"Letters about {ticket.reference} are written in {wanted} from now on.")


def escalate(order: Order, value: Value) -> Carried | Impossible:
    """What is with others comes back; of what is ours those hear who hear of promises at risk."""
    ticket = order.ticket
    if ticket.status in conduct.WITH_OTHERS:
        done = conduct.take_back(order.tx, order.desk, ticket, order.by, order.now)
        return _carried(order, done, f"{ticket.reference} is ours to answer now.")
    if ticket.status not in (Status.OPEN, Status.WAITING):
        return Impossible(f"{ticket.reference} is {ticket.status}, so there is nothing to escalate")
    also = policy_of(order.tx, order.desk, ticket).warnings.to
    if not also:
        remedy = "#queue gives it to another queue"
        return Impossible(f"the policy names nobody who hears of promises at risk; {remedy}")
    tickets.log(order.tx, Event(order.now, ESCALATED, order.by, {"to": list(also)}, ticket.ticket_id, order.mail_id))
    tell_staff(
        order.tx, about(order.desk, ticket), "raised", order.now, note=f"{order.person.name} escalated it.", queues=also
    )
    return Carried(ticket, f"Told of {ticket.reference}: {', '.join(one.replace('_', ' ') for one in also)}.")


def _already(order: Order, what: str) -> Carried:
    """Whoever says what is so has been heard: his text goes."""
    return Carried(order.ticket, f"{order.ticket.reference} {what} already.")


def _carried(order: Order, done: Done | Impossible, said: str) -> Carried | Impossible:
    if isinstance(done, Impossible):
        return done
    return Carried(done.ticket, said_of(done, policy_of(order.tx, order.desk, done.ticket), said))


def _here(order: Order) -> dict[str, Desk]:
    return {order.ticket.mailbox: order.desk}


def _again(order: Order) -> tickets.Ticket:
    found = tickets.by_id(order.tx, order.ticket.ticket_id)
    assert found is not None
    return found
