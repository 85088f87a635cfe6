"""A customer who floods a ticket floods nobody on staff, and nothing is passed over in silence."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from intake import conduct
from intake.conduct_values import Done
from intake.crowding import NOTICES_AN_HOUR
from rules.facts import Contact, Contract, End
from tests.intake.distribution import ANA, CONTRACT, SAM, House, house_in, kinds, words


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path, "irex") as made:
        irex = Contract("I-1", "Clinic", "irex", "standard", CONTRACT.starts, CONTRACT.ends)
        made.admit(irex, Contact(ANA, "Ana Ruiz", "I-1"))
        made.comes(ANA, "On our production server the search is slow.", "Search")
        made.sent()
        yield made


def adds(house: House, count: int) -> list[str]:
    """The notices that staff get of so many more mails."""
    for number in range(count):
        assert house.comes(ANA, f"More of it: {number} at {house.now}", "Re: [ON-1] Search").end is End.FOLLOW_UP
    letters = house.sent()
    assert set(kinds(letters)) <= {("notice", SAM)}
    return [words(one) for one in letters]


def test_so_many_notices_an_hour_and_the_next_one_counts_what_was_left_out(house: House) -> None:
    first = adds(house, NOTICES_AN_HOUR + 15)
    assert len(first) == NOTICES_AN_HOUR - 1  # the notice of the ticket itself was one
    assert "not told one by one" in first[-1]
    assert not [one for one in first[:-1] if "one by one" in one]
    house.now += timedelta(hours=1, seconds=1)
    (later, *more) = adds(house, 3)
    assert "16 mails before this one were not told one by one; `intake ticket ON-1` shows them." in later
    assert len(more) == 2
    assert "one by one" not in more[0]
    assert [event.kind for event in house.events()].count("follow_up") == NOTICES_AN_HOUR + 18


def test_a_mail_that_moves_the_ticket_is_told_whatever_the_crowd(house: House) -> None:
    adds(house, NOTICES_AN_HOUR + 1)
    with house.database.transaction() as tx:
        assert isinstance(conduct.close(tx, house.ticket(), "sam", house.now), Done)
    house.comes(ANA, "It is not solved.", "Re: [ON-1] Search")
    assert house.ticket().status == "open"
    (notice,) = [one for one in house.sent() if one.kind == "notice"]
    assert "2 mails before this one were not told one by one" in words(notice)
    assert adds(house, 1) == []
