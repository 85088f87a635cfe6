"""Loops: whether mails that come one after the other are a machine's answers to our letters.

RFC 3834 has machines mark what they send; here are those that do not. A mail is a round of a loop if it follows a
letter of ours within minutes and either says that it answers us or says what the mail before it said; what a careless
program changes in its words (numbers, times) is not looked at. One round proves nothing, and a person may well send
two mails that look alike: it is the row of them that no person writes. Pure; looking the mails up is the caller's.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

ROUNDS = 3
"""So many letters of ours in a row that were answered like that, and no further one is written."""
WITHIN = timedelta(minutes=30)
"""How long after a letter an answer to it is a machine's."""
SKEW = timedelta(seconds=2)
"""The mail server's clock is another than ours, and tells whole seconds."""
CHANGING = 5
"""The same of answers to a customer who is as fast, where neither side says the same again."""
AT_ONCE = timedelta(minutes=2)
"""How fast nobody reads a mail and writes another, time after time."""
QUIET = timedelta(hours=1)
"""A breaker closes when nothing of the kind has come for so long."""
ALIKE = 0.6
"""The part of the words of two mails that is common to both where they say the same."""
SAME = 8
"""Words of an answer that nobody writes a second time; of fewer two may be the same but for a number."""
LONGEST = 4_000
"""Characters of a mail that are compared."""
WORD = re.compile(r"[^\W\d_]{2,}")
WordSet = frozenset[str]


@dataclass(frozen=True, slots=True)
class Incoming:
    """A mail of one address."""

    at: datetime
    words: WordSet
    answers: bool = False
    """It says of itself that it answers one of ours."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One of a conversation's mails or letters."""

    at: datetime
    ours: bool
    words: WordSet = frozenset()


def words_of(text: str) -> WordSet:
    """The words of a text, without what has digits in it."""
    return frozenset(word.casefold() for word in WORD.findall(text[:LONGEST]))


def alike(one: WordSet, other: WordSet) -> bool:
    """Whether two texts say the same but for some words; two without any do."""
    return len(one & other) >= ALIKE * len(one | other)


def rounds(letters: Sequence[datetime], mails: Sequence[Incoming]) -> int:
    """How many of the newest mails, without a gap, are rounds of a loop; each takes a letter of its own.

    `letters` are the times at which automatic letters were sent to the address, `mails` its own.
    """
    told = sorted(mails, key=lambda mail: mail.at)

    def says_so(at: int) -> bool:
        beside = [told[near].words for near in (at - 1, at + 1) if 0 <= near < len(told)]
        return told[at].answers or any(alike(told[at].words, other) for other in beside)

    return _in_a_row(letters, [mail.at for mail in told], says_so)


def at_most(letters: Sequence[datetime], arrivals: Sequence[datetime]) -> int:
    """How many rounds there can be by the times alone: with too few, nobody needs to read what the mails say."""
    return _in_a_row(letters, sorted(arrivals), lambda _: True)


def _in_a_row(letters: Sequence[datetime], arrivals: Sequence[datetime], says_so: Callable[[int], bool]) -> int:
    left = sorted(letters)
    for number, arrived in enumerate(reversed(arrivals)):
        fits = [sent for sent in left if arrived - WITHIN <= sent <= arrived + SKEW]
        if not fits or not says_so(len(arrivals) - number - 1):
            return number
        left = [sent for sent in left if sent < fits[-1]]
    return len(arrivals)


def repeats_itself(turns: Sequence[Turn], words: WordSet) -> bool:
    """Whether a text that staff are about to send says what they have said to another of the customer's mails already.

    `turns` are the answers of its writer and the customer's mails, the oldest first.
    """
    same = [turn for turn in turns if turn.ours and turn.words == words]
    return bool(same) and len(words) >= SAME and sum(not turn.ours for turn in turns) > len(same)


def at_once(turns: Sequence[Turn], now: datetime) -> int:
    """How many answers came at once after a mail of the customer's, each after another one.

    They are in a row, and that of `now` is the last.
    """
    theirs = [turn.at for turn in turns if not turn.ours]
    ours = [*(turn.at for turn in turns if turn.ours), now]
    for number, at in enumerate(reversed(ours)):
        heard = [one for one in theirs if at - AT_ONCE <= one <= at]
        if not heard:
            return number
        theirs = [one for one in theirs if one < heard[-1]]
    return len(ours)


def same_all_along(said: Sequence[WordSet]) -> bool:
    """Whether each of these texts says what the one before it did."""
    return len(said) > 1 and all(alike(one, other) for one, other in pairwise(said))
