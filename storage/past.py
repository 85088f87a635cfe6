"""The ledger as it came to be: each mail in the order in which it was decided, with what was decided then.

For whoever decides again about what is stored and wants to know what would come out otherwise. What a person has since
said of a mail stands beside what the policy said; the bytes are read with it. Nothing here writes.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from rules.facts import Decision, End, Gate, Outcome
from storage.database import Transaction
from storage.decisions import from_json
from storage.tables import event, mail, raw_mail, ticket

BY_A_PERSON = {"accepted": Outcome.ACCEPTED, "declined": Outcome.DECLINED}
"""The events by which a person overrules what was decided, and the outcome they give."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail stands in the order."""

    mail_id: int
    arrived_at: datetime
    decided_at: datetime
    """When it was recorded, or read again and decided after all."""
    size: int


@dataclass(frozen=True, slots=True)
class Overruled:
    """What a person made of a mail, and what had been decided about it before."""

    at: datetime
    to: Outcome
    outcome: Outcome | None
    """As it was decided; None where the log does not say it any more."""
    failed: tuple[Gate, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """One mail with what became of it."""

    mail_id: int
    sender: str
    subject: str
    arrived_at: datetime
    decided_at: datetime
    end: End
    reason: str
    decision: Decision | None
    """As it stands now: what a person overruled is in `overruled`. None for a mail that was never decided about."""
    ticket_id: int | None
    reference: str | None
    raw: bytes | None
    """None where the mail was too large to fetch, or is stored no longer."""
    overruled: Overruled | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """An accepted ticket of a contract."""

    contract: str
    opened_at: datetime
    """When its mail arrived."""
    recorded_at: datetime


def order(tx: Transaction, mailbox: str, since: datetime | None = None) -> list[Place]:
    """The mails of a mailbox in the order in which they were decided, from those that arrived at `since` on."""
    again = (
        sa.select(event.c.mail_id, sa.func.max(event.c.at).label("at"))
        .where(event.c.kind == "read_again", event.c.mail_id.is_not(None))
        .group_by(event.c.mail_id)
        .subquery()
    )
    rows = tx.execute(
        sa.select(mail.c.id, mail.c.arrived_at, mail.c.recorded_at, mail.c.size, again.c.at)
        .outerjoin(again, again.c.mail_id == mail.c.id)
        .where(
            mail.c.mailbox == mailbox,
            mail.c.end != End.DUPLICATE.value,  # what it copies is decided about
            mail.c.arrived_at >= since if since else sa.true(),
        )
    )
    places = [Place(row.id, row.arrived_at, row.at or row.recorded_at, row.size) for row in rows]
    return sorted(places, key=lambda place: (place.decided_at, place.mail_id))


def stored(tx: Transaction, places: Collection[Place]) -> list[Stored]:
    """The mails of these places, in their order; one that was removed meanwhile is left out."""
    ids = [place.mail_id for place in places]
    rows = tx.execute(
        sa.select(mail, ticket.c.reference, raw_mail.c.raw)
        .outerjoin(ticket, ticket.c.id == mail.c.ticket_id)
        .outerjoin(raw_mail, raw_mail.c.mail_id == mail.c.id)
        .where(mail.c.id.in_(ids))
    )
    found = {row.id: row for row in rows}
    overruled = _overruled(tx, ids)
    return [
        Stored(
            mail_id=place.mail_id,
            sender=row.sender,
            subject=row.subject,
            arrived_at=row.arrived_at,
            decided_at=place.decided_at,
            end=End(row.end),
            reason=row.reason,
            decision=from_json(row.decision) if row.decision else None,
            ticket_id=row.ticket_id,
            reference=row.reference,
            raw=bytes(row.raw) if row.raw is not None else None,
            overruled=overruled.get(place.mail_id),
        )
        for place in places
        if (row := found.get(place.mail_id)) is not None
    ]


def closed_since(tx: Transaction, ticket_id: int, at: datetime, mail_id: int) -> datetime | None:
    """Since when the ticket was closed as this mail's turn came `at`; None where it was open."""
    last = tx.execute(
        sa.select(event.c.kind, event.c.at)
        .where(
            event.c.ticket_id == ticket_id,
            event.c.kind.in_(["closed", "reopened", "follow_up"]),  # an answer opens it again
            event.c.at <= at,
            event.c.mail_id.is_distinct_from(mail_id),
        )
        .order_by(event.c.id.desc())
        .limit(1)
    ).one_or_none()
    return last.at if last is not None and last.kind == "closed" else None


def incidents_elsewhere(tx: Transaction, mailbox: str) -> list[Incident]:
    """The accepted tickets that other mailboxes opened: they count against the same contracts."""
    rows = tx.execute(
        sa.select(ticket.c.contract, ticket.c.opened_at, ticket.c.recorded_at).where(
            ticket.c.mailbox != mailbox,
            ticket.c.outcome == Outcome.ACCEPTED.value,
            ticket.c.contract.is_not(None),
        )
    )
    return [Incident(row.contract, row.opened_at, row.recorded_at) for row in rows]


def _overruled(tx: Transaction, ids: Collection[int]) -> dict[int, Overruled]:
    rows = tx.execute(
        sa.select(event.c.mail_id, event.c.at, event.c.kind, event.c.detail)
        .where(event.c.mail_id.in_(ids), event.c.kind.in_(["decided", *BY_A_PERSON]))
        .order_by(event.c.id)
    )
    decided: dict[int, tuple[Outcome | None, tuple[Gate, ...]]] = {}
    found: dict[int, Overruled] = {}
    for row in rows:
        if row.kind == "decided":
            decided[row.mail_id] = Outcome(row.detail["outcome"]), tuple(map(Gate, row.detail["failed"]))
        else:
            found[row.mail_id] = Overruled(row.at, BY_A_PERSON[row.kind], *decided.get(row.mail_id, (None, ())))
    return found
