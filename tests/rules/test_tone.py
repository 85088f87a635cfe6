"""Tone: single words that count for a severity, wherever a mail has them."""

from rules.facts import Heard
from rules.tone import lemma, row_of, tone
from rules.words import read_words
from tests.rules.samples import reading

KNOWN = {"en": {"nobody": (5, 0, 0, -5), "#": (1, 0, 0, -1), "not": (0, 1, 0, 0)}, "fr": {"nobody": (1, 1, 1, 1)}}


def test_each_known_word_is_found_once_where_it_stands_first() -> None:
    words = read_words("Nobody", "It can't. NOBODY sees 12 or 3,5 of them. Not one.", frozenset())
    found = list(tone(words, KNOWN))
    assert [(one.value, one.phrase, one.where) for one in found] == [
        ("en:nobody", "Nobody", "subject"),
        ("fr:nobody", "Nobody", "subject"),
        ("en:not", "can't", "body"),
        ("en:#", "12", "body"),
    ]
    assert {one.heard for one in found} == {Heard.STATED}


def test_what_a_word_speaks_for_is_the_policys_and_nothing_where_it_does_not_know_it() -> None:
    found = list(tone(read_words("", "Nobody.", frozenset()), KNOWN))
    assert [row_of(one, KNOWN) for one in found] == [(5, 0, 0, -5), (1, 1, 1, 1)]
    assert [row_of(one, {"en": {}}) for one in found] == [(), ()]


def test_every_number_is_the_same_word() -> None:
    assert {lemma(word) for word in ("7", "12", "3,5", "9.0.2", "2026")} == {"#"}
    assert lemma("nobody") == "nobody"


def test_logs_and_quotations_have_no_tone() -> None:
    def toned(text: str) -> bool:
        return any(one.value == "en:nobody" for one in reading(text, subject="").found)

    assert toned("Hi\n\nnobody is what it shows.")
    assert not toned('Hi\n\n2026-03-11 08:00:00 FATAL nobody\n"nobody" is what it shows.')


def test_a_mail_knows_how_many_words_it_has() -> None:
    assert reading("One two three.", subject="Four five").length == 5
