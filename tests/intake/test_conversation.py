"""A ticket as a person reads it: who wrote what and what was done about it, in order."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from intake import conversation
from intake.orders import carry_out
from intake.settings import StaffMember
from rules.commands import read
from rules.facts import Contact
from storage import answers, tickets
from storage.answers import NewAnswer
from tests.intake.distribution import ANA, SAM, House, contract, house_in
from tests.storage.samples import HOUR

PERSON = StaffMember(name="Sam Field", email=SAM, queues=("support",))
SLOW = "Hello,\n\nsome of the reports are slow since today. We can live with it for now.\n\nAna\n"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path, "irex") as made:
        made.admit(contract(policy="irex", plan="standard", distributor=""), Contact(ANA, "Ana Ruiz", "O-1"))
        made.comes(ANA, SLOW, "Reports")
        yield made


def told(house: House) -> list[str]:
    """Each thing as its head and its text."""
    with house.database.snapshot() as tx:
        said = conversation.of_ticket(tx, house.ticket())
    assert said == sorted(said, key=lambda one: one.at)
    return [" / ".join([one.what, *one.lines]) for one in said]


def say(house: House, text: str) -> None:
    with house.database.transaction() as tx:
        ticket = tickets.by_reference(tx, "ON-1")
        carry_out(tx, house.desk, ticket, PERSON, read(text), house.now)


def test_the_customers_words_stand_before_what_was_done_about_them(house: House) -> None:
    first, *rest = told(house)
    assert first.startswith(f"{ANA} wrote: Reports / Hello, /  / some of the reports are slow")
    assert any(one.startswith("decided") for one in rest)
    assert any(one.startswith(f"acknowledgement to {ANA}: waiting (`intake outbox show ") for one in rest)
    assert f"told {SAM}" in rest


def test_of_a_reply_only_what_is_new_is_shown(house: House) -> None:
    house.now += HOUR
    house.comes(ANA, "Here it is.\n\nOn Friday Example Support wrote:\n> our old words\n", "Re: [ON-1] Reports")
    (reply,) = [one for one in told(house) if one.startswith(f"{ANA} wrote: Re:")]
    assert "Here it is." in reply
    assert "our old words" not in reply


def test_notes_drafts_and_answers_are_told_with_their_text(house: House) -> None:
    house.now += HOUR
    say(house, "#note\n\nThey pay late.")
    by = NewAnswer(house.ticket().ticket_id, None, SAM, "The cache was full.", message_id="<1@maker.example>")
    with house.database.transaction() as tx:
        answers.keep(tx, by, house.now + timedelta(minutes=1))
        answers.keep(tx, replace(by, text="Too early", message_id=None, why="No notice."), house.now + HOUR)
    shown = told(house)
    assert f"note of {SAM} / They pay late." in shown
    assert f"{SAM} answers, on its way / The cache was full." in shown
    assert f"draft of {SAM}, not sent: No notice. / Too early" in shown


def test_what_happened_says_by_whom_and_its_detail(house: House) -> None:
    house.now += HOUR
    say(house, "#hold 2d\n#close")
    with house.database.snapshot() as tx:
        said = {one.what: dict(one.detail) for one in conversation.of_ticket(tx, house.ticket())}
    assert f"closed by {SAM}" in said
    assert said[f"held back by {SAM}"] == {"until": (house.now + timedelta(days=2)).isoformat()}


def test_a_long_text_is_cut_and_says_so(house: House) -> None:
    house.now += HOUR
    say(house, "#note\n\n" + "\n".join(["line"] * 500))
    with house.database.snapshot() as tx:
        (note,) = [one for one in conversation.of_ticket(tx, house.ticket()) if one.what.startswith("note")]
    assert (len(note.lines), note.more) == (conversation.MOST_LINES, 300)
