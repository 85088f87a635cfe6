"""Booking: what staff take from a contract's prepaid hours, or from a yearly allowance of its plan.

A ticket that was routed against an allowance is booked on that, any other on the prepaid hours. Nothing goes below zero
however many book at once: the contract is held from before what is left is counted. Each booking is reported to
the contacts of the contract.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from intake.conduct_promises import occasion_of, policy_of
from intake.conduct_values import Done, Impossible
from intake.correspondence import Occasion, report_booking
from intake.desk import Desk
from intake.letter_bytes import unaddressable
from intake.letter_order import Booked
from intake.used import Left, left_of
from rules.bookings import begin
from rules.facts import Address, Contact, Contract, MachineSigns, mailbox_key
from rules.lifecycle import Status
from storage import bookings, directory, tickets
from storage.bookings import EXPERT_HOURS, Booking
from storage.database import Transaction
from storage.tickets import Event, Ticket


def book(
    tx: Transaction, desk: Desk, ticket: Ticket, amount: Decimal, by: str, now: datetime, note: str = ""
) -> Done | Impossible:
    """Take `amount` (hours, or what the allowance counts) from what the ticket's contract has left."""
    if ticket.status in (Status.HELD, Status.DECLINED):
        return Impossible(f"{ticket.reference} is {ticket.status}; `intake accept {ticket.reference}` before booking")
    if ticket.contract is None:
        return Impossible(f"{ticket.reference} is on no contract, so there is nothing to book it on")
    directory.lock(tx, [ticket.contract])
    policy, contract = policy_of(tx, desk, ticket), directory.contract_of(tx, ticket.contract)
    if contract is None:
        return Impossible(f"the directory has {ticket.contract} no more; import one that has it")
    there = left_of(tx, policy, ticket, contract)
    if there.what == EXPERT_HOURS and now < begin(contract.starts, policy.zone):
        return Impossible(f"{contract.contract} begins on {contract.starts}; its hours can be booked from then on")
    if amount > there.left:
        return Impossible(_refusal(there, contract, amount))
    bookings.book(tx, Booking(ticket.ticket_id, contract.contract, there.what, amount, now, by, note))
    booked = Booked(there.what, amount, there.left - amount, _known_as(desk, by), note)
    detail = {"what": booked.what, "amount": f"{amount:f}", "left": f"{booked.left:f}", "note": note}
    tickets.log(tx, Event(now, "booked", by, detail, ticket.ticket_id))
    told = _report(tx, occasion_of(tx, desk, policy, ticket), contract, booked, now)
    return Done(ticket, ticket, told=told, booked=booked)


def _known_as(desk: Desk, by: str) -> str:
    """The name under which customers may hear of whoever booked; "" for an account at the shell, such as root."""
    return next((one.name for one in desk.staff if by in (one.name, one.email)), "")


def _refusal(there: Left, contract: Contract, amount: Decimal) -> str:
    of_what = "prepaid hours" if there.what == EXPERT_HOURS else there.what.replace("_", " ")
    if there.left <= 0:
        return f"{contract.contract} has nothing left of {there.of:f} {of_what}; nothing was booked"
    return f"{contract.contract} has {there.left:f} left of {there.of:f} {of_what}, not {amount:f}; book less"


def _report(tx: Transaction, occasion: Occasion, contract: Contract, booked: Booked, now: datetime) -> tuple[str, ...]:
    """A letter to each contact of the contract; nobody reads mail at a wildcard."""
    told = []
    for contact in directory.contacts_of(tx, contract.contract):
        if contact.email.startswith("*@") or mailbox_key(contact.email) in occasion.desk.own_mailboxes:
            continue
        about, language = _addressed(occasion, contract, contact), _language(occasion, contact)
        withheld = report_booking(tx, about, booked, language, now)
        if not (withheld or occasion.desk.observes or unaddressable(contact.email)):
            told.append(contact.email)
    return tuple(told)


def _addressed(occasion: Occasion, contract: Contract, contact: Contact) -> Occasion:
    """The occasion as if this contact had opened the ticket: it is a report to the directory's people, no answer."""
    return replace(
        occasion,
        mail=replace(
            occasion.mail, sender=Address(contact.email), machine=MachineSigns(), return_path=None, intake_tag=None
        ),
        decision=replace(occasion.decision, contact=contact.name, contract=contract.contract, template="hours_booked"),
    )


def _language(occasion: Occasion, contact: Contact) -> str:
    asked = occasion.ticket.contact == Address(contact.email).key
    return contact.language or (occasion.decision.letter_language if asked else occasion.desk.policy.letter_language)
