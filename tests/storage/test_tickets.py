"""Tickets keep their decision, are numbered without gaps, and know who may write to them."""

import json
from datetime import datetime, timedelta

import pytest

from rules.facts import MailKind, Outcome, TicketView
from storage import directory, tickets
from storage.database import Database
from storage.tickets import Event
from tests.storage import samples
from tests.storage.samples import HOUR, MONTH, NOW

TICK = timedelta(microseconds=1)


def test_references_have_no_gap_after_a_transaction_that_failed(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as tx:
            assert tickets.open_ticket(tx, samples.new_ticket(), NOW).reference == "EX-2"
            raise ZeroDivisionError

    with database.transaction() as tx:
        assert tickets.open_ticket(tx, samples.new_ticket(), NOW).reference == "EX-1"
    with pytest.raises(ZeroDivisionError):
        fail()
    with database.transaction() as tx:
        opened = [tickets.open_ticket(tx, samples.new_ticket(), NOW).reference for _ in range(2)]
    assert opened == ["EX-2", "EX-3"]


def test_each_mailbox_counts_for_itself(database: Database) -> None:
    sales = samples.new_ticket(mailbox="sales", prefix="SA")
    with database.transaction() as tx:
        opened = [tickets.open_ticket(tx, new, NOW).reference for new in (samples.new_ticket(), sales, sales)]
    assert opened == ["EX-1", "SA-1", "SA-2"]


@pytest.mark.parametrize("written", ["EX-1", "ex-1", "Ex-1"])
def test_a_reference_is_found_however_its_letters_are_written(database: Database, written: str) -> None:
    with database.transaction() as tx:
        opened = tickets.open_ticket(tx, samples.new_ticket(), NOW)
        assert tickets.by_reference(tx, written) == opened
        assert tickets.by_id(tx, opened.ticket_id) == opened


@pytest.mark.parametrize("other", ["EX-11", "EX-0", "EX", "", "EX-1'", "EX-%"])
def test_a_reference_that_was_never_given_is_none(database: Database, other: str) -> None:
    with database.transaction() as tx:
        tickets.open_ticket(tx, samples.new_ticket(), NOW)
        assert tickets.by_reference(tx, other) is None
        assert tickets.by_id(tx, 99) is None


def test_a_request_that_was_not_decided_is_held(database: Database) -> None:
    undecided = samples.new_ticket(decision=samples.decision(outcome=None, kind=MailKind.FOLLOW_UP))
    with database.transaction() as tx:
        opened = tickets.open_ticket(tx, undecided, NOW)
        assert opened.outcome is Outcome.HELD
        assert opened.decision.outcome is None


def test_the_view_has_the_contacts_of_the_contract_and_the_correspondents(database: Database) -> None:
    contacts = [samples.contact("Ana@Alder.example"), samples.contact("*@alder.example")]
    elsewhere = samples.contact("eve@birch.example", "IR-PRO")
    with database.transaction() as tx:
        directory.replace(tx, [samples.contract(), samples.contract("IR-PRO")], [*contacts, elsewhere])
        opened = tickets.open_ticket(tx, samples.new_ticket(contact="carl@cedar.example"), NOW)
        tickets.add_correspondents(tx, opened.ticket_id, ["dora@dogwood.example"])
        tickets.add_correspondents(tx, opened.ticket_id, ["dora@dogwood.example", "emil@elm.example"])
        parties = {"ana@alder.example", "*@alder.example", "carl@cedar.example"} | {
            "dora@dogwood.example",
            "emil@elm.example",
        }
        assert tickets.view(tx, opened) == TicketView("EX-1", "open", "IR-STD", 2, frozenset(parties), None)


def test_a_ticket_on_no_contract_has_its_own_people_alone(database: Database) -> None:
    stranger = samples.new_ticket(decision=samples.decision(contract=None))
    with database.transaction() as tx:
        directory.replace(tx, [samples.contract()], [samples.contact("eve@birch.example")])
        opened = tickets.open_ticket(tx, stranger, NOW)
        assert tickets.view(tx, opened).parties == {"ana@alder.example"}


@pytest.mark.parametrize(
    ("at", "counted"),
    [
        (MONTH[0] - TICK, 0),
        (MONTH[0], 1),
        (NOW, 1),
        (MONTH[1] - TICK, 1),
        (MONTH[1], 0),
    ],
)
def test_a_month_has_its_first_instant_and_not_the_next_ones(database: Database, at: datetime, counted: int) -> None:
    with database.transaction() as tx:
        tickets.open_ticket(tx, samples.new_ticket(opened_at=at), NOW)
        assert tickets.incidents(tx, "IR-STD", *MONTH) == counted


def test_incidents_are_accepted_tickets_of_that_contract(database: Database) -> None:
    with database.transaction() as tx:
        for outcome in Outcome:
            tickets.open_ticket(tx, samples.new_ticket(decision=samples.decision(outcome=outcome)), NOW)
        tickets.open_ticket(tx, samples.new_ticket(decision=samples.decision(contract="IR-PRO")), NOW)
        assert tickets.incidents(tx, "IR-STD", *MONTH) == 1
        assert tickets.incidents(tx, "IR-PRO", *MONTH) == 1
        assert tickets.incidents(tx, "IR-NONE", *MONTH) == 0


def test_an_incident_counts_inside_the_transaction_that_opens_it(database: Database) -> None:
    """Two mails of one batch cannot both take the last one."""
    with database.transaction() as tx:
        before = tickets.incidents(tx, "IR-STD", *MONTH)
        tickets.open_ticket(tx, samples.new_ticket(), NOW)
        assert tickets.incidents(tx, "IR-STD", *MONTH) == before + 1


def test_a_ticket_follows_the_decision_of_a_person(database: Database) -> None:
    held = samples.new_ticket(decision=samples.decision(outcome=Outcome.HELD, severity=None), status="held")
    with database.transaction() as tx:
        opened = tickets.open_ticket(tx, held, NOW)
        tickets.redecide(tx, opened.ticket_id, samples.decision(severity=1, queue="senior"), "open")
        found = tickets.by_id(tx, opened.ticket_id)
    assert found is not None
    assert (found.outcome, found.severity, found.queue, found.status) == (Outcome.ACCEPTED, 1, "senior", "open")
    assert found.decision == samples.decision(severity=1, queue="senior")
    assert (found.reference, found.opened_at) == (opened.reference, opened.opened_at)


def test_a_ticket_is_closed_and_opened_again(database: Database) -> None:
    with database.transaction() as tx:
        opened = tickets.open_ticket(tx, samples.new_ticket(), NOW)
        tickets.set_status(tx, opened.ticket_id, "closed", NOW + HOUR)
        closed = tickets.by_id(tx, opened.ticket_id)
        tickets.set_status(tx, opened.ticket_id, "open")
        assert tickets.by_id(tx, opened.ticket_id) == opened
    assert closed is not None
    assert (closed.status, closed.closed_at) == ("closed", NOW + HOUR)


def test_what_an_event_tells_is_read_in_the_order_it_was_written_in(database: Database) -> None:
    """PostgreSQL's `jsonb` sorts by the length of the name, and refuses NUL in words that a server may have said."""
    told = {"outcome": "accepted", "to": "ana@alder.example", "nested": {"zz": 1, "a": [1.5, None]}, "why": "a\0b"}
    with database.transaction() as tx:
        ticket_id = samples.ticket_id(tx)
        tickets.log(tx, Event(NOW, "told", "intake", told, ticket_id))
        (event,) = tickets.events(tx, ticket_id)
    assert json.dumps(event.detail) == json.dumps(told)


def test_events_come_in_the_order_in_which_they_happened(database: Database) -> None:
    with database.transaction() as tx:
        one, other = samples.ticket_id(tx), samples.ticket_id(tx)
        # the second was noted later, though its mail had come before
        first = Event(NOW, "opened", "intake", {"why": "on IR-STD", "severity": 2}, one)
        second = Event(NOW - HOUR, "noted", "ana@alder.example", {"words": ["é", "字"]}, one)
        tickets.log(tx, first, Event(NOW, "opened", "intake", {}, other), second)
        tickets.log(tx, *())
        assert tickets.events(tx, one) == [first, second]
        assert len(tickets.events(tx, other)) == 1
