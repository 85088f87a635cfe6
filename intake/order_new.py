"""`#new`: a member of staff writes first, to a contact who has no ticket; one opens, and the text is its first letter.

It is on the contact's contract and its writer's. Nothing is promised by it, and no incident of the contract is counted:
nobody has asked for anything. The customer's first mail on it is promised what any request is (`conduct.go_on`). The
subject is that of the writer's mail, so that one which names a ticket of ours is refused, and so is a text that repeats
what was written about a ticket of another contract.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from intake.compose import bare_subject
from intake.desk import Desk
from intake.letter_bytes import unaddressable
from intake.mail.parse import parse
from intake.order_values import Carried, Impossible
from intake.private import of_another
from intake.settings import StaffMember
from intake.threads import pointed_at, tags
from rules import senders
from rules.commands import Spoken
from rules.facts import Decision, Mail, MailKind, Membership, Outcome, Unreadable, address_key, mailbox_key
from rules.lifecycle import Status
from rules.undecided import undecided
from storage import assignments, directory, ledger, tickets
from storage.database import Transaction
from storage.tickets import Event, NewTicket, Ticket

OPENED = "opened_by_staff"
"""The event of the ticket's log, and a flag of its decision."""
ITS_OWN = "write #new in a mail of its own, with the subject that they are to read"


@dataclass(frozen=True, slots=True)
class New:
    """Who opens a ticket for whom."""

    tx: Transaction
    desk: Desk
    person: StaffMember
    to: str
    """The contact's address."""
    spoken: Spoken
    mail_id: int | None
    """The person's mail in the ledger."""
    now: datetime

    @property
    def by(self) -> str:
        return address_key(self.person.email)


def open_for(new: New) -> Carried | Impossible:
    """The ticket, and what the transcript says of it."""
    mail = _mail(new)
    membership = _membership(new)
    if isinstance(membership, Impossible):
        return membership
    if mail is None:
        return Impossible("the mail that says so cannot be read any more; write it again")
    if why := _unfit(new, mail, membership):
        return Impossible(why)
    ticket = _opened(new, mail, membership)
    contract = membership.contract
    over = "" if senders.is_valid(contract, _day(new)) else f" {contract.contract} is not in force today."
    return Carried(ticket, f"{ticket.reference} is open for {new.to} on {contract.contract}, and yours.{over}")


def _membership(new: New) -> Membership | Impossible:
    key = address_key(new.to)
    if new.desk.is_staff(key) or mailbox_key(key) in new.desk.own_mailboxes:
        return Impossible(f"{new.to} is one of our own addresses")
    if why := unaddressable(new.to):
        return Impossible(f"no letter can be sent to {new.to}, because {why}")
    known = directory.memberships(new.tx, new.desk.policy.name, [key])[key]
    found = senders.choose(known, _day(new))
    return found or Impossible(f"{new.to} is no contact of any contract here; `intake directory import` adds one")


def _unfit(new: New, mail: Mail, membership: Membership) -> str:
    """What speaks against the mail as a first letter; "" for nothing."""
    if new.spoken.silent:
        return "the text goes to the contact after #new, and stays with us after #note; write one of them"
    if not new.spoken.rest:
        return f"there is no text for {new.to}; write it below"
    if named := tags(mail.subject, *new.desk.doors.values()):
        return f"the subject names {named[0]}; {ITS_OWN}"
    if not _subject(new, mail):
        return f"the mail has no subject; {ITS_OWN}"
    for other in pointed_at(new.tx, mail, new.desk.doors):
        if other.contract == membership.contract.contract:
            continue
        if found := of_another(new.tx, other, f"{mail.subject}\n{new.spoken.rest}"):
            return f"it repeats what was written about {other.reference} (“{found[0][:80]}”); {ITS_OWN}"
    return ""


def _opened(new: New, mail: Mail, membership: Membership) -> Ticket:
    decision = _decision(new, membership)
    wanted = NewTicket(
        mailbox=new.desk.name,
        prefix=new.desk.mailbox.ticket_prefix,
        decision=decision,
        contact=address_key(new.to),
        contact_name=decision.contact or "",
        subject=_subject(new, mail),
        status=Status.OPEN.value,
        opened_at=new.now,
    )
    ticket = tickets.open_ticket(new.tx, wanted, new.now)
    assignments.assign(new.tx, ticket.ticket_id, new.by, new.now)
    if new.mail_id is not None:
        ledger.put_on(new.tx, new.mail_id, ticket.ticket_id)
    detail = {"for": wanted.contact, "contract": decision.contract}
    tickets.log(new.tx, Event(new.now, OPENED, new.by, detail, ticket.ticket_id, new.mail_id))
    return ticket


def _decision(new: New, membership: Membership) -> Decision:
    contact, contract, policy = membership.contact, membership.contract, new.desk.policy
    plan = policy.plans.get(contract.plan)
    address = new.to if contact.email.startswith("*@") else contact.email
    return replace(
        undecided(MailKind.STAFF, policy, membership, address),
        outcome=Outcome.ACCEPTED,
        contact=contact.name or address,
        language=contact.language or None,
        flags=(OPENED,),
        letter_language=contact.language or policy.letter_language,
        queue=plan.queue if plan else policy.queue,
        severity=policy.severity.silent,
        why=f"{new.person.name} wrote to them first.",
    )


def _mail(new: New) -> Mail | None:
    raw = ledger.raw(new.tx, new.mail_id) if new.mail_id is not None else None
    try:
        return parse(raw, authserv_id=new.desk.mailbox.authserv_id) if raw is not None else None
    except Unreadable:
        return None


def _subject(new: New, mail: Mail) -> str:
    return bare_subject(mail.subject, f"{new.desk.mailbox.ticket_prefix}-1")


def _day(new: New) -> date:
    return new.now.astimezone(new.desk.policy.zone).date()
