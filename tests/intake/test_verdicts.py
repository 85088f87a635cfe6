"""A person's answer to what was held or declined, as the store has it afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from intake import verdicts
from intake.config import load
from intake.desk import Desk, load_desks
from intake.verdicts import Impossible
from rules.facts import Contact, Decision, End, Gate
from storage import clocks, directory, listings, outbox, tickets
from storage.database import Database
from storage.outbox import LetterState
from storage.tickets import Ticket
from tests.intake.cli.shell import ARRIVED, CONFIG, HELD, MAIL, STRANGER, opened

NOW = ARRIVED + timedelta(minutes=30)
AUTHENTICATED = CONFIG.replace('ticket_prefix = "EX"', 'ticket_prefix = "EX"\nauthserv_id = "mx.example.com"')


@contextmanager
def store(path: Path) -> Iterator[tuple[Database, dict[str, Desk]]]:
    settings = load(path, secrets=False)
    database = Database(settings.storage.url)
    try:
        yield database, {desk.name: desk for desk in load_desks(settings)}
    finally:
        database.close()


def ticket_of(database: Database, reference: str) -> Ticket:
    with database.snapshot() as tx:
        found = tickets.by_reference(tx, reference)
    assert found is not None
    return found


def letters_of(database: Database, reference: str) -> list[tuple[str, LetterState]]:
    with database.snapshot() as tx:
        found = listings.letters_of_ticket(tx, ticket_of(database, reference).ticket_id)
    return [(line.template, line.state) for line in found]


def test_accepting_changes_ticket_ledger_clocks_and_letters_together(tmp_path: Path) -> None:
    with store(opened(tmp_path, HELD)) as (database, desks):
        before = letters_of(database, "EX-1")
        told = verdicts.accept(database, desks, "EX-1", by="sam", now=NOW, note="called her")
        assert isinstance(told, Decision)
        ticket = ticket_of(database, "EX-1")
        assert (ticket.status, ticket.decision) == ("open", told)
        with database.snapshot() as tx:
            (clock,) = clocks.of_ticket(tx, ticket.ticket_id)
            (mail,) = listings.mails_of_ticket(tx, ticket.ticket_id)
            event = next(one for one in tickets.events(tx, ticket.ticket_id) if one.kind == "accepted")
    assert (clock.started_at, clock.due_at) == (ARRIVED, told.first_response_due)
    assert mail.end is End.TICKET
    assert (event.actor, event.detail, event.at) == ("sam", {"note": "called her"}, NOW)
    with store(tmp_path / "intake.toml") as (database, _):
        new = letters_of(database, "EX-1")[len(before) :]
    assert new == [("acknowledgement", LetterState.WAITING), ("notice", LetterState.WAITING)]


def test_a_declined_stranger_who_has_become_a_contact_is_accepted_on_that_contract(tmp_path: Path) -> None:
    with store(opened(tmp_path, STRANGER)) as (database, desks):
        with database.transaction() as tx:
            contracts, contacts = directory.all_contracts(tx), directory.all_contacts(tx)
            new = [*contacts, Contact("eve@elsewhere.example", "Eve", "IR-STD")]
            directory.replace(tx, contracts, new)
        told = verdicts.accept(database, desks, "EX-1", by="sam", now=NOW, level=1)
        assert isinstance(told, Decision)
        ticket = ticket_of(database, "EX-1")
    assert (ticket.contract, ticket.plan, ticket.severity) == ("IR-STD", "standard", 1)
    assert told.first_response_due == ARRIVED + timedelta(hours=4)


def test_a_stranger_is_accepted_without_a_promise(tmp_path: Path) -> None:
    with store(opened(tmp_path, STRANGER)) as (database, desks):
        assert isinstance(verdicts.accept(database, desks, "EX-1", by="sam", now=NOW), Decision)
        ticket = ticket_of(database, "EX-1")
        with database.snapshot() as tx:
            assert clocks.of_ticket(tx, ticket.ticket_id) == []
    assert (ticket.status, ticket.contract) == ("open", None)


def test_declining_settles_the_ledger_and_writes_one_letter(tmp_path: Path) -> None:
    with store(opened(tmp_path, HELD)) as (database, desks):
        before = letters_of(database, "EX-1")
        told = verdicts.decline(database, desks, "EX-1", by="sam", now=NOW, reason="German")
        assert isinstance(told, Decision)
        assert letters_of(database, "EX-1")[len(before) :] == [("declined_language", LetterState.WAITING)]
        ticket = ticket_of(database, "EX-1")
        with database.snapshot() as tx:
            (mail,) = listings.mails_of_ticket(tx, ticket.ticket_id)
            event = next(one for one in tickets.events(tx, ticket.ticket_id) if one.kind == "declined")
    assert (ticket.status, mail.end) == ("declined", End.DECLINED)
    assert event.detail == {"gate": "language", "why": "German"}


def test_a_sender_that_the_mail_server_does_not_vouch_for_gets_no_decline(tmp_path: Path) -> None:
    with store(opened(tmp_path, STRANGER, config=AUTHENTICATED)) as (database, desks):
        assert ticket_of(database, "EX-1").status == "held"
        before = letters_of(database, "EX-1")
        assert isinstance(verdicts.decline(database, desks, "EX-1", by="sam", now=NOW, reason="spam"), Decision)
        assert letters_of(database, "EX-1") == before


def test_a_mailbox_that_only_observes_withholds_the_letter_here_too(tmp_path: Path) -> None:
    observing = CONFIG.replace('ticket_prefix = "EX"', 'ticket_prefix = "EX"\nmode = "observe"')
    with store(opened(tmp_path, HELD, config=observing)) as (database, desks):
        verdicts.accept(database, desks, "EX-1", by="sam", now=NOW)
        assert ("acknowledgement", LetterState.WITHHELD) in letters_of(database, "EX-1")


def test_an_answer_is_given_once(tmp_path: Path) -> None:
    with store(opened(tmp_path, HELD, MAIL)) as (database, desks):
        assert isinstance(verdicts.accept(database, desks, "EX-1", by="sam", now=NOW), Decision)
        after = letters_of(database, "EX-1")
        for again in (
            verdicts.accept(database, desks, "EX-1", by="kim", now=NOW),
            verdicts.decline(database, desks, "EX-1", by="kim", now=NOW, reason="x"),
            verdicts.accept(database, desks, "EX-2", by="kim", now=NOW),
            verdicts.accept(database, desks, "EX-7", by="kim", now=NOW),
            verdicts.accept(database, {}, "EX-1", by="kim", now=NOW),
        ):
            assert isinstance(again, Impossible)
            assert "\n" not in again.reason
        assert letters_of(database, "EX-1") == after


def test_a_fault_on_the_way_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with store(opened(tmp_path, HELD)) as (database, desks):
        before = (ticket_of(database, "EX-1"), letters_of(database, "EX-1"))
        monkeypatch.setattr("intake.verdicts.tell_staff", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            verdicts.accept(database, desks, "EX-1", by="sam", now=NOW)
        assert (ticket_of(database, "EX-1"), letters_of(database, "EX-1")) == before
        with database.snapshot() as tx:
            assert clocks.of_ticket(tx, before[0].ticket_id) == []
            assert outbox.next_due(tx, ["support"]) is not None


def test_a_held_mail_may_be_declined_for_another_reason(tmp_path: Path) -> None:
    with store(opened(tmp_path, HELD)) as (database, desks):
        told = verdicts.decline(database, desks, "EX-1", by="sam", now=NOW, reason="x", gate=Gate.SERVICES)
    assert isinstance(told, Decision)
    assert told.template == "declined_services"
