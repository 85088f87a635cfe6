"""A staff mail as the steps of its path hand it on, and what it shows for itself: seals, and the tickets it names."""

from dataclasses import dataclass
from datetime import datetime

from intake import tokens
from intake.desk import Desk
from intake.settings import StaffMember
from intake.threads import standing, tags
from rules.commands import Spoken
from rules.facts import Decision, Mail, address_key
from rules.staff_proof import Claim, Seal, Worth
from storage import tickets
from storage.database import Transaction
from storage.tickets import Event, Ticket

STAFF_MAIL = "staff_mail"
"""The event of a mail that says nothing, or that nothing is done with."""


@dataclass(frozen=True, slots=True)
class StaffMail:
    """A mail from the address of a member of staff, recorded; everything about it happens on `tx`."""

    tx: Transaction
    desk: Desk
    mail: Mail
    decision: Decision
    mail_id: int
    pointed: Ticket | None
    """The ticket that it answers or names, as any mail does."""
    person: StaffMember
    """Whose address it bears."""
    now: datetime

    @property
    def by(self) -> str:
        return address_key(self.person.email)

    def opened(self, token: str) -> tokens.Opened | None:
        """What a token says, whoever of staff it was sent to."""
        people = [address_key(one.email) for one in self.desk.staff]
        return tokens.opened(tokens.key(self.tx, self.now), token, people, self.now)


@dataclass(frozen=True, slots=True)
class Said:
    """What it says of its own."""

    text: str
    """With commands; without what it quotes."""
    signature: str
    draft: int | None = None
    """The number of the draft that this was, and that its writer lets go."""


def claim(mail: StaffMail, spoken: Spoken) -> Claim:
    """All that can prove the mail to be its sender's."""
    seals = _seals(mail)
    references = [tickets.by_reference(mail.tx, one) for one in _named(mail, spoken)]
    named = [_merged(mail, found.ticket_id) for found in references if found]
    if not named and not seals and mail.pointed is not None and spoken.ticket is None:
        named = [_merged(mail, mail.pointed.ticket_id)]
    return Claim(
        seals=seals,
        named=tuple(named),
        authentication=mail.mail.authentication,
        authentication_expected=bool(mail.desk.mailbox.authserv_id),
        machine=mail.mail.machine,
        opens=spoken.opens,
    )


def note(mail: StaffMail, ticket: Ticket | None, why: str) -> None:
    """The log says why nothing came of it."""
    detail = {"why": why, "flags": list(mail.decision.flags)}
    ticket_id = ticket.ticket_id if ticket else None
    tickets.log(mail.tx, Event(mail.now, STAFF_MAIL, mail.by, detail, ticket_id, mail.mail_id))


def _named(mail: StaffMail, spoken: Spoken) -> list[str]:
    """The references that it names: what `#ticket` says is meant, whatever the subject says."""
    return [spoken.ticket] if spoken.ticket else tags(mail.mail.subject, *mail.desk.doors.values())


def _seals(mail: StaffMail) -> tuple[Seal, ...]:
    found = [mail.opened(one) for one in tokens.borne(mail.mail, mail.desk.mailbox.address)]
    return tuple(
        Seal(_merged(mail, one.number), _worth(mail, one))
        for one in found
        if one and one.purpose is tokens.Purpose.ANSWER
    )


def _merged(mail: StaffMail, ticket_id: int) -> int:
    """The ticket in which this one goes on, or itself."""
    found = tickets.by_id(mail.tx, ticket_id)
    return standing(mail.tx, found).ticket_id if found else ticket_id


def _worth(mail: StaffMail, opened: tokens.Opened) -> Worth:
    """In this person's hands."""
    if opened.person != mail.by:
        return Worth.ANOTHERS
    return Worth.EXPIRED if opened.expired else Worth.GOOD
