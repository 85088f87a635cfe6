"""A ticket as the conversation that it is: mails, answers, drafts, notes, letters and what happened, in order of time.

For people; what scripts want is `intake ticket --json`. Mails show what is new in them, letters that a template wrote
are named and not repeated. Nothing here is fit for a terminal yet: whoever prints it passes each line through
`printable`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from intake.letter_order import LetterKind
from intake.mail.parse import parse
from rules.facts import End, Mail, MailKind, Unreadable
from storage import answers, bounces, ledger, listings, tickets
from storage.answers import Answer, AnswerState
from storage.database import Transaction
from storage.listings import LetterLine, MailLine
from storage.outbox import TO_STAFF, LetterState
from storage.tickets import Event, Ticket

MOST_LINES = 200
"""Of one text."""
SHOWN_OTHERWISE = frozenset({"letter_written", "answer_written", "answered", "follow_up", "draft_kept", "staff_mail"})
"""Events of what stands in the conversation itself."""
AUTOMATIC = frozenset(kind.value for kind in LetterKind) - {*TO_STAFF, LetterKind.ANSWER, LetterKind.PAGE}


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was written, or that happened."""

    at: datetime
    what: str
    lines: tuple[str, ...] = ()
    """The text, line by line."""
    detail: tuple[tuple[str, object], ...] = ()
    """What an event says beside its kind; times as ISO 8601."""
    more: int = 0
    """Lines that are left out."""


def of_ticket(tx: Transaction, ticket: Ticket) -> list[Said]:
    """All of it, the oldest first; of one instant what came in stands before what was done about it."""
    found = [*_mails(tx, ticket), *_events(tx, ticket), *_answers(tx, ticket), *_letters(tx, ticket)]
    return sorted(found, key=lambda one: one.at)


def _mails(tx: Transaction, ticket: Ticket) -> Iterator[Said]:
    for line in listings.mails_of_ticket(tx, ticket.ticket_id):
        yield _mail(tx, line)


def _mail(tx: Transaction, line: MailLine) -> Said:
    head = f"{line.sender} wrote: {line.subject}"
    if line.end is End.DUPLICATE:
        return Said(line.arrived_at, f"{head} (the same mail by another road)")
    if line.kind == MailKind.STAFF:  # what it said stands there as an answer, a draft or a note
        return Said(line.arrived_at, f"{line.sender} wrote to us: {line.subject}")
    raw = ledger.raw(tx, line.mail_id)
    try:
        mail = parse(raw) if raw is not None else None
    except Unreadable as why:
        return Said(line.arrived_at, f"{head} (cannot be read: {why})")
    if mail is None:
        return Said(line.arrived_at, f"{head} (too large to be kept)")
    return _texted(line.arrived_at, head, mail.new_text, _attached(mail))


def _attached(mail: Mail) -> list[str]:
    return [f"[{one.name or 'a file'}, {one.type}, {one.size:,} octets]" for one in mail.attachments]


def _answers(tx: Transaction, ticket: Ticket) -> Iterator[Said]:
    for one in answers.of_ticket(tx, ticket.ticket_id):
        yield _texted(one.written_at, _answered(one), one.text, [])


def _answered(one: Answer) -> str:
    match one.state:
        case AnswerState.DRAFT:
            return f"draft of {one.person}, not sent: {one.why}"
        case AnswerState.REFUSED:
            return f"text of {one.person}, not sent: {one.why or 'the mail server refused it'}"
        case AnswerState.WRITTEN:
            return f"{one.person} answers, on its way"
        case AnswerState.SENT:
            return f"{one.person} answered"


def _letters(tx: Transaction, ticket: Ticket) -> Iterator[Said]:
    back = {one.letter_id for one in bounces.of_ticket(tx, ticket.ticket_id) if one.final}
    for line in listings.letters_of_ticket(tx, ticket.ticket_id):
        if line.kind in AUTOMATIC:
            yield Said(line.created_at, f"{line.kind} to {', '.join(line.recipients)}: {_state(line, back)}")


def _state(line: LetterLine, back: set[int]) -> str:
    if line.letter_id in back:
        state = "came back"
    elif line.state is LetterState.WITHHELD:
        state = f"not sent, {line.last_error}"
    else:
        state = line.state.value
    return f"{state} (`intake outbox show {line.letter_id}`)"


def _events(tx: Transaction, ticket: Ticket) -> Iterator[Said]:
    for event in tickets.events(tx, ticket.ticket_id):
        if event.kind == "note":
            yield _texted(event.at, f"note of {event.actor}", str(event.detail.get("text", "")), [])
        elif event.kind == "staff_told":
            yield Said(event.at, f"told {_people(event)}", detail=_detail(event, but="to"))
        elif event.kind not in SHOWN_OTHERWISE:
            by = "" if event.actor == "intake" else f" by {event.actor}"
            yield Said(event.at, event.kind.replace("_", " ") + by, detail=_detail(event))


def _people(event: Event) -> str:
    return ", ".join(map(str, event.detail.get("to") or ())) or "nobody"


def _detail(event: Event, but: str = "") -> tuple[tuple[str, object], ...]:
    return tuple((name, value) for name, value in event.detail.items() if name != but and value not in (None, [], ""))


def _texted(at: datetime, what: str, text: str, below: list[str]) -> Said:
    lines = text.strip("\n").splitlines()
    return Said(at, what, (*lines[:MOST_LINES], *below), more=max(0, len(lines) - MOST_LINES))
