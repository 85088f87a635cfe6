"""HTML: the text that a person would have read, whatever its depth and size."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.mail.marks import CITED, clean
from intake.mail.markup import stripped, text_of


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("a<br>b", "a\nb"),
        ("<div>Hello <b>bold</b> team,</div>", "Hello bold team,"),
        ("<title>t</title><style>s</style><script>x()</script>body", "body"),
        ("<p>seen</p><p style='display:none'>hidden</p>", "seen"),
        ("1 &lt; 2 &amp; 3&nbsp;&euro;", "1 < 2 & 3 €"),
        ("above<hr>below", "above\nbelow"),
        ("", ""),
        ("<p>", ""),
        ("no markup at all", "no markup at all"),
    ],
)
def test_the_text_is_what_a_reader_sees(html: str, text: str) -> None:
    assert text_of(html) == text


UNSEEN = [
    "<div style='color:red; display : none'>{}</div>",
    "<span style='visibility: hidden'>{}</span>",
    "<p hidden>{}</p>",
    '<div style="opacity:0;"><b>{}</b></div>',
    "<td style='font-size:0px;line-height:0'>{}</td>",
    "<div style='max-height:0; overflow:hidden'>{}</div>",
    "<div style='display:none'><div>{0}</div>{0}</div>",
    "<div style='display:none'><div style='display:none'>{0}</div>{0}</div>",
]


@pytest.mark.parametrize("element", UNSEEN)
def test_what_no_reader_sees_is_not_read(element: str) -> None:
    html = f"<p>one</p>{element.format('preheader')}<p>two</p><img width=1 src='http://t.example/p.gif'>"
    assert text_of(html).split() == ["one", "two"]
    deep = "<div>" * 300 + html + "</div>" * 300
    assert text_of(deep).split() == ["one", "two"]


@pytest.mark.parametrize(
    "element",
    [
        "<td style='font-size:0px'><p style='font-size:13px'>seen</p></td>",
        "<p style='opacity:0.9;font-size:0.8em;max-height:0.5in'>seen</p>",
        "<p style='mso-hide:all'>seen</p>",
        "<p data-hidden='no' class=hiddenish>seen</p>",
        "<p style='fill-opacity:0'>seen</p>",
        "<img style='display:none'>seen",
    ],
)
def test_what_only_looks_hidden_is_read(element: str) -> None:
    assert text_of(f"<p>one</p>{element}").split() == ["one", "seen"]


def test_a_cited_block_is_marked_as_a_quote_and_an_indented_one_is_not() -> None:
    html = (
        "<p>mine</p><blockquote type='cite'><p>yours</p><blockquote class='gmail_quote'>older</blockquote></blockquote>"
    )
    lines = [line for line in text_of(html + "<p>mine again</p>").split("\n") if line.strip(" >")]
    assert lines == ["mine", "> yours", "> > older", "mine again"]
    assert ">" not in text_of("<blockquote>an indented line</blockquote>")


def test_a_history_of_outlook_is_marked_where_it_begins() -> None:
    text = text_of("<div>mine</div><div id='divRplyFwdMsg'>From: you</div>")
    assert [line.strip() for line in text.split("\n") if line.strip()] == ["mine", CITED, "From: you"]
    assert CITED not in clean(text)


def test_no_mail_can_bring_the_marks_along() -> None:
    assert text_of("<p>one</p><p>\ue000</p><p>\ue001two</p>") == "one\n\ntwo"


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 5_000 + "deep",
        "<table><tr><td>" * 400 + "deep",
        "<blockquote type=cite>" * 400 + "deep",
        "<p>deep" + "<!--" * 100_000,
        "deep" + "<" * 200_000,
        "<p>deep" + "<a " * 100_000,
        "<b>deep" * 40_000,
        "<b style='" * 40_000 + "<p>deep",
        "<p>deep" + "<div style='display:none'>" * 30_000,
        "<p>deep" + "<b style='font-size:0'>" * 30_000,
        "<p>deep<i style='" + "display:" * 90_000 + "'>",
    ],
)
def test_hostile_html_is_read_in_time(html: str) -> None:
    began = time.process_time()
    assert "deep" in text_of(html)
    assert time.process_time() - began < 2


@given(st.text(alphabet="<>/!-ab &;\"'=\n", max_size=200))
def test_any_markup_becomes_text(html: str) -> None:
    text_of(html)
    stripped(html)
