"""What a ticket may become."""

from dataclasses import replace

import pytest

from rules.facts import Outcome
from rules.lifecycle import CLOCKED, FIRST, NEXT, WITH_PARTY, Illegal, Status, after_customer, after_staff, first, move
from tests.rules.samples import decided

DECISION = decided("The server is down.")


@pytest.mark.parametrize("now", Status)
def test_a_status_goes_only_where_the_table_says(now: Status) -> None:
    for to in Status:
        if to in NEXT[now] or to is now:
            assert move(now, to) is to
        else:
            with pytest.raises(Illegal, match=f"{now} cannot become {to}"):
                move(now, to)


@pytest.mark.parametrize("now", Status)
def test_a_mail_of_staff_never_takes_an_illegal_step(now: Status) -> None:
    assert move(now, after_staff(now))


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.ROUTED])
@pytest.mark.parametrize("party", ["", *WITH_PARTY])
@pytest.mark.parametrize("now", Status)
def test_a_mail_of_a_customer_never_takes_an_illegal_step(now: Status, party: str, outcome: Outcome) -> None:
    assert move(now, after_customer(now, replace(DECISION, outcome=outcome, party=party)))


@pytest.mark.parametrize(
    ("outcome", "party", "status"),
    [
        *((outcome, "", status) for outcome, status in FIRST.items()),
        (Outcome.ROUTED, "distributor", Status.WITH_DISTRIBUTOR),
        (Outcome.ROUTED, "support_partner", Status.WITH_PARTNER),
    ],
)
def test_a_ticket_begins_with_whom_its_decision_sends_it_to(outcome: Outcome, party: str, status: Status) -> None:
    assert first(replace(DECISION, outcome=outcome, party=party)) is status


def test_an_answer_ends_the_wait_and_opens_a_closed_ticket() -> None:
    assert after_customer(Status.WAITING, DECISION) is Status.OPEN
    assert after_customer(Status.CLOSED, DECISION) is Status.OPEN
    away = replace(DECISION, outcome=Outcome.ROUTED, party="distributor")
    assert after_customer(Status.CLOSED, away) is Status.WITH_DISTRIBUTOR
    assert after_customer(Status.HELD, DECISION) is Status.HELD
    assert after_staff(Status.OPEN) is Status.WAITING
    assert after_staff(Status.ROUTED) is Status.ROUTED


def test_every_ticket_can_be_brought_to_a_close_and_clocks_run_only_while_we_owe_something() -> None:
    reached: set[Status] = {Status.CLOSED}
    while grown := {status for status in Status if NEXT[status] & reached} - reached:
        reached |= grown
    assert reached == set(Status)
    assert frozenset({Status.OPEN}) == CLOCKED
