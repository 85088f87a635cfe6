"""What staff wrote to customers: kept as drafts, written into the outbox, sent.

A draft is a text that did not go out, with the reason; it goes only when its writer says so. An answer that was written
is one letter of the outbox, found by its Message-ID when the server has taken it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import answer


class AnswerState(StrEnum):
    DRAFT = "draft"
    WRITTEN = "written"
    """It is in the outbox."""
    SENT = "sent"
    """The server has taken it."""
    REFUSED = "refused"
    """It did not go, and will not."""


@dataclass(frozen=True, slots=True)
class NewAnswer:
    ticket_id: int | None
    """None for a draft that names no ticket."""
    mail_id: int | None
    """The person's mail."""
    person: str
    """Key of the address of who wrote it."""
    text: str
    """Their own words, commands and all; without signature, and without what they quoted."""
    signature: str = ""
    why: str = ""
    """Why it is a draft; "" for one that goes out."""
    message_id: str | None = None
    """Of the letter."""
    releasable: bool = False
    """Whether a draft goes out when its writer says so."""


@dataclass(frozen=True, slots=True)
class Answer:
    answer_id: int
    ticket_id: int | None
    mail_id: int | None
    person: str
    text: str
    signature: str
    state: AnswerState
    why: str
    message_id: str | None
    releasable: bool
    written_at: datetime
    sent_at: datetime | None


def keep(tx: Transaction, new: NewAnswer, at: datetime) -> int:
    """Returns its number."""
    state = AnswerState.DRAFT if new.message_id is None else AnswerState.WRITTEN
    written = sa.insert(answer).values(
        ticket_id=new.ticket_id,
        mail_id=new.mail_id,
        person=new.person,
        text=new.text,
        signature=new.signature,
        state=state.value,
        why=new.why,
        message_id=new.message_id,
        releasable=new.releasable,
        written_at=at,
    )
    return int(tx.execute(written.returning(answer.c.id)).scalar_one())


def by_id(tx: Transaction, answer_id: int) -> Answer | None:
    return _one(tx, answer.c.id == answer_id)


def by_message_id(tx: Transaction, message_id: str) -> Answer | None:
    return _one(tx, answer.c.message_id == message_id)


def of_ticket(tx: Transaction, ticket_id: int) -> list[Answer]:
    """Answers and drafts, oldest first."""
    return _all(tx, answer.c.ticket_id == ticket_id, answer.c.id.asc(), 10_000)


def latest(tx: Transaction, ticket_id: int, since: datetime, but: str) -> Answer | None:
    """The newest answer that anybody but the person `but` wrote to the customer since then."""
    gone = answer.c.state.in_([AnswerState.WRITTEN.value, AnswerState.SENT.value])
    theirs = (answer.c.ticket_id == ticket_id) & gone & (answer.c.person != but) & (answer.c.written_at > since)
    return next(iter(_all(tx, theirs, answer.c.id.desc(), 1)), None)


def drafts_since(tx: Transaction, person: str, since: datetime) -> int:
    """How many drafts were kept for a person since then."""
    counted = sa.select(sa.func.count()).where(answer.c.person == person, answer.c.written_at > since)
    return int(tx.execute(counted.where(answer.c.why != "")).scalar_one())


def drafts_of(tx: Transaction, ticket_id: int, person: str, why: str, since: datetime) -> int:
    """How many drafts of a person's were kept on a ticket for this very reason since then."""
    kept = (answer.c.ticket_id == ticket_id) & (answer.c.person == person) & (answer.c.written_at > since)
    return int(tx.execute(sa.select(sa.func.count()).where(kept, answer.c.why == why)).scalar_one())


def supersede(tx: Transaction, answer_id: int) -> bool:
    """Take a draft to send it; False where it is none any more, so that it goes once."""
    taken = sa.update(answer).where(answer.c.id == answer_id, answer.c.state == AnswerState.DRAFT.value)
    return bool(tx.execute(taken.values(state=AnswerState.WRITTEN.value)).rowcount)


def write(tx: Transaction, answer_id: int, ticket_id: int, message_id: str, at: datetime) -> None:
    """A draft that was taken is this letter now."""
    values = {"ticket_id": ticket_id, "message_id": message_id, "written_at": at}
    tx.execute(sa.update(answer).where(answer.c.id == answer_id).values(**values))


def settle(tx: Transaction, answer_id: int, state: AnswerState, at: datetime) -> None:
    """How its letter ended, `at` which instant."""
    sent_at = at if state is AnswerState.SENT else None
    tx.execute(sa.update(answer).where(answer.c.id == answer_id).values(state=state.value, sent_at=sent_at))


def _one(tx: Transaction, where: sa.ColumnElement[bool]) -> Answer | None:
    return next(iter(_all(tx, where, answer.c.id.asc(), 1)), None)


def _all(tx: Transaction, where: sa.ColumnElement[bool], order: sa.UnaryExpression[int], limit: int) -> list[Answer]:
    rows = tx.execute(sa.select(answer).where(where).order_by(order).limit(limit))
    return [
        Answer(
            answer_id=row.id,
            ticket_id=row.ticket_id,
            mail_id=row.mail_id,
            person=row.person,
            text=row.text,
            signature=row.signature,
            state=AnswerState(row.state),
            why=row.why,
            message_id=row.message_id,
            releasable=row.releasable,
            written_at=row.written_at,
            sent_at=row.sent_at,
        )
        for row in rows
    ]
