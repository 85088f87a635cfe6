"""Who is a contact, and which contract counts."""

from datetime import date

import pytest

from rules import senders
from rules.facts import Address, Contact, Contract, Membership
from tests.rules.samples import contract

TODAY = date(2026, 3, 11)


@pytest.mark.parametrize(
    ("listed", "sender", "domains", "matched"),
    [
        ("mo@larch.example", "mo@larch.example", False, True),
        ("Mo@Larch.Example", "mO@larch.example", False, True),
        ("mo@larch.example", "mo@larch.example.org", False, False),
        ("*@larch.example", "anybody@larch.example", False, False),
        ("*@larch.example", "anybody@larch.example", True, True),
        ("*@larch.example", "anybody@sub.larch.example", True, False),
        ("*@larch.example", "*@larch.example", False, False),
    ],
)
def test_a_contact_is_matched_by_address_alone(listed: str, sender: str, domains: bool, matched: bool) -> None:
    assert senders.matches(Contact(listed, "", "C-1"), Address(sender, "Mo Hale"), domains=domains) is matched


def member(name: str, starts: str, ends: str) -> Membership:
    days = {"starts": date.fromisoformat(starts), "ends": date.fromisoformat(ends)}
    return Membership(Contact("mo@larch.example", "", name), contract(contract=name, **days))


VALID = member("valid", "2026-01-01", "2026-06-30")
LONGER = member("longer", "2026-01-01", "2026-12-31")
OVER = member("over", "2025-01-01", "2026-03-10")
FUTURE = member("future", "2027-01-01", "2027-12-31")


@pytest.mark.parametrize(
    ("memberships", "chosen"),
    [
        ([OVER, VALID, FUTURE], VALID),
        ([VALID, LONGER], LONGER),
        ([OVER, FUTURE], FUTURE),
        ([OVER], OVER),
        ([], None),
    ],
)
def test_the_valid_contract_counts_then_the_one_that_ends_last(
    memberships: list[Membership], chosen: Membership | None
) -> None:
    assert senders.choose(memberships, TODAY) is chosen
    assert senders.choose(reversed(memberships), TODAY) is chosen


@pytest.mark.parametrize(
    ("day", "valid"),
    [("2025-12-31", False), ("2026-01-01", True), ("2026-12-31", True), ("2027-01-01", False)],
)
def test_both_ends_of_a_contract_are_in_it(day: str, valid: bool) -> None:
    whole: Contract = LONGER.contract
    assert senders.is_valid(whole, date.fromisoformat(day)) is valid
