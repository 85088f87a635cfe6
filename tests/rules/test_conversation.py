"""Only a party writes to a ticket."""

from datetime import timedelta

import pytest

from rules.conversation import belongs, is_customers
from rules.facts import Address, TicketView
from tests.rules.samples import WEDNESDAY, mail, member

OPEN = TicketView("EX-7", "open", "C-1", 2, frozenset({"mo@larch.example"}))


@pytest.mark.parametrize(
    ("sender", "party"),
    [("mo@larch.example", True), ("MO@Larch.example", True), ("eve@larch.example", False)],
)
def test_a_number_in_a_subject_proves_nothing(sender: str, party: bool) -> None:
    assert belongs(mail(sender=Address(sender), subject="[EX-7] Hello"), OPEN, WEDNESDAY, 14) is party


def test_a_mail_without_a_sender_or_without_a_ticket_belongs_nowhere() -> None:
    assert not belongs(mail(sender=None), OPEN, WEDNESDAY, 14)
    assert not belongs(mail(), None, WEDNESDAY, 14)


@pytest.mark.parametrize(("days", "reopens"), [(13, True), (14, True), (14.01, False)])
def test_a_closed_ticket_opens_again_only_for_a_while(days: float, reopens: bool) -> None:
    closed = TicketView("EX-7", "closed", "C-1", 2, OPEN.parties, WEDNESDAY - timedelta(days=days))
    assert belongs(mail(), closed, WEDNESDAY, 14) is reopens


def test_a_closed_ticket_of_unknown_age_opens_again() -> None:
    closed = TicketView("EX-7", "closed", "C-1", 2, OPEN.parties)
    assert belongs(mail(), closed, WEDNESDAY, 14)


def test_a_customer_is_who_asked_or_a_contact_of_the_contract_and_no_correspondent() -> None:
    asked, colleague, manager = (mail(sender=Address(f"{one}@larch.example")) for one in ("mo", "kim", "max"))
    theirs = member()
    contract = theirs.contract.contract
    assert is_customers(asked, "mo@larch.example", None, ())
    assert is_customers(colleague, "mo@larch.example", contract, (theirs,))
    assert not is_customers(colleague, "mo@larch.example", "another", (theirs,))
    assert not is_customers(manager, "mo@larch.example", contract, ())
    assert not is_customers(mail(sender=None), "", contract, (theirs,))
