"""Which tickets a mail points at. Whether the sender may write to them is the rules' business and tested there."""

from dataclasses import replace
from typing import Any

import pytest

from intake.threads import pointed_at, tags
from rules.facts import Address, Mail
from storage import ledger, outbox, tickets
from storage.database import Database
from tests.storage.samples import NOW, entry, letter, new_ticket

PLAIN = Mail(
    message_id="<new@x.example>",
    sender=Address("ana@alder.example"),
    subject="",
    text="",
    new_text="",
    sha256="",
    size=0,
)


def mail(**changes: Any) -> Mail:
    return replace(PLAIN, **changes)


@pytest.fixture
def two_tickets(database: Database) -> Database:
    """EX-1 with our letter <ours.1@…> and the customer's <theirs.1@…>, EX-2 likewise."""
    with database.transaction() as tx:
        for number in (1, 2):
            ticket = tickets.open_ticket(tx, new_ticket(), NOW)
            ledger.record(
                tx, entry(b"%d" % number, message_id=f"<theirs.{number}@x.example>", ticket_id=ticket.ticket_id), NOW
            )
            ours = letter(number, message_id=f"<ours.{number}@example.com>", ticket_id=ticket.ticket_id)
            outbox.post(tx, [ours], NOW)
    return database


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"in_reply_to": ("<ours.1@example.com>",)}, ["EX-1"], id="our letter"),
        pytest.param({"in_reply_to": ("<theirs.2@x.example>",)}, ["EX-2"], id="their own mail"),
        pytest.param({"subject": "Re: [EX-2] help"}, ["EX-2"], id="the tag"),
        pytest.param({"subject": "Re: [ex-2] help"}, ["EX-2"], id="the tag in small letters"),
        pytest.param({"subject": "[EX-99] [EX-1]"}, ["EX-1"], id="a tag of no ticket"),
        pytest.param({"subject": "EX-1 without brackets"}, [], id="no brackets"),
        pytest.param(
            {"in_reply_to": ("<ours.2@example.com>",), "subject": "[EX-1]"}, ["EX-2", "EX-1"], id="ids before the tag"
        ),
        pytest.param(
            {"references": ("<ours.1@example.com>", "<ours.2@example.com>")}, ["EX-2", "EX-1"], id="right to left"
        ),
        pytest.param(
            {"references": ("<ours.1@example.com>", "<theirs.2@x.example>")}, ["EX-1", "EX-2"], id="ours before theirs"
        ),
        pytest.param({"returned_message_id": "<ours.1@example.com>"}, ["EX-1"], id="a bounce of our letter"),
        pytest.param({"references": tuple(f"<x{n}@y>" for n in range(9_000))}, [], id="a hostile chain"),
    ],
)
def test_pointers_come_strongest_first(two_tickets: Database, changes: dict[str, Any], expected: list[str]) -> None:
    with two_tickets.snapshot() as tx:
        assert [found.reference for found in pointed_at(tx, mail(**changes), {"support": "EX"})] == expected


@pytest.mark.parametrize(
    "changes", [{"subject": "[EX-1]"}, {"in_reply_to": ("<ours.1@example.com>", "<theirs.1@x.example>")}]
)
def test_a_ticket_of_another_mailbox_is_never_pointed_at(two_tickets: Database, changes: dict[str, Any]) -> None:
    with two_tickets.snapshot() as tx:
        assert pointed_at(tx, mail(**changes), {"other": "EX"}) == []


def test_tags_are_read_for_one_prefix_alone() -> None:
    assert tags("[EX-1] [FOO-2] [EX-] [EX-12]", "EX") == ["EX-1", "EX-12"]
