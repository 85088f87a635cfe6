"""Letters to one member of staff: about a mail of theirs, sealed like a notice, so that it can be answered."""

from dataclasses import replace

from intake.briefing import seal
from intake.compose import LetterKind
from intake.letter_order import Asking, Reported
from intake.own_letters import order, post
from intake.staff_mail import StaffMail
from storage.tickets import Ticket


def write(
    mail: StaffMail,
    ticket: Ticket | None,
    kind: LetterKind,
    template: str,
    *,
    asking: Asking | None = None,
    reported: Reported | None = None,
) -> None:
    """To the address of the configuration, whatever their mail says, in the thread of their mail."""
    desk, now = mail.desk, mail.now
    sealed = seal(mail.tx, desk, ticket, mail.person.email, now) if ticket else None
    letter = replace(
        order(desk, kind, template, mail.person.email, now),
        decision=mail.decision,
        mail=mail.mail,
        reference=ticket.reference if ticket else "",
        asking=asking,
        reported=reported,
    )
    if sealed:
        letter = replace(letter, message_id=sealed.message_id, reply_to=sealed.reply_to)
    post(mail.tx, desk, letter, ticket)
