"""What is a loop of machines, and what is only a busy person."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.loops import (
    AT_ONCE,
    WITHIN,
    Incoming,
    Turn,
    alike,
    at_most,
    at_once,
    repeats_itself,
    rounds,
    same_all_along,
    words_of,
)
from tests.rules.samples import WEDNESDAY

ROBOT = "Thank you for your mail. Your request has the number {} and we answer it soon."
LETTERS = [WEDNESDAY + timedelta(minutes=minute) for minute in range(5)]


def echo(number: int, text: str = ROBOT, answers: bool = False, after: float = 20) -> Incoming:
    return Incoming(LETTERS[number] + timedelta(seconds=after), words_of(text.format(number * 7919)), answers)


def first(text: str = ROBOT) -> Incoming:
    return Incoming(WEDNESDAY - timedelta(minutes=1), words_of(text.format("first")))


def test_each_mail_that_says_the_same_after_a_letter_is_a_round() -> None:
    assert rounds(LETTERS[:3], [first(), echo(0), echo(1), echo(2)]) == 3


def test_one_that_says_it_answers_us_may_say_what_it_likes() -> None:
    changing = [echo(at, text, True) for at, text in enumerate(("Apples and pears", "Rain", "It is seven o'clock"))]
    assert rounds(LETTERS[:3], [first(), *changing]) == 3
    assert rounds(LETTERS[:3], [first(), *(Incoming(one.at, one.words) for one in changing)]) == 0


def test_many_mails_before_our_first_letter_are_a_persons() -> None:
    batch = [Incoming(WEDNESDAY - timedelta(seconds=at), words_of(ROBOT)) for at in range(20)]
    assert rounds([], batch) == 0
    assert rounds(LETTERS[:1], [*batch, echo(0)]) == 1


def test_a_letter_is_answered_by_one_mail() -> None:
    assert rounds(LETTERS[:1], [first(), echo(0), echo(0, after=30), echo(0, after=40)]) == 1


def test_what_comes_late_is_no_answer_of_a_machine() -> None:
    late = Incoming(LETTERS[2] + WITHIN + timedelta(seconds=1), words_of(ROBOT))
    assert rounds(LETTERS[:3], [first(), echo(0), echo(1), late]) == 0


def test_the_mail_servers_clock_may_be_a_little_behind() -> None:
    assert rounds(LETTERS[:2], [first(), echo(0), echo(1, after=-1)]) == 2


def test_a_mail_of_a_persons_between_ends_the_row() -> None:
    person = echo(1, "The export of our reports fails since the update of last night, what can we do?")
    assert rounds(LETTERS[:3], [first(), echo(0), person, echo(2)]) == 0
    assert rounds(LETTERS[:4], [first(), person, echo(2), echo(3)]) == 2


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (ROBOT.format(1), ROBOT.format(22), True),
        ("", "", True),
        ("", "Hello", False),
        ("Search is slow", "Export is slow", False),
        ("Where is the log of the server?", "WHERE is the log of that server", True),
    ],
)
def test_numbers_and_a_word_or_two_make_no_difference(one: str, other: str, same: bool) -> None:
    assert alike(words_of(one), words_of(other)) is same


def talk(*seconds: float) -> list[Turn]:
    """The customer's mails and answers in turn, with the seconds before each."""
    at, turns = WEDNESDAY, []
    for number, span in enumerate(seconds):
        at += timedelta(seconds=span)
        turns.append(Turn(at, ours=number % 2 == 1))
    return turns


def fast(turns: list[Turn], seconds: float) -> int:
    return at_once(turns, turns[-1].at + timedelta(seconds=seconds))


def test_answers_at_once_are_counted_from_the_newest() -> None:
    slow = AT_ONCE.total_seconds() + 1
    assert fast(talk(0, 5, 5, 5, 5), 5) == 3
    assert fast(talk(0), 5) == 1
    assert fast(talk(0), slow) == 0
    assert fast(talk(0, 5, 5, 5, 5), slow) == 0
    assert fast(talk(0, slow, 5, 5, 5), 5) == 2


def test_letters_may_cross() -> None:
    sides = [False, False, True, True, False, True, False]
    turns = [Turn(WEDNESDAY + timedelta(seconds=at), ours) for at, ours in enumerate(sides)]
    assert fast(turns, 1) == 4


def test_several_answers_in_a_row_are_a_persons() -> None:
    turns = [Turn(WEDNESDAY, ours=False)] + [Turn(WEDNESDAY + timedelta(seconds=at), ours=True) for at in range(1, 4)]
    assert fast(turns, 1) == 1
    assert not repeats_itself([Turn(WEDNESDAY, True, words_of(ROBOT))], words_of(ROBOT))


def test_the_same_words_after_an_answer_to_them_are_a_machines() -> None:
    request, answer = Turn(WEDNESDAY, False), Turn(WEDNESDAY + timedelta(minutes=1), True, words_of(ROBOT))
    turns = [request, answer, Turn(WEDNESDAY + timedelta(hours=3), False)]
    assert not repeats_itself(turns[:2], words_of(ROBOT))
    assert repeats_itself(turns, words_of(ROBOT.format(7)))
    assert not repeats_itself(turns, words_of("Please try version 5.2"))
    short = [request, Turn(answer.at, True, words_of("Try version 5.1")), turns[2]]
    assert not repeats_itself(short, words_of("Try version 5.2"))


def test_what_says_the_same_all_along() -> None:
    assert same_all_along([words_of(ROBOT.format(at)) for at in range(3)])
    assert not same_all_along([words_of(ROBOT), words_of(ROBOT), words_of("Rain")])
    assert not same_all_along([words_of(ROBOT)])


def test_a_row_may_be_all_that_an_address_ever_wrote() -> None:
    assert rounds(LETTERS[:2], [echo(0), echo(1)]) == 2


@given(
    letters=st.lists(st.integers(0, 90), max_size=6),
    mails=st.lists(st.tuples(st.integers(0, 90), st.booleans()), max_size=6),
)
def test_there_are_never_more_rounds_than_the_times_allow(letters: list[int], mails: list[tuple[int, bool]]) -> None:
    sent = [WEDNESDAY + timedelta(minutes=one) for one in letters]
    told = [Incoming(WEDNESDAY + timedelta(minutes=at), frozenset(), answers) for at, answers in mails]
    found = rounds(sent, told)
    assert found <= at_most(sent, [one.at for one in told])
    if all(one.answers for one in told):
        assert found == at_most(sent, [one.at for one in told])
