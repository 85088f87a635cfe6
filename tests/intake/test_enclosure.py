"""Enclosing a mail in a letter: it comes out byte for byte, whatever it is."""

import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.compose import compose
from intake.enclosure import LARGEST, Form, enclose, is_seven_bit
from intake.mail.parse import parse
from templates.render import Renderer
from tests.letters.orders import ACKNOWLEDGEMENT

LETTER = compose(ACKNOWLEDGEMENT, Renderer()).raw
PLAIN = b"From: Ana <ana@alder.example>\r\nSubject: Backup\r\n\r\nHow do we back up?\r\n.\r\n\r\nAna"
UMLAUT = b"From: Ana <ana@alder.example>\r\nSubject: Sicherung\r\nContent-Type: text/plain; charset=utf-8\r\n" + (
    "Content-Transfer-Encoding: 8bit\r\n\r\nDie Datenbank läßt sich nicht sichern.\r\n".encode()
)


def enclosed(raw: bytes, text: str = "the text") -> tuple[EmailMessage, EmailMessage, Form]:
    """The letter, the part with the mail, and how it went."""
    letter, form = enclose(LETTER, raw, text, "EX-1042")
    assert letter.isascii()
    assert max(map(len, letter.split(b"\r\n"))) <= 998
    message = message_from_bytes(letter, policy=default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    body, part = message.iter_parts()
    assert body.get_content_type() == "multipart/alternative"
    assert isinstance(part, EmailMessage)
    return message, part, form


def test_a_seven_bit_mail_is_a_message_in_the_letter() -> None:
    message, part, form = enclosed(PLAIN)
    assert (form, part.get_content_type()) == (Form.MESSAGE, "message/rfc822")
    assert part["Content-Transfer-Encoding"] is None
    assert part.get_filename() == "EX-1042.eml"
    assert part.get_content()["Subject"] == "Backup"
    assert message["Message-ID"] == ACKNOWLEDGEMENT.message_id
    assert PLAIN in enclose(LETTER, PLAIN, "", "EX-1042")[0]


@pytest.mark.parametrize(
    "raw",
    [
        UMLAUT,
        PLAIN.replace(b"\r\n", b"\n"),
        PLAIN + b"\rx",
        PLAIN + b"\0",
        PLAIN + b"\r\n" + b"x" * 999,
        b"\xff" * 3_000,
    ],
    ids=["8-bit", "bare LF", "bare CR", "NUL", "long line", "binary"],
)
def test_any_other_mail_is_a_file_in_base64_with_its_very_bytes(raw: bytes) -> None:
    _, part, form = enclosed(raw)
    assert (form, part.get_content_type(), part.get_filename()) == (
        Form.FILE,
        "application/octet-stream",
        "EX-1042.eml",
    )
    assert part.get_content() == raw


def test_our_own_reader_finds_the_letters_words_and_the_mail_as_its_attachment() -> None:
    for raw in (PLAIN, UMLAUT):
        read = parse(enclose(LETTER, raw, "", "EX-1042")[0])
        assert "Thank you for your mail" in read.text
        (attachment,) = read.attachments
        assert (attachment.name, attachment.size) == ("EX-1042.eml", len(raw))
        assert read.intake_tag is not None


def test_a_mail_without_room_goes_as_its_text() -> None:
    large = UMLAUT + b"\xe4" * LARGEST
    _, part, form = enclosed(large, "Die Datenbank läßt sich nicht sichern.")
    assert (form, part.get_content_type(), part.get_filename()) == (Form.TEXT, "text/plain", "EX-1042.txt")
    assert part.get_content().strip() == "Die Datenbank läßt sich nicht sichern."


@pytest.mark.parametrize("size", [6_900_000, 6_950_000, 9_400_000, 9_499_000])
def test_no_letter_outgrows_what_servers_take(size: int) -> None:
    line = b"x" * 76 + b"\r\n"
    for raw in (PLAIN + line * (size // 78), UMLAUT + line * (size // 78)):
        assert len(enclose(LETTER, raw, "x", "EX-1042")[0]) <= LARGEST


def test_looking_through_a_large_mail_takes_no_time() -> None:
    for filling in (b"x\r\n" * 3_000_000, b"\r\n" * 4_500_000, (b"x" * 998 + b"\r\n") * 9_000 + b"\xff"):
        begun = time.process_time()
        is_seven_bit(filling)
        assert time.process_time() - begun < 2


@given(st.binary(max_size=300))
def test_every_mail_comes_out_as_it_went_in(raw: bytes) -> None:
    letter, form = enclose(LETTER, raw, "", "EX-1")
    assert letter.isascii()
    if form is Form.MESSAGE:
        assert b"\r\n\r\n" + raw + b"\r\n--" in letter
    else:
        message = message_from_bytes(letter, policy=default)
        assert isinstance(message, EmailMessage)
        assert list(message.iter_parts())[1].get_payload(decode=True) == raw


def test_only_a_letter_of_ours_can_enclose_anything() -> None:
    with pytest.raises(ValueError, match="MIME-Version"):
        enclose(b"Subject: x\r\n\r\ny", PLAIN, "", "EX-1")
