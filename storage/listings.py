"""What people look at: tickets, mails and letters in lists, newest first, as frozen values without their bytes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from rules.facts import End, Outcome
from storage.database import Transaction
from storage.origins import DIGITS
from storage.outbox import LetterState
from storage.tables import clock, mail, outbox, raw_mail, ticket


@dataclass(frozen=True, slots=True)
class TicketLine:
    reference: str
    mailbox: str
    outcome: Outcome
    status: str
    severity: int | None
    queue: str | None
    contact: str
    organization: str | None
    subject: str
    opened_at: datetime
    due_at: datetime | None
    """The soonest due time that is still being watched."""


@dataclass(frozen=True, slots=True)
class MailLine:
    mail_id: int
    mailbox: str
    sender: str
    subject: str
    message_id: str | None
    arrived_at: datetime
    size: int
    kind: str
    end: End
    reason: str
    has_raw: bool
    """False for a mail that was too large to fetch."""
    ticket_id: int | None
    log_key: str = ""
    """By which the log names it."""


@dataclass(frozen=True, slots=True)
class LetterLine:
    letter_id: int
    mailbox: str
    kind: str
    template: str
    ticket_id: int | None
    reference: str | None
    message_id: str
    recipients: tuple[str, ...]
    subject: str
    state: LetterState
    created_at: datetime
    next_try_at: datetime
    sent_at: datetime | None
    attempts: int
    ambiguous: int
    last_error: str


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """None and empty mean no restriction."""

    mailbox: str | None = None
    statuses: Collection[str] = ()
    outcomes: Collection[Outcome] = ()
    contract: str | None = None
    contact: str | None = None
    """Key of an address."""
    since: datetime | None = None


def tickets(tx: Transaction, wanted: TicketFilter, limit: int) -> list[TicketLine]:
    due = (
        sa.select(sa.func.min(clock.c.due_at))
        .where(clock.c.ticket_id == ticket.c.id, clock.c.stopped_at.is_(None), clock.c.paused_at.is_(None))
        .scalar_subquery()
    )
    # In an index an address has its tickets by their arrival; of all others the number says it.
    newest = (ticket.c.opened_at.desc(),) if wanted.contact is not None else ()
    rows = tx.execute(
        sa.select(ticket, due.label("due_at"))
        .where(*_filters(wanted))
        .order_by(*newest, ticket.c.id.desc())
        .limit(limit)
    )
    return [
        TicketLine(
            reference=row.reference,
            mailbox=row.mailbox,
            outcome=Outcome(row.outcome),
            status=row.status,
            severity=row.severity,
            queue=row.queue,
            contact=row.contact,
            organization=row.organization,
            subject=row.subject,
            opened_at=row.opened_at,
            due_at=row.due_at,
        )
        for row in rows
    ]


def mails_of_ticket(tx: Transaction, ticket_id: int) -> list[MailLine]:
    """The mails on a ticket, the one that opened it first."""
    return sorted(_mails(tx, mail.c.ticket_id == ticket_id, 10_000), key=lambda line: line.mail_id)


def quarantined(tx: Transaction, limit: int, mailbox: str | None = None) -> list[MailLine]:
    wanted = mail.c.end == End.QUARANTINED.value
    return _mails(tx, wanted if mailbox is None else wanted & (mail.c.mailbox == mailbox), limit)


def mail_line(tx: Transaction, mail_id: int) -> MailLine | None:
    return next(iter(_mails(tx, mail.c.id == mail_id, 1)), None)


def letters(
    tx: Transaction, states: Collection[LetterState], limit: int, mailbox: str | None = None
) -> list[LetterLine]:
    """Letters in any of these states; of all states with none given."""
    wanted = outbox.c.state.in_([state.value for state in states]) if states else sa.true()
    return _letters(tx, wanted if mailbox is None else wanted & (outbox.c.mailbox == mailbox), limit)


def letters_of_ticket(tx: Transaction, ticket_id: int) -> list[LetterLine]:
    """The letters on a ticket, oldest first."""
    return sorted(_letters(tx, outbox.c.ticket_id == ticket_id, 10_000), key=lambda line: line.letter_id)


def letter(tx: Transaction, letter_id: int) -> tuple[LetterLine, bytes] | None:
    """A letter with its bytes."""
    found = _letters(tx, outbox.c.id == letter_id, 1)
    if not found:
        return None
    return found[0], bytes(tx.execute(sa.select(outbox.c.raw).where(outbox.c.id == letter_id)).scalar_one())


def _filters(wanted: TicketFilter) -> list[sa.ColumnElement[bool]]:
    filters: list[sa.ColumnElement[bool]] = []
    if wanted.mailbox is not None:
        filters.append(ticket.c.mailbox == wanted.mailbox)
    if wanted.statuses:
        filters.append(ticket.c.status.in_(wanted.statuses))
    if wanted.outcomes:
        filters.append(ticket.c.outcome.in_([outcome.value for outcome in wanted.outcomes]))
    if wanted.contract is not None:
        filters.append(ticket.c.contract == wanted.contract)
    if wanted.contact is not None:
        filters.append(ticket.c.contact == wanted.contact)
    if wanted.since is not None:
        filters.append(ticket.c.opened_at >= wanted.since)
    return filters


def _mails(tx: Transaction, where: sa.ColumnElement[bool], limit: int) -> list[MailLine]:
    has_raw = sa.exists().where(raw_mail.c.mail_id == mail.c.id)
    rows = tx.execute(sa.select(mail, has_raw.label("has_raw")).where(where).order_by(mail.c.id.desc()).limit(limit))
    return [
        MailLine(
            mail_id=row.id,
            mailbox=row.mailbox,
            sender=row.sender,
            subject=row.subject,
            message_id=row.message_id,
            arrived_at=row.arrived_at,
            size=row.size,
            kind=row.kind,
            end=End(row.end),
            reason=row.reason,
            has_raw=bool(row.has_raw),
            ticket_id=row.ticket_id,
            log_key=row.sha256[:DIGITS],
        )
        for row in rows
    ]


def _letters(tx: Transaction, where: sa.ColumnElement[bool], limit: int) -> list[LetterLine]:
    columns = [column for column in outbox.columns if column.name != "raw"]
    rows = tx.execute(
        sa.select(*columns, ticket.c.reference)
        .outerjoin(ticket, ticket.c.id == outbox.c.ticket_id)
        .where(where)
        .order_by(outbox.c.id.desc())
        .limit(limit)
    )
    return [
        LetterLine(
            letter_id=row.id,
            mailbox=row.mailbox,
            kind=row.kind,
            template=row.template,
            ticket_id=row.ticket_id,
            reference=row.reference,
            message_id=row.message_id,
            recipients=tuple(row.recipients),
            subject=row.subject,
            state=LetterState(row.state),
            created_at=row.created_at,
            next_try_at=row.next_try_at,
            sent_at=row.sent_at,
            attempts=row.attempts,
            ambiguous=row.ambiguous,
            last_error=row.last_error,
        )
        for row in rows
    ]
