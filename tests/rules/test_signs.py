"""What the pieces that a mail speaks of say together."""

import pytest

from rules.facts import Found, Heard
from rules.patterns import variants
from rules.phrases import Book, Phrase
from rules.policy import PolicyFaults, load
from rules.senses import Grammar
from rules.signs import ACT, EXCEPTED, NEARBY, THING, Together, Unless, gathered, topic_of
from rules.words import read_words
from tests.rules.samples import LETTERS, text_of

LOGIN, OURS, HELP = (topic_of("en", name) for name in ("login", "ours", "help"))
BOTH = Together("remote", (LOGIN, OURS))


def sign(topic: str, sentence: int = 1, *, where: str = "body", kind: str = ACT, heard: Heard = Heard.STATED) -> Found:
    return Found(f"{topic} {sentence}", where, sentence, topic, kind, heard)


def made(*found: Found, together: Together = BOTH, unless: tuple[Unless, ...] = ()) -> list[tuple[int, str]]:
    return [(one.sentence, one.phrase) for one in gathered(found, [together], unless) if one.topic == "remote"]


@pytest.mark.parametrize(
    ("found", "sentences"),
    [
        ([sign(LOGIN), sign(OURS)], [1]),
        ([sign(LOGIN)], []),
        ([sign(OURS)], []),
        ([sign(LOGIN, 1), sign(OURS, 1 + NEARBY)], [1]),
        ([sign(LOGIN, 1), sign(OURS, 2 + NEARBY)], []),
        ([sign(LOGIN, 9), sign(OURS, 0, where="subject")], [9]),
        ([sign(LOGIN, 0, where="subject"), sign(OURS, 9)], [0]),
        ([sign(LOGIN, 1), sign(LOGIN, 2), sign(OURS, 2)], [1, 2]),
        ([sign(LOGIN, 1), sign(LOGIN, 1), sign(OURS, 2)], [1]),
        ([sign(LOGIN, heard=Heard.ASKED), sign(OURS)], [1]),
        ([sign(LOGIN, heard=Heard.SUPPOSED), sign(OURS)], [1]),
        ([sign(LOGIN, heard=Heard.NEGATED), sign(OURS)], []),
        ([sign(LOGIN, heard=Heard.PAST), sign(OURS)], [1]),
        ([sign(LOGIN), sign(OURS, kind=THING, heard=Heard.NEGATED)], [1]),
        ([sign(LOGIN), sign(OURS, kind=EXCEPTED)], []),
    ],
)
def test_signs_near_each_other_make_a_wish(found: list[Found], sentences: list[int]) -> None:
    assert [sentence for sentence, _ in made(*found)] == sentences


def test_signs_of_one_sentence_may_be_asked_for() -> None:
    strict = Together("remote", (LOGIN, OURS), one_sentence=True)
    assert made(sign(LOGIN, 1), sign(OURS, 2), together=strict) == []
    assert made(sign(LOGIN, 0, where="subject"), sign(OURS, 2), together=strict) == []
    assert made(sign(LOGIN, 2), sign(OURS, 2), together=strict) != []


def test_an_exception_of_the_very_words_takes_the_sign_away_from_its_own_sentence_alone() -> None:
    def ours(kind: str, sentence: int, phrase: str = "macro that you made") -> Found:
        return Found(phrase, "body", sentence, OURS, kind, Heard.STATED)

    assert made(sign(LOGIN), ours(THING, 1), ours(EXCEPTED, 1)) == []
    assert made(sign(LOGIN), ours(EXCEPTED, 1), ours(ACT, 1)) == []
    assert made(sign(LOGIN), ours(THING, 2), ours(EXCEPTED, 1)) != []
    assert made(sign(LOGIN), ours(THING, 1, "macro that he made"), ours(EXCEPTED, 1)) != []


def test_the_nearest_piece_is_shown_and_the_same_words_once() -> None:
    assert made(sign(LOGIN, 3), sign(OURS, 1), sign(OURS, 4)) == [(3, f"{LOGIN} 3 … {OURS} 4")]
    one = Found("dial in", "body", 1, LOGIN, ACT, Heard.STATED)
    same = Found("dial in", "body", 1, OURS, THING, Heard.STATED)
    assert made(one, same) == [(1, "dial in")]


def test_what_a_phrase_says_already_is_not_counted_again() -> None:
    phrase = Found("remote administration", "body", 1, "remote", "clear", Heard.STATED)
    assert made(phrase, sign(LOGIN, 1), sign(OURS, 1)) == [(1, "remote administration")]
    memory = Found("remote administration", "body", 1, "remote", "clear", Heard.PAST)
    assert len(made(memory, sign(LOGIN, 1), sign(OURS, 1))) == 2
    hint = Found("remote", "body", 1, "remote", "hint", Heard.STATED)
    assert len(made(hint, sign(LOGIN, 1), sign(OURS, 1))) == 2


def test_a_sign_may_take_back_everything_that_is_said_for_a_matter_and_for_no_other() -> None:
    phrase = Found("remote administration", "body", 1, "remote", "clear", Heard.STATED)
    other = Found("an offer", "body", 1, "services", "clear", Heard.STATED)
    found = [phrase, other, sign(LOGIN), sign(OURS), sign(HELP, 9)]
    assert gathered(found, [BOTH], [Unless("remote", (HELP,))]) == [other]
    assert made(sign(LOGIN), sign(OURS), unless=(Unless("remote", ()),)) != []
    assert made(sign(LOGIN), sign(OURS), sign(HELP, heard=Heard.NEGATED), unless=(Unless("remote", (HELP,)),)) != []


def test_signs_are_not_among_what_a_mail_is_found_to_say() -> None:
    phrases = [
        Phrase(LOGIN, ACT, "(log in|dial in)"),
        Phrase(OURS, THING, "our server"),
        Phrase(OURS, EXCEPTED, "our server room"),
        Phrase("a", "x", "today"),
    ]
    book = Book(phrases, Grammar(senses={"negation": ("not",)}), together=[BOTH])

    def find(text: str) -> list[tuple[str, str]]:
        return [(one.topic, one.phrase) for one in book.find(read_words("", text, frozenset()))]

    assert find("Could you log in today? Our server waits.") == [("a", "today"), ("remote", "log in … Our server")]
    assert find("Please do not log in. Our server waits.") == []
    assert find("Could you log in? Our server room is hot.") == []


def test_a_name_is_a_word_with_a_capital_within_its_sentence() -> None:
    book = Book([Phrase("a", "x", "(made|sold) by @")], Grammar())

    def find(text: str) -> list[str]:
        return [one.phrase for one in book.find(read_words("", text, frozenset()))]

    assert find("It was made by Brannock. It is sold by brannock.") == ["made by Brannock"]
    assert find("Made by IBM, sold by Friday, made by X, sold by 7. Sold by. Brannock.") == []
    assert variants("by @", {}) == ((frozenset({"by"}), frozenset({"@"})),)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ('matters.en.services.nearby = [["knocks", "host"]]', "there is no sign 'knocks'"),
        ('matters.en.services.in_a_sentence = [["host", "knocks"]]', "there is no sign 'knocks'"),
        ('matters.fr.services.unless = ["host"]', "there is no sign 'host'"),
        ('signs.en.things.chore = ["chores"]', "chore is a thing as well"),
        ('signs.en.excepted.knocks = ["knock knock"]', "there is no sign 'knocks'"),
        ('signs.en.acts.chore = ["(", "do it"]', "its round brackets do not pair up"),
        ("matters.en.services.nearby = [[]]", "a list does not fit here"),
    ],
)
def test_a_fault_in_signs_is_named(said: str, problem: str) -> None:
    with pytest.raises(PolicyFaults) as faults:
        load(f"{said}\n{text_of('irex')}", name="irex", letters=LETTERS)
    assert any(problem in fault.problem for fault in faults.value.faults), str(faults.value)
