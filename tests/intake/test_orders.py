"""Staff's commands, on a real store: what each does, and that of several all are done or none."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from intake.order_values import Transcript
from intake.orders import ORDERS, carry_out
from intake.settings import StaffMember
from rules.commands import Word, read
from rules.facts import Contact, End
from storage import assignments, bookings, holds, mergers, silences, tickets
from tests.intake.distribution import ANA, BEN, House, contract, house_in, kinds, words
from tests.storage.samples import HOUR

SAM = StaffMember(name="Sam Field", email="Sam@maker.example", queues=("support",))
KIM = StaffMember(name="Kim Senn", email="kim@maker.example", queues=("senior",))
KIT = StaffMember(name="Kit Lane", email="kit@maker.example", queues=("support", "senior"))
OURS = contract(policy="irex", plan="standard", distributor="", support_partner="", expert_hours=Decimal(10))
OTHERS = replace(OURS, contract="O-2", organization="Laboratory")
DOWN = "Hello,\n\nour production server is completely down and nobody can log in. No workaround.\n\nAna\n"
SLOW = "Hello,\n\nsome of the reports are slow since today. We can live with it for now.\n\nAna\n"
STRANGER = "mo@nowhere.example"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path, "irex") as made:
        made.desk = replace(made.desk, staff=(SAM, KIM, KIT))
        admit(made)
        yield made


def admit(house: House) -> None:
    from storage import directory

    people = [Contact(ANA, "Ana Ruiz", "O-1"), Contact(BEN, "Ben Okoro", "O-1"), Contact("lab@lab.example", "L", "O-2")]
    with house.database.transaction() as tx:
        directory.replace(tx, [OURS, OTHERS], people)


def say(house: House, text: str, reference: str | None = "ON-1", person: StaffMember = SAM) -> Transcript:
    with house.database.transaction() as tx:
        ticket = tickets.by_reference(tx, reference) if reference else None
        return carry_out(tx, house.desk, ticket, person, read(text), house.now)


def opened(house: House, text: str = DOWN, subject: str = "Server") -> str:
    reference = house.comes(ANA, text, subject).reference
    assert reference is not None
    house.sent()
    return reference


def whys(transcript: Transcript) -> list[str]:
    return [line.why for line in transcript.lines]


def test_every_word_but_those_that_only_ask_is_carried_out() -> None:
    assert set(Word) - set(ORDERS) == {Word.TICKET, Word.NEW, Word.LIST, Word.HELP}


def test_text_alone_goes_to_the_customer(house: House) -> None:
    opened(house)
    told = say(house, "Dear Ana,\nit is up again.")
    assert (told.done, told.answers, told.lines) == (True, True, ())


def test_a_note_is_kept_and_nothing_goes_out(house: House) -> None:
    opened(house)
    told = say(house, "#note see the wiki\n\nThey pay late.")
    assert told.done
    assert not told.answers
    assert [event.detail["text"] for event in house.events() if event.kind == "note"] == [
        "see the wiki",
        "They pay late.",
    ]
    assert house.sent() == []
    assert not say(house, "#note").done


def test_close_wait_and_reopen_change_the_status_and_let_the_text_go(house: House) -> None:
    opened(house)
    assert say(house, "#wait\n\nPlease send the log.").answers
    assert house.ticket().status == "waiting"
    assert say(house, "#reopen").done
    assert house.ticket().status == "open"
    told = say(house, "#close\nSolved.")
    assert (told.answers, whys(told)) == (True, ["ON-1 is closed."])
    assert house.ticket().status == "closed"


def test_a_severity_says_what_is_promised_now(house: House) -> None:
    opened(house)
    told = say(house, "#severity 2")
    assert told.done
    assert house.ticket().severity == 2
    assert "ON-1 has severity 2 now. First answer: " in whys(told)[0]
    assert f"Told: {ANA}." in whys(told)[0]


def test_of_several_commands_all_are_done_in_their_order(house: House) -> None:
    opened(house)
    told = say(house, "#severity 3\n#take\n#spend 1.5h call\n#close\n\nDone.")
    assert (told.done, told.answers, len(told.lines)) == (True, True, 4)
    assert (house.ticket().severity, house.ticket().status) == (3, "closed")


@pytest.mark.parametrize(
    ("last", "why"),
    [
        ("#severity 9", "irex knows no severity 9; give one of 1, 2, 3, 4."),
        ("#wait", "stands there twice"),
        ("#assign nobody", "there is nobody called nobody on staff"),
        ("#queue nowhere", "there is no queue nowhere"),
        ("#accept", "so it cannot be accepted"),
        ("#decline no", "so it cannot be declined"),
        ("#spend 100h", "has 10 left of 10 prepaid hours, not 100"),
        ("#merge ON-9", "there is no ticket ON-9 here"),
        ("#merge ON-1", "cannot be put into itself"),
        ("#split", "no further mail of its customer"),
        ("#spam", "is a contact of O-1; #close it instead"),
        ("#language xx", "there are no letters in xx"),
        ("#ticket ON-9", "there is no ticket ON-9 here"),
    ],
)
def test_one_that_is_impossible_undoes_those_before_it(house: House, last: str, why: str) -> None:
    """The ticket, its clocks, the outbox and the log stand as before, but for the event that says so."""
    opened(house)
    before, events = house.ticket(), house.events()
    told = say(house, f"#wait\n#take\n#hold 2d\n{last}\n\nDear Ana")
    assert (told.done, told.answers) == (False, False)
    assert why.lower() in whys(told)[-1].lower()
    assert house.ticket() == before
    assert house.sent() == []
    assert [event.kind for event in house.events()[len(events) :]] == ["commands_refused"]
    with house.database.snapshot() as tx:
        assert assignments.person_of(tx, before.ticket_id) is None
        assert holds.until(tx, before.ticket_id) is None


def test_a_line_that_looks_like_a_command_undoes_everything(house: House) -> None:
    opened(house)
    told = say(house, "#close\n#nte he is rude\n\nDear Ana")
    assert (told.done, told.answers) == (False, False)
    assert [(line.said, line.instead) for line in told.lines] == [("#nte he is rude", "#note he is rude")]
    assert house.ticket().status == "open"


def test_an_assigned_ticket_is_told_to_its_holder_alone(house: House) -> None:
    opened(house)
    assert whys(say(house, "#assign kim")) == ["ON-1 is Kim Senn's now."]
    assert kinds(house.sent()) == [("notice", KIM.email)]
    house.comes(ANA, "Here is the log.\n", "Re: [ON-1] Server")
    assert kinds(house.sent()) == [("notice", KIM.email)]


def test_out_of_the_holders_hours_the_queue_is_told(house: House) -> None:
    opened(house)
    never = KIM.model_copy(update={"hours": ("Sun 03:00-03:01",), "timezone": "UTC"})
    house.desk = replace(house.desk, staff=(SAM, never, KIT))
    say(house, "#assign kim@maker.example")
    house.sent()
    house.comes(ANA, "Here is the log.\n", "Re: [ON-1] Server")
    assert {to for _, to in kinds(house.sent())} == {SAM.email, KIT.email}


def test_a_name_that_may_be_two_is_asked_about(house: House) -> None:
    opened(house)
    assert "may be Kim Senn" in whys(say(house, "#assign ki"))[0]
    assert say(house, "#assign Lane").done
    assert "Kit Lane's already" in whys(say(house, "#take", person=KIT))[0]


def test_another_queue_hears_of_it_and_has_it(house: House) -> None:
    opened(house)
    say(house, "#take")
    house.sent()
    assert say(house, "#queue senior").done
    assert {to for _, to in kinds(house.sent())} == {KIM.email, KIT.email}
    assert house.ticket().queue == "senior"
    house.comes(ANA, "Here is the log.\n", "Re: [ON-1] Server")
    assert {to for _, to in kinds(house.sent())} == {KIM.email, KIT.email}


def test_a_hold_is_kept_with_its_end(house: House) -> None:
    opened(house)
    assert "until" in whys(say(house, "#hold 2d"))[0]
    with house.database.snapshot() as tx:
        assert holds.until(tx, house.ticket().ticket_id) == house.now + timedelta(days=2)


def test_hours_are_booked_and_the_rest_is_said(house: House) -> None:
    opened(house)
    assert whys(say(house, "#spend 1.5h call with Ana"))[0].startswith("1.5 of expert hours booked, 8.5 left.")
    with house.database.snapshot() as tx:
        (booked,) = bookings.of_ticket(tx, house.ticket().ticket_id)
    assert (booked.amount, booked.note) == (Decimal("1.5"), "call with Ana")


def test_the_language_of_further_letters_changes(house: House) -> None:
    opened(house)
    assert say(house, "#language fr").done
    say(house, "#severity 3")
    letter = next(one for one in house.sent() if one.kind == "promise")
    assert "Bonjour" in words(letter)


def declined(house: House) -> str:
    """From somebody who is on no contract."""
    reference = house.comes(STRANGER, DOWN, "Help").reference
    assert reference is not None
    house.sent()
    return reference


def test_what_was_declined_is_accepted_with_a_severity(house: House) -> None:
    house.comes(
        ANA, "Bonjour,\n\nnotre serveur de production est complètement en panne depuis ce matin.\n\nAna\n", "Panne"
    )
    before = house.ticket()
    assert before.status in ("declined", "held")
    house.sent()
    told = say(house, "#accept 2\n\nHello Ana, we look at it.")
    assert told.done, whys(told)
    assert told.answers
    assert (house.ticket().status, house.ticket().severity) == ("open", 2)
    assert "acknowledgement" in {kind for kind, _ in kinds(house.sent())}


def test_what_is_escalated_is_told_to_those_who_hear_of_promises_at_risk(house: House) -> None:
    opened(house)
    warnings = house.desk.policy.warnings.model_copy(update={"to": ("senior",)})
    house.desk = replace(house.desk, policy=house.desk.policy.model_copy(update={"warnings": warnings}))
    assert whys(say(house, "#escalate")) == ["Told of ON-1: senior."]
    assert {to for _, to in kinds(house.sent())} == {SAM.email, KIM.email, KIT.email}


def test_a_merged_ticket_is_closed_and_its_mails_land_on_the_other(house: House) -> None:
    opened(house)
    opened(house, SLOW, "Reports")
    told = say(house, "#merge ON-2\n\nBoth are one thing.")
    assert (told.done, told.answers) == (True, True)
    assert told.ticket is not None
    assert told.ticket.reference == "ON-2"
    assert house.ticket("ON-1").status == "closed"
    ended = house.comes(ANA, "One more thing.\n", "Re: [ON-1] Server")
    assert (ended.end, ended.reference) == (End.FOLLOW_UP, "ON-2")
    assert house.ticket("ON-1").status == "closed"


def test_tickets_of_two_contracts_are_never_merged(house: House) -> None:
    opened(house)
    assert house.comes("lab@lab.example", SLOW, "Reports").reference == "ON-2"
    told = say(house, "#merge ON-2")
    assert not told.done
    assert "of another contract" in whys(told)[0]
    ended = house.comes("lab@lab.example", "One more thing.\n", "Re: [ON-1] Server")
    assert ended.reference == "ON-3"


def test_a_reply_to_a_merged_ticket_by_somebody_of_another_contract_is_a_request_of_its_own(house: House) -> None:
    opened(house)
    opened(house, SLOW, "Reports")
    assert say(house, "#merge ON-2").done
    ended = house.comes("lab@lab.example", SLOW, "Re: [ON-1] Server")
    assert (ended.end, ended.reference) == (End.TICKET, "ON-3")


def test_a_merged_ticket_that_is_reopened_goes_on_by_itself(house: House) -> None:
    opened(house)
    opened(house, SLOW, "Reports")
    assert say(house, "#merge ON-2").done
    assert say(house, "#reopen").done
    with house.database.snapshot() as tx:
        assert mergers.into(tx, house.ticket().ticket_id) is None
    assert house.comes(ANA, "One more thing.\n", "Re: [ON-1] Server").reference == "ON-1"


def test_the_customers_last_mail_becomes_a_ticket_of_its_own(house: House) -> None:
    opened(house)
    house.comes(ANA, SLOW, "Re: [ON-1] Server")
    house.sent()
    told = say(house, "#split\n\nThis is another matter.")
    assert told.done, whys(told)
    assert told.ticket is not None
    assert (told.ticket.reference, told.answers) == ("ON-2", True)
    assert house.ticket("ON-2").opened_at == house.now
    assert ("acknowledgement", ANA) in kinds(house.sent())
    assert not say(house, "#split").done


def test_spam_is_closed_and_its_address_written_to_no_more(house: House) -> None:
    reference = declined(house)
    told = say(house, "#spam\n\nBuy nothing.", reference)
    assert told.done, whys(told)
    assert not told.answers
    with house.database.snapshot() as tx:
        assert silences.is_silenced(tx, STRANGER, house.now)
        assert not silences.is_silenced(tx, STRANGER, house.now + timedelta(days=31))
    house.now += timedelta(days=8)  # else it would be no letter for having had one lately
    house.comes(STRANGER, DOWN, "More")
    assert STRANGER not in [to for _, to in kinds(house.sent())]


def test_a_named_ticket_is_the_one_that_is_meant(house: House) -> None:
    opened(house)
    opened(house, SLOW, "Reports")
    told = say(house, "#ticket ON-2\n#close\n\nSolved.", None)
    assert told.ticket is not None
    assert (told.done, told.answers, told.ticket.reference) == (True, True, "ON-2")
    assert (house.ticket("ON-1").status, house.ticket("ON-2").status) == ("open", "closed")
    assert not say(house, "#close", None).done


def test_my_open_tickets_are_listed_with_what_is_due(house: House) -> None:
    opened(house)
    house.now += HOUR
    opened(house, SLOW, "Reports")
    say(house, "#assign sam", "ON-2", KIM)
    told = say(house, "#list\n#help", None)
    assert (told.done, told.helps) == (True, True)
    assert [(one.reference, one.assigned) for one in told.mine] == [("ON-2", True), ("ON-1", False)]
    assert told.mine[1].due_at is not None
    assert say(house, "#list", None, KIM).mine == ()


@pytest.mark.parametrize("word", ["#close", "#wait", "#severity 1", "#take", "#queue support", "#language en"])
def test_what_is_so_already_stops_nothing(house: House, word: str) -> None:
    """The ticket stays as it is, and the text of the mail goes."""
    opened(house)
    say(house, f"{word}\n#note once") if word not in ("#severity 1", "#queue support", "#language en") else None
    before, events = house.ticket(), len(house.events())
    told = say(house, f"{word}\n\nHello Ana")
    assert (told.done, told.answers) == (True, True), whys(told)
    assert "already" in whys(told)[0]
    assert house.ticket() == before
    assert len(house.events()) == events


STAFF = "sam@maker.example"


def test_a_command_in_a_quote_or_a_signature_does_nothing_and_reaches_nobody(house: House) -> None:
    """Whole mails, as programs write them: the customer's own words are quoted, and a signature bears a command."""
    house.comes(ANA, f"#close\n\n{DOWN}", "Server")
    notice = next(one for one in house.sent() if one.recipients[0].lower() == STAFF)
    text = "Hello Ana,\n\nwe look at it.\n\n-- \nSam\n#spam\n\nOn Friday Example Support wrote:\n> #close\n> #spam\n"
    house.replies(notice, SAM.email, text)
    assert house.ticket().status in ("open", "waiting")
    answer = next(one for one in house.sent() if one.kind == "answer")
    assert answer.recipients == (ANA,)
    assert "we look at it." in words(answer)
    assert "#" not in words(answer)


def test_a_reply_that_closes_sends_its_text_and_no_line_of_the_command(house: House) -> None:
    house.comes(ANA, DOWN, "Server")
    notice = next(one for one in house.sent() if one.recipients[0].lower() == STAFF)
    house.replies(notice, SAM.email, "#close\n\nHello Ana,\n\nsolved.\n")
    sent = house.sent()
    assert house.ticket().status == "closed"
    assert {kind for kind, _ in kinds(sent)} == {"answer", "transcript"}
    assert "#close" not in words(next(one for one in sent if one.kind == "answer"))
