"""Commands that change which mails make a ticket: one goes on in another, a mail becomes one of its own, spam is none.

Tickets are merged only within one contract, so that nobody who may write to the one learns of the other.
"""

from dataclasses import replace
from datetime import timedelta

from intake import conduct, effects
from intake.circumstances import gather
from intake.judgement import judge
from intake.mail.parse import parse
from intake.order_values import Carried, Impossible, Order
from intake.ruling import ENDS, Ruling, carry_out
from rules.command_forms import Value
from rules.conversation import is_customers
from rules.facts import End, Mail, Membership, Outcome, address_key
from rules.lifecycle import Status, move
from rules.reading import read
from storage import assignments, directory, holds, ledger, listings, mergers, silences, tickets
from storage.listings import MailLine
from storage.tickets import Event, Ticket

MERGED, TAKEN_IN, SPLIT, SPAM = "merged", "took_in", "split", "spam"
"""Events of the ticket's log."""
SILENCE = timedelta(days=30)
"""How long an address that sent spam is written no automatic letter."""
BY_SPAM = "A person called it spam."


def merge(order: Order, value: Value) -> Carried | Impossible:
    """This ticket is closed, and what is written to it lands on the other one, with everybody who may write here."""
    tx, ticket, into = order.tx, order.ticket, tickets.by_reference(order.tx, str(value))
    if into is None or into.mailbox not in order.desk.doors:
        return Impossible(f"there is no ticket {value} here; #list tells yours")
    if why := _unmergeable(order, into):
        return Impossible(why)
    done = conduct.close(tx, ticket, order.by, order.now)
    if isinstance(done, Impossible):
        return done
    _settle(order, ticket)
    mergers.merge(tx, ticket.ticket_id, into.ticket_id, order.now)
    _log(order, ticket, MERGED, {"into": into.reference})
    _log(order, into, TAKEN_IN, {"from": ticket.reference})
    return Carried(into, f"{ticket.reference} is closed; what is written to it lands on {into.reference} now.")


def split(order: Order, value: Value) -> Carried | Impossible:
    """The customer's last mail on the ticket is decided as a request of its own, with letter and promises."""
    ticket = order.ticket
    found = _last_mail(order)
    if isinstance(found, Impossible):
        return found
    line, mail, memberships = found
    around, _ = gather(order.tx, order.desk, mail, line.arrived_at, memberships, there=lambda _: False)
    reading = read(mail, order.desk.policy)
    decision = judge(mail, reading, around, order.desk.policy, order.desk.own_mailboxes, order.now)
    if decision.outcome is None or decision.outcome is Outcome.IGNORED:
        return Impossible(f"that mail makes no ticket: {decision.why or decision.kind.value}")
    opened = effects.open_ticket(order.tx, order.desk, mail, decision, line.arrived_at, order.now)
    ledger.settle(order.tx, line.mail_id, ENDS[decision.outcome], decision.why, decision, opened.ticket_id)
    ruling = Ruling(decision, ENDS[decision.outcome], mail, line.arrived_at, opened, None, memberships)
    carry_out(order.tx, order.desk, ruling, line.mail_id, order.now)
    _log(order, ticket, SPLIT, {"into": opened.reference})
    _log(order, opened, SPLIT, {"from": ticket.reference})
    return Carried(
        opened, f"Their last mail is {opened.reference} now: {decision.outcome}. The text is about that one."
    )


def spam(order: Order, value: Value) -> Carried | Impossible:
    """No further letter goes out about it, and for a while none to its address. A customer's mail is none."""
    tx, ticket = order.tx, order.ticket
    policy = order.desk.policy.name
    known = directory.memberships(tx, policy, [ticket.contact]).get(ticket.contact, ())
    if known or order.desk.is_staff(ticket.contact):
        return Impossible(f"{ticket.contact} is a contact of {_contracts(known)}; #close it instead")
    match Status(ticket.status):
        case Status.HELD:
            _refuse(order)
        case Status.DECLINED | Status.CLOSED:
            pass
        case _:
            conduct.close(tx, ticket, order.by, order.now)
    _settle(order, ticket)
    silences.silence(tx, ticket.contact, order.now + SILENCE, ticket.ticket_id)
    silences.withhold(tx, ticket.ticket_id, ticket.contact, BY_SPAM)
    _log(order, ticket, SPAM, {"address": ticket.contact, "until": (order.now + SILENCE).isoformat()})
    again = tickets.by_id(tx, ticket.ticket_id)
    assert again is not None
    days = SILENCE.days
    return Carried(again, f"{ticket.reference} is spam; {ticket.contact} gets no automatic letter for {days} days.")


def _unmergeable(order: Order, into: Ticket) -> str:
    """Why not; "" where nothing speaks against it."""
    ticket = order.ticket
    if into.ticket_id == ticket.ticket_id:
        return f"{ticket.reference} cannot be put into itself"
    if ticket.contract is None or ticket.contract != into.contract:
        return f"{into.reference} is of another contract; only tickets of one contract go together"
    if there := mergers.into(order.tx, into.ticket_id):
        other = tickets.by_id(order.tx, there)
        return f"{into.reference} goes on in {other.reference if other else 'another'} itself; name that one"
    if into.status in (Status.CLOSED, Status.HELD, Status.DECLINED):
        return f"{into.reference} is {into.status}; #ticket {into.reference} and #reopen or #accept come first"
    if ticket.status == Status.CLOSED:
        return f"{ticket.reference} is closed already; #reopen it first"
    return ""


def _last_mail(order: Order) -> tuple[MailLine, Mail, tuple[Membership, ...]] | Impossible:
    """The customer's newest mail that goes on with the ticket."""
    ticket, policy = order.ticket, order.desk.policy.name
    for line in reversed(listings.mails_of_ticket(order.tx, ticket.ticket_id)):
        if line.end is not End.FOLLOW_UP:
            continue
        sender = address_key(line.sender)
        memberships = directory.memberships(order.tx, policy, [sender]).get(sender, ())
        raw = ledger.raw(order.tx, line.mail_id)
        if raw is None:
            continue
        mail = parse(raw, authserv_id=order.desk.mailbox.authserv_id)
        if is_customers(mail, ticket.contact, ticket.contract, memberships):
            return line, mail, memberships
    return Impossible(f"{ticket.reference} has no further mail of its customer that could be a ticket of its own")


def _refuse(order: Order) -> None:
    """What was held is declined without a letter."""
    ticket = order.ticket
    decision = replace(ticket.decision, outcome=Outcome.DECLINED, template=None, queue=None, why=BY_SPAM)
    tickets.redecide(order.tx, ticket.ticket_id, decision, move(Status(ticket.status), Status.DECLINED).value)
    opened = next(iter(listings.mails_of_ticket(order.tx, ticket.ticket_id)), None)
    if opened is not None:
        ledger.settle(order.tx, opened.mail_id, End.DECLINED, BY_SPAM, decision, ticket.ticket_id)


def _settle(order: Order, ticket: Ticket) -> None:
    """It is nobody's any more, and nothing is waited for."""
    assignments.release(order.tx, ticket.ticket_id)
    holds.end(order.tx, ticket.ticket_id)


def _contracts(known: tuple[Membership, ...]) -> str:
    return ", ".join(one.contract.contract for one in known) or "staff"


def _log(order: Order, ticket: Ticket, kind: str, detail: dict[str, str]) -> None:
    tickets.log(order.tx, Event(order.now, kind, order.by, detail, ticket.ticket_id, order.mail_id))
