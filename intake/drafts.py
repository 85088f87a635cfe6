"""Keeps what a member of staff wrote and what did not go to the customer, and asks them about it, once.

The question goes to the person's configured address and nowhere else, so that it reaches them also where somebody else
wrote in their name; with it, where the draft may go after all, a mail that lets it go when it is sent back. Of drafts
beyond a budget the log tells alone: whoever forges an address must not have us fill its owner's mailbox.
"""

from datetime import timedelta
from urllib.parse import quote

from intake import tokens
from intake.answering import Obstacle
from intake.compose import LetterKind
from intake.letter_order import Asking
from intake.staff_letters import write
from intake.staff_mail import Said, StaffMail
from intake.threads import answered
from storage import answers, outbox, tickets
from storage.answers import NewAnswer
from storage.tickets import Event, Ticket

QUESTIONS_AN_HOUR = 10
"""To one person."""
OF_QUESTIONS = 2
"""Drafts within the hour after which an answer to a question is not asked about: a program answers those, too."""
RELEASE = "#release"
QUESTION = "question"


def ask_and_keep(
    mail: StaffMail,
    ticket: Ticket | None,
    said: Said,
    obstacles: tuple[Obstacle, ...],
    *,
    opens: bool = False,
    asks: bool = True,
) -> None:
    """Keep what was said as a draft, and tell its writer what speaks against sending it.

    `opens`: it needs no ticket, for it opens one. With `asks=False` the log alone tells.
    """
    why = " ".join(one.why for one in obstacles)
    asked = answers.drafts_since(mail.tx, mail.by, mail.now - timedelta(hours=1))
    ticket_id = ticket.ticket_id if ticket else None
    goes = (ticket is not None or opens) and bool(said.text) and all(one.releasable for one in obstacles)
    new = NewAnswer(ticket_id, mail.mail_id, mail.by, said.text, said.signature, why, releasable=goes)
    number = answers.keep(mail.tx, new, mail.now)
    detail = {"draft": number, "why": why, "from": mail.decision.sender}
    tickets.log(mail.tx, Event(mail.now, "draft_kept", mail.by, detail, ticket_id, mail.mail_id))
    if asked >= QUESTIONS_AN_HOUR or not asks or (asked >= OF_QUESTIONS and _is_answer_to_one(mail)):
        return
    asking = Asking(
        missing=tuple(one.why for one in obstacles),
        release=_release(mail, ticket, number) if goes else "",
        text=tuple(f"{said.text}\n\n{said.signature}".strip("\n").splitlines()),
        other=next((one.other for one in obstacles if one.other), ""),
        others_text=next((tuple(one.others_text.splitlines()) for one in obstacles if one.other), ()),
    )
    write(mail, ticket, LetterKind.QUESTION, QUESTION, asking=asking)


def _is_answer_to_one(mail: StaffMail) -> bool:
    return outbox.is_of_kind(mail.tx, answered(mail.mail), QUESTION)


def _release(mail: StaffMail, ticket: Ticket | None, number: int) -> str:
    """A mail to us that is good for this draft and this person alone, as a URL (RFC 6068)."""
    token = tokens.seal(tokens.key(mail.tx, mail.now), tokens.Purpose.RELEASE, number, mail.by, mail.now)
    subject = f"Release [{ticket.reference}]" if ticket else "Release"
    to = quote(mail.desk.mailbox.address, safe="@+")
    return f"mailto:{to}?subject={quote(subject)}&body={quote(f'{RELEASE} {token}')}"
