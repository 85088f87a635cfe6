"""What all words of a mail together are about."""

from collections.abc import Mapping

import pytest

from rules.facts import Gate, Heard
from rules.phrases import Book, Phrase
from rules.policy import PolicyFaults, load
from rules.senses import Grammar
from rules.signs import Together, Unless
from rules.topic_words import SHOWN, Leaning, Leanings, pair_of
from rules.words import read_words
from tests.rules.samples import LETTERS, shipped, text_of

BARN = {"barn": 4, "cow*": 3, "milk* cow*": 2, "#": 1, "stable": -5, "herd book": 6}


def leaning(
    enough: int | None = 7, least: int | None = None, topic: str = "farm", points: Mapping[str, int] = BARN
) -> Leaning:
    return Leaning(topic, {pair_of(text): many for text, many in points.items()}, enough, least)


def heard(text: str, *leanings: Leaning, subject: str = "") -> tuple[list[str], frozenset[str]]:
    found, out = Leanings(leanings or [leaning()], 0).heard(read_words(subject, text, frozenset()))
    return [one.phrase for one in found], out


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("The barn is full of cows.", True),
        ("The barn is full.", False),
        ("The cows, cows, cows!", False),
        ("No cow is in the barn.", True),
        ("Milking cows, cow 7 and cow 8: please.", False),
        ("We are milking cows. Cow 7 is the barn's.", True),
        ("The barn is full of cows, the stable too.", False),
        ("We milk. Cows are in 3 rooms, all.", False),
        ("The herd book has 3 pages.", True),
        ("The herd. Book 3 is here.", False),
        ("", False),
    ],
)
def test_words_and_pairs_are_added_up_each_once(text: str, stands: bool) -> None:
    assert bool(heard(text)[0]) is stands


def test_the_sum_that_is_enough_is_reached_with_the_last_point() -> None:
    assert heard("A barn with cows.", leaning(enough=7))[0] == ["barn … cows"]
    assert heard("A barn with cows.", leaning(enough=8))[0] == []
    assert heard("A barn with cows.", leaning(enough=None))[0] == []


def test_staff_are_shown_the_words_that_speak_most_for_it_in_the_order_of_the_mail() -> None:
    points = {word: at + 1 for at, word in enumerate(["one", "two", "three", "four", "five", "six", "seven"])}
    phrases, _ = heard("Seven six, one two three four five, and more.", leaning(enough=9, points=points))
    assert phrases == ["Seven … six … three … four … five"]
    assert len(phrases[0].split(" … ")) == SHOWN


def test_it_stands_in_the_sentence_that_speaks_most_for_it() -> None:
    words = read_words("A cow", "The cow is ill. The barn is red, herd book too. Yes.", frozenset())
    (found,), _ = Leanings([leaning()], 0).heard(words)
    assert (found.where, found.sentence, found.value, found.heard) == ("body", 2, "clear", Heard.STATED)
    words = read_words("The barn, cows", "Nothing else.", frozenset())
    (found,), _ = Leanings([leaning()], 0).heard(words)
    assert (found.where, found.sentence) == ("subject", 0)


def test_a_topic_is_out_of_the_question_where_all_of_its_matters_are() -> None:
    assert heard("A barn.", leaning(least=4))[1] == frozenset()
    assert heard("A barn.", leaning(least=5))[1] == {"farm"}
    assert heard("A barn.", leaning(least=5), leaning(least=4))[1] == frozenset()
    assert heard("A barn.", leaning(least=5), leaning(least=None))[1] == frozenset()
    assert heard("A barn.", leaning(least=5), leaning(least=None, enough=None, points={}))[1] == frozenset()
    assert heard("A barn.", leaning(least=5), leaning(topic="field"))[1] == {"farm"}


def test_few_words_leave_nothing_out_of_the_question() -> None:
    leanings = Leanings([leaning(least=5)], 3)
    assert leanings.heard(read_words("", "A barn is red, that I know.", frozenset()))[1] == {"farm"}
    assert leanings.heard(read_words("", "A barn is red, too.", frozenset()))[1] == frozenset()
    assert leanings.heard(read_words("", "The barn is red, as I know.", frozenset()))[1] == {"farm"}


def test_what_is_out_of_the_question_no_phrase_makes() -> None:
    def find(text: str, *leanings: Leaning) -> list[str]:
        book = Book([Phrase("farm", "clear", "hay")], Grammar(), leanings=Leanings(leanings, 0))
        return [one.topic for one in book.find(read_words("", text, frozenset()))]

    assert find("The hay of the barn.") == ["farm"]
    assert find("The hay of the barn.", leaning(enough=9, least=4)) == ["farm"]
    assert find("The hay of the stable.", leaning(enough=9, least=4)) == []


def test_a_sign_that_takes_a_matter_back_takes_back_what_the_words_say_for_it() -> None:
    thing = Phrase("sign.en.toy", "thing", "toy")
    book = Book([thing], Grammar(), None, [Together("farm", ("sign.en.toy",))][:0], [Unless("farm", ("sign.en.toy",))],
                Leanings([leaning()], 0))  # fmt: skip
    assert [one.topic for one in book.find(read_words("", "A barn and cows.", frozenset()))] == ["farm"]
    assert book.find(read_words("", "A barn and cows, a toy.", frozenset())) == []


def test_a_policy_gives_points_to_words() -> None:
    said = 'matters.en.widgets.points = { 9 = ["widget*"], -9 = ["our widget*"] }\nmatters.en.widgets.enough = 9\n'
    gate = "[gates.services]\n"
    text = said + text_of("irex").replace(gate, f'{gate}matters = "widgets"\n')
    policy = load(text, name="irex", letters=LETTERS)

    def closed(text: str) -> list[str]:
        return [one.topic for one in policy.book("en").find(read_words("", text, frozenset())) if one.value == "clear"]

    more = "This has nothing to do with anything else that anybody has ever told us here."
    assert closed(f"About widgets. {more}") == [Gate.SERVICES.value]
    assert closed(f"About our widgets. {more}") == []
    assert closed("About widgets.") == []


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ('points = { 9 = ["wid-get"] }', "no mail has the words 'wid-get'"),
        ('points = { 9 = ["a b c"] }', "does not fit"),
        ('points = { many = ["widget"] }', "does not fit"),
        ('points = { 9 = ["widget"], 8 = ["widget"] }', "'widget' stands there twice"),
    ],
)
def test_a_fault_in_points_is_named(said: str, problem: str) -> None:
    with pytest.raises(PolicyFaults) as faults:
        load(f"matters.fr.barn.{said}\n{text_of('irex')}", name="irex", letters=LETTERS)
    assert any(problem in fault.problem for fault in faults.value.faults), str(faults.value)


def test_the_shipped_policies_ask_more_of_words_than_of_phrases() -> None:
    for gate in ("third_party", "development", "remote_administration", "services"):
        points = shipped("irex").matters["en"][gate]
        assert points.enough is not None
        assert points.least is not None
        assert points.enough > points.least


def test_words_add_nothing_to_what_phrases_ask_for() -> None:
    book = Book([Phrase("farm", "clear", "hay"), Phrase("farm", "hint", "herd")], Grammar({"negation": ("no",)}),
                leanings=Leanings([leaning()], 0))  # fmt: skip

    def find(text: str) -> list[str]:
        return [one.phrase for one in book.find(read_words("", text, frozenset()))]

    assert find("A barn. Cows. Hay.") == ["Hay"]
    assert find("A barn. Cows. A herd.") == ["herd", "barn … Cows"]
    assert find("A barn. Cows. No hay.") == ["hay", "barn … Cows"]
