"""Flowed text: paragraphs are whole again, and nothing else moves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.mail.flowed import unflowed
from intake.mail.parse import parse


@pytest.mark.parametrize(
    ("text", "delsp", "whole"),
    [
        ("one \ntwo \nthree\nfour", False, "one two three\nfour"),
        ("one \ntwo", True, "onetwo"),
        ("https://a.example/ver \ny/long", True, "https://a.example/very/long"),
        ("a  \nb", True, "a b"),
        ("end \n", False, "end "),
        ("end \n> quoted \n> on", False, "end\n> quoted\n> on"),
        ("end \n-- \nAna \nRuiz", False, "end\n-- \nAna Ruiz"),
        (" From here\n  two", False, "From here\n two"),
        (" > not quoted", False, " > not quoted"),
        ("fixed\nlines\n\nstay", False, "fixed\nlines\n\nstay"),
    ],
)
def test_paragraphs_are_put_together(text: str, delsp: bool, whole: str) -> None:
    assert unflowed(text, delsp=delsp) == whole


def test_a_mail_is_unflowed_only_where_it_says_that_it_flows() -> None:
    body = b"\r\n\r\nplease see https://a.exam \r\nple/x\r\n"
    kinds = {b"format=flowed; delsp=yes": "example/x", b"Format=Flowed": "exam ple/x", b"format=fixed": "exam \nple/x"}
    for kind, read in kinds.items():
        assert parse(b"From: a@b.cc\r\nContent-Type: text/plain; " + kind + body).text.strip().endswith(read)


@given(st.text(alphabet=" >ab-\n", max_size=60), st.booleans())
def test_no_word_is_lost(text: str, delsp: bool) -> None:
    assert "".join(unflowed(text, delsp=delsp).split()) == "".join(text.split())
