"""Signs: what a mail speaks of piece by piece, and what the pieces say together.

People ask for one thing in endless sentences, but with few pieces: who is to act, what is to be done, to what. A
vocabulary lists the pieces as signs, *things* (which count however they are mentioned) and *acts* (which a denial takes
back); a matter names those that make it together, in one sentence or near each other. So families of wordings multiply
instead of being listed. Time grows with the finds, of which `phrases` keeps few a sign.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rules.facts import Found, Heard

NEARBY = 4
"""Sentences between the sign that is asked with and another one, at most; the subject is near to everything."""
THING, ACT, EXCEPTED = "thing", "act", "excepted"
DENIED = Heard.NEGATED
"""The sense in which an act does not count; "in March" looks back or ahead, and a request looks ahead."""
PREFIX = "sign."
CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Together:
    """Signs that speak for a matter together."""

    topic: str
    signs: tuple[str, ...]
    """Their topics. The first is what is asked: its sentence is that of the whole."""
    one_sentence: bool = False


@dataclass(frozen=True, slots=True)
class Unless:
    """Signs that take back all that a mail says for a matter, wherever they stand in it."""

    topic: str
    signs: tuple[str, ...]


def topic_of(language: str, sign: str) -> str:
    return f"{PREFIX}{language}.{sign}"


def gathered(found: Sequence[Found], together: Iterable[Together], unless: Iterable[Unless]) -> list[Found]:
    """What a mail says, with the signs in it replaced by what they say together, which is as good as a clear phrase."""
    signs: dict[str, list[Found]] = {}
    excepted = {(one.topic, one.sentence, one.phrase) for one in found if one.value == EXCEPTED}
    for one in found:
        counts = one.value == THING or (one.value == ACT and one.heard is not DENIED)
        # a longer exception has taken the place of what lies in it; here goes what an exception of the same words names
        if counts and one.topic.startswith(PREFIX) and (one.topic, one.sentence, one.phrase) not in excepted:
            signs.setdefault(one.topic, []).append(one)
    said = [one for one in found if not one.topic.startswith(PREFIX)]
    clear = {(one.topic, one.sentence) for one in said if one.value == CLEAR and one.heard not in (DENIED, Heard.PAST)}
    for each in (each for each in together if each.signs[0] in signs):
        for one in _made(each, signs):
            if (one.topic, one.sentence) not in clear:  # one request is counted once, however many ways it shows
                clear.add((one.topic, one.sentence))
                said.append(one)
    back = {each.topic for each in unless if not signs.keys().isdisjoint(each.signs)}
    return [one for one in said if one.topic not in back]


def _made(together: Together, signs: Mapping[str, Sequence[Found]]) -> Iterator[Found]:
    first, *others = together.signs
    near = 0 if together.one_sentence else NEARBY
    for asked in signs.get(first, ()):
        nearest = [_nearest(asked, signs.get(sign, ()), near) for sign in others]
        pieces = [one for one in nearest if one is not None]
        if len(pieces) == len(others):
            phrase = " … ".join(dict.fromkeys(one.phrase for one in (asked, *pieces)))
            yield Found(phrase, asked.where, asked.sentence, together.topic, CLEAR, Heard.STATED)


def _nearest(asked: Found, choice: Sequence[Found], near: int) -> Found | None:
    def distance(one: Found) -> int:
        in_subject = near and "subject" in (asked.where, one.where)
        return 0 if in_subject else abs(one.sentence - asked.sentence)

    nearest = min(choice, key=distance, default=None)
    return nearest if nearest is not None and distance(nearest) <= near else None
