"""What follows from a bounce, on a real store: the log, staff, and the letters that are not written any more."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from intake import conduct
from intake.conduct_values import Done
from rules.facts import Contact, End
from rules.letters import Withheld
from storage import bounces, mutes, tickets
from storage.outbox import Claimed
from tests.intake.bouncing import bounce
from tests.intake.distribution import ANA, BEN, SAM, House, contract, desk_of, house_in, kinds, words

DOWN = "Hello,\n\nour production server is completely down and nobody can log in. No workaround.\n\nAna\n"
STRANGER = "mo@nowhere.example"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path, "irex") as made:
        ours = contract(policy="irex", plan="standard", distributor="", support_partner="")
        made.admit(ours, Contact(ANA, "Ana Ruiz", "O-1"), Contact(BEN, "Ben Okoro", "O-1"))
        yield made


def acknowledged(house: House, sender: str = ANA) -> Claimed:
    house.comes(sender, DOWN, "Server down")
    return next(one for one in house.sent() if one.kind in ("acknowledgement", "decline"))


def muted(house: House) -> list[str]:
    with house.database.snapshot() as tx:
        return [one.address for one in mutes.newest(tx, 10)]


def lowered(house: House) -> Done:
    """Staff change the severity, which writes to the customer."""
    with house.database.transaction() as tx:
        ticket = tickets.by_reference(tx, "ON-1")
        assert ticket is not None
        level = 3 if ticket.severity != 3 else 2
        done = conduct.set_severity(tx, house.desk, ticket, level, "sam", house.now)
    assert isinstance(done, Done)
    return done


def test_a_dead_address_is_an_event_told_to_staff_and_gets_no_further_letter(house: House) -> None:
    letter = acknowledged(house)
    assert house.comes_raw(bounce(letter)).end is End.IGNORED
    assert muted(house) == [ANA]
    (notice,) = house.sent()
    assert kinds([notice]) == [("notice", SAM)]
    assert notice.subject.startswith("[ON-1] Letter not delivered")
    assert f"The acknowledgement to {ANA} came back. The mail server there says 5.1.1." in words(notice)
    assert f"`intake unmute {ANA}`" in words(notice)
    event = house.events()[-2]
    assert (event.kind, event.detail["letter"], event.detail["muted"]) == ("bounce", "acknowledgement", [ANA])
    assert house.ticket().status == "open"
    done = lowered(house)
    assert (done.told, done.withheld) == ((), Withheld.MUTED)
    assert kinds(house.sent()) == [("notice", SAM)]


@pytest.mark.parametrize("sender", [ANA, ANA.upper()])
def test_whoever_writes_from_a_muted_address_again_is_answered_again(house: House, sender: str) -> None:
    house.comes_raw(bounce(acknowledged(house)))
    house.now += timedelta(minutes=5)
    house.sent()
    house.comes(sender, "Is there any news?", "Re: [ON-1] Server down")
    assert muted(house) == []
    assert [event.kind for event in house.events()][-3:] == ["unmuted", "follow_up", "staff_told"]
    assert lowered(house).told == (ANA,)


def test_a_machine_or_a_colleague_unmutes_nobody(house: House) -> None:
    house.comes_raw(bounce(acknowledged(house)))
    house.comes(ANA, "I am away.", "Re: [ON-1] Server down", Auto_Submitted="auto-replied")
    house.comes(BEN, "And I?", "Re: [ON-1] Server down")
    assert muted(house) == [ANA]


def test_a_mail_from_before_the_bounce_unmutes_nobody(house: House) -> None:
    letter = acknowledged(house)
    house.now += timedelta(minutes=5)
    house.comes_raw(bounce(letter))
    house.now -= timedelta(minutes=1)
    house.comes(ANA, "It waited in a queue.", "Re: [ON-1] Server down")
    assert muted(house) == [ANA]


def test_a_mail_that_the_server_says_is_forged_unmutes_nobody(house: House) -> None:
    house.comes_raw(bounce(acknowledged(house)))
    checking = desk_of("irex", authserv_id="mx.example")
    refused = "mx.example; dmarc=fail header.from=clinic.example"
    house.under(checking).comes(ANA, "Hello", "Re: [ON-1] Server down", Authentication_Results=refused)
    assert muted(house) == [ANA]


def test_a_delay_is_an_event_alone_and_its_end_is_told(house: House) -> None:
    letter = acknowledged(house)
    for status, action in (("4.4.1", "delayed"), ("4.4.1", "delayed")):
        house.comes_raw(bounce(letter, status, action=action, serial=len(action)))
    assert house.sent() == []
    assert [event.kind for event in house.events()].count("bounce") == 1
    house.comes_raw(bounce(letter, "4.4.1"))
    assert kinds(house.sent()) == [("notice", SAM)]
    assert muted(house) == []


@pytest.mark.parametrize("status", ["5.2.2", "5.7.1", "5.3.4"])
def test_what_is_not_the_addresss_fault_is_told_and_mutes_nobody(house: House, status: str) -> None:
    house.comes_raw(bounce(acknowledged(house), status))
    assert muted(house) == []
    (notice,) = house.sent()
    assert status in words(notice)
    assert "No further automatic letter" not in words(notice)


def test_a_recipient_behind_an_alias_is_told_and_mutes_nobody(house: House) -> None:
    house.comes_raw(bounce(acknowledged(house), of="ana.ruiz@elsewhere.example"))
    assert muted(house) == []
    assert len(house.sent()) == 1
    with house.database.snapshot() as tx:
        assert [(one.address, one.final) for one in bounces.of_ticket(tx, 1)] == [("", True)]


def test_a_forged_bounce_mutes_nobody_and_is_told_to_nobody(house: House) -> None:
    """The ticket's number is no secret, and neither are the Message-IDs that customers write."""
    letter = acknowledged(house)
    forged = [
        bounce(None, of=ANA, message_id="<ON-1.0123456789abcdef01234567@maker.example>"),
        bounce(None, of=ANA, subject="Undelivered: Re: [ON-1] Server down"),
        bounce(letter, of=BEN),
    ]
    for serial, raw in enumerate(forged):
        house.comes_raw(raw.replace(b"bounce.0", b"bounce.%d" % serial))
    assert muted(house) == []
    assert len(house.sent()) == 1  # the last one knows the letter: it came back, though not from him


def test_a_letter_that_never_went_out_cannot_come_back(house: House) -> None:
    house.comes(ANA, DOWN, "Server down", Return_Path="<>")
    with house.database.snapshot() as tx:
        (withheld,) = tx.exec_driver_sql("SELECT message_id FROM outbox WHERE state = 'withheld'").scalars()
    house.sent()
    house.comes_raw(bounce(None, of=ANA, message_id=withheld))
    assert muted(house) == []
    assert house.sent() == []


def test_a_bounce_that_names_our_letter_in_references_alone_counts_too(house: House) -> None:
    letter = acknowledged(house)
    raw = bounce(None, of=ANA, headers=f"References: <x@y.example> {letter.message_id}\r\n")
    house.comes_raw(raw)
    assert muted(house) == [ANA]


def test_a_notice_that_comes_back_is_an_event_and_nothing_else(house: House) -> None:
    house.comes(ANA, DOWN, "Server down")
    (notice,) = [one for one in house.sent() if one.kind == "notice"]
    before = house.ticket()
    house.comes_raw(bounce(notice))
    assert house.sent() == []
    assert muted(house) == []
    assert house.ticket() == before
    assert house.events()[-1].kind == "bounce"


def test_staff_who_are_customers_too_are_not_muted_by_what_only_says_so(house: House) -> None:
    house.comes(ANA, DOWN, "Server down")
    (notice,) = [one for one in house.sent() if one.kind == "notice"]
    house.comes_raw(bounce(notice, of=ANA))
    assert muted(house) == []


def test_a_stranger_whose_letter_comes_back_is_muted_and_told_to_nobody(house: House) -> None:
    letter = acknowledged(house, STRANGER)
    house.comes_raw(bounce(letter))
    assert muted(house) == [STRANGER]
    assert house.sent() == []


def test_a_flood_of_bounces_is_told_once_and_stands_in_the_log_once(house: House) -> None:
    letter = acknowledged(house)
    for serial in range(30):
        house.comes_raw(bounce(letter, serial=serial, subject=f"Undelivered {serial}"))
    assert len(house.sent()) == 1
    assert [event.kind for event in house.events()].count("bounce") == 1


def test_a_flood_of_forged_bounces_fills_no_log(house: House) -> None:
    acknowledged(house)
    for serial in range(30):
        house.comes_raw(bounce(None, serial=serial, subject=f"Undelivered: [ON-1] {serial}"))
    assert house.sent() == []
    assert [event.kind for event in house.events()].count("bounce") == 10
    house.now += timedelta(hours=2)
    house.comes_raw(bounce(None, serial=99, subject="Undelivered: [ON-1]"))
    assert [event.kind for event in house.events()].count("bounce") == 11
