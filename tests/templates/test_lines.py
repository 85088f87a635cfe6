import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates import lines
from templates.lines import HARMFUL, OTHER_SPACE, UNUSUAL, columns, fold, harmless


@pytest.mark.parametrize(
    "character", ["\r", "\n", "\x00", "\x1b", "\x7f", "\x85", "\x9b", "\u2028", "\u202e", "\u2066", "\ufeff", "\ud800"]
)
def test_what_a_terminal_or_a_header_would_obey_becomes_a_space(character: str) -> None:
    assert harmless(f"a{character}b") == "a b"


def test_ordinary_text_of_any_script_stays() -> None:
    text = "naïve – ‘x’ 日本語 العربية עברית 👩‍💻 a\u00a0b"
    assert harmless(text) == text


def test_a_long_line_is_broken_between_words() -> None:
    assert fold("one two three four", 9) == "one two\nthree\nfour"


@pytest.mark.parametrize(
    ("line", "folded"),
    [
        ("> quoted words here", "> quoted\n> words\n> here"),
        ("> > twice quoted", "> > twice\n> > quoted"),
        ("- an item in a list", "- an item\n  in a\n  list"),
        ("  - deeper item here", "  - deeper\n    item\n    here"),
        ("1. first of many", "1. first\n   of many"),
        ("Key   and its words", "Key   and\n      its\n      words"),
        ("  indented words too", "  indented\n  words\n  too"),
    ],
)
def test_what_a_line_begins_with_is_kept_for_its_continuation(line: str, folded: str) -> None:
    assert fold(line, 10) == folded


@pytest.mark.parametrize("space", ["\u00a0", "\u202f"])
def test_a_line_is_not_broken_at_a_space_that_forbids_it(space: str) -> None:
    """French sets one before a semicolon and a question mark, and within "12 h 00"."""
    assert fold(f"une deux{space}; trois", 8) == f"une\ndeux{space};\ntrois"


def test_a_word_an_address_or_a_link_is_never_broken() -> None:
    link = "https://example.com/" + "a" * 100
    assert fold(f"see {link} there", 40) == f"see\n{link}\nthere"


def test_japanese_is_broken_by_columns_and_no_line_begins_with_a_stop() -> None:
    lines = fold("短く簡単な文で十分です。機械翻訳でもかまいません。", 24).split("\n")
    assert lines == ["短く簡単な文で十分です。", "機械翻訳でもかまいませ", "ん。"]
    assert all(columns(line) <= 24 for line in lines)


def test_a_bracket_stays_with_what_it_opens() -> None:
    assert fold("あいう（えお）か", 8) == "あいう\n（えお）\nか"


@given(st.text(alphabet=st.sampled_from("ab 日。（>-1.\n"), max_size=200), st.integers(4, 40))
def test_folding_loses_nothing_but_spaces(text: str, width: int) -> None:
    def bare(told: str) -> str:
        return told.replace(" ", "").replace("\n", "").replace(">", "")

    assert bare(fold(text, width)) == bare(text)


@given(st.text(max_size=300))
def test_what_is_harmless_stays_on_one_line(text: str) -> None:
    assert not HARMFUL.search(harmless(text))
    assert len(harmless(text).splitlines()) <= 1


def test_what_counts_as_usual_takes_one_column() -> None:
    usual = [one for one in map(chr, range(0x3000)) if not UNUSUAL.search(one)]
    assert {"a", "é", "ж", "–", "“", "€"} <= set(usual)
    for one in usual:
        assert unicodedata.category(one) not in {"Mn", "Me", "Cf"}
        assert unicodedata.combining(one) == 0
        assert unicodedata.east_asian_width(one) not in {"W", "F"}


@given(
    st.text(alphabet=st.sampled_from("abcdé–    \u00a0\u202f>-1."), max_size=200).filter(
        lambda text: not OTHER_SPACE.search(text)
    ),
    st.sampled_from(["", "> ", "- ", "Key   ", " " * 30]),
    st.integers(1, 40),
)
def test_words_between_blanks_are_folded_as_any_text_is(text: str, prefix: str, width: int) -> None:
    assert list(lines._by_blanks(text, prefix, "  ", width)) == list(lines._by_pieces(text, prefix, "  ", width))
