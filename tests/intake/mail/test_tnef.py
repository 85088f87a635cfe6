"""winmail.dat is opened: what Outlook put into it is told beside it."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.mail.parse import parse
from intake.mail.tnef import opened
from tests.intake.mail.winmail import BEGINS, BODY, DATA, PROPERTIES, TITLE, attached, properties, winmail

TEXT = (1, PROPERTIES, properties((0x1000, 0x1F, "Grüße\0".encode("utf-16-le"))))
HTML = (1, PROPERTIES, properties((0x1013, 0x102, b"<meta charset=koi8-r><p>\xd0\xd2\xc9</p>")))


def mail(data: bytes, text: str = "see the file") -> bytes:
    body = base64.encodebytes(data).decode()
    kind = "application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64"
    parts = f"--b\nContent-Type: text/plain\n\n{text}\n--b\nContent-Type: {kind}\n\n{body}\n--b--\n"
    return f"From: a@b.cc\nContent-Type: multipart/mixed; boundary=b\n\n{parts}".encode()


def test_its_attachments_are_told_with_their_long_names_beside_it() -> None:
    data = winmail(*attached("Größe der Ablage.xlsx", b"sheet"), *attached("../../b.log", b"log!"))
    read = parse(mail(data), digests=True)
    assert [(each.name, each.size) for each in read.attachments][1:] == [("Größe der Ablage.xlsx", 5), ("b.log", 4)]
    assert read.attachments[0].name == "winmail.dat"
    assert read.text == "see the file"


@pytest.mark.parametrize(
    ("attribute", "text"),
    [((1, BODY, b"caf\xe9\r\nx\0"), "café\nx"), (TEXT, "Grüße"), (HTML, "при")],
)
def test_its_text_is_read_where_the_mail_has_no_other(attribute: tuple[int, int, bytes], text: str) -> None:
    data = winmail(attribute)
    assert parse(mail(data, text=" ")).text == text
    assert parse(mail(data)).text == "see the file"


def test_a_short_name_in_the_code_page_will_do() -> None:
    (found,) = opened(winmail((2, BEGINS, b""), (2, TITLE, b"\xdcber.txt\0"), (2, DATA, b"x"))).attachments
    assert (found.name, found.data) == ("Über.txt", b"x")


def test_what_is_torn_off_is_read_as_far_as_it_goes() -> None:
    data = winmail(TEXT, *attached("a.txt", b"whole"), *attached("b.txt", b"torn"))
    for end in range(len(data)):
        found = opened(data[:end])
        assert [each.name for each in found.attachments][:1] in ([], ["a.txt"], ["SHORT~1.TXT"])
    assert opened(b"no tnef at all").attachments == []


@given(st.binary(max_size=300), st.integers(0, 400))
def test_any_bytes_within_are_read_or_left(noise: bytes, at: int) -> None:
    data = winmail(TEXT, HTML, *attached("a.txt", b"whole"))
    assert isinstance(opened(data[:at] + noise + data[at:]).text, str)
