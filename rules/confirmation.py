"""Whether langdetect would confirm that a text is in none of some languages: its answer, without its arithmetic.

A refusal asks no more of the library. Each of its tries ends once one language is all but sure, so the answer is which
languages win. Here the logarithms of all stand side by side in one long integer: a draw is one addition, and whether
anybody is near the first one subtraction. They are near the truth, with a bound: where a try may be over, the few
languages in question are reckoned out, and where that is too close to call, or a try takes long, `second_opinion` is
asked. Callers may rely on: the same answer as from there; what is kept from text to text is bounded.
"""

import math
import struct
from array import array
from collections.abc import Collection, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from rules.second_opinion import SEED, grams_in, opinion, profiles

MOST_DRAWS = 150
"""Of one try, which takes fifty as a rule. In so few, none can come near the first again whose number the library lost
meanwhile because it was too small (1e-308): it would have to fall behind, and to catch up, by eight at each draw."""
KEPT_ROWS = 8_192
NUMBERS = 4096
"""Numbers of the library's chance, which are the same for each text; seven tries take five hundred."""
MIDDLE = 0.5 / 10_000
"""What the library gives each n-gram in each language, in the middle of the values that a try draws around it."""
FIELD = 32
"""Bits for one language; the highest is for comparing."""
FINE, STEEP = 18, 8
"""Binary digits behind the point of a logarithm, and of its slope: how it changes with the logarithm of that value."""
ENDS = 1e-5 / 0.99999
"""A try ends when all others together are that much of the first."""
FURTHEST = 25.0
"""What is so far behind, in logarithms, changes nothing that can be seen: all together are less than 1e-9."""
SEEN = 1e-8
NEAR = int(11.5 * (1 << FINE))
"""Who is no further behind is as likely as it takes for a try to go on, were it alone."""


class Unclear(Exception):
    """It is the library's to say."""


def is_none_of(text: str, languages: Collection[str]) -> bool:
    """Whether langdetect finds some language in a text, but none of these. They are codes of ISO 639-1."""
    grams = grams_in(text)
    if not grams:
        return False
    try:
        return _winners_are_others(grams, languages)
    except (Unclear, IndexError):
        guesses = opinion(text)
        return bool(guesses) and not any(guess.language in languages for guess in guesses)


def _winners_are_others(grams: Sequence[str], languages: Collection[str]) -> bool:
    """A language that wins one try in seven is among the guesses, and no other is."""
    chance, names = _chance(), profiles().languages
    numbers = chance.below(len(grams).bit_length())
    further: float | None = None
    at = winner = 0
    for _ in range(7):
        if further is None:  # two come at a time, as from `Random.gauss`
            drawn, further = chance.normal(at)
            at += 4
        else:
            drawn, further = further, None
        winner, at = _try(grams, numbers, at, (0.5 + drawn * 0.05) / 10_000, winner)
        if names[winner].partition("-")[0] in languages:
            return False
    return True


def _try(grams: Sequence[str], numbers: Sequence[int], start: int, given: float, first: int) -> tuple[int, int]:
    """Which language wins, and where its numbers end.

    `given` is what each n-gram has in each language at least, `first` the language that is likeliest as yet.
    """
    rows, count, (bits, one, every, ones, highest, but) = _rows(), len(grams), _fields()
    off = math.log(given / MIDDLE)
    slope = round(off * (1 << FINE - STEEP))
    error = off * off / 8 + abs(off) / (1 << STEEP) + 1 / (2 << FINE - STEEP) + 1 / (1 << FINE)  # of each draw
    near, step = NEAR, int(5 * error * (1 << FINE)) + 1
    at, total = start, 0
    for draws in range(1, MOST_DRAWS, 5):
        for _ in range(5 if total else 1):
            while (number := numbers[at]) >= count:
                at += 1
            at += 1
            total += rows[grams[number]]
        near -= step
        said = (total & every) - slope * (total >> bits)
        best = said >> FIELD * first & one
        if (best * ones + highest - said) & highest != highest:
            each = _apart(said)
            best = max(each)
            first = each.index(best)
        if ((best - near) * ones + highest - said) & highest == but[first]:
            drawn = [grams[number] for number in numbers[start:at] if number < count]
            if _is_over(_apart(said), first, drawn, given, error * draws):
                return first, at
    raise Unclear


def _is_over(each: Sequence[int], first: int, drawn: Sequence[str], given: float, error: float) -> bool:
    """Whether the first of all is so likely that the try ends; `error` is that of the logarithms."""
    furthest = each[first] - int((FURTHEST + error) * (1 << FINE))
    others = [other for other, said in enumerate(each) if said > furthest and other != first]
    rest = sum([math.exp((each[other] - each[first]) / (1 << FINE)) for other in others])
    if rest * math.exp(error) < ENDS - SEEN:
        return True
    shares = profiles().rows
    mine = [given + shares[gram][first] for gram in drawn]
    rest = 0.0
    for other in others:
        rest += math.prod([(given + shares[gram][other]) / own for gram, own in zip(drawn, mine, strict=True)])
    if abs(rest - ENDS) < SEEN:
        raise Unclear
    return rest < ENDS


class _Chance:
    """The numbers that `random.Random` gives after the library has set its seed."""

    def __init__(self) -> None:
        from langdetect.detector import Detector
        from langdetect.detector_factory import DetectorFactory

        source = Detector(DetectorFactory()).random
        source.seed(SEED)
        self._numbers = array("Q", (source.getrandbits(32) for _ in range(NUMBERS)))
        self.below = cache(self._below)

    def _below(self, bits: int) -> "array[int]":
        """Those of `getrandbits`."""
        return array("Q", (number >> 32 - bits for number in self._numbers))

    def normal(self, at: int) -> tuple[float, float]:
        """The two that `gauss` makes of four."""
        one, two, three, four = self._numbers[at : at + 4]
        angle = _share(one, two) * math.tau
        radius = math.sqrt(-2.0 * math.log(1.0 - _share(three, four)))
        return math.cos(angle) * radius, math.sin(angle) * radius


def _share(high: int, low: int) -> float:
    return ((high >> 5) * 67_108_864 + (low >> 6)) / 9_007_199_254_740_992


@lru_cache(maxsize=1)
def _chance() -> _Chance:
    return _Chance()


class _Fields(NamedTuple):
    """Integers with a field for each language."""

    bits: int
    one: int
    """Every bit of the first field."""
    every: int
    """And of every one."""
    ones: int
    highest: int
    """The highest bit of each."""
    but: tuple[int, ...]
    """That without the one of a language."""


def _apart(whole: int) -> tuple[int, ...]:
    """What the fields hold."""
    count = len(_fields().but)
    return struct.unpack(f"<{count}I", whole.to_bytes(count * FIELD // 8, "little"))


@lru_cache(maxsize=1)
def _fields() -> _Fields:
    count = len(profiles().languages)
    ones = sum(1 << FIELD * number for number in range(count))
    highest = ones << FIELD - 1
    but = tuple(highest ^ 1 << FIELD * number + FIELD - 1 for number in range(count))
    return _Fields(FIELD * count, (1 << FIELD) - 1, (1 << FIELD * count) - 1, ones, highest, but)


class _Rows(dict[str, int]):
    """n-gram -> by language, in the lower half the logarithm of what it makes of its likelihood, then the slope."""

    def __missing__(self, gram: str) -> int:
        shares = profiles().rows[gram]
        fields = [0] * (2 * len(shares))
        for language, share in enumerate(shares):
            if share:
                over = share / MIDDLE
                fields[language] = int(math.log1p(over) * (1 << FINE))
                fields[len(shares) + language] = int(over / (1 + over) * (1 << STEEP))
        row = int.from_bytes(struct.pack(f"<{len(fields)}I", *fields), "little")
        if len(self) >= KEPT_ROWS:
            self.clear()
        self[gram] = row
        return row


@lru_cache(maxsize=1)
def _rows() -> _Rows:
    return _Rows()
