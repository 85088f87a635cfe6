"""What a mail asks for, weighed from its phrases."""

import pytest

from rules.facts import Found, Gate, Heard, LanguageReading, Reading, Tongue
from rules.wishes import expressed
from tests.rules.samples import shipped

ENGLISH = LanguageReading(Tongue.ACCEPTED, "en", 0.99, 100)
THIRD, DEV, REMOTE, SERVICES = Gate.THIRD_PARTY, Gate.DEVELOPMENT, Gate.REMOTE_ADMINISTRATION, Gate.SERVICES


def said(topic: str, value: str, sentence: int = 1, phrase: str = "", heard: Heard = Heard.STATED) -> Found:
    return Found(phrase or f"{topic} {value} {sentence}", "body", sentence, topic, value, heard)


def granted(*found: Found, plan: str = "standard") -> dict[Gate, str]:
    return {gate: wish.instead_of for gate, wish in expressed(Reading(ENGLISH, found), shipped(), plan).items()}


@pytest.mark.parametrize(
    ("found", "closed"),
    [
        ([said(THIRD, "clear")], True),
        ([said(THIRD, "hint")], False),
        ([said(THIRD, "hint", 1), said(THIRD, "hint", 2)], True),
        ([said(THIRD, "hint", 1, "this"), said(THIRD, "hint", 2, "This")], False),
        ([said(THIRD, "hint", 1), said(THIRD, "asking", 2)], True),
        ([said(THIRD, "asking", 1), said(THIRD, "asking", 2)], False),
        ([said(THIRD, "clear"), said(THIRD, "against")], False),
        ([said(THIRD, "clear", 1), said(THIRD, "against", 2)], True),
        ([said(THIRD, "clear", heard=Heard.ASKED)], True),
        ([said(THIRD, "clear", heard=Heard.SUPPOSED)], True),
        ([said(THIRD, "clear", heard=Heard.NEGATED)], False),
        ([said(THIRD, "clear", heard=Heard.PAST)], False),
        ([], False),
    ],
)
def test_two_points_make_a_wish(found: list[Found], closed: bool) -> None:
    assert (THIRD in granted(*found)) is closed


@pytest.mark.parametrize(
    ("found", "speaks", "yields"),
    [
        ([said(SERVICES, "clear"), said(DEV, "clear")], DEV, {SERVICES: "development"}),
        ([said(REMOTE, "clear"), said(THIRD, "clear")], THIRD, {REMOTE: "third_party"}),
        ([said(SERVICES, "clear"), said(SERVICES, "hint"), said(THIRD, "clear")], SERVICES, {THIRD: "services"}),
    ],
)
def test_the_same_words_speak_for_the_strongest_alone(
    found: list[Found], speaks: Gate, yields: dict[Gate, str]
) -> None:
    assert granted(*found) == {speaks: "", **yields}


def test_two_wishes_in_two_sentences_are_two_reasons() -> None:
    assert granted(said(SERVICES, "clear", 1), said(DEV, "clear", 2)) == {DEV: "", SERVICES: ""}


def test_what_a_plan_includes_speaks_against_the_gate_for_its_customers_alone() -> None:
    found = (said(REMOTE, "clear"), said(f"{REMOTE}/against", "premier"))
    assert granted(*found) == {REMOTE: ""}
    assert granted(*found, plan="premier") == {}
