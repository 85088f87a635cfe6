"""What is older than its class may be kept: tickets by how they ended, mail and letters that are on none.

Pure questions; what is found is `storage.erasure`'s to take out. Nothing that waits for anybody is ever found: an open
or a held ticket, a letter that is still to go. A ticket counts from its end, or from the last mail or letter on it.
"""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from rules.facts import End
from storage.database import Transaction
from storage.outbox import LetterState
from storage.tables import mail, outbox, raw_mail, ticket


class Class(StrEnum):
    """What is kept for a time of its own."""

    DECLINED = "declined"
    """Tickets that were declined."""
    ROUTED = "routed"
    """Tickets that another desk took."""
    CLOSED = "closed"
    """Tickets that are closed."""
    IGNORED = "ignored"
    """Mail that is on no ticket: of machines, copies, staff mail that did nothing."""
    QUARANTINED = "quarantined"
    """Mail that could not be read."""
    LETTERS = "letters"
    """Letters that are about no ticket: digests, pages, what an admin was told."""


OF_TICKETS = (Class.DECLINED, Class.ROUTED, Class.CLOSED)
OF_MAILS = (Class.IGNORED, Class.QUARANTINED)
UNSETTLED = (LetterState.WAITING.value, LetterState.CLAIMED.value)


def due(tx: Transaction, of: Class, before: datetime, above: int, limit: int) -> list[int]:
    """Numbers of tickets, mails or letters of a class that ended before then, above a number, ascending."""
    match of:
        case Class.DECLINED | Class.ROUTED | Class.CLOSED:
            column, where = ticket.c.id, _tickets(of, before)
        case Class.IGNORED | Class.QUARANTINED:
            column, where = mail.c.id, _mails(of, before)
        case Class.LETTERS:
            column, where = outbox.c.id, _letters(before)
    found = sa.select(column).where(column > above, where).order_by(column).limit(limit)
    return list(tx.execute(found).scalars())


def size(tx: Transaction, of: Class, ids: list[int]) -> tuple[int, int, int]:
    """Mails, letters and octets of what these numbers of a class are about, as far as it is still there."""
    mails = mail.c.ticket_id.in_(ids) if of in OF_TICKETS else mail.c.id.in_(ids)
    letters = outbox.c.ticket_id.in_(ids) if of in OF_TICKETS else outbox.c.id.in_(ids)
    came = sent = (0, 0)
    if of is not Class.LETTERS:
        columns = sa.select(sa.func.count(mail.c.id), sa.func.coalesce(sa.func.sum(sa.func.length(raw_mail.c.raw)), 0))
        joined = columns.select_from(mail).outerjoin(raw_mail, raw_mail.c.mail_id == mail.c.id)
        came = tuple(tx.execute(joined.where(mails, mail.c.erased_at.is_(None))).one())
    if of not in OF_MAILS:
        columns = sa.select(sa.func.count(outbox.c.id), sa.func.coalesce(sa.func.sum(sa.func.length(outbox.c.raw)), 0))
        sent = tuple(tx.execute(columns.where(letters, outbox.c.erased_at.is_(None))).one())
    return int(came[0]), int(sent[0]), int(came[1]) + int(sent[1])


def _tickets(of: Class, before: datetime) -> sa.ColumnElement[bool]:
    on, about = mail.c.ticket_id == ticket.c.id, outbox.c.ticket_id == ticket.c.id
    return sa.and_(
        ticket.c.status == of.value,
        sa.func.coalesce(ticket.c.closed_at, ticket.c.opened_at) < before,
        sa.or_(
            ticket.c.erased_at.is_(None),
            sa.exists().where(on, mail.c.erased_at.is_(None)),
            sa.exists().where(about, outbox.c.erased_at.is_(None)),
        ),
        ~sa.exists().where(on, mail.c.recorded_at >= before),
        ~sa.exists().where(about, outbox.c.created_at >= before),
        ~sa.exists().where(about, outbox.c.state.in_(UNSETTLED)),
    )


def _mails(of: Class, before: datetime) -> sa.ColumnElement[bool]:
    quarantined = mail.c.end == End.QUARANTINED.value
    return sa.and_(
        mail.c.ticket_id.is_(None),
        mail.c.recorded_at < before,
        mail.c.erased_at.is_(None),
        quarantined if of is Class.QUARANTINED else ~quarantined,
    )


def _letters(before: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        outbox.c.ticket_id.is_(None),
        outbox.c.created_at < before,
        outbox.c.erased_at.is_(None),
        outbox.c.state.not_in(UNSETTLED),
    )
