"""Makes a letter to the customer of what a member of staff wrote, or says what speaks against sending it.

Everything that can speak against it is looked at before anything is done: commands that stand above a text are carried
out only where the text may go. Whether the person may answer at all was asked before. When the server has taken the
letter, `intake.receipts` stops the clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from intake import loops
from intake.answer_letter import LARGEST, AnswerOrder, compose_answer, recipients, subject_of
from intake.conduct_promises import policy_of
from intake.correspondence import OBSERVING
from intake.desk import Desk
from intake.file_text import texts_in
from intake.letter_bytes import new_message_id, unaddressable, wire_address
from intake.mail.files import File, files_of
from intake.private import leaks, names_of_others
from intake.settings import StaffMember
from rules import senders
from rules.facts import Address, MailKind, Unreadable, address_key, mailbox_key
from storage import answers, directory, ledger, links, listings, outbox, tickets
from storage.database import Transaction
from storage.listings import MailLine
from storage.outbox import ANSWER, NewLetter
from storage.tickets import Event, Ticket

IN_THREAD = 10
"""Mails of the customer's that References names."""
MOST_CC = 20


@dataclass(frozen=True, slots=True)
class Saying:
    """What a member of staff wants to say to the customer of a ticket."""

    desk: Desk
    ticket: Ticket
    person: StaffMember
    text: str
    """Without commands and quotes, with the signature."""
    mail_id: int | None
    """Their mail, whose files go along."""
    now: datetime
    confirmed: bool = False
    """They were asked once, and want it to go."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a text does not go to the customer."""

    why: str
    """A sentence for its writer."""
    releasable: bool = False
    """Whether it goes all the same when its writer says so."""
    machine: bool = False
    """It looks like a machine's: its writer is asked once, and not again for every further one."""
    other: str = ""
    """The colleague who has answered already."""
    others_text: str = ""


@dataclass(frozen=True, slots=True)
class Ready:
    """An answer with nothing against it."""

    order: AnswerOrder
    raw: bytes


def prepare(tx: Transaction, saying: Saying) -> Ready | Obstacle:
    """The letter as it would go out, or the first thing that speaks against it. Writes nothing."""
    for speaks_against in CHECKS:
        if obstacle := speaks_against(tx, saying):
            return obstacle
    try:
        order = _order(tx, saying)
        raw = compose_answer(order)
    except Unreadable as fault:
        return Obstacle(f"The files in your mail cannot be read: {fault}.")
    if len(raw) > LARGEST:
        return Obstacle(f"With its files it has {len(raw) // 1_000_000} MB, more than a letter may have.")
    return Ready(order, raw)


def send(tx: Transaction, saying: Saying, ready: Ready, draft: int | None = None) -> None:
    """Put the letter into the outbox; `draft` is the number of the draft that it was."""
    ticket, order, now = saying.ticket, ready.order, saying.now
    by, to = address_key(saying.person.email), recipients(order)
    letter = NewLetter(
        mailbox=ticket.mailbox,
        kind=ANSWER,
        template=ANSWER,
        message_id=order.message_id,
        sender=wire_address(order.support.address),
        recipients=to,
        subject=subject_of(order),
        raw=ready.raw,
        ticket_id=ticket.ticket_id,
    )
    outbox.post(tx, [letter], now)
    if draft is None:
        new = answers.NewAnswer(ticket.ticket_id, saying.mail_id, by, saying.text, message_id=order.message_id)
        answers.keep(tx, new, now)
    else:
        answers.write(tx, draft, ticket.ticket_id, order.message_id, now)
    detail = {"to": list(to), "message_id": order.message_id, "files": [one.name for one in order.files]}
    tickets.log(tx, Event(now, "answer_written", by, detail, ticket.ticket_id, saying.mail_id))


def _observes(tx: Transaction, saying: Saying) -> Obstacle | None:
    return Obstacle(OBSERVING) if saying.desk.observes else None


def _nobody(tx: Transaction, saying: Saying) -> Obstacle | None:
    to = saying.ticket.contact
    if unaddressable(to):
        return Obstacle("The ticket has no customer whom a letter could be sent to.")
    if saying.desk.is_staff(to) or mailbox_key(to) in saying.desk.own_mailboxes:
        return Obstacle(f"The ticket's customer is {to}, which is one of our own addresses.")
    return None


def _private(tx: Transaction, saying: Saying) -> Obstacle | None:
    """Never released: whoever is sure of the words writes them anew, without what was quoted."""
    found = leaks(tx, saying.ticket, saying.text)
    if not found:
        return None
    shown = "; ".join(f"“{line[:80]}”" for line in found[:3])
    return Obstacle(f"It repeats what was written for us alone: {shown}. Please write it again without that.")


def _others(tx: Transaction, saying: Saying) -> Obstacle | None:
    """One line that was pasted from the wrong window tells a customer who the other ones are."""
    found = () if saying.confirmed else names_of_others(tx, saying.desk, saying.ticket, saying.text)
    shown = ", ".join(found[:3])
    return (
        Obstacle(f"It names {shown}, which is of another contract. Should it go?", releasable=True) if found else None
    )


def _crossing(tx: Transaction, saying: Saying) -> Obstacle | None:
    """A customer who gets two answers at once believes neither."""
    since = saying.now - timedelta(minutes=saying.desk.mailbox.second_answer_minutes)
    other = answers.latest(tx, saying.ticket.ticket_id, since, address_key(saying.person.email))
    if other is None or saying.confirmed:
        return None
    member = saying.desk.member(other.person)
    minutes = max(1, int((saying.now - other.written_at).total_seconds() // 60))
    ago = "a minute" if minutes == 1 else f"{minutes} minutes"
    name = member.name if member else other.person
    why = f"{name} answered {ago} ago. Should yours go, too?"
    return Obstacle(why, releasable=True, other=name, others_text=other.text)


def _attached(tx: Transaction, saying: Saying) -> Obstacle | None:
    """A notice that was attached would take everything in it to the customer."""
    try:
        files = _files(tx, saying)
    except Unreadable:
        return None  # told by whoever composes
    for file in files:
        if b"X-Intake:" in file.content or any(
            "X-Intake:" in said or leaks(tx, saying.ticket, said) for said in texts_in(file)
        ):
            return Obstacle(f"The file {file.name} holds what was written for us alone. Please send it without.")
    return None


def _machine(tx: Transaction, saying: Saying) -> Obstacle | None:
    """Programs that answer for somebody who is away answer notices, too, and the customer's may answer them."""
    if saying.confirmed:
        return None
    if loops.says_away(saying.text):
        return Obstacle(AWAY, releasable=True, machine=True)
    if loops.is_ping_pong(tx, saying.desk, saying.ticket, address_key(saying.person.email), saying.text, saying.now):
        return Obstacle(PING_PONG, releasable=True, machine=True)
    return None


AWAY = "It reads like the reply of a program while you are away."
PING_PONG = "A program seems to answer for you, and another one answers it on the customer's side."


CHECKS: tuple[Callable[[Transaction, Saying], Obstacle | None], ...] = (
    _observes,
    _nobody,
    _private,
    _attached,
    _others,
    _machine,
    _crossing,
)
"""In the order in which they are asked; what cannot be helped comes before what can be released."""


def _order(tx: Transaction, saying: Saying) -> AnswerOrder:
    ticket, desk = saying.ticket, saying.desk
    mails = [one for one in listings.mails_of_ticket(tx, ticket.ticket_id) if one.kind in loops.CUSTOMERS]
    cc = _cc(tx, saying)
    thread = _thread(tx, ticket, mails, {ticket.contact, *(one.key for one in cc)})
    return AnswerOrder(
        reference=ticket.reference,
        support=Address(desk.mailbox.address, desk.mailbox.display_name),
        name=saying.person.name,
        to=_customer(ticket, mails),
        cc=cc,
        subject=ticket.subject,
        text=saying.text,
        thread=thread,
        files=_files(tx, saying),
        at=saying.now,
        zone=policy_of(tx, desk, ticket).zone,
        message_id=new_message_id(ticket.reference, desk.mailbox.address),
        opens=ticket.decision.kind is MailKind.STAFF and not thread,
    )


def _customer(ticket: Ticket, mails: list[MailLine]) -> Address:
    """Whoever asked, spelt as they spell themselves."""
    spelt = (one.sender for one in mails if address_key(one.sender) == ticket.contact)
    return Address(next((one for one in spelt if not unaddressable(one)), ticket.contact), ticket.contact_name)


def _cc(tx: Transaction, saying: Saying) -> tuple[Address, ...]:
    """The ticket's correspondents that are contacts of its contract: the customer's people, and nobody else."""
    ticket, desk = saying.ticket, saying.desk
    contract = directory.contract_of(tx, ticket.contract) if ticket.contract else None
    if contract is None:
        return ()
    contacts = directory.contacts_of(tx, contract.contract)
    outside = {address_key(one) for one in (contract.distributor, contract.support_partner, contract.account_manager)}
    found = []
    for key in tickets.correspondents(tx, ticket.ticket_id):
        address = Address(key)
        known = any(senders.matches(one, address, domains=True) for one in contacts)
        ours = desk.is_staff(key) or mailbox_key(key) in desk.own_mailboxes
        if known and not ours and key != ticket.contact and key not in outside and key.isascii():
            found.append(address)
    return tuple(one for one in found if not unaddressable(one.address))[:MOST_CC]


def _thread(tx: Transaction, ticket: Ticket, mails: list[MailLine], people: set[str]) -> tuple[str, ...]:
    """The customer's own mails, so that their program shows the answer below them; else what we sent them first."""
    theirs = [one.message_id for one in mails if one.message_id and address_key(one.sender) in people]
    return tuple(theirs[-IN_THREAD:]) or links.thread_of(tx, ticket.ticket_id)


def _files(tx: Transaction, saying: Saying) -> tuple[File, ...]:
    raw = ledger.raw(tx, saying.mail_id) if saying.mail_id is not None else None
    return files_of(raw) if raw is not None else ()
