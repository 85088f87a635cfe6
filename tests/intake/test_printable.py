"""Text that a terminal or a log cannot take for more than text."""

from hypothesis import given
from hypothesis import strategies as st

from intake.printable import printable


@given(st.text(max_size=600))
def test_whatever_it_was_it_is_one_printable_line(text: str) -> None:
    assert printable(text).isprintable()


@given(st.text(alphabet=st.characters(categories=["L", "N", "P"]), max_size=500))
def test_what_is_printable_already_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


def test_a_long_text_is_cut_and_says_so() -> None:
    assert printable("x" * 501) == "x" * 500 + "… (501 characters)"


def test_a_space_of_another_width_is_a_space() -> None:
    assert printable("Pour y remédier\u202f: à 17\u00a0h") == "Pour y remédier : à 17 h"
