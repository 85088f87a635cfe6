"""Letters to staff that are about no mail and no ticket: an alarm, a gap, a digest; and the way of any into the outbox.

What they say, whom they go to and how often is the caller's. `staff_letters` begins with the same, and adds a mail.
"""

from datetime import datetime

from intake.compose import LetterKind, LetterOrder, PolicyWording, compose, compose_page
from intake.desk import Desk
from intake.letter_bytes import new_message_id
from rules.facts import Address, Mail, MailKind
from rules.undecided import undecided
from storage import outbox
from storage.database import Transaction
from storage.outbox import NewLetter
from storage.tickets import Ticket


def order(
    desk: Desk, kind: LetterKind, template: str, to: str, now: datetime, *, event: str = "", note: str = ""
) -> LetterOrder:
    """A letter to one person (or a page to one place), under a Message-ID that nobody can guess.

    A letter has a decision and a mail that it is about; this one has empty ones.
    """
    return LetterOrder(
        kind=kind,
        decision=undecided(MailKind.STAFF, desk.policy),
        mail=Mail(None, None, subject="", text="", new_text="", sha256="", size=0),
        reference="",
        mailbox=Address(desk.mailbox.address, desk.mailbox.display_name),
        letter=template,
        language="en",
        wording=PolicyWording(zone=desk.policy.zone),
        at=now,
        arrival=now,
        message_id=new_message_id(template, desk.mailbox.address),
        recipients=(Address(to),),
        event=event,
        note=note,
    )


def post(tx: Transaction, desk: Desk, wanted: LetterOrder, ticket: Ticket | None = None) -> None:
    """Write the letter and put it into the outbox, at the time of its order."""
    letter = (compose_page if wanted.kind is LetterKind.PAGE else compose)(wanted, desk.renderer)
    row = NewLetter(
        mailbox=desk.name,
        kind=letter.kind.value,
        template=wanted.letter,
        message_id=letter.message_id,
        sender=letter.sender,
        recipients=letter.recipients,
        subject=letter.subject,
        raw=letter.raw,
        ticket_id=ticket.ticket_id if ticket else None,
    )
    outbox.post(tx, [row], wanted.at)
