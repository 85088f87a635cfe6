"""What makes a notice one that can be answered: its seal, and what its reader should know of the ticket.

The seal stands in the Message-ID, which every mail program names in an answer, and where the mailbox takes "+" in an
address also in Reply-To. Only configured members of staff get one: whoever else hears of a ticket answers as what he is
to it. The mail that a notice is about comes along whole, up to the size that the mailbox allows.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from intake import tokens
from intake.compose import Letter
from intake.desk import Desk
from intake.enclosure import enclose
from intake.letter_bytes import new_message_id
from intake.letter_order import Briefing, Earlier
from rules.facts import Mail, address_key
from rules.lifecycle import Status
from storage import clocks, directory, ledger, tickets
from storage.database import Transaction
from storage.tickets import Ticket

MOST_EARLIER = 5
ABOUT_A_MAIL = ("", "accepted", "held", "declined", "routed", "follow_up", "withheld", "escalated", "loop")
"""Events that a mail brought, which comes along."""
REPORTS = ("undelivered",)
"""Events that show the words of a machine."""


@dataclass(frozen=True, slots=True)
class Seal:
    message_id: str
    reply_to: str
    """"" for the support address itself."""


@dataclass(frozen=True, slots=True)
class Brief:
    """The same for everybody who is told."""

    told: Briefing
    raw: bytes = b""
    """The mail that comes along; empty for none."""
    name: str = ""

    def enclosed_in(self, letter: Letter) -> Letter:
        """The letter with the mail in it."""
        if not self.raw:
            return letter
        return replace(letter, raw=enclose(letter.raw, self.raw, "", self.name)[0])


def seal(tx: Transaction, desk: Desk, ticket: Ticket, address: str, now: datetime) -> Seal | None:
    """The seal of one notice to one person; None for an address that is no member of staff's."""
    person = address_key(address)
    if not desk.is_staff(person):
        return None
    token = tokens.seal(tokens.key(tx, now), tokens.Purpose.ANSWER, ticket.ticket_id, person, now)
    support = desk.mailbox.address
    reply_to = tokens.reply_address(support, token) if desk.mailbox.plus_addressing else None
    return Seal(new_message_id(ticket.reference, support, token), reply_to or "")


def brief(tx: Transaction, desk: Desk, ticket: Ticket, mail: Mail, mail_id: int | None, event: str) -> Brief:
    """What a notice of this event tells of its ticket beside the decision."""
    raw = _raw(tx, desk, mail_id) if event in ABOUT_A_MAIL else b""
    told = Briefing(
        customers=event not in REPORTS and _is_customers(tx, desk, ticket, mail),
        earlier=_earlier(tx, ticket),
        met=clocks.met(tx, ticket.ticket_id),
        standing=ticket.status == Status.WAITING,
        enclosed=bool(raw),
    )
    return Brief(told, raw, ticket.reference)


def _raw(tx: Transaction, desk: Desk, mail_id: int | None) -> bytes:
    size = ledger.size(tx, mail_id) if mail_id is not None else None
    if mail_id is None or size is None or size > desk.mailbox.notice_mail_bytes:
        return b""
    return ledger.raw(tx, mail_id) or b""


def _is_customers(tx: Transaction, desk: Desk, ticket: Ticket, mail: Mail) -> bool:
    if mail.sender is None or mail.sender.key == ticket.contact:
        return True
    known = directory.memberships(tx, desk.policy.name, [mail.sender.key])[mail.sender.key]
    return any(one.contract.contract == ticket.contract for one in known)


def _earlier(tx: Transaction, ticket: Ticket) -> tuple[Earlier, ...]:
    if ticket.contract is None:
        return ()
    others = [one for one in tickets.newest(tx, ticket.contract) if one.reference != ticket.reference]
    return tuple(Earlier(one.reference, one.opened_at, one.status, one.subject[:200]) for one in others[:MOST_EARLIER])
