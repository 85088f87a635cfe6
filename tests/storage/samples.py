"""Ordinary values to store; a test names what it is about and takes the rest as it comes."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from rules.facts import Contact, Contract, Decision, End, Gate, GateResult, MailKind, Outcome, Verdict
from storage.database import Transaction
from storage.ledger import Entry
from storage.outbox import NewLetter
from storage.tickets import NewTicket, open_ticket

NOW = datetime(2026, 3, 13, 9, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
MONTH = (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))

DECISION = Decision(
    kind=MailKind.REQUEST,
    outcome=Outcome.ACCEPTED,
    sender="ana@alder.example",
    contact="Ana Ruiz",
    organization="Alder Security",
    contract="IR-STD",
    plan="standard",
    language="en",
    language_confidence=0.99,
    topic=None,
    gates=(GateResult(Gate.CONTACT, Verdict.PASS, "ana@alder.example is on IR-STD"),),
    failed=(),
    flags=(),
    template="acknowledgement",
    letter_language="en",
    queue="support",
    forward_to=None,
    severity=2,
    severity_why=(),
    first_response_due=NOW + HOUR,
    resolution_due=None,
    reminders=(),
    policy="irex",
    policy_version="sha256:abc",
)


def decision(**changes: Any) -> Decision:
    return replace(DECISION, **changes)


def entry(raw: bytes = b"Subject: help\r\n\r\nhelp", **changes: Any) -> Entry:
    plain = Entry(
        mailbox="support",
        sha256=hashlib.sha256(raw).hexdigest(),
        message_id=None,
        sender="ana@alder.example",
        subject="help",
        arrived_at=NOW,
        size=len(raw),
        kind=MailKind.REQUEST,
        end=End.HELD,
        reason="in doubt",
        raw=raw,
    )
    return replace(plain, **changes)


def new_ticket(**changes: Any) -> NewTicket:
    plain = NewTicket(
        mailbox="support",
        prefix="EX",
        decision=DECISION,
        contact="ana@alder.example",
        contact_name="Ana Ruiz",
        subject="help",
        status="open",
        opened_at=NOW,
    )
    return replace(plain, **changes)


def ticket_id(tx: Transaction, **changes: Any) -> int:
    return open_ticket(tx, new_ticket(**changes), NOW).ticket_id


def letter(number: int = 1, **changes: Any) -> NewLetter:
    plain = NewLetter(
        mailbox="support",
        kind="acknowledgement",
        template="acknowledgement",
        message_id=f"<{number}@example.com>",
        sender="support@example.com",
        recipients=("Ana@alder.example",),
        subject="[EX-1] help",
        raw=b"Subject: [EX-1] help\r\n\r\nWe have it.\r\n",
    )
    return replace(plain, **changes)


def contract(name: str = "IR-STD", **changes: Any) -> Contract:
    plain = Contract(
        contract=name,
        organization="Alder Security",
        policy="irex",
        plan="standard",
        starts=date(2026, 2, 1),
        ends=date(2027, 1, 31),
        expert_hours=Decimal("12.50"),
    )
    return replace(plain, **changes)


def contact(email: str, on: str = "IR-STD", **changes: Any) -> Contact:
    return replace(Contact(email, "Ana Ruiz", on, trainings=("basics", "operations")), **changes)
