"""Letters to one member of staff: about a mail of theirs, sealed like a notice, so that it can be answered."""

from intake.briefing import seal
from intake.compose import LetterKind, LetterOrder, PolicyWording
from intake.letter_bytes import new_message_id
from intake.letter_order import Asking, Reported
from intake.own_letters import post
from intake.staff_mail import StaffMail
from rules.facts import Address
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
    order = LetterOrder(
        kind=kind,
        decision=mail.decision,
        mail=mail.mail,
        reference=ticket.reference if ticket else "",
        mailbox=Address(desk.mailbox.address, desk.mailbox.display_name),
        letter=template,
        language="en",
        wording=PolicyWording(zone=desk.policy.zone),
        at=now,
        arrival=now,
        message_id=sealed.message_id if sealed else new_message_id(template, desk.mailbox.address),
        recipients=(Address(mail.person.email),),
        reply_to=sealed.reply_to if sealed else "",
        asking=asking,
        reported=reported,
    )
    post(mail.tx, desk, order, ticket)
