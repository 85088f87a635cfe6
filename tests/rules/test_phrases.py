"""Looking phrases up: what is found, in what sense, and how long it takes."""

import random
import sys
import time
from functools import cache

import pytest

from rules.facts import Found, Heard
from rules.phrases import MOST_OF_A_KIND, Book, Phrase
from rules.senses import Grammar
from rules.words import read_words
from tests.rules.samples import reading, shipped

GRAMMAR = Grammar(
    senses={
        "negation": ("not", "no", "never"),
        "supposed": ("if", "would"),
        "past": ("last year",),
        "present": ("since",),
    },
    asking=frozenset({"is", "could", "what"}),
    polite=frozenset({"you"}),
    breaks=frozenset({"but", "because"}),
    groups={"people": ("user*", "staff")},
)
PHRASES = [
    Phrase("effect", "stopped", "(down|offline)"),
    Phrase("effect", "lost", "data loss"),
    Phrase("way_round", "exists", "workaround"),
    Phrase("way_round", "none", "no workaround"),
    Phrase("scope", "everyone", "all #? {people}"),
    Phrase("scope", "nobody", "nobody ~ work"),
    Phrase("version", "#", "version #"),
    Phrase("version", "#", "latest version"),
    Phrase("build", "release", "build #.#"),
    Phrase("size", "hundreds", "### {people}"),
    Phrase("stem", "crash", "crash*"),
    Phrase("explicit", "#", "^ p #"),
    Phrase("explicit", "#", "^ severity #"),
]
BOOK = Book(PHRASES, GRAMMAR, ("kind", "question"))


def find(body: str, book: Book = BOOK) -> list[Found]:
    return book.find(read_words("", body, GRAMMAR.breaks))


def heard(body: str) -> dict[str, Heard]:
    return {found.value: found.heard for found in find(body) if found.topic != "kind"}


@pytest.mark.parametrize(
    ("body", "values"),
    [
        ("It is down", {"stopped"}),
        ("It went downhill", set()),
        ("all users", {"everyone"}),
        ("all 450 users", {"everyone", "hundreds"}),
        ("all the users", set()),
        ("It crashes, crashed and is crashing", {"crash"}),
        ("a crash", {"crash"}),
        ("cras it is", set()),
        ("nobody in here can work", {"nobody"}),
        ("nobody in this big place work", {"nobody"}),
        ("nobody in this big place can work", set()),
        ("nobody work", {"nobody"}),
        ("work for nobody here", set()),
        ("nobody can work, they say", {"nobody"}),
        ("It is not that nobody in here can work", {"nobody"}),
        ("nobody in here can work. It is not nice.", {"nobody"}),
        ("nobody, as we saw, can work", set()),
        ("nobody. All work", set()),
        ("nobody could not work", set()),
        ("nobody not work", set()),
        ("nobody not once work", set()),
        ("120 users", {"hundreds"}),
        ("1,200 users", {"hundreds"}),
        ("99.5 users", set()),
        ("VERSION 3.2", {"3.2"}),
        ("build 3.2", {"release"}),
        ("build 32", set()),
        ("version 3 70 users", {"3"}),
        ("the latest version", {""}),
    ],
)
def test_a_phrase_is_found_by_its_words(body: str, values: set[str]) -> None:
    assert set(heard(body)) == values


def test_a_match_within_a_longer_one_of_its_topic_does_not_count() -> None:
    assert heard("There is no workaround.") == {"none": Heard.STATED}
    assert heard("There is a workaround.") == {"exists": Heard.STATED}
    assert heard("There is no workaround but it is down.") == {"none": Heard.STATED, "stopped": Heard.STATED}


def test_of_two_matches_that_begin_together_the_longer_counts() -> None:
    book = Book([Phrase("a", "short", "server"), Phrase("a", "long", "server down")], GRAMMAR)
    assert [found.value for found in find("server down", book)] == ["long"]


def test_a_match_that_reaches_beyond_another_of_its_topic_counts_beside_it() -> None:
    book = Book([Phrase("a", "x", "server down"), Phrase("a", "y", "down again")], GRAMMAR)
    assert [found.value for found in find("server down again", book)] == ["x", "y"]


def test_every_way_on_from_a_word_is_followed() -> None:
    book = Book(
        [
            Phrase("a", "gap", "nobody ~ can"),
            Phrase("b", "wide", "nobody ~ work"),
            Phrase("c", "on", "nobody ~ work here"),
            Phrase("d", "next", "nobody"),
        ],
        GRAMMAR,
    )
    for body in ("nobody can work here", "nobody can work here, they say"):
        assert {found.value for found in find(body, book)} == {"gap", "wide", "on", "next"}
    assert {found.value for found in find("nobody can work", book)} == {"gap", "wide", "next"}
    assert {found.value for found in find("nobody can, they say", book)} == {"gap", "next"}


def test_a_gap_passes_over_what_follows_a_denial_but_not_over_the_denial() -> None:
    book = Book([Phrase("a", "again", "never ~ again")], GRAMMAR)
    assert [found.value for found in find("never come again", book)] == ["again"]


@pytest.mark.parametrize(
    ("body", "values"),
    [("made by Acme", {"named"}), ("made by hand", set()), ("made by users", {"x"}), ("made by Users", {"x", "named"})],
)
def test_a_name_is_met_by_what_is_written_like_one(body: str, values: set[str]) -> None:
    book = Book([Phrase("a", "named", "by @"), Phrase("b", "x", "by {people}")], GRAMMAR)
    assert {found.value for found in find(body, book)} == values


def test_a_book_without_numbers_reads_a_mail_with_them() -> None:
    book = Book([Phrase("a", "x", "down")], GRAMMAR)
    assert [found.value for found in find("On 3.2, 2024 users and 7 sites are down", book)] == ["x"]


@pytest.mark.parametrize(
    ("body", "sense"),
    [
        ("The server is down.", Heard.STATED),
        ("The server is not down.", Heard.NEGATED),
        ("It was never really down.", Heard.NEGATED),
        ("It is not the network but the server is down.", Heard.STATED),
        ("Not that we know of, the server is down.", Heard.STATED),
        ("We do not know for how many hours it will be down.", Heard.STATED),
        ("If the server goes down, we call.", Heard.SUPPOSED),
        ("That would take it down.", Heard.SUPPOSED),
        ("It is down if we press the button.", Heard.STATED),
        ("Last year it was down twice.", Heard.PAST),
        ("It was down last year.", Heard.PAST),
        ("It has been down since last year.", Heard.STATED),
        ("Is the server down?", Heard.ASKED),
        ("What is down?", Heard.ASKED),
        ("Could you look why it is down?", Heard.STATED),
        ("It is down, could you look?", Heard.STATED),
        ("Is it down.", Heard.STATED),
    ],
)
def test_a_match_is_heard_in_the_sense_in_which_it_is_said(body: str, sense: Heard) -> None:
    assert heard(body)["stopped"] is sense


def test_a_question_speaks_for_itself_unless_it_is_a_polite_request() -> None:
    assert find("We wait. What is it for? Could you help?") == [
        Found("What is it for", "body", 2, "kind", "question", Heard.STATED)
    ]
    assert [found.phrase for found in find("Thank you. What now?")] == ["What now"]
    assert find("What a day.") == []
    assert find("What is it for?", Book(PHRASES, GRAMMAR)) == []


@pytest.mark.parametrize(
    ("body", "quoted"),
    [
        ("What is the best way to do all of this in one go?", "What is the best way to do all"),
        ("We wait. What is the best way to do all of it?", "What is the best way to do all"),
        ("Is it?", "Is it"),
    ],
)
def test_a_question_is_quoted_by_its_beginning(body: str, quoted: str) -> None:
    assert [found.phrase for found in find(body)] == [quoted]


def test_a_mail_that_says_a_thing_a_thousand_times_has_said_it() -> None:
    assert len(find("It is down. " * 1000)) == MOST_OF_A_KIND
    assert len(find("What is it? " * 1000)) == MOST_OF_A_KIND


def test_evidence_keeps_the_words_their_place_and_sentence() -> None:
    words = read_words("Server DOWN", "Hello.\nAll users wait.", GRAMMAR.breaks)
    first, second = BOOK.find(words)
    assert (first.phrase, first.where, first.topic) == ("DOWN", "subject", "effect")
    assert (second.phrase, second.where) == ("All users", "body")
    assert first.sentence < second.sentence


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("[P1] Search", "1"),
        ("Hello: p2, please", "2"),
        ("Severity: 3", "3"),
        ("So it is, severity 4", "4"),
        ("severity 2", "2"),
        ("severity 2 70 sites", "2"),
        ("see p. 3 of it", None),
        ("a 720p 4 channel unit", None),
        ("the severity 1 incident", None),
        ("See: the severity 1 incident", None),
    ],
)
def test_some_phrases_count_only_at_the_beginning_of_a_clause(body: str, said: str | None) -> None:
    assert [found.value for found in find(body) if found.topic == "explicit"] == ([said] if said else [])


def test_two_phrases_with_the_same_words_both_speak() -> None:
    book = Book([Phrase("a", "x", "down"), Phrase("b", "y", "down"), Phrase("a", "x", "down")], GRAMMAR)
    assert [(found.topic, found.value) for found in find("down", book)] == [("a", "x"), ("b", "y")]


def test_the_same_words_say_the_same_thing_once() -> None:
    book = Book([Phrase("a", "x", "down"), Phrase("a", "x", "down*"), Phrase("a", "y", "(down|off)")], GRAMMAR)
    assert [found.value for found in find("down", book)] == ["x", "y"]


HOSTILE = ("a", "can not", "nobody", "a phrase", "two phrases", "any words of groups")


@cache
def hostile() -> dict[str, str]:
    groups = [word.rstrip("*") for members in shipped().words["en"].groups.values() for word in members]
    dice = random.Random(7)
    glue = [
        "can",
        "not",
        "all",
        "of",
        "our",
        "is",
        "are",
        "your",
        "on",
        "to",
        "nobody",
        "two",
        "a",
        "one",
        "with",
        "which",
    ]
    bodies = (
        "a " * 500_000,
        "can not " * 125_000,
        "nobody " * 140_000,
        "all of our 7 users can not be opened by " * 25_000,
        "could you log in on our server and " * 28_000,
        " ".join(dice.choice(groups + glue) for _ in range(160_000)),
    )
    return dict(zip(HOSTILE, bodies, strict=True))


@pytest.mark.skipif(sys.gettrace() is not None, reason="a tracer counts the time as well")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_megabyte_is_looked_up_in_a_fifth_of_a_second(name: str) -> None:
    book, body = shipped().book("en"), hostile()[name]
    took = []
    for _ in range(3):
        began = time.process_time()
        book.find(read_words("", body, book.grammar.breaks))
        took.append(time.process_time() - began)
    assert min(took) < 0.2


def test_reading_the_same_mail_twice_finds_the_same() -> None:
    body = "The production server is down and nobody can log in."
    assert reading(body) == reading(body)


def test_a_pause_parts_the_words_of_a_facet_but_not_of_a_statement() -> None:
    phrases = [
        Phrase("a", "x", "done everything", apart=False),
        Phrase("b", "#", "severity #"),
        Phrase("c", "z", "works but ~ slow", apart=False),
    ]
    book = Book(phrases, GRAMMAR)
    said = {
        "All done, everything works.": [],
        "We have done everything, thanks.": [("a", "x")],
        "Severity: 2": [("b", "2")],
        "We have done but everything": [],
        "It works but is slow.": [("c", "z")],
        "It works, but is slow.": [("c", "z")],
    }
    assert {text: [(one.topic, one.value) for one in find(text, book)] for text in said} == said


@pytest.mark.parametrize(
    ("body", "asks"),
    [
        ("When does it end?", True),
        ("It fails when I print?", False),
        ("I print, is it right?", True),
        ("It fails?", False),
        ("It fails. When does it end?", True),
        ("Fine. It fails?", False),
        ("Fine. Sometimes when it prints?", False),
        ("Fine. It is right?", False),
    ],
)
def test_a_word_that_joins_clauses_asks_only_at_the_very_beginning(body: str, asks: bool) -> None:
    grammar = Grammar(asking=frozenset({"when", "is"}), breaks=frozenset({"when"}))
    words = read_words("", body, grammar.breaks)
    assert bool(Book([], grammar, ("kind", "question")).find(words)) is asks


@pytest.mark.parametrize(
    ("body", "owned"),
    [("with Acme's connector", True), ("with Acme connector", False), ("with my connector", False)],
)
def test_an_owner_is_met_by_a_name_that_owns(body: str, owned: bool) -> None:
    assert bool(find(body, Book([Phrase("a", "owner", "@s connector")], GRAMMAR))) is owned


def test_a_phrase_may_end_with_the_word_that_the_mail_begins_with() -> None:
    book = Book([Phrase("a", "x", "server down")], GRAMMAR)
    assert [found.phrase for found in find("down server down", book)] == ["server down"]


@pytest.mark.parametrize(("body", "said"), [("at 9:30", {"time"}), ("version 9.3", {"part"}), ("in 93 days", set())])
def test_a_number_may_be_asked_for_with_its_sign(body: str, said: set[str]) -> None:
    book = Book([Phrase("a", "time", "#:#"), Phrase("b", "part", "#.#")], GRAMMAR)
    assert {found.value for found in find(body, book)} == said
