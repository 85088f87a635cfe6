"""Mails of several mailboxes wait for workers: in turn, and none of them has all the workers."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from intake.turns import Turns


def taken(line: Turns[int]) -> tuple[str, int]:
    turn = line.take()
    assert turn is not None
    return turn


def test_each_mailbox_has_its_turn_however_many_another_has_waiting() -> None:
    line: Turns[int] = Turns(1, 3)
    for number in range(50):
        line.put("a", number)
    line.put("b", 100)
    line.put("c", 200)
    line.put("b", 101)
    order = []
    for _ in range(6):
        mailbox, job = taken(line)
        order.append((mailbox, job))
        line.done(mailbox)
    assert order == [("a", 0), ("b", 100), ("c", 200), ("a", 1), ("b", 101), ("a", 2)]


def test_of_several_mailboxes_none_has_all_the_workers() -> None:
    line: Turns[int] = Turns(3, 2)
    for number in range(5):
        line.put("a", number)
    assert [taken(line)[0] for _ in range(2)] == ["a", "a"]
    got: list[tuple[str, int]] = []
    waiting = threading.Thread(target=lambda: got.append(taken(line)))
    waiting.start()
    line.put("b", 7)
    waiting.join(5)
    assert got == [("b", 7)]


def test_what_is_done_makes_room_for_the_next_of_its_mailbox() -> None:
    line: Turns[int] = Turns(2, 2)
    line.put("a", 1)
    line.put("a", 2)
    taken(line)
    got: list[tuple[str, int]] = []
    waiting = threading.Thread(target=lambda: got.append(taken(line)))
    waiting.start()
    waiting.join(0.05)
    assert got == []
    line.done("a")
    waiting.join(5)
    assert got == [("a", 2)]


def test_one_mailbox_alone_has_all_the_workers() -> None:
    line: Turns[int] = Turns(2, 1)
    line.put("a", 1)
    line.put("a", 2)
    assert [taken(line)[1], taken(line)[1]] == [1, 2]


def test_a_line_that_is_closed_gives_back_what_waited_and_lets_everybody_go() -> None:
    line: Turns[int] = Turns(2, 2)
    got: list[object] = []
    waiting = threading.Thread(target=lambda: got.append(line.take()))
    waiting.start()
    assert line.close() == []
    waiting.join(5)
    assert got == [None]
    assert not line.put("a", 1)
    assert line.close() == []


@given(st.integers(1, 4), st.integers(1, 3), st.lists(st.sampled_from("abc"), max_size=30))
def test_every_job_is_taken_once_and_those_of_a_mailbox_in_order(workers: int, mailboxes: int, jobs: list[str]) -> None:
    line: Turns[int] = Turns(workers, mailboxes)
    for number, mailbox in enumerate(jobs):
        line.put(mailbox, number)
    found: dict[str, list[int]] = {}
    for _ in jobs:
        mailbox, number = taken(line)
        found.setdefault(mailbox, []).append(number)
        line.done(mailbox)
    assert found == {mailbox: [number for number, one in enumerate(jobs) if one == mailbox] for mailbox in found}
    assert sum(map(len, found.values())) == len(jobs)
