"""Reading a mail as a whole: every field, any bytes."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.mail.parse import parse
from rules.facts import Address, Mail, Unreadable

FROM = b"From: Ana <ana@alder.example>\r\n"


def read(raw: bytes) -> Mail | str:
    """The mail, or the reason of its refusal."""
    try:
        return parse(raw, authserv_id="mx")
    except Unreadable as refusal:
        return str(refusal)


def test_every_field_of_a_plain_mail() -> None:
    raw = (
        b"Return-Path: <ana@alder.example>\r\n"
        b"Received: from a by b; Tue, 10 Mar 2026 09:15:02 +0100\r\n"
        b"Received: from c by a; Tue, 10 Mar 2026 09:15:01 +0100\r\n"
        + FROM
        + b"To: support@example.com\r\nCc: B <b@c.dd>, b@c.dd\r\nReply-To: team@alder.example\r\n"
        b"Subject: one\r\nDate: Tue, 10 Mar 2026 09:15:00 +0100\r\nMessage-ID: <m@a>\r\n"
        b"In-Reply-To: <p@a>\r\nReferences: <o@a> <p@a>\r\nX-Intake: tag\r\nImportance: high\r\n\r\ntext\r\n"
    )
    mail = parse(raw)
    assert mail.sender == Address("ana@alder.example", "Ana")
    assert mail.reply_to == Address("team@alder.example")
    assert (mail.to, mail.cc) == ((Address("support@example.com"),), (Address("b@c.dd", "B"),))
    assert mail.return_path == "ana@alder.example"
    assert mail.date == datetime(2026, 3, 10, 8, 15, tzinfo=UTC)
    assert mail.received == datetime(2026, 3, 10, 8, 15, 2, tzinfo=UTC)
    assert (mail.message_id, mail.in_reply_to, mail.references) == ("<m@a>", ("<p@a>",), ("<o@a>", "<p@a>"))
    assert (mail.intake_tag, mail.priority, mail.size) == ("tag", 2, len(raw))
    assert (mail.subject, mail.text, mail.new_text, mail.defects) == ("one", "text\n", "text", ())


@pytest.mark.parametrize(
    ("header", "path"),
    [(b"Return-Path: <>", ""), (b"Return-Path: < >", ""), (b"Return-Path: a@b.cc", "a@b.cc"), (b"X: y", None)],
)
def test_the_null_sender_is_told_from_none(header: bytes, path: str | None) -> None:
    assert parse(FROM + header + b"\r\n\r\nx").return_path == path


def test_a_mail_without_a_readable_sender_has_none() -> None:
    assert parse(b"From: nobody\r\nSender: a@b.cc\r\n\r\nx").sender is None


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\n", b"\0" * 1000, b" \t\r\n"])
def test_an_empty_mail_is_refused(raw: bytes) -> None:
    with pytest.raises(Unreadable, match="empty"):
        parse(raw)


def test_a_mail_with_bare_carriage_returns_is_read() -> None:
    mail = parse(b"From: a@b.cc\rSubject: old mac\r\rone\rtwo\r")
    assert (mail.subject, mail.text) == ("old mac", "one\ntwo\n")


LINES = st.sampled_from([
    b"From: =?utf-8?q?a?= <a@b.cc>", b"To: a, (b", b"Subject: \xe9\0", b"Content-Type: multipart/mixed; boundary=b",
    b"Content-Type: text/html; charset=utf-16", b"Content-Type: message/rfc822", b"Auto-Submitted: auto-replied",
    b"Content-Type: message/delivery-status", b"Content-Transfer-Encoding: base64", b"Return-Path: <>", b"", b"",
    b"Content-Disposition: attachment; filename*=x''%00", b"--b", b"--b--", b"<p>\xff", b"> q", b"QUJD", b" folded",
    b"Final-Recipient: rfc822;a@b", b"\xff\xfe\0", b"Date: x", b"Message-ID: <\xed\xa0\x80>", b"begin 644 x",
    b"References: <a@b> <", b"Received: ;", b"Content-Type: text/plain; charset=u\0tf-8", b"Content-Type: te\0xt/\x1bx",
])  # fmt: skip


@given(st.lists(LINES | st.binary(max_size=40), max_size=25), st.sampled_from([b"\n", b"\r\n", b"\r"]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_a_mail_or_a_refusal_and_the_same_one_twice(lines: list[bytes], end: bytes) -> None:
    raw = end.join(lines)
    mail = read(raw)
    assert mail == read(raw)
    if isinstance(mail, str):
        assert mail
        return
    stored = [mail.subject, mail.text, mail.new_text, *mail.defects, *mail.references, mail.message_id or ""]
    stored += [each.name for each in mail.attachments] + [each.address + each.name for each in mail.addressees]
    for text in stored:
        assert "\0" not in text
        text.encode("utf-8")
    in_one_line = [mail.subject, *mail.defects, *(each.name + each.type for each in mail.attachments)]
    assert not set("".join(in_one_line)) & set("\r\n\x1b")
