"""Which ticket a mail ends on: of several it points at, of those closed lately, and of those closed long ago."""

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest

from intake import conduct
from rules.facts import Contact, End
from storage import directory, links, tickets
from storage.links import Link
from storage.outbox import Claimed
from tests.intake.distribution import ANA, BEN, House, contract, house_in, kinds, words

OTHERS = "cy@other.example"
TEXT = "Hello,\n\nthe server reports an error when we export a report.\n\nAna\n"
REPLY = "It is back again, sadly."


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_in(tmp_path, "irex") as made:
        ours = contract(policy="irex", plan="standard", distributor="", support_partner="")
        theirs = contract(contract="O-2", policy="irex", plan="standard", distributor="", support_partner="")
        people = (Contact(ANA, "Ana", "O-1"), Contact(BEN, "Ben", "O-1"), Contact(OTHERS, "Cy", "O-2"))
        with made.database.transaction() as tx:
            directory.replace(tx, [ours, theirs], people)
        yield made


def opened(house: House, sender: str = ANA, subject: str = "Export") -> Claimed:
    """A new ticket; the letter that acknowledges it."""
    house.comes(sender, TEXT, subject)
    return next(one for one in house.sent() if one.kind == "acknowledgement")


def close(house: House, reference: str = "ON-1") -> None:
    with house.database.transaction() as tx:
        ticket = tickets.by_reference(tx, reference)
        assert ticket is not None
        conduct.close(tx, ticket, "sam", house.now)


def answers(house: House, *letters: Claimed, subject: str = "Re: Export", sender: str = ANA) -> tuple[End | None, str]:
    ids = " ".join(one.message_id for one in letters)
    named = {"In_Reply_To": letters[-1].message_id, "References": ids} if letters else {}
    ended = house.comes(sender, REPLY, subject, **named)
    return ended.end, ended.reference or ""


def test_a_reply_within_the_time_opens_the_ticket_again(house: House) -> None:
    letter = opened(house)
    close(house)
    house.now += timedelta(days=14)
    assert answers(house, letter) == (End.FOLLOW_UP, "ON-1")
    assert house.ticket().status == "open"


@pytest.mark.parametrize("by_id", [True, False])
def test_a_later_one_opens_a_ticket_that_is_linked_to_it_for_everybody_to_see(house: House, by_id: bool) -> None:
    letter = opened(house)
    close(house)
    house.now += timedelta(days=14, seconds=1)
    pointer = [letter] if by_id else []
    assert answers(house, *pointer, subject="Re: [ON-1] Export") == (End.TICKET, "ON-2")
    assert house.ticket("ON-1").status == "closed"
    with house.database.snapshot() as tx:
        assert links.of_ticket(tx, 2) == [Link("ON-1", links.CONTINUES, earlier=True, linked_at=house.now)]
    acknowledgement, notice = house.sent()
    thread = message_from_bytes(acknowledgement.raw)["References"].split()
    assert letter.message_id in thread[:-1]
    assert thread.count(letter.message_id) == 1
    assert thread[-1] == message_from_bytes(acknowledgement.raw)["In-Reply-To"]
    assert "It goes on with ON-1, which was closed on 2026-03-13." in words(notice)
    assert house.events("ON-1")[-1].detail == {"in": "ON-2"}


def test_what_is_answered_in_the_old_thread_afterwards_belongs_to_the_new_ticket(house: House) -> None:
    old = opened(house)
    close(house)
    house.now += timedelta(days=20)
    assert answers(house, old) == (End.TICKET, "ON-2")
    new = next(one for one in house.sent() if one.kind == "acknowledgement")
    assert answers(house, old) == (End.FOLLOW_UP, "ON-2")
    assert answers(house, old, new) == (End.FOLLOW_UP, "ON-2")
    assert answers(house, subject="Re: [ON-1] Export") == (End.FOLLOW_UP, "ON-2")
    close(house, "ON-2")
    house.now += timedelta(days=20)
    assert answers(house, old, new) == (End.TICKET, "ON-3")
    with house.database.snapshot() as tx:
        assert [one.reference for one in links.of_ticket(tx, 3)] == ["ON-2"]


def test_of_several_tickets_the_nearest_that_the_sender_is_on_takes_the_mail(house: House) -> None:
    first, second, foreign = opened(house), opened(house, BEN, "Import"), opened(house, OTHERS, "Print")
    assert answers(house, first, second) == (End.FOLLOW_UP, "ON-2")
    assert answers(house, second, first) == (End.FOLLOW_UP, "ON-1")
    assert answers(house, second, first, foreign) == (End.FOLLOW_UP, "ON-1")
    assert answers(house, first, subject="Re: [ON-2] Import") == (End.FOLLOW_UP, "ON-1")
    assert answers(house, foreign, subject="Re: [ON-2] Import") == (End.FOLLOW_UP, "ON-2")


def test_an_open_ticket_is_nearer_than_one_that_was_closed_long_ago(house: House) -> None:
    first = opened(house)
    close(house)
    house.now += timedelta(days=20)
    second = opened(house, subject="Import")
    assert answers(house, second, first) == (End.FOLLOW_UP, "ON-2")


@pytest.mark.parametrize("by_id", [True, False])
def test_who_is_not_on_the_ticket_opens_his_own_and_staff_are_pointed_to_both(house: House, by_id: bool) -> None:
    letter = opened(house)
    pointer = [letter] if by_id else []
    assert answers(house, *pointer, subject="Re: [ON-1] Export", sender=OTHERS) == (End.TICKET, "ON-2")
    acknowledgement, notice = house.sent()
    assert kinds([acknowledgement]) == [("acknowledgement", OTHERS)]
    assert f"It names ON-1, but {OTHERS} is not on that ticket." in words(notice)
    named = house.events("ON-1")[-1]
    assert (named.kind, named.detail) == ("named", {"by": OTHERS, "in": "ON-2"})
    with house.database.snapshot() as tx:
        assert links.of_ticket(tx, 2) == []


def test_a_crowd_that_names_a_ticket_fills_no_log(house: House) -> None:
    opened(house)
    for number in range(15):
        house.comes(f"x{number}@nowhere.example", REPLY, "Re: [ON-1]")
    assert [event.kind for event in house.events()].count("named") == 10


def test_a_subject_full_of_tags_asks_for_a_few_tickets_only(house: House) -> None:
    opened(house)
    tags = "".join(f"[ON-{number}]" for number in range(2, 2_000))
    assert answers(house, subject=f"Re: {tags} [ON-1]") == (End.TICKET, "ON-2")
    assert answers(house, subject=f"Re: [ON-1] {tags}") == (End.FOLLOW_UP, "ON-1")
