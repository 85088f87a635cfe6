"""Tickets, who may write to them, and the log of what happened to them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from rules.facts import Decision, MailKind, Outcome, TicketView
from storage import checkpoints
from storage.database import Transaction
from storage.decisions import as_json, from_json
from storage.identities import draw
from storage.tables import contact, correspondent, event, ticket
from storage.transaction import prepared


@dataclass(frozen=True, slots=True)
class NewTicket:
    mailbox: str
    prefix: str
    decision: Decision
    contact: str
    """Key of the address that asked."""
    contact_name: str
    subject: str
    status: str
    opened_at: datetime
    """When the mail reached the mailbox."""


@dataclass(frozen=True, slots=True)
class Ticket:
    ticket_id: int
    reference: str
    mailbox: str
    outcome: Outcome
    status: str
    severity: int | None
    queue: str | None
    contact: str
    contact_name: str
    contract: str | None
    organization: str | None
    plan: str | None
    language: str | None
    subject: str
    opened_at: datetime
    recorded_at: datetime
    closed_at: datetime | None
    policy: str
    policy_version: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class Event:
    at: datetime
    kind: str
    actor: str
    """An address, "intake", or the account of an admin at the shell."""
    detail: dict[str, Any]
    ticket_id: int | None = None
    mail_id: int | None = None


@dataclass(frozen=True, slots=True)
class Newest:
    """One of the last tickets of a contract."""

    reference: str
    opened_at: datetime
    status: str
    subject: str


def open_ticket(tx: Transaction, new: NewTicket, at: datetime) -> Ticket:
    """Opens a ticket for a request, whatever its outcome, under the mailbox's next reference."""
    number = checkpoints.take_number(tx, new.mailbox)
    reference = f"{new.prefix}-{number}"
    ticket_id = draw(tx, ticket)
    values = _decided(new.decision) | {
        "id": ticket_id,
        "reference": reference,
        "mailbox": new.mailbox,
        "status": new.status,
        "contact": new.contact,
        "contact_name": new.contact_name,
        "subject": new.subject,
        "opened_at": new.opened_at,
        "recorded_at": at,
    }
    tx.later(OPEN, values)
    tx.note("assignment", {ticket_id: False})  # it is nobody's yet
    tx.note("clock", {ticket_id: frozenset()})  # nothing that is promised on it was done
    newest: list[Newest] | None = tx.known("ticket", new.decision.contract)
    if newest is not None:
        newest.insert(0, Newest(reference, new.opened_at, new.status, new.subject))
    return _ticket({**values, "closed_at": None}, new.decision)


OPEN = prepared(sa.insert(ticket), keeps_notes=True)


def by_reference(tx: Transaction, reference: str) -> Ticket | None:
    """However its letters are written: the ticket prefixes of the configuration are upper case."""
    return _one(tx, ticket.c.reference == reference.upper())


def by_id(tx: Transaction, ticket_id: int) -> Ticket | None:
    return _one(tx, ticket.c.id == ticket_id)


def newest(tx: Transaction, contract: str) -> list[Newest]:
    """The last `FEW` tickets of a contract, and those that were opened on this transaction, the newest first."""
    found: list[Newest] | None = tx.known("ticket", contract)
    if found is None:
        found = [Newest(*row) for row in tx.execute(NEWEST, {"of": contract})]
        tx.note("ticket", {contract: found})
    return found


FEW = 6
NEWEST = prepared(
    sa.select(ticket.c.reference, ticket.c.opened_at, ticket.c.status, ticket.c.subject)
    .where(ticket.c.contract == sa.bindparam("of"))
    .order_by(ticket.c.id.desc())
    .limit(FEW)
)


def redecide(tx: Transaction, ticket_id: int, decision: Decision, status: str) -> None:
    """A person accepted or declined what the policy had held or declined."""
    tx.execute(sa.update(ticket).where(ticket.c.id == ticket_id).values(status=status, **_decided(decision)))


def set_status(tx: Transaction, ticket_id: int, status: str, closed_at: datetime | None = None) -> None:
    tx.execute(sa.update(ticket).where(ticket.c.id == ticket_id).values(status=status, closed_at=closed_at))


def view(tx: Transaction, found: Ticket) -> TicketView:
    """The ticket as the rules see it, with everybody who may write to it."""
    parties = {found.contact, *tx.execute(_correspondents(found.ticket_id)).scalars()}
    if found.contract is not None:
        parties.update(tx.execute(sa.select(contact.c.address).where(contact.c.contract == found.contract)).scalars())
    return TicketView(
        reference=found.reference,
        status=found.status,
        contract=found.contract,
        severity=found.severity,
        parties=frozenset(parties),
        closed_at=found.closed_at,
    )


def correspondents(tx: Transaction, ticket_id: int) -> list[str]:
    """Address keys of those who may write to the ticket beside its contract's contacts, in alphabetical order."""
    return [
        str(address) for address in tx.execute(_correspondents(ticket_id).order_by(correspondent.c.address)).scalars()
    ]


def add_correspondents(tx: Transaction, ticket_id: int, addresses: Collection[str]) -> None:
    """These may write to the ticket from now on. Keys of addresses; a second time does nothing."""
    there = set(tx.execute(_correspondents(ticket_id)).scalars())
    rows = [{"ticket_id": ticket_id, "address": address} for address in sorted(set(addresses) - there)]
    if rows:
        tx.execute(sa.insert(correspondent), rows)


def incidents(tx: Transaction, contract: str, since: datetime, until: datetime) -> int:
    """Accepted tickets of a contract whose mail arrived in [since, until); what staff opened themselves is none."""
    counted = sa.select(sa.func.count()).where(
        ticket.c.contract == contract,
        ticket.c.outcome == Outcome.ACCEPTED.value,
        ticket.c.decision["kind"].as_string() != MailKind.STAFF.value,
        ticket.c.opened_at >= since,
        ticket.c.opened_at < until,
    )
    return int(tx.execute(counted).scalar_one())


def log(tx: Transaction, *events: Event) -> None:
    rows = [
        {
            "ticket_id": happened.ticket_id,
            "mail_id": happened.mail_id,
            "at": happened.at,
            "kind": happened.kind,
            "actor": happened.actor,
            "detail": happened.detail,
        }
        for happened in events
    ]
    tx.later(LOG, *rows)


LOG = prepared(sa.insert(event))


def events(tx: Transaction, ticket_id: int) -> list[Event]:
    """The ticket's log, oldest first."""
    rows = tx.execute(sa.select(event).where(event.c.ticket_id == ticket_id).order_by(event.c.id))
    return [Event(row.at, row.kind, row.actor, row.detail, row.ticket_id, row.mail_id) for row in rows]


def count(
    tx: Transaction, ticket_id: int, kind: str, *, since: datetime | None = None, after: str | None = None
) -> int:
    """How often this happened to a ticket: later than `since`, and after the last event of the kind `after`."""
    of_ticket = event.c.ticket_id == ticket_id
    counted = sa.select(sa.func.count()).where(of_ticket, event.c.kind == kind)
    if since is not None:
        counted = counted.where(event.c.at > since)
    if after is not None:
        last = sa.select(sa.func.max(event.c.id)).where(of_ticket, event.c.kind == after).scalar_subquery()
        counted = counted.where(event.c.id > sa.func.coalesce(last, 0))
    return int(tx.execute(counted).scalar_one())


def _correspondents(ticket_id: int) -> sa.Select[tuple[str]]:
    return sa.select(correspondent.c.address).where(correspondent.c.ticket_id == ticket_id)


def _decided(decision: Decision) -> dict[str, Any]:
    """The columns that a decision fills."""
    return {
        "outcome": decision.outcome.value if decision.outcome else Outcome.HELD.value,
        "severity": decision.severity,
        "queue": decision.queue,
        "contract": decision.contract,
        "organization": decision.organization,
        "plan": decision.plan,
        "language": decision.language,
        "policy": decision.policy,
        "policy_version": decision.policy_version,
        "decision": as_json(decision),
    }


def _one(tx: Transaction, where: sa.ColumnElement[bool]) -> Ticket | None:
    row = tx.execute(sa.select(ticket).where(where)).one_or_none()
    return _ticket(dict(row._mapping), from_json(row.decision)) if row else None


def _ticket(row: dict[str, Any], decision: Decision) -> Ticket:
    return Ticket(
        ticket_id=row["id"],
        reference=row["reference"],
        mailbox=row["mailbox"],
        outcome=Outcome(row["outcome"]),
        status=row["status"],
        severity=row["severity"],
        queue=row["queue"],
        contact=row["contact"],
        contact_name=row["contact_name"],
        contract=row["contract"],
        organization=row["organization"],
        plan=row["plan"],
        language=row["language"],
        subject=row["subject"],
        opened_at=row["opened_at"],
        recorded_at=row["recorded_at"],
        closed_at=row["closed_at"],
        policy=row["policy"],
        policy_version=row["policy_version"],
        decision=decision,
    )
