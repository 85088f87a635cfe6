"""The body of a mail and what it brings along: told apart in every shape that mail has."""

import base64
import hashlib

import pytest

from intake.mail.body import TEXTS, TOLD
from intake.mail.parse import parse
from intake.mail.part import safe_name
from rules.facts import Mail


def mail(kind: str, *parts: str, headers: str = "") -> Mail:
    """A multipart of this kind, each part written as its headers, an empty line and its content."""
    lines = ["From: a@b.cc", f'Content-Type: {kind}; boundary="b"', *([headers] if headers else []), ""]
    for part in parts:
        lines += ["--b", part]
    return parse("\r\n".join([*lines, "--b--", ""]).replace("\r\n", "\n").replace("\n", "\r\n").encode())


PLAIN = "Content-Type: text/plain\n\nplain"
HTML = "Content-Type: text/html\n\n<p>rich</p>"
EMPTY = "Content-Type: text/plain\n\n \n"
PICTURE = "Content-Type: image/png\nContent-ID: <p>\nContent-Transfer-Encoding: base64\n\niVBORw=="


@pytest.mark.parametrize(
    ("kind", "parts", "text", "names"),
    [
        ("multipart/alternative", (PLAIN, HTML), "plain", []),
        ("multipart/alternative", (HTML, PLAIN), "plain", []),
        ("multipart/alternative", (EMPTY, HTML), "rich", []),
        ("multipart/alternative", (HTML,), "rich", []),
        ("multipart/mixed", (PLAIN, HTML), "plain\nrich", []),
        ("multipart/mixed", (PLAIN, PICTURE), "plain", ["part-1.png"]),
        (
            "multipart/related",
            (HTML, PICTURE, "Content-Type: text/html\n\n<p>frame</p>"),
            "rich",
            ["part-1.png", "part-2.html"],
        ),
        ("multipart/mixed", (PLAIN, "Content-Type: text/plain; name=log.txt\n\nlog"), "plain", ["log.txt"]),
        ("multipart/mixed", (PLAIN, "Content-Disposition: attachment\n\nlog"), "plain", ["part-1.txt"]),
        ("multipart/mixed", ("Content-Type: text/plain; name=body.txt\n\nonly",), "only", ["body.txt"]),
        ("multipart/mixed", (PLAIN, "Content-Type: application/octet-stream\n\n\x01"), "plain", ["part-1.bin"]),
        ("multipart/mixed", (PLAIN, "Content-Type: message/rfc822\n\nSubject: x\n\ninner"), "plain", ["part-1.eml"]),
        ("multipart/digest", ("\nSubject: x\n\ninner", "\nSubject: y\n\ninner"), "", ["part-1.eml", "part-2.eml"]),
        ("multipart/mixed", (), "", []),
        ("multipart/alternative", (PLAIN, "Content-Type: text/x-amp-html\n\n<p>amp</p>", HTML), "plain", []),
        ("multipart/alternative", (EMPTY, "Content-Type: text/enriched\n\n<bold>b</bold>"), "b", []),
        ("multipart/mixed", ("Content-Type: text/x-report\n\nall is well",), "all is well", ["part-1.txt"]),
        ("multipart/mixed", (EMPTY, "Content-Type: text/plain; name=a.log\n\nlog"), "", ["a.log"]),
        ("multipart/mixed", ("Content-Type: text/plain charset=utf-8\n\nplain",), "plain", []),
        (
            "multipart/mixed",
            (PLAIN, 'Content-Type: application/pdf; x=y;\nname="a.pdf"\nX: y\n\nx'),
            "plain",
            ["a.pdf"],
        ),
        ("multipart/mixed", (PLAIN, 'X: y\nContent-Type: application/pdf;\nname="a.pdf"\n\nx'), "plain", ["a.pdf"]),
        ("multipart/mixed", (PLAIN, "Content-Type: image/tiff\n\nx"), "plain", ["part-1.tiff"]),
    ],
)
def test_body_and_attachments(kind: str, parts: tuple[str, ...], text: str, names: list[str]) -> None:
    result = mail(kind, *parts)
    assert result.text.strip() == text
    assert [each.name for each in result.attachments] == names


def test_a_multipart_without_any_part_is_read_as_the_text_that_it_is() -> None:
    raw = b"From: a@b.cc\r\nContent-Type: multipart/mixed; boundary=never\r\n\r\nWe cannot log in.\r\n"
    assert parse(raw).text == "We cannot log in.\n"


def in_odd_lines(data: bytes) -> bytes:
    return b"\r\n".join(data[at : at + 7] for at in range(0, len(data), 7))


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [
        ("base64", base64.encodebytes),
        ("BASE64 ; x", base64.encodebytes),
        ("base64", lambda data: base64.b64encode(data).rstrip(b"=")),
        ("base64", lambda data: in_odd_lines(base64.b64encode(data))),
        ("binary", lambda data: data),
    ],
)
@pytest.mark.parametrize("size", [5, 70_001, 700_002])
def test_attachments_are_measured_to_the_octet_however_large(encoding: str, encode: object, size: int) -> None:
    content = (b"octets \xff\x00 " * (size // 9 + 1))[:size]
    assert callable(encode)
    head = b"From: a@b.cc\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: a/b\r\n"
    raw = head + b"Content-Transfer-Encoding: " + encoding.encode() + b"\r\n\r\n" + encode(content) + b"\r\n--b--\r\n"
    (attachment,) = parse(raw, digests=True).attachments
    assert (attachment.size, attachment.sha256) == (size, hashlib.sha256(content).hexdigest())
    (counted,) = parse(raw).attachments
    assert (counted.size, counted.sha256) == (size, "")


def test_a_large_text_body_is_read_all_the_same() -> None:
    raw = b"From: a@b.cc\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + b"caf=C3=A9 =\r\nbar\r\n" * 10_000
    assert parse(raw).text == "café bar\n" * 10_000


def test_a_text_that_only_calls_itself_base64_is_read_as_it_stands() -> None:
    head = b"From: a@b.cc\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    prose = b"This is plain text, really, and\r\nnot base64 at all. Who would say so?\r\n"
    assert parse(head + prose).text == prose.decode().replace("\r\n", "\n")
    assert parse(head + base64.encodebytes(prose) + b"-- \r\nadded by a list\r\n").text.startswith("This is plain text")
    assert parse(head + base64.b64encode(b"caf\xc3\xa9")[:-1]).text == "café"


def test_a_page_is_read_in_the_charset_that_it_names_itself() -> None:
    page = "<html><meta http-equiv=Content-Type content='text/html; charset=koi8-r'><p>привет</p>".encode("koi8-r")
    assert parse(b"From: a@b.cc\r\nContent-Type: text/html\r\n\r\n" + page).text == "привет"
    labelled = page.decode("koi8-r").encode("cp1251")
    assert parse(b"From: a@b.cc\r\nContent-Type: text/html; charset=cp1251\r\n\r\n" + labelled).text == "привет"


def test_a_file_in_the_text_is_an_attachment_and_nothing_new() -> None:
    mail = parse(
        b"From: a@b.cc\r\n\r\nSee the file\r\nbegin 644 ../a.txt\r\n#86)C\r\n`\r\nend\r\nand tell.\r\n", digests=True
    )
    assert [(each.name, each.size) for each in mail.attachments] == [("a.txt", 3)]
    assert mail.attachments[0].sha256 == hashlib.sha256(b"abc").hexdigest()
    assert (mail.new_text, "#86)C" in mail.text) == ("See the file\nand tell.", True)
    prose = b"From: a@b.cc\r\n\r\nbegin 100 days before\r\nthe contract comes to its\r\nend\r\n"
    assert parse(prose).attachments == ()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("log.txt", "log.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\win.ini", "win.ini"),
        ("/", ""),
        (".bashrc", "bashrc"),
        ("..", ""),
        ("a\r\nb\x00.txt", "a b .txt"),
        ("x" * 500 + ".tar", "x" * 130 + ".tar"),
        ("evil\u202etxt.exe", "eviltxt.exe"),
    ],
)
def test_a_name_is_a_name_and_never_a_path(name: str, safe: str) -> None:
    assert safe_name(name).replace("\ufffd", "") == safe


def test_texts_beyond_what_a_mail_has_are_attachments() -> None:
    parts = b"".join(b"--b\n\n%d\n" % number for number in range(TEXTS + 2))
    read = parse(b"From: a@b.cc\nContent-Type: multipart/mixed; boundary=b\n\n" + parts + b"--b--\n")
    assert read.text.split() == [str(number) for number in range(TEXTS)]
    assert [each.type for each in read.attachments] == ["text/plain"] * 2


def test_texts_together_are_bounded_as_one_is() -> None:
    part = b"--b\n\n" + b"twelve octets\n" * 100_000
    read = parse(b"From: a@b.cc\nContent-Type: multipart/mixed; boundary=b\n\n" + part * 4 + b"--b--\n")
    assert len(read.text) <= TOLD + 4
    assert len(read.attachments) == 1
    assert any(each.startswith("a text was cut") for each in read.defects)


def test_a_part_with_endless_headers_keeps_what_says_what_it_is() -> None:
    noise = b"".join(b"X-%d: y\n" % number for number in range(5_000))
    name = b"Content-Disposition: attachment; filename=a.txt" + b"; x=y" * 5_000 + b"\n"
    part = b"--b\nContent-Type: text/plain\n" + noise + name + b"\nhello\n--b--\n"
    read = parse(b"From: a@b.cc\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n" + part)
    assert (read.text, [(each.name, each.size) for each in read.attachments]) == ("text", [("a.txt", 5)])
