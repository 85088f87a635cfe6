"""Wishes: what a mail asks for that some policies do not give, weighed from its phrases.

A clear phrase counts 2, a hint 1, a plea for help 1 beside a hint, and words against take 2 away in their own sentence;
at 2 the wish stands. Where the same sentence is evidence for several, only the strongest keeps it, so one request is
refused for one reason.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from rules.facts import Found, Gate, Heard, Reading
from rules.policy_gates import KEYWORD_GATES
from rules.policy_model import Policy
from rules.spelling import fold
from rules.tone import TONE

POINTS = {"clear": 2, "hint": 1}
ASKING = "asking"
AGAINST = -2
ENOUGH = 2


@dataclass(frozen=True, slots=True)
class Wish:
    phrases: tuple[str, ...]
    """The mail's words for it, each once."""
    points: int
    instead_of: str = ""
    """The stronger gate that speaks for the same words; empty where this one does."""


def expressed(reading: Reading, policy: Policy, plan: str) -> dict[Gate, Wish]:
    """The gates whose wish the mail expresses, for a customer on `plan`."""
    asked = _asked(reading)
    found = {gate: _about(asked, gate, plan) for gate in KEYWORD_GATES if policy.gates.keyword(gate)}
    whole = {gate: wish for gate in found if (wish := _weigh(found[gate], ())) is not None}
    rank = policy.gates.strongest_first.index
    taken: dict[int, Gate] = {}
    heard: dict[Gate, Wish] = {}
    for gate in sorted(whole, key=lambda gate: (-whole[gate].points, rank(gate))):
        wish = _weigh(found[gate], taken)
        if wish is None:
            stronger = next(taken[one.sentence] for one in found[gate] if one.sentence in taken)
            wish = replace(whole[gate], instead_of=stronger.value)
        else:
            taken |= {one.sentence: gate for one in found[gate]}
        heard[gate] = wish
    return heard


def standing(reading: Reading, topic: str, plan: str) -> Wish | None:
    """The wish that the phrases of one topic express by themselves; None where it does not stand."""
    return _weigh(_about(_asked(reading), topic, plan), ())


def _asked(reading: Reading) -> list[Found]:
    """The phrases that may ask for something: "would you ..." and "if you could ..." do as well."""
    counted = (Heard.STATED, Heard.ASKED, Heard.SUPPOSED)
    return [found for found in reading.found if found.topic != TONE and found.heard in counted]


def _about(asked: Iterable[Found], topic: str, plan: str) -> list[Found]:
    """Those for and against one wish."""
    against = f"{topic}/against"
    return [one for one in asked if one.topic == topic or (one.topic == against and one.value == plan)]


def _weigh(found: Iterable[Found], taken: Collection[int]) -> Wish | None:
    """The wish, counted sentence by sentence without those `taken`; None where it does not stand."""
    points: dict[int, int] = {}
    phrases: list[str] = []
    said: set[str] = set()
    asked = False
    for one in found:
        words = _alike(one.phrase)
        if one.sentence in taken or words in said:
            continue
        said.add(words)
        if one.value == ASKING:
            asked = True
            continue
        weight = POINTS.get(one.value, AGAINST)
        points[one.sentence] = points.get(one.sentence, 0) + weight
        if weight > 0:
            phrases.append(one.phrase)
    total = sum(max(each, 0) for each in points.values())
    total += 1 if asked and total else 0
    return Wish(tuple(phrases), total) if total >= ENOUGH else None


def _alike(phrase: str) -> str:
    """The phrase without what makes a plural or an owner of it: "Consultant's" says what "consultants" says."""
    return fold(phrase).removesuffix("'s").rstrip("s")
