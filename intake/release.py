"""Letting a draft go: the mail that a member of staff was sent a link to, and sends back.

Only who wrote the draft can, once, with the token that went to their own address; where the mail server says that the
mail is not theirs, not even so.
"""

from intake.drafts import RELEASE
from intake.staff_mail import StaffMail, note
from intake.tokens import Opened, Purpose, written
from rules.facts import Authentication
from storage import answers, tickets
from storage.answers import Answer, AnswerState


def released(text: str) -> bool:
    """Whether the first line of a mail is the word that lets a draft go."""
    return _first(text).lower().startswith(RELEASE)


def taken(mail: StaffMail, text: str) -> Answer | None:
    """The draft that the mail lets go, which is a draft no more; None where it may not, with a note in the log."""
    token = next(iter(written(_first(text))), "")
    opened = mail.opened(token)
    draft = answers.by_id(mail.tx, opened.number) if opened and opened.purpose is Purpose.RELEASE else None
    why = _missing(mail, opened, draft)
    if why or draft is None or not answers.supersede(mail.tx, draft.answer_id):
        ticket = tickets.by_id(mail.tx, draft.ticket_id) if draft and draft.ticket_id is not None else None
        note(mail, ticket, why or NOTHING)
        return None
    return draft


NOTHING = "It releases nothing that is there."


def _missing(mail: StaffMail, opened: Opened | None, draft: Answer | None) -> str:
    if opened is None or draft is None:
        return NOTHING
    if opened.person != mail.by or draft.person != mail.by:
        return "It would release what somebody else wrote."
    if opened.expired:
        return "It comes too late to release anything."
    if mail.mail.authentication is Authentication.FAIL:
        return "The mail server says that it does not come from that address."
    if draft.state is not AnswerState.DRAFT or not draft.releasable:
        return "It would release what is no draft, or cannot go."
    return ""


def _first(text: str) -> str:
    """A long line may have been broken: the word and what follows on the next line are one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines[:2])
