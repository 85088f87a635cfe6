"""All mailboxes together have so much mail in hand and no more, and none waits for ever."""

import threading

from intake.in_hand import InHand


def test_what_does_not_fit_beside_anothers_waits_until_that_is_recorded() -> None:
    hands = InHand(most=100)
    assert hands.take("a", 60)
    assert not hands.take("b", 60)
    assert hands.take("b", 40)
    hands.put_down("a", 20)
    assert hands.take("c", 20)
    hands.put_down("a")
    assert hands.take("b", 40)


def test_a_mail_beyond_the_bound_goes_alone() -> None:
    hands = InHand(most=100)
    assert hands.take("a", 500)
    assert not hands.take("b", 1)
    hands.put_down("a", 500)
    assert hands.take("b", 1)
    assert not hands.take("a", 500)


def test_who_waits_goes_on_as_soon_as_there_is_room() -> None:
    hands = InHand(most=100)
    assert hands.take("a", 100)
    went: list[bool] = []
    waiting = threading.Thread(target=lambda: went.append(hands.take("b", 100, 60)))
    waiting.start()
    hands.put_down("a")
    waiting.join(30)
    assert went == [True]


def test_what_was_taken_beyond_the_bound_counts_all_the_same() -> None:
    hands = InHand(most=100)
    assert hands.take("a", 100)
    hands.take_all_the_same("b", 10)
    hands.put_down("a")
    assert not hands.take("c", 95)
