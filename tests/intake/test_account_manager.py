"""What is meant for the account manager reaches the contract's own, beside the support queue."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from intake import conduct
from intake.conduct_values import Done
from intake.watch import sweep
from rules.facts import Contact, Contract, End
from storage import clocks, directory, tickets
from tests.intake.distribution import ANA, SAM, SUPPORT, House, house_in, kinds, words

MANAGER = "Max@maker.example"
CONTRACT = Contract("L-1", "Clinic", "lumedx", "deluxe", date(2020, 1, 1), date(2090, 12, 31), account_manager=MANAGER)
REVIEW = "Hello,\n\nplease review the custom report that we wrote ourselves.\n\nAna\n"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path, "lumedx") as made:
        under(made)
        yield made


def under(house: House, manager: str = MANAGER) -> None:
    house.admit(Contract(**{**_fields(), "account_manager": manager}), Contact(ANA, "Ana Ruiz", "L-1"))  # type: ignore[arg-type]


def _fields() -> dict[str, object]:
    return {name: getattr(CONTRACT, name) for name in Contract.__dataclass_fields__}


def remind(house: House) -> list[tuple[str, str]]:
    with house.database.transaction() as tx:
        clocks.set_alarm(tx, house.ticket().ticket_id, "account_manager", house.now, None, "resolved")
    house.now += timedelta(minutes=1)
    sweep(house.database, {"support": house.desk}, house.now)
    return kinds(house.sent())


def test_a_routed_mail_and_every_later_one_reach_the_manager_and_the_support_queue(house: House) -> None:
    assert house.comes(ANA, REVIEW, "Custom report").end is End.ROUTED
    assert house.ticket().queue == "account_manager"
    assert kinds(house.sent())[1:] == [("notice", SAM), ("notice", MANAGER)]
    house.comes(ANA, "It is the quarterly one.", "Re: [ON-1] Custom report")
    assert kinds(house.sent()) == [("notice", SAM), ("notice", MANAGER)]
    assert remind(house) == [("notice", SAM), ("notice", MANAGER)]


def test_a_reminder_reaches_the_manager_of_that_day(house: House) -> None:
    house.comes(ANA, "How do I print?", "Printing")
    assert kinds(house.sent())[1:] == [("notice", SAM)]
    under(house, "new@maker.example")
    assert remind(house) == [("notice", SAM), ("notice", "new@maker.example")]


@pytest.mark.parametrize("manager", ["", "a%b@maker.example", "nobody", SUPPORT, "support+am@maker.example"])
def test_without_a_manager_who_can_be_written_to_the_support_queue_hears_alone(house: House, manager: str) -> None:
    house.comes(ANA, "How do I print?", "Printing")
    house.sent()
    under(house, manager)
    assert remind(house) == [("notice", SAM)]


def test_a_manager_who_is_on_staff_is_told_once(house: House) -> None:
    house.comes(ANA, "How do I print?", "Printing")
    house.sent()
    under(house, SAM.upper())
    assert [key.lower() for _, key in remind(house)] == [SAM]


def test_a_contract_that_left_the_directory_has_no_manager(house: House) -> None:
    house.comes(ANA, REVIEW, "Custom report")
    house.sent()
    with house.database.transaction() as tx:
        directory.replace(tx, [], [])
    assert remind(house) == [("notice", SAM)]


def test_what_the_manager_answers_is_kept_and_not_declined(house: House) -> None:
    house.comes(ANA, REVIEW, "Custom report")
    notice = next(one for one in house.sent() if one.recipients == (MANAGER,))
    assert house.replies(notice, MANAGER, "I shall call her.").end is End.FOLLOW_UP
    assert kinds(house.sent()) == [("notice", SAM), ("notice", MANAGER)]


@pytest.mark.parametrize("status", ["waiting", "closed"])
def test_what_the_manager_writes_ends_no_wait_and_opens_nothing(house: House, status: str) -> None:
    """He is no customer: what we wait for is hers to say, and she is not to be told that our clocks run again."""
    house.comes(ANA, "One of the reports shows a wrong number.", "Report")
    remind(house)
    with house.database.transaction() as tx:
        ticket = tickets.by_reference(tx, "ON-1")
        assert ticket is not None
        act = conduct.wait if status == "waiting" else conduct.close
        assert isinstance(act(tx, ticket, "sam", house.now), Done)
    assert house.comes(MANAGER, "I called her today.", "Re: [ON-1] Report").end is End.FOLLOW_UP
    assert house.ticket().status == status
    (letter,) = house.sent()
    assert kinds([letter]) == [("notice", SAM)]
    assert f"ON-1 stays {status}" in words(letter)
    assert house.comes(ANA, "Here it is.", "Re: [ON-1] Report").end is End.FOLLOW_UP
    assert house.ticket().status == "open"
