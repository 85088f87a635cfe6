"""What is read in a file of an answer before it leaves the house."""

from email.message import EmailMessage

import pytest

from intake.file_text import DEEPEST, texts_in
from intake.mail.files import File

SAID = "They did not pay, and the contract ends in May."
UNKNOWN = "application/octet-stream"


def file(content: bytes, name: str = "file.bin", kind: str = UNKNOWN) -> File:
    return File(name, kind, "", content)


def mail_with(content: bytes | EmailMessage | None) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Subject"] = "kim@example.com", "See"
    message.set_content("Look at this." if content else SAID, cte="base64")
    if isinstance(content, EmailMessage):
        message.add_attachment(content)
    elif content:
        message.add_attachment(content, "text", "plain", filename="a.txt")
    return message


@pytest.mark.parametrize(
    "one",
    [
        file(SAID.encode(), kind="text/plain"),
        file(SAID.encode(), "NOTES.TXT"),
        file(SAID.encode("utf-16"), "notes.txt"),
        file(b"\xd0\xcf\x11\xe0" + SAID.encode("utf-16-le"), "notice.msg", "application/vnd.ms-outlook"),
        file(f"<p>{SAID.replace(' ', '</b> <b>')}".encode(), "page.htm"),
        file(mail_with(None).as_bytes(), "mail.eml"),
        file(mail_with(SAID.encode()).as_bytes(), kind="message/rfc822"),
        file(mail_with(mail_with(mail_with(None))).as_bytes(), "mail.eml"),
    ],
    ids=lambda one: one.name,
)
def test_it_is_read(one: File) -> None:
    assert any(SAID in " ".join(said.split()) for said in texts_in(one))


def test_what_is_no_text_is_left_alone() -> None:
    assert list(texts_in(file(SAID.encode(), "picture.png", "image/png"))) == []


@pytest.mark.parametrize(
    "raw", [b"", b"\xff" * 5000, b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n" * 9000]
)
def test_no_bytes_are_a_fault(raw: bytes) -> None:
    assert list(texts_in(file(raw, "mail.eml")))


def test_mails_within_mails_come_to_an_end() -> None:
    inner = mail_with(None)
    for _ in range(2 * DEEPEST):
        inner = mail_with(inner)
    assert not any(SAID in said for said in texts_in(file(inner.as_bytes(), "mail.eml")))
