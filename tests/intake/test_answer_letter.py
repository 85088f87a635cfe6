"""The letter with a person's answer: its headers, its two bodies, its files."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.answer_letter import AnswerOrder, as_html, compose_answer, recipients
from intake.mail.files import File, files_of
from rules.facts import Address
from tests.storage.samples import NOW

ORDER = AnswerOrder(
    reference="EX-1",
    support=Address("support@example.com", "Example Support"),
    name="Sam Field",
    to=Address("Ana@alder.example", "Ana Ruiz"),
    cc=(Address("carl@alder.example"),),
    subject="AW: [EX-1] A setting",
    text="Hello Ana,\n\n  indented & <b>plain</b>\n> quoted\n\nSam",
    thread=("<1@alder.example>", "<2@alder.example>"),
    files=(),
    at=NOW,
    zone=ZoneInfo("Europe/Brussels"),
    message_id="<EX-1.abc@example.com>",
)


def composed(order: AnswerOrder) -> EmailMessage:
    letter = message_from_bytes(compose_answer(order), policy=policy.default)
    assert isinstance(letter, EmailMessage)
    assert not letter.defects
    return letter


def test_the_headers_are_a_persons_in_the_customers_thread() -> None:
    assert {name: str(value) for name, value in composed(ORDER).items() if name != "Content-Type"} == {
        "From": '"Sam Field, Example Support" <support@example.com>',
        "To": "Ana Ruiz <Ana@alder.example>",
        "Cc": "carl@alder.example",
        "Subject": "Re: [EX-1] A setting",
        "Date": "Fri, 13 Mar 2026 10:30:00 +0100",
        "Message-ID": "<EX-1.abc@example.com>",
        "In-Reply-To": "<2@alder.example>",
        "References": "<1@alder.example> <2@alder.example>",
        "MIME-Version": "1.0",
    }
    assert recipients(ORDER) == ("Ana@alder.example", "carl@alder.example")


def test_where_the_customers_mail_has_no_message_id_there_is_no_thread_to_name() -> None:
    letter = composed(replace(ORDER, thread=("not an id", "<>")))
    assert letter["In-Reply-To"] is letter["References"] is None


def test_text_and_html_say_the_same() -> None:
    letter = composed(ORDER)
    plain, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == ORDER.text
    assert "&nbsp;&nbsp;indented &amp; &lt;b&gt;plain&lt;/b&gt;<br>" in html.get_content()


@given(st.text(alphabet="ab <>&\"'\n>#=/-!", max_size=80))
def test_nothing_in_a_text_is_markup(text: str) -> None:
    class Tags(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.seen: set[str] = set()

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.seen.add(tag)

        def handle_comment(self, data: str) -> None:
            self.seen.add("comment")

    tags = Tags()
    tags.feed(as_html(text))
    assert tags.seen <= {"html", "head", "meta", "body", "p", "br", "span"}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("log.txt", "log.txt"),
        ("größe (2).pdf", "größe (2).pdf"),
        ('a"b.txt', 'a"b.txt'),
        ("a\r\nBcc: x@y.example", "a Bcc: x@y.example"),
        ("長い名前" * 40 + ".xlsx", None),
        ("", "file"),
    ],
)
def test_a_file_keeps_its_name_and_octets(name: str, shown: str | None) -> None:
    file = File(name, "application/x-thing", "", bytes(range(256)) * 50)
    raw = compose_answer(replace(ORDER, files=(file,)))
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    (found,) = files_of(raw)
    assert (found.type, found.content) == (file.type, file.content)
    assert found.name.endswith(".xlsx") if shown is None else " ".join(found.name.split()) == shown
    assert b"\r\nBcc" not in raw


@pytest.mark.parametrize("kind", ["message/rfc822", "multipart/mixed", "text/plain; x=y", "nonsense", "a/b\r\nX: y"])
def test_a_type_that_cannot_stand_is_none(kind: str) -> None:
    raw = compose_answer(replace(ORDER, files=(File("mail.eml", kind, "utf-8\r\nX: y", b"From: x\r\n\r\nhi\r\n"),)))
    (part,) = message_from_bytes(raw, policy=policy.default).iter_attachments()
    assert part.get_content_type() == "application/octet-stream"
    assert part.get_content() == b"From: x\r\n\r\nhi\r\n"
