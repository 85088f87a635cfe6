"""Who is told of a ticket that is somebody's."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from intake.assigned import holder_of, told_of
from intake.settings import Queue, StaffMember
from rules.facts import Contact
from storage import assignments
from tests.intake.distribution import ANA, House, contract, house_in

SAM = StaffMember(name="Sam Field", email="Sam@maker.example", queues=("support",))
KIM = StaffMember(name="Kim Senn", email="kim@maker.example", queues=("senior",))
PAGED = {"support": Queue(notify=("ntfy://example/support",)), "senior": Queue(notify=("ntfy://example/senior",))}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path, "irex") as made:
        made.desk = replace(made.desk, staff=(SAM, KIM), queues=PAGED)
        made.admit(contract(policy="irex", plan="standard", distributor=""), Contact(ANA, "Ana Ruiz", "O-1"))
        made.comes(ANA)
        yield made


def told(house: House, *wanted: str, person: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    ticket = house.ticket()
    with house.database.transaction() as tx:
        assignments.release(tx, ticket.ticket_id)
        if person:
            assignments.assign(tx, ticket.ticket_id, person, house.now)
        found = told_of(tx, house.desk, ticket, wanted, house.now)
    return found.addresses, found.pages


def test_what_is_nobodys_is_told_to_its_queue(house: House) -> None:
    assert told(house, "support", person=None) == ((SAM.email,), ("page:support:1",))


def test_the_holder_hears_in_place_of_the_queue_and_of_its_pager(house: House) -> None:
    assert told(house, "support", person="kim@maker.example") == ((KIM.email,), ())


def test_other_queues_hear_all_the_same(house: House) -> None:
    assert told(house, "support", "senior", person="sam@maker.example") == (
        (SAM.email, KIM.email),
        ("page:senior:1",),
    )


def test_an_account_manager_who_is_no_queue_of_staff_wakes_nobody_else(house: House) -> None:
    assert told(house, "support", "account_manager", "support", person="kim@maker.example") == ((KIM.email,), ())


def test_whoever_is_on_staff_no_more_holds_nothing(house: House) -> None:
    assert told(house, "support", person="left@maker.example") == ((SAM.email,), ("page:support:1",))
    with house.database.snapshot() as tx:
        assert holder_of(tx, house.desk, house.ticket()) is None
