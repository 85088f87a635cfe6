"""Routed mail on its way to a distributor or support partner, against a real store and the shipped policy."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from intake.enclosure import LARGEST
from intake.mail.parse import parse
from rules.facts import Contact, End, Outcome
from storage import letter_counts, tickets
from tests.intake.distribution import (
    ANA,
    BEN,
    DIST,
    LEVEL_0,
    PARTNER,
    SAM,
    SUPPORT,
    USAGE,
    House,
    contract,
    desk_of,
    house_in,
    kinds,
    words,
)

PEOPLE = (Contact(ANA, "Ana Ruiz", "O-1"), Contact(BEN, "Ben Okoro", "O-1"))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path) as made:
        yield made


def of(letter: bytes) -> EmailMessage:
    message = message_from_bytes(letter, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_level_0_mail_goes_whole_to_the_distributor_and_the_customer_and_staff_hear_who_has_it(house: House) -> None:
    ended = house.comes(ANA, Message_ID="<1@clinic.example>")
    assert (ended.end, house.ticket().status) == (End.ROUTED, "with_distributor")
    letters = house.sent()
    assert kinds(letters) == [("routed", ANA), ("forward", DIST), ("notice", SAM)]
    assert DIST in words(letters[0])
    assert f"It was forwarded to {DIST}." in words(letters[2])
    forward = of(letters[1].raw)
    assert forward["From"] == "Maker Support <support@maker.example>"
    assert forward["Reply-To"] == forward["From"]
    assert (forward["Subject"], forward["In-Reply-To"]) == ("[ON-1] Client", "<1@clinic.example>")
    assert forward["References"] == "<1@clinic.example>"
    assert forward["Auto-Submitted"] == "auto-generated"
    (enclosed,) = forward.iter_attachments()
    assert enclosed.get_content_type() == "message/rfc822"
    assert enclosed.get_content().get_content().split() == LEVEL_0.split()
    assert [event.kind for event in house.events()] == ["decided", "letter_written", "forwarded", "staff_told"]


def test_a_question_of_use_goes_to_the_support_partner(house: House) -> None:
    house.comes(ANA, USAGE, "Tracing")
    assert house.ticket().status == "with_partner"
    letters = house.sent()
    assert kinds(letters)[:2] == [("routed", ANA), ("forward", PARTNER)]
    assert "#escalate" not in words(letters[1])


def test_the_message_id_that_proves_an_answer_cannot_be_guessed_and_is_told_to_nobody_else(house: House) -> None:
    house.comes(ANA)
    house.comes(ANA, LEVEL_0 + "again", "Client, again")
    letters = house.sent()
    forwards = [one for one in letters if one.kind == "forward"]
    assert len({one.message_id.partition(".")[2] for one in forwards}) == 2
    for forward in forwards:
        assert len(forward.message_id) > 30
        assert not [one for one in letters if one is not forward and forward.message_id.encode() in one.raw]


def test_a_mail_that_is_not_seven_bit_is_a_file_with_its_very_bytes(house: House) -> None:
    raw = f"From: {ANA}\r\nTo: {SUPPORT}\r\nSubject: Client\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n".encode()
    raw += "How do we install the client on the computer of Frau Müller?\r\n".encode()
    house.comes_raw(raw)
    (forward,) = [one for one in house.sent() if one.kind == "forward"]
    assert forward.raw.isascii()
    (enclosed,) = of(forward.raw).iter_attachments()
    assert enclosed.get_content() == raw
    assert parse(forward.raw).attachments[0].name == "ON-1.eml"


def test_of_a_mail_that_is_too_large_its_text_goes_and_its_attachments_are_named(house: House) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = ANA, SUPPORT, "Client"
    mail.set_content(LEVEL_0)
    mail.add_attachment(bytes(LARGEST), maintype="image", subtype="png", filename="screen.png")
    house.comes_raw(mail.as_bytes())
    letters = house.sent()
    assert "screen.png (9.5 MB)" in words(letters[1])
    assert "too large" in words(letters[1])
    assert "only its text went along" in words(letters[2])
    (enclosed,) = of(letters[1].raw).iter_attachments()
    assert enclosed.get_content().split() == LEVEL_0.split()
    assert len(letters[1].raw) < 20_000


def test_an_observing_mailbox_forwards_nothing_and_says_so(house: House) -> None:
    house.under(desk_of(mode="observe")).comes(ANA)
    letters = house.sent()
    assert kinds(letters) == [("notice", SAM)]
    assert f"It was not forwarded to {DIST}: The mailbox only observes" in words(letters[0])
    with house.database.snapshot() as tx:
        assert letter_counts.of_template(tx, "support", "forwarded", house.now - timedelta(days=1)) == 0
    assert house.events()[-2].kind == "forward_withheld"


@pytest.mark.parametrize(
    ("distributor", "why"),
    [
        ("a%b@dist.example", "none that a letter can be sent to"),
        ("no address", "none that a letter can be sent to"),
        (SUPPORT, "an address of our own"),
        ("Support+dist@maker.example", "an address of our own"),
        (ANA, f"{ANA} wrote this mail"),
        ("Ana+x@Clinic.example", "wrote this mail"),
    ],
)
def test_what_cannot_be_forwarded_is_a_ticket_of_our_own_as_if_nobody_were_named(
    house: House, distributor: str, why: str
) -> None:
    house.admit(contract(distributor=distributor), *PEOPLE)
    ended = house.comes(ANA)
    assert ended.end is End.TICKET
    ticket = house.ticket()
    assert (ticket.status, ticket.queue, ticket.outcome, ticket.severity) == ("open", "support", Outcome.ACCEPTED, 3)
    letters = house.sent()
    assert kinds(letters) == [("acknowledgement", ANA), ("notice", SAM)]
    assert why in words(letters[1])
    assert "not_forwarded" in ticket.decision.flags


def test_what_its_senders_domain_disowns_is_held_and_not_forwarded(house: House) -> None:
    failed = "mx.maker.example; dmarc=fail header.from=clinic.example"
    house.under(desk_of(authserv_id="mx.maker.example")).comes(ANA, Authentication_Results=failed)
    assert [one.kind for one in house.sent()] == ["notice"]
    assert house.ticket().status == "held"


@pytest.mark.parametrize(
    ("headers", "letters"),
    [
        ({"List_Id": "<news.clinic.example>"}, []),
        ({"Return_Path": "<>"}, []),
        ({"Authentication_Results": "mx.maker.example; spf=fail smtp.mailfrom=clinic.example"}, ["acknowledgement"]),
    ],
)
def test_nothing_that_a_machine_or_a_forger_wrote_is_forwarded(
    house: House, headers: dict[str, str], letters: list[str]
) -> None:
    house.under(desk_of(authserv_id="mx.maker.example")).comes(ANA, **headers)
    assert [one.kind for one in house.sent()] == [*letters, "notice"]
    assert house.ticket().status == "open"


def test_a_flood_reaches_the_distributor_no_more_than_it_is_answered(house: House) -> None:
    for number in range(13):
        house.comes(ANA, LEVEL_0 + str(number), f"Client {number}")
    letters = house.sent()
    assert kinds(letters).count(("forward", DIST)) == house.desk.policy.budgets.letters_per_address_hour == 10
    (last,) = [one for one in letters if one.kind == "notice"][-1:]
    assert f"It was not forwarded to {DIST}: This address has had as many" in words(last)


def test_what_is_forwarded_costs_the_distributor_none_of_his_own_letters(house: House) -> None:
    house.admit(contract(), *PEOPLE, Contact(DIST, "Dist", "O-1"))
    for number in range(10):
        house.comes(ANA, LEVEL_0 + str(number), f"Client {number}")
    house.sent()
    house.comes(DIST, "We get an error message: the program crashes.", "Error")
    assert ("acknowledgement", DIST) in kinds(house.sent())


class TestFollowUps:
    def test_what_the_customer_adds_is_forwarded_too(self, house: House) -> None:
        house.forwarded()
        for sender in (ANA, BEN):
            assert house.comes(sender, "It is Windows 11.", "Re: [ON-1] Client").end is End.FOLLOW_UP
            letters = house.sent()
            assert kinds(letters) == [("forward", DIST), ("notice", SAM)]
            assert "The customer has written again about ON-1" in words(letters[0])
            assert sender in words(letters[0])
            assert f"It was forwarded to {DIST}." in words(letters[1])
        assert house.ticket().status == "with_distributor"

    def test_what_the_distributor_writes_reaches_staff_alone(self, house: House) -> None:
        forward = house.forwarded()
        assert house.replies(forward, DIST, "We called her.").end is End.FOLLOW_UP
        assert kinds(house.sent()) == [("notice", SAM)]
        assert house.ticket().status == "with_distributor"

    def test_a_distributor_who_is_a_contact_too_does_not_get_his_own_words_back(self, house: House) -> None:
        house.admit(contract(), *PEOPLE, Contact(DIST, "Dist", "O-1"))
        forward = house.forwarded()
        house.replies(forward, DIST, "We called her.")
        assert kinds(house.sent()) == [("notice", SAM)]

    def test_what_another_correspondent_writes_stays_with_us(self, house: House) -> None:
        house.forwarded()
        with house.database.transaction() as tx:
            tickets.add_correspondents(tx, house.ticket().ticket_id, ["am@maker.example"])
        house.comes("am@maker.example", "They pay late.", "Re: [ON-1] Client")
        assert kinds(house.sent()) == [("notice", SAM)]

    def test_machines_lists_and_forgers_are_not_passed_on(self, house: House) -> None:
        house.under(desk_of(authserv_id="mx.maker.example")).forwarded()
        failed = "mx.maker.example; dmarc=fail header.from=clinic.example"
        for headers in ({"List_Id": "<x.example>"}, {"Return_Path": "<>"}, {"Authentication_Results": failed}):
            house.comes(ANA, "More.", "Re: [ON-1] Client", **headers)
            letters = house.sent()
            assert kinds(letters) == [("notice", SAM)]
            assert f"It was not forwarded to {DIST}" in words(letters[0])
        house.comes(ANA, "I am away.", "Re: [ON-1] Client", Auto_Submitted="auto-replied")
        assert house.sent() == []

    def test_two_machines_that_answer_each_other_through_us_come_to_an_end(self, house: House) -> None:
        house.forwarded()
        for number in range(15):
            house.comes(ANA, f"Thank you for your mail {number}.", "Re: [ON-1] Client")
        letters = house.sent()
        assert kinds(letters).count(("forward", DIST)) == 9
        assert "as much of this ticket was forwarded this hour as may be" in words(letters[-1])
        for hour in range(1, 4):
            house.now += timedelta(minutes=61)
            for number in range(11):
                house.comes(ANA, f"Thank you for your mail {hour} {number}.", "Re: [ON-1] Client")
        letters = house.sent()
        assert kinds(letters).count(("forward", DIST)) == 20
        assert "as much of this ticket was forwarded today as may be" in words(letters[-1])

    def test_nothing_is_passed_on_once_the_ticket_is_ours_again(self, house: House) -> None:
        house.forwarded()
        with house.database.transaction() as tx:
            tickets.set_status(tx, house.ticket().ticket_id, "open")
        house.comes(ANA, "It is Windows 11.", "Re: [ON-1] Client")
        assert kinds(house.sent()) == [("notice", SAM)]


def test_what_was_decided_under_a_laxer_reading_of_addresses_fails_no_later_mail(house: House) -> None:
    house.forwarded()
    ticket = house.ticket()
    with house.database.transaction() as tx:
        older = replace(ticket.decision, forward_to="a%b@dist.example")
        tickets.redecide(tx, ticket.ticket_id, older, ticket.status)
    house.comes(ANA, "It is Windows 11.", "Re: [ON-1] Client")
    (notice,) = house.sent()
    assert "It was not forwarded to a%b@dist.example" in words(notice)


def test_a_forward_that_bounces_is_told_to_staff(house: House) -> None:
    forward = house.forwarded()
    bounce = (
        f"Return-Path: <>\r\nFrom: MAILER-DAEMON@x.example\r\nTo: {SUPPORT}\r\nSubject: Undelivered\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x.example\r\n\r\n"
        f"Final-Recipient: rfc822; {DIST}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {forward.message_id}\r\n\r\n--b--\r\n"
    ).encode()
    assert house.comes_raw(bounce).end is End.IGNORED
    (notice,) = house.sent()
    assert f"What was forwarded to {DIST} came back." in words(notice)
    assert house.comes(ANA, "It is Windows 11.", "Re: [ON-1] Client").end is End.FOLLOW_UP
    assert f"It was not forwarded to {DIST}: letters to {DIST} come back." in words(house.sent()[0])
    assert house.comes(ANA, LEVEL_0 + "again", "Another").end is End.TICKET
    assert "not_forwarded" in house.ticket("ON-2").decision.flags
    assert [kind for kind, _ in kinds(house.sent())] == ["acknowledgement", "notice"]
    assert house.comes_raw(bounce.replace(forward.message_id.encode(), b"<else@where>")).end is End.IGNORED
    assert house.sent() == []


@pytest.mark.leaks  # the robots say the same words, and are on one ticket
def test_a_robot_of_the_customers_and_one_of_the_distributors_come_to_an_end(house: House) -> None:
    """Neither says that it is one, and both answer everything."""
    house.comes(ANA)
    outside = []
    for number in range(20):
        new = [one for one in house.sent() if one.recipients[0] in (ANA, DIST)]
        outside += kinds(new)
        for letter in new:
            house.now += timedelta(seconds=7)
            house.replies(letter, letter.recipients[0], f"We have your mail and look into it, number {number}.")
        if not new:
            break
    assert outside == [("routed", ANA), ("forward", DIST), ("forward", DIST)]
