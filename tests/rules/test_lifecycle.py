"""What a ticket may become."""

import pytest

from rules.lifecycle import CLOCKED, NEXT, Illegal, Status, after_customer, after_staff, move


@pytest.mark.parametrize("now", Status)
def test_a_status_goes_only_where_the_table_says(now: Status) -> None:
    for to in Status:
        if to in NEXT[now] or to is now:
            assert move(now, to) is to
        else:
            with pytest.raises(Illegal, match=f"{now} cannot become {to}"):
                move(now, to)


@pytest.mark.parametrize("step", [after_customer, after_staff])
@pytest.mark.parametrize("now", Status)
def test_a_mail_never_takes_an_illegal_step(step: object, now: Status) -> None:
    assert callable(step)
    assert move(now, step(now))


def test_an_answer_ends_the_wait_and_opens_a_closed_ticket() -> None:
    assert after_customer(Status.WAITING) is Status.OPEN
    assert after_customer(Status.CLOSED) is Status.OPEN
    assert after_customer(Status.HELD) is Status.HELD
    assert after_staff(Status.OPEN) is Status.WAITING
    assert after_staff(Status.ROUTED) is Status.ROUTED


def test_every_ticket_can_be_brought_to_a_close_and_clocks_run_only_while_we_owe_something() -> None:
    reached: set[Status] = {Status.CLOSED}
    while grown := {status for status in Status if NEXT[status] & reached} - reached:
        reached |= grown
    assert reached == set(Status)
    assert frozenset({Status.OPEN}) == CLOCKED
