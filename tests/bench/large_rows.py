"""The rows of a large store, as expressions of their number that both engines understand: what they say, not how many.

The customers are those of `tests.bench.work` and many more. 98 of 100 tickets are closed, nothing is due soon and no
letter waits, so that what a run on the store measures is the run. Texts are short: what grows with a store and could be
felt is its rows and its indexes.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage import tables
from storage.decisions import as_json
from tests.storage import samples

YEARS = timedelta(days=3 * 365)
RECENT = 20_000
"""Tickets that are young enough to be open."""
PEOPLE_PER_CONTRACT = 10
DECISION = json.loads(as_json(samples.DECISION).text)
RAW = b"From: person@customer.example\r\nSubject: A question\r\n\r\nWhat is the default of this setting?\r\n"
VERSION = "sha256:" + "0" * 64

Column = sa.ColumnElement[Any]
N: Column = sa.literal_column("n", sa.BigInteger)


def rows(tickets: int, dialect: str) -> list[tuple[sa.Table, int, Mapping[str, object]]]:
    """Each table with the count of its rows and its columns as expressions of N, which counts them from 1."""
    now = int(datetime.now(UTC).timestamp())
    step = int(YEARS.total_seconds()) / tickets
    people = tickets // 10

    def moment(seconds: Column | int) -> Column:
        whole = sa.cast(seconds, sa.Integer)
        if dialect == "sqlite":
            return sa.func.strftime("%Y-%m-%d %H:%M:%S.000000", whole, "unixepoch")
        return sa.func.to_timestamp(whole)

    def opened(ticket: Column, later: int = 0) -> Column:
        return moment(now - 600 - (tickets - ticket) * sa.literal(step, sa.Float) + later)

    def person(ticket: Column) -> Column:
        """Spread over everybody without a visible order."""
        return ticket * 7919 % people

    def address(one: Column) -> Column:
        return sa.literal("person") + _text(one) + "@customer" + _text((one) // PEOPLE_PER_CONTRACT) + ".example"

    def contract(one: Column) -> Column:
        return sa.literal("IR-") + sa.func.substr(_text((one) // PEOPLE_PER_CONTRACT + 100_000), 2)

    def declined(ticket: Column) -> Column:
        return ticket % 20 < 3

    def hashed(what: str) -> Column:
        return _md5(_text(N) + what) + _md5(what + _text(N))

    of_mail = ((N - 1) * 10) // 13 + 1
    of_letter = ((N - 1) * 2) // 3 + 1
    of_event = (N - 1) // 5 + 1
    young = tickets - RECENT
    status = sa.case(
        (N % 2000 == 4, "held"),
        (declined(N), "declined"),
        (sa.and_(young < N, N % 2 == 0), "open"),
        (sa.and_(young < N, N % 5 == 1), "waiting"),
        else_="closed",
    )
    kinds = ("decided", "letter_written", "staff_told", "answered", "closed")
    event_kind = sa.case(*(((N % 5).in_([(number + 1) % 5]), kind) for number, kind in enumerate(kinds)))
    is_open = sa.and_(young < N, sa.or_(N % 2 == 0, N % 5 == 1))
    return [
        (tables.policy, 1, {"version": VERSION, "name": "irex", "text": "title", "first_used_at": moment(now)}),
        (
            tables.mailbox,
            1,
            {"name": "support", "uidvalidity": 1, "last_uid": 0, "next_number": tickets + 1},
        ),
        (
            tables.contract,
            people // PEOPLE_PER_CONTRACT,
            {
                "contract": contract((N - 1) * PEOPLE_PER_CONTRACT),
                "organization": sa.literal("Organization ") + _text(N),
                "policy": "irex",
                "plan": sa.case((N % 2 == 0, "premier"), else_="standard"),
                "starts": date(2020, 1, 1),
                "ends": date(2090, 12, 31),
                "paid": True,
                **dict.fromkeys(("version", "account_manager", "distributor", "support_partner"), ""),
                "expert_hours": "0",
            },
        ),
        (
            tables.contact,
            people,
            {
                "address": address(N - 1),
                "contract": contract(N - 1),
                "email": address(N - 1),
                "name": sa.literal("Person ") + _text(N),
                "role": "admin",
                "trainings": [],
                "language": "",
            },
        ),
        (
            tables.ticket,
            tickets,
            {
                "id": N,
                "reference": sa.literal("EX-") + _text(N),
                "mailbox": "support",
                "outcome": sa.case((N % 2000 == 4, "held"), (declined(N), "declined"), else_="accepted"),
                "status": status,
                "severity": sa.case((declined(N), None), else_=N % 4 + 1),
                "queue": sa.case((N % 2 == 0, "senior"), else_="support"),
                "contact": address(person(N)),
                "contact_name": sa.literal("Person ") + _text(person(N)),
                "contract": contract(person(N)),
                "organization": sa.literal("Organization ") + _text((person(N)) // PEOPLE_PER_CONTRACT),
                "plan": "standard",
                "language": "en",
                "subject": sa.literal("Question about the setting number ") + _text(N),
                "opened_at": opened(N),
                "recorded_at": opened(N, 2),
                "closed_at": sa.case((status == "closed", opened(N, 500)), else_=None),
                "policy": "irex",
                "policy_version": VERSION,
                "decision": DECISION,
            },
        ),
        (
            tables.mail,
            tickets * 13 // 10,
            {
                "id": N,
                "mailbox": "support",
                "sha256": hashed("mail"),
                "message_id": sa.literal("<") + _md5(_text(N)) + "@customer.example>",
                "sender": address(person(of_mail)),
                "subject": sa.literal("Question about the setting number ") + _text(of_mail),
                "arrived_at": opened(of_mail),
                "recorded_at": opened(of_mail, 2),
                "size": 3000,
                "kind": "request",
                "end": sa.case(((N - 1) * 10 % 13 >= 10, "follow_up"), (declined(of_mail), "declined"), else_="ticket"),
                "reason": "Severity 3 because nothing speaks for more.",
                "decision": DECISION,
                "ticket_id": of_mail,
                "content": hashed("content"),
            },
        ),
        (tables.raw_mail, tickets * 13 // 10, {"mail_id": N, "raw": RAW}),
        (
            tables.sighting,
            tickets * 13 // 10,
            {
                "mailbox": "support",
                "uidvalidity": 1,
                "uid": N,
                "mail_id": N,
                "end": "ticket",
                "seen_at": opened(of_mail, 2),
                "file_after": opened(of_mail, 2),
                "filed_at": opened(of_mail, 3),
            },
        ),
        (
            tables.event,
            5 * tickets,
            {
                "id": N,
                "ticket_id": of_event,
                "mail_id": sa.case((N % 5 == 1, ((of_event - 1) * 13 + 9) // 10 + 1), else_=None),
                "at": opened(of_event, 2),
                "kind": event_kind,
                "actor": "intake",
                "detail": {"template": "acknowledgement", "to": ["person@customer.example"]},
            },
        ),
        (
            tables.clock,
            tickets,
            {
                "id": N,
                "ticket_id": N,
                "kind": "first_response",
                "started_at": opened(N),
                "due_at": sa.case((is_open, moment(now + 86_400 + N % 500_000)), else_=opened(N, 14_400)),
                "stopped_at": sa.case((is_open, None), else_=opened(N, 400)),
                "policy_version": VERSION,
                "warn_at": sa.case((is_open, moment(now + 80_000 + N % 500_000)), else_=opened(N, 10_800)),
            },
        ),
        (
            tables.outbox,
            tickets * 3 // 2,
            {
                "id": N,
                "mailbox": "support",
                "kind": sa.case((N % 3 == 0, "answer"), (declined(of_letter), "decline"), else_="acknowledgement"),
                "template": sa.case(
                    (N % 3 == 0, "answer"), (declined(of_letter), "declined_language"), else_="acknowledgement"
                ),
                "ticket_id": of_letter,
                "message_id": sa.literal("<EX-") + _md5(_text(N)) + "@example.test>",
                "sender": "support@example.test",
                "recipients": ["person@customer.example"],
                "addressee": address(person(of_letter)),
                "subject": "Re: Question",
                "created_at": opened(of_letter, 2),
                "state": "sent",
                "next_try_at": opened(of_letter, 2),
                "attempts": 1,
                "ambiguous": 0,
                "last_error": "",
                "sent_at": opened(of_letter, 3),
                "raw": RAW,
            },
        ),
        (
            tables.answer,
            tickets // 2,
            {
                "id": N,
                "ticket_id": N * 2,
                "person": "sam@example.test",
                "text": "This setting is described in the manual.",
                "signature": "",
                "state": "sent",
                "why": "",
                "message_id": sa.literal("<A-") + _md5(_text(N)) + "@example.test>",
                "releasable": False,
                "written_at": opened(N * 2, 400),
                "sent_at": opened(N * 2, 401),
            },
        ),
        (tables.assignment, tickets // 4, {"ticket_id": N * 4, "person": "sam@example.test", "assigned_at": opened(N)}),
        (tables.correspondent, tickets // 10, {"ticket_id": N * 10, "address": address(person(N) + 1)}),
        (
            tables.pause,
            tickets // 4,
            {"id": N, "ticket_id": N * 4, "began_at": opened(N * 4, 100), "ended_at": opened(N * 4, 300)},
        ),
    ]


def _text(number: Column) -> Column:
    return sa.cast(number, sa.Text)


def _md5(text: Column) -> Column:
    """For SQLite a function of ours, see `large_store`."""
    return sa.func.md5(text, type_=sa.Text)
