"""What a customer's reply does: thanks open nothing, words may raise a severity and never lower it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from intake import conduct
from rules.facts import Contact, End
from storage import clocks, tickets
from tests.intake.distribution import ANA, BEN, SAM, House, contract, desk_of, house_in, kinds, words
from tests.storage.samples import HOUR

SLOW = "Hello,\n\nsome of the reports are slow since today. We can live with it for now.\n\nAna\n"
DOWN = "Hello,\n\nnow our production server is completely down and nobody can log in.\n\nAna\n"
STRANGER = "mo@nowhere.example"
THANKS = ["Thanks, solved!\n", "Merci beaucoup, le problème est résolu.\n", "Vielen Dank, es funktioniert jetzt.\n"]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path, "irex") as made:
        ours = contract(policy="irex", plan="standard", distributor="", support_partner="")
        made.admit(ours, Contact(ANA, "Ana Ruiz", "O-1"), Contact(BEN, "Ben Okoro", "O-1"))
        made.comes(ANA, SLOW, "Reports")
        made.sent()
        yield made


def to_status(house: House, status: str) -> None:
    with house.database.transaction() as tx:
        ticket = tickets.by_reference(tx, "ON-1")
        assert ticket is not None
        if status != "open":
            conduct.answered(tx, ticket, house.now, SAM)
        if status == "closed":
            again = tickets.by_id(tx, ticket.ticket_id)
            assert again is not None
            conduct.close(tx, again, SAM, house.now)
    house.sent()
    house.now += HOUR


def running(house: House) -> int:
    with house.database.snapshot() as tx:
        known = clocks.of_ticket(tx, house.ticket().ticket_id)
    return sum(one.stopped_at is None and one.paused_at is None for one in known)


@pytest.mark.parametrize("thanks", THANKS)
@pytest.mark.parametrize("status", ["waiting", "closed"])
def test_thanks_open_nothing_and_start_no_clock(house: House, status: str, thanks: str) -> None:
    to_status(house, status)
    before = running(house)
    assert house.comes(ANA, thanks, "Re: [ON-1] Reports").end is End.FOLLOW_UP
    assert house.ticket().status == status
    assert running(house) == before
    notice = next(one for one in house.sent() if one.kind == "notice")
    assert f"It says thanks and nothing else, so ON-1 stays {status}" in words(notice)


def test_thanks_for_a_closed_ticket_are_answered_once_with_the_way_back(house: House) -> None:
    to_status(house, "closed")
    house.comes(ANA, "Thanks!\n", "Re: [ON-1] Reports")
    letter = next(one for one in house.sent() if one.kind == "waiting")
    assert letter.recipients == (ANA,)
    assert "is closed and stays so" in words(letter)
    assert "reply to this letter by Fri 27 March 2026" in words(letter)
    house.comes(ANA, "Thanks again, it works.\n", "Re: [ON-1] Reports")
    assert [kind for kind, _ in kinds(house.sent())] == ["notice"]


def test_thanks_that_say_more_open_it_again(house: House) -> None:
    to_status(house, "closed")
    house.comes(ANA, "Thanks, but the report shows the wrong month.\n", "Re: [ON-1] Reports")
    assert house.ticket().status == "open"


def test_a_reply_raises_the_severity_by_its_words_and_everybody_hears(house: House) -> None:
    before = house.ticket().severity
    assert before is not None
    house.comes(ANA, DOWN, "Re: [ON-1] Reports")
    after = house.ticket()
    assert after.severity is not None
    assert after.severity < before
    assert any("down" in one.phrase for one in after.decision.severity_why)
    sent = house.sent()
    letter = next(one for one in sent if one.kind == "promise")
    assert letter.recipients == (ANA,)
    follow_up = next(one for one in sent if one.kind == "notice" and "ollow-up" in one.subject)
    assert f"it is severity {after.severity} now, and was {before}." in words(follow_up)
    (event,) = [one for one in house.events() if one.kind == "severity_raised"]
    assert (event.actor, event.detail["from"], event.detail["to"]) == (ANA, before, after.severity)


@pytest.mark.parametrize(
    "text",
    [
        "Thanks, all our users are happy.",
        "Nobody called me back yesterday. Please call us today.",
        "URGENT: please call me back immediately, nobody answers my mails!",
        "Your answer did not help us at all.",
        "Everyone is on holiday, I'll test it next week.",
        "The whole team says thank you, and every user likes the new version.",
        "We stopped the old server last week, as you told us.",
        "The export is a little slow today, all our users are happy otherwise.",
    ],
)
def test_words_that_tell_of_no_outage_page_nobody_and_a_person_hears_what_they_may_mean(
    house: House, text: str
) -> None:
    before = house.ticket().severity
    house.comes(ANA, f"Hello,\n\n{text}\n\nAna\n", "Re: [ON-1] Reports")
    assert house.ticket().severity == before
    assert [kind for kind, _ in kinds(house.sent())] == ["notice"]


def test_a_person_hears_what_a_reply_leans_to(house: House) -> None:
    severity = house.desk.policy.severity.model_copy(update={"raising": {"effect": ("lost",)}})
    house.desk = replace(house.desk, policy=house.desk.policy.model_copy(update={"severity": severity}))
    house.comes(ANA, DOWN, "Re: [ON-1] Reports")
    (notice,) = house.sent()
    assert "lean to severity 1, but tell of no fault, so ON-1 keeps" in words(notice)


@pytest.mark.parametrize(
    "text", ["Severity: 1\n", "Nobody can log in any more.\n", "It is getting worse by the hour.\n"]
)
def test_few_words_of_a_fault_or_a_severity_itself_raise_it(house: House, text: str) -> None:
    before = house.ticket()
    with house.database.transaction() as tx:
        conduct.set_severity(tx, house.desk, before, 4, SAM, house.now)
    house.comes(ANA, text, "Re: [ON-1] Reports")
    assert house.ticket().severity in (1, 2)


def test_a_reply_never_lowers_the_severity_and_staff_hear_what_it_says(house: House) -> None:
    house.comes(ANA, DOWN, "Re: [ON-1] Reports")
    urgent = house.ticket().severity
    house.sent()
    house.comes(ANA, "Severity: 4\n\nWe found a way round.\n", "Re: [ON-1] Reports")
    assert house.ticket().severity == urgent
    (notice,) = house.sent()
    assert f"It says severity 4; ON-1 keeps {urgent} until you change it." in words(notice)


def test_a_mail_that_fails_at_the_mail_server_raises_nothing_and_puts_nobody_on_the_ticket(house: House) -> None:
    house.desk = desk_of("irex", authserv_id="mx.maker.example")
    before = house.ticket().severity
    failed = "mx.maker.example; dmarc=fail header.from=clinic.example; spf=fail smtp.mailfrom=ana@clinic.example"
    house.comes(ANA, DOWN, "Re: [ON-1] Reports", Authentication_Results=failed, Cc=BEN)
    assert house.ticket().severity == before
    notice = next(one for one in house.sent() if one.kind == "notice")
    assert f"so ON-1 keeps {before}." in words(notice)
    assert "joined" not in [event.kind for event in house.events()]


def test_the_words_of_an_old_subject_raise_nothing(house: House) -> None:
    before = house.ticket().severity
    house.comes(ANA, "Here is the log.\n", "Re: [ON-1] Our production server is completely down")
    assert house.ticket().severity == before


def test_a_reply_to_what_was_declined_reaches_a_person_and_is_not_declined_again(house: House) -> None:
    declined = house.comes(STRANGER, DOWN, "Help")
    assert declined.end is End.DECLINED
    assert declined.reference == "ON-2"
    house.sent()
    assert house.comes(STRANGER, "I am a customer of yours!\n", "Re: [ON-2] Help").end is End.FOLLOW_UP
    (notice,) = house.sent()
    assert kinds([notice]) == [("notice", SAM)]
    assert "ON-2 was declined" in words(notice)
    assert house.ticket("ON-2").status == "declined"


def test_a_customers_command_is_text_like_any_other(house: House) -> None:
    """`#close` is for staff; from a customer it moves nothing and is shown to staff as it stands."""
    before = house.ticket()
    assert house.comes(ANA, "#close\n#assign kim\n\n", "Re: [ON-1] Reports").end is End.FOLLOW_UP
    after = house.ticket()
    assert (after.status, after.severity, after.queue) == (before.status, before.severity, before.queue)
    assert "#close" in words(next(one for one in house.sent() if one.kind == "notice"))
