"""A ticket that waits for its customer: the reminder, the closing, and what a hold puts off."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from intake import conduct
from intake.watch import sweep
from rules.facts import Contact, End
from storage import clocks, holds, pauses, tables, tickets
from tests.intake.distribution import ANA, SAM, House, contract, house_in, kinds, words

SLOW = "Hello,\n\nsome of the reports are slow since today. We can live with it for now.\n\nAna\n"
DAY = timedelta(days=1)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """With a ticket that waits for Ana since now."""
    with house_in(tmp_path, "irex") as made:
        ours = contract(policy="irex", plan="standard", distributor="", support_partner="")
        made.admit(ours, Contact(ANA, "Ana Ruiz", "O-1"))
        made.comes(ANA, SLOW, "Reports")
        wait(made)
        swept(made)
        yield made


def wait(house: House) -> None:
    with house.database.transaction() as tx:
        ticket = tickets.by_reference(tx, "ON-1")
        assert ticket is not None
        conduct.answered(tx, ticket, house.now, SAM)


def swept(house: House, after: timedelta = timedelta(0)) -> list[tuple[str, str]]:
    """What goes out when the daemon looks `after` that time."""
    leave(house)
    house.now += after
    sweep(house.database, {"support": house.desk}, house.now)
    return kinds(house.sent())


def leave(house: House) -> None:
    """What was written goes out at once."""
    waiting = tables.outbox.c.state.in_(["waiting", "claimed"])
    with house.database.transaction() as tx:
        tx.execute(sa.update(tables.outbox).where(waiting).values(state="sent", sent_at=tables.outbox.c.created_at))


def test_the_customer_is_reminded_after_three_days_and_told_of_the_closing_after_ten(house: House) -> None:
    assert swept(house, 3 * DAY - timedelta(minutes=1)) == []
    sweep(house.database, {"support": house.desk}, house.now + timedelta(minutes=1))
    (letter,) = house.sent()
    assert kinds([letter]) == [("waiting", ANA)]
    assert "has been waiting for your answer since" in words(letter)
    assert "we close the ticket on Mon 23 March 2026" in words(letter)
    assert swept(house, 6 * DAY) == []
    house.now += DAY + timedelta(minutes=1)
    sweep(house.database, {"support": house.desk}, house.now)
    letter, notice = sorted(house.sent(), key=lambda one: one.recipients[0])
    assert (kinds([letter]), kinds([notice])) == ([("waiting", ANA)], [("notice", SAM)])
    assert "We have closed ticket ON-1" in words(letter)
    assert "Closed after waiting" in notice.subject
    assert house.ticket().status == "closed"
    assert swept(house, 30 * DAY) == []


def test_a_ticket_is_not_closed_before_its_reminder_has_left_for_a_day(house: House) -> None:
    assert swept(house, 4 * DAY) == [("waiting", ANA)]
    house.now += 10 * DAY
    sweep(house.database, {"support": house.desk}, house.now)
    assert house.ticket().status == "waiting", "the mail server was away, and nobody was reminded"
    with house.database.transaction() as tx:
        tx.execute(sa.update(tables.outbox).values(state="sent", sent_at=house.now))
    assert swept(house, DAY - timedelta(minutes=1)) == []
    swept(house, timedelta(minutes=2))
    assert house.ticket().status == "closed"


def test_a_reply_after_that_opens_it_again(house: House) -> None:
    swept(house, 4 * DAY)
    swept(house, 7 * DAY)
    assert house.ticket().status == "closed"
    house.now += DAY
    assert house.comes(ANA, "Here is the log you asked for.\n", "Re: [ON-1] Reports").end is End.FOLLOW_UP
    assert house.ticket().status == "open"


def test_an_answer_ends_the_wait_and_a_new_one_is_counted_anew(house: House) -> None:
    house.now += 2 * DAY
    house.comes(ANA, "Here is the log you asked for.\n", "Re: [ON-1] Reports")
    swept(house)
    assert ("waiting", ANA) not in swept(house, 2 * DAY)
    wait(house)
    assert ("waiting", ANA) not in swept(house, 2 * DAY)
    assert ("waiting", ANA) in swept(house, DAY)


def test_after_a_long_stop_the_customer_is_reminded_a_day_before_it_is_closed(house: House) -> None:
    assert swept(house, 20 * DAY) == [("waiting", ANA)]
    assert house.ticket().status == "waiting"
    assert swept(house, DAY - timedelta(minutes=1)) == []
    assert ("waiting", ANA) in swept(house, timedelta(minutes=1))
    assert house.ticket().status == "closed"


@pytest.mark.parametrize(("remind", "close", "told"), [(0, 10, 10), (3, 0, 3), (0, 0, None)])
def test_the_policy_says_after_how_many_days(house: House, remind: int, close: int, told: int | None) -> None:
    budgets = house.desk.policy.budgets.model_copy(update={"remind_customer_days": remind, "close_waiting_days": close})
    house.desk = replace(house.desk, policy=house.desk.policy.model_copy(update={"budgets": budgets}))
    days = [day for day in range(1, 15) if ("waiting", ANA) in swept(house, DAY)]
    assert days == ([told] if told else [])
    assert house.ticket().status == ("closed" if close else "waiting")


def test_where_the_mailbox_only_observes_nothing_is_closed(house: House) -> None:
    observing = house.desk.mailbox.model_copy(update={"mode": "observe"})
    house.desk = replace(house.desk, mailbox=observing)
    assert swept(house, 4 * DAY) == swept(house, 8 * DAY) == []
    assert house.ticket().status == "waiting"


def test_what_is_held_back_waits_and_comes_back_with_a_notice(house: House) -> None:
    with house.database.transaction() as tx:
        holds.begin(tx, house.ticket().ticket_id, house.now + 5 * DAY, SAM)
    assert swept(house, 4 * DAY) == []
    assert sorted(swept(house, DAY)) == [("notice", SAM), ("waiting", ANA)]
    assert swept(house) == []
    assert "hold_over" in [event.kind for event in house.events()]


def test_a_reminder_of_what_is_held_back_is_given_when_the_hold_is_over(house: House) -> None:
    with house.database.transaction() as tx:
        ticket_id = house.ticket().ticket_id
        clocks.set_alarm(tx, ticket_id, "support", house.now + timedelta(hours=1), None, "resolved")
        holds.begin(tx, ticket_id, house.now + 2 * DAY, SAM)
    assert swept(house, DAY) == []
    swept(house, DAY)
    assert [event.kind for event in house.events()][-4:].count("reminder") == 1


def test_a_closed_ticket_is_no_wait_though_its_clocks_stand_still(house: House) -> None:
    with house.database.transaction() as tx:
        ticket = tickets.by_reference(tx, "ON-1")
        assert ticket is not None
        conduct.close(tx, ticket, "sam", house.now)
        assert pauses.of_ticket(tx, ticket.ticket_id)[-1].ended_at is None
    assert swept(house, 4 * DAY) == []
