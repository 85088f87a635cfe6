"""What programs set apart in HTML is known by their classes and ids, in whatever language they say the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.mail.marks import LONGEST_SIGNATURE, MARKS, clean
from intake.mail.markup import text_of
from intake.mail.parse import parse
from rules.facts import Mail

OLD = "<p>old words</p><p>more old words</p>"
BLOCK = "<p><b>Zxy:</b> Sam &lt;sam@example.com&gt;<br><b>Qwe:</b> 10. Foo 2026 09:15<br><b>Rty:</b> x</p>"


def mail(html: str) -> Mail:
    return parse(
        f"From: ana@alder.example\nContent-Type: text/html; charset=utf-8\n\n<div>It stopped.</div>{html}".encode()
    )


@pytest.mark.parametrize(
    "history",
    [
        f'<div class="gmail_quote"><div class="gmail_attr">Zxy:</div><blockquote type="cite">{OLD}</blockquote></div>',
        f'<div class="gmail_quote">Zxy 10. Foo 2026 Sam:<blockquote class="gmail_quote">{OLD}</blockquote></div>',
        f'<div class="moz-cite-prefix">Zxy 10.03.26 qwe Sam:</div><blockquote type="cite">{OLD}</blockquote>',
        f'<p id="reply-intro">Zxy 2026-03-10, Sam qwe:</p><blockquote type="cite">{OLD}</blockquote>',
        f'<div class="protonmail_quote">Zxy Sam:<blockquote class="protonmail_quote">{OLD}</blockquote></div>',
        f'<div class="moz-forward-container">------ Zxy ------<br>{OLD}</div>',
        f'<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt">{BLOCK}</div>{OLD}',
        f'<div name="quote" style="border-left:2px solid #C3D9E5">{BLOCK}<div name="quoted-content">{OLD}</div></div>',
        f'<hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__">{BLOCK}</div>{OLD}',
        f'<div name="messageReplySection">Zxy Sam:<blockquote type="cite">{OLD}</blockquote></div>',
        f"<div><!-- originalMessage --><div>---- Zxy ----</div>{BLOCK}</div>{OLD}",
        f'<div id="isReplyContent"><p>Zxy Sam:</p>{OLD}</div>',
        f"<includetail><div>---- Zxy ----</div>{OLD}</includetail>",
    ],
)
def test_a_history_goes_by_its_marks(history: str) -> None:
    read = mail(history)
    assert read.new_text == "It stopped."
    assert "more old words" in read.text


@pytest.mark.parametrize(
    "attribute",
    [
        'class="gmail_signature"', 'id="ms-outlook-mobile-signature"', 'class="moz-signature"', 'id="Signature"',
        'class="protonmail_signature_block"', 'name="messageSignatureSection"', 'id="composer_signature"',
        'id="sig123"',
    ],
)  # fmt: skip
def test_a_signature_goes_by_its_marks_and_what_stands_below_it_stays(attribute: str) -> None:
    read = mail(f"<br><div dir=ltr {attribute}><div>Zxy Qwe</div>Rty Ltd</div><div>And again.</div>")
    assert read.new_text.split("\n") == ["It stopped.", "", "And again."]
    assert "Rty Ltd" in read.text


def test_a_mail_that_was_written_into_the_signature_is_read() -> None:
    html = "<div id='x'></div>" + '<div class="gmail_signature">' + "<p>word</p>" * LONGEST_SIGNATURE + "</div>"
    assert mail(html).new_text.count("word") == LONGEST_SIGNATURE
    only = b'From: a@b.cc\nContent-Type: text/html\n\n<div class="gmail_signature">Please call me.</div>'
    assert parse(only).new_text == "Please call me."


def test_answers_between_the_quotes_stay() -> None:
    html = '<div class="gmail_quote"><div class="gmail_attr">Zxy Sam qwe:</div>'
    html += '<blockquote class="gmail_quote">Which?</blockquote></div><div>7.2.</div>'
    html += '<blockquote class="gmail_quote">Since when?</blockquote><div>Monday.</div>'
    assert [line for line in mail(html).new_text.split("\n") if line] == [
        "It stopped.", "> Which?", "7.2.", "> Since when?", "Monday.",
    ]  # fmt: skip


PIECES = [
    '<div class="gmail_signature">', '<div class="gmail_quote">', "</div>", "<blockquote type=cite>", "</blockquote>",
    '<div id="zwchr">', "\ue003\ue004\ue005", "word", "\n",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_no_mark_is_left_in_the_text(pieces: list[str]) -> None:
    text = clean(text_of("".join(pieces)))
    assert text == text.translate(MARKS)
