"""What was written for staff is found again in a text, however it was broken; what the customer knows is no secret."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.private_text import leaked, without_foreign_quotes

NOTICE = (
    "New ticket: EX-1042\n\nContract         IR-STD, Alder Security, standard\n"
    "Decided          every gate of the policy is open to this contact, and the quota is not used up\n"
    "Gates            contact pass: ana@alder.example is on IR-STD\n"
)
NOTE = "They are two releases behind and have not paid the last invoice."
ASKED = "Hello,\n\nsince the update our search takes a minute for every word, what can we do?\n\nAna"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("It is the cache.", ()),
        (
            "It is the cache.\n\nContract IR-STD, Alder Security, standard",
            ("Contract IR-STD, Alder Security, standard",),
        ),
        ("> Contract\tIR-STD,  Alder Security, STANDARD", ("> Contract\tIR-STD,  Alder Security, STANDARD",)),
        ("every gate of the policy is\nopen to this contact", ("every gate of the policy is", "open to this contact")),
        ("I know that they are two releases behind and so on", ("I know that they are two releases behind and so on",)),
        ("They are two releases.", ()),
        ("Contract", ()),
        ("You wrote: since the update our search takes a minute for every word", ()),
    ],
)
def test_a_line_or_six_words_in_a_row_are_a_quotation(text: str, lines: tuple[str, ...]) -> None:
    assert leaked(text, [NOTICE, NOTE, ASKED], [ASKED]) == lines


def test_what_is_public_is_no_secret_wherever_it_stands() -> None:
    assert leaked(NOTE, [f"A note.\n{NOTE}"], [NOTE]) == ()
    assert leaked(NOTE, [NOTE], []) == (NOTE,)


@given(st.lists(st.text(alphabet="ab c\n>", max_size=40), max_size=6))
def test_nothing_private_leaks_nothing_and_a_text_leaks_into_itself(texts: list[str]) -> None:
    whole = "\n".join(texts)
    assert leaked(whole, [], texts) == ()
    assert leaked(whole, [whole], [whole]) == ()


def test_a_long_text_is_looked_through_at_once() -> None:
    long = "the same few words again and again " * 20_000
    began = time.perf_counter()
    leaked(long, [long], [])
    without_foreign_quotes("> word\n" * 50_000, [long])
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"> {ASKED.splitlines()[2]}\n\nEmpty the cache.", f"> {ASKED.splitlines()[2]}\n\nEmpty the cache."),
        (
            "> since the update our search\n> takes a minute\nEmpty it.",
            "> since the update our search\n> takes a minute\nEmpty it.",
        ),
        ("> #close\n> #spend 8h\n\nEmpty the cache.", "Empty the cache."),
        ("> Hello,\n>\n> Contract IR-STD\n\nEmpty it.", "> Hello,\n>\n\nEmpty it."),
        ("| Contract IR-STD\nEmpty it.", "Empty it."),
        ("> Contract IR-STD", ""),
        ("no quotation\n\nat all", "no quotation\n\nat all"),
    ],
)
def test_only_the_customers_own_words_stay_quoted(text: str, left: str) -> None:
    assert without_foreign_quotes(text, [ASKED]) == left
