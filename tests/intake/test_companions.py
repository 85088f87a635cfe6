"""Who else a mail was addressed to: colleagues join the ticket, strangers are named to staff alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rules.facts import Contact, End
from storage import tickets
from tests.intake.distribution import ANA, BEN, SAM, SUPPORT, House, contract, house_in, kinds, words
from tests.intake.installation import mail

SLOW = "Hello,\n\nsome of the reports are slow since today. We can live with it for now.\n\nAna\n"
STRANGER, PARTNER = "eve@elsewhere.example", "help@dist.example"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path, "irex") as made:
        ours = contract(policy="irex", plan="standard", support_partner="")
        made.admit(ours, Contact(ANA, "Ana Ruiz", "O-1"), Contact(BEN, "Ben Okoro", "O-1"))
        yield made


def correspondents(house: House) -> list[str]:
    with house.database.snapshot() as tx:
        return tickets.correspondents(tx, house.ticket().ticket_id)


@pytest.mark.parametrize("field", ["Cc", "To"])
def test_a_contact_of_the_contract_joins_and_a_stranger_is_only_named(house: House, field: str) -> None:
    others = f"{SUPPORT}, {BEN}, {STRANGER}, {SAM}, {PARTNER}, {ANA}"
    house.comes_raw(mail(ANA, others if field == "To" else SUPPORT, "Reports", SLOW, Cc=others))
    assert correspondents(house) == [BEN]
    sent = house.sent()
    assert {to for _, to in kinds(sent)} == {ANA, SAM}
    notice = next(one for one in sent if one.kind == "notice")
    assert f"On the ticket from now on, as contacts of O-1: {BEN}." in words(notice)
    assert f"Also addressed, but not on O-1, and never written to: {STRANGER}." in words(notice)


def test_whoever_is_copied_into_a_reply_joins_then_and_once(house: House) -> None:
    house.comes(ANA, SLOW, "Reports")
    house.comes(ANA, "Ben knows more.\n", "Re: [ON-1] Reports", Cc=BEN)
    house.comes(ANA, "Ben knows more still.\n", "Re: [ON-1] Reports", Cc=BEN)
    assert correspondents(house) == [BEN]
    assert [event.kind for event in house.events()].count("joined") == 1


def test_a_copied_stranger_may_not_write_to_the_ticket(house: House) -> None:
    house.comes(ANA, SLOW, "Reports", Cc=STRANGER)
    house.sent()
    ended = house.comes(STRANGER, "I would like to know more.\n", "Re: [ON-1] Reports")
    assert (ended.end, ended.reference) == (End.DECLINED, "ON-2")
    assert "ON-1" not in {one.subject[:6].strip("[]") for one in house.sent() if STRANGER in one.recipients}


def test_of_a_request_that_is_declined_nobody_joins(house: House) -> None:
    assert house.comes(STRANGER, SLOW, "Reports", Cc=BEN).end is End.DECLINED
    assert correspondents(house) == []
