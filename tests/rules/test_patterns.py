"""How phrases are written, and what is refused with what to write instead."""

import pytest

from rules.patterns import BadPhrase, variants

GROUPS = {"people": ["user*", "staff"], "addon": ["plugin", "add on"]}


def wordings(text: str) -> list[str]:
    return [" ".join("/".join(sorted(entry)) for entry in variant) for variant in variants(text, GROUPS)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("server down", ["server down"]),
        ("crash*", ["crash*"]),
        ("the? server", ["server", "the server"]),
        ("(down|offline)", ["down/offline"]),
        ("(down|not working)", ["down", "not working"]),
        ("{people} blocked", ["staff/user* blocked"]),
        ("({people}|anybody)", ["anybody/staff/user*"]),
        ("{addon}", ["add on", "plugin"]),
        ("nobody ~ can", ["nobody ~ can"]),
        ("all #? sites", ["all # sites", "all sites"]),
        ("can't log-in", ["can not log in"]),
        ("70 %", ["70 percent"]),
        ("version #.#", ["version #.#"]),
        ("^ p #", ["^ p #"]),
        ("(on {people}|offline)", ["offline", "on staff/user*"]),
        ("since #:#", ["since #:#"]),
        ("(very|really)? slow", ["really/very slow", "slow"]),
    ],
)
def test_a_pattern_stands_for_its_wordings(text: str, expected: list[str]) -> None:
    assert sorted(wordings(text)) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Server down", "'Server' can never match: .*; write 'server'"),
        ("down!", "can never match"),
        ("...", "nothing is left|can never match"),
        ("", "nothing is left"),
        ("the?", "nothing is left"),
        ("_", "nothing is left"),
        ("~ down", "~ needs a word on either side"),
        ("down ~", "~ needs a word on either side"),
        ("a ~ b ~ c ~ d", "more than two gaps"),
        ("a b c d e f g h i j k l m", "longer than twelve"),
        ("(down", "brackets"),
        ("down)", "brackets"),
        ("((down))", "brackets"),
        ("{nobody}", "no group {nobody}"),
        ("({addon}|it)", "'add on' has several words, and phrases have {addon} inside round brackets; name single"),
        ("(no {addon}|it)", "'add on' has several words, and phrases have {addon} inside round brackets; name single"),
        ("(crash|hang)* twice", "write it inside the brackets, as in \\(crash"),
        ("{addon}*", "write it inside the brackets"),
        ("(a b|c d|e f) (a b|c d|e f) (a b|c d|e f) (a b|c d|e f) (a b|c d|e f) (a b|c d|e f)", "worded in 729 ways"),
        ("a*b", "can never match"),
        ("down ^", "in front of everything"),
        ("^", "nothing is left"),
    ],
)
def test_a_phrase_that_can_never_match_is_refused_with_a_remedy(text: str, said: str) -> None:
    with pytest.raises(BadPhrase, match=said):
        variants(text, GROUPS)
