"""The tree, date and defects of a mail: told plainly they are what mail-parser tells, bit by bit."""

import random
from email.message import Message
from pathlib import Path

import pytest

from intake.mail.cut import cut
from intake.mail.tree import Tree, _told_by_mail_parser, _told_plainly, tree
from rules.facts import Unreadable

MAILS = sorted((Path(__file__).parents[2] / "mails").glob("*.eml"))

ADDRESSES = (
    *(b"Ana Ruiz <ana@alder.example>", b"ana@alder.example", b"<ana@alder.example>", b'"Ruiz, Ana" <a.b+c@d-e.fg>'),
    *(b"=?utf-8?q?Ana_Ru=C3=ADz?= <a@b.cc>", b"=?UTF-8?B?QW5h?= R. =?iso-8859-1?Q?Ru=EDz?= <a@b.cc>"),
    *(b"a@b.cc, B <b@c.dd>", b"=?utf-8?b?QW5?= <a@b.cc>", b"=?utf-8?q?=E9?= <a@b.cc>", b"=?x-bogus?q?a?= <a@b.cc>"),
    *(
        b"Ana Ruiz",
        b"Ana <ana>",
        b"a@b.cc, ",
        b"<a@b.cc",
        b"a@b.cc>",
        b"A@B <a@b.cc>",
        b"Group: a@b.cc;",
        b"",
        b"a..b@c.dd",
    ),
    *(
        b"J . Doe <a@b.cc>",
        b"a@b.cc\n b@c.dd",
        b"\xe9 <a@b.cc>",
        b"=?utf-8?q?" + b"a" * 80 + b"?= <a@b.cc>",
        b'"a@b.cc"',
    ),
    *(
        b"O'Neil <a@b.cc>",
        b"=?utf-8?q?a,b?= <a@b.cc>",
        b"a@b.cc (Ana)",
        b"=?utf-8?q?a?=b <a@b.cc>",
        b"-. <a@b.cc>",
        b"=?utf-8?b?=?= <a@b.cc>",
    ),
)
DATES = (
    *(b"Tue, 10 Mar 2026 09:15:00 +0100", b"10 Mar 26 09:15 GMT", b"Mon, 10 Mar 2026 09:15:00 +0100", b"yesterday"),
    *(b"Tue, 10 Mar 2026 09:15:60 -0000 (CET)", b"Tue, 31 Feb 2026 09:15:00 +0100", b"", b"\xe9"),
)
TYPES = (
    *(
        b"text/plain",
        b"text/plain; charset=utf-8",
        b'text/html; charset="iso-8859-1"',
        b"TEXT/Plain;\n charset=x-bogus",
    ),
    *(b"text", b"text/plain/x", b"application/pdf; name=a.pdf", b"message/rfc822", b"multipart/mixed", b"text/rtf"),
    *(
        b"text/plain; name*=utf-8''%E9.txt",
        b"text/plain; name==?utf-8?q?=C3=A9?=",
        b"text/plain; format=flowed",
        b"image/png",
    ),
    *(b"text/plain; charset=us-ascii; name=a.txt", b"text/plain; charset=utf-16", b"text/plain \xe9", b"text/x-y"),
)
ENCODINGS = (b"7bit", b"8bit", b"base64", b"quoted-printable", b" Base64 ", b"x-uuencode", b"bogus")
DISPOSITIONS = (
    b"inline",
    b"attachment",
    b"attachment; filename=a.txt",
    b"inline; filename=b.txt",
    b"x; filename*=utf-7''+2AA-",
)
BODIES = (
    b"text\r\n",
    b"gr\xc3\xbc\xc3\x9f dich\n",
    b"caf\xe9",
    b"w6k=\r\n",
    b"=C3=A9 =\r\n",
    b"",
    b"--x\r\n",
    b"\r\n\r\nFrom: b@c.dd\r\n",
)


def header(rng: random.Random) -> bytes:
    lines = [b"From: " + rng.choice(ADDRESSES)]
    lines += [name + b": " + rng.choice(ADDRESSES) for name in (b"To", b"Cc", b"Reply-To") if rng.random() < 0.3]
    lines += [b"Date: " + rng.choice(DATES) for _ in range(rng.choice((0, 1, 1, 2)))]
    return b"\r\n".join([*lines, b"Subject: =?utf-8?q?=C3=A9?= x", content(rng)])


def content(rng: random.Random) -> bytes:
    lines = [b"Content-Type: " + rng.choice(TYPES)] * (rng.random() < 0.8)
    lines += [b"Content-Transfer-Encoding: " + rng.choice(ENCODINGS)] * (rng.random() < 0.4)
    lines += [b"Content-Disposition: " + rng.choice(DISPOSITIONS)] * (rng.random() < 0.3)
    lines += [b"Content-ID: <a@b>"] * (rng.random() < 0.2)
    return b"\r\n".join([*lines, b"MIME-Version: 1.0"])


def mail(rng: random.Random) -> bytes:
    if rng.random() < 0.5:
        return header(rng) + b"\r\n\r\n" + rng.choice(BODIES)
    parts = (b"--x\r\n" + content(rng) + b"\r\n\r\n" + rng.choice(BODIES) + b"\r\n" for _ in range(rng.randrange(4)))
    kind = b"\r\nContent-Type: multipart/" + rng.choice((b"mixed", b"alternative")) + b"; boundary=x\r\n\r\n"
    return header(rng).partition(b"\r\nContent-")[0] + kind + b"".join(parts) + b"--x--\r\n" * (rng.random() < 0.8)


def shape(message: Message) -> list[object]:
    """All that the reader of a mail asks of its tree."""
    return [
        (part.get_content_type(), list(part.raw_items()), None if part.is_multipart() else part.get_payload())
        for part in message.walk()
    ]


def told(raw: bytes) -> tuple[Tree | None, Tree | None]:
    """Plainly, and by the library; None where it is told otherwise."""
    parted = cut(raw)
    try:
        library = _told_by_mail_parser(parted)
    except Exception:  # noqa: BLE001 - what the library raises is no answer
        library = None
    try:
        return _told_plainly(parted), library
    except Exception:  # noqa: BLE001 - then the library is asked, and raises it too
        return None, library


def test_what_is_told_plainly_is_what_mail_parser_tells() -> None:
    rng, plainly = random.Random(3), 0
    for _ in range(3_000):
        raw = mail(rng)
        ours, library = told(raw)
        if ours is not None:
            assert library is not None, raw
            assert (ours.date, ours.defects) == (library.date, library.defects), raw
            assert shape(ours.message) == shape(library.message), raw
            plainly += 1
    assert plainly > 500


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_a_sample_is_told_alike(path: Path) -> None:
    ours, library = told(path.read_bytes())
    if ours is not None and library is not None:
        assert (ours.date, ours.defects) == (library.date, library.defects)
        assert shape(ours.message) == shape(library.message)


def test_a_plain_mail_does_not_trouble_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake.mail.tree._told_by_mail_parser", lambda parted: pytest.fail("it was asked"))
    raw = b"From: Ana <a@b.cc>\r\nTo: b@c.dd\r\nDate: Tue, 10 Mar 2026 09:15:00 +0100\r\n"
    assert tree(cut(raw + b"\r\ntext")).defects == ()
    assert tree(cut(raw + b"Content-Type: text/plain; charset=utf-8\r\n\r\ngr\xc3\xbc\xc3\x9f")).defects == ()
    parts = b"--x\r\nContent-Type: text/html\r\n\r\n<p>\r\n--x\r\nContent-Type: a/b; name=c\r\n\r\nd\r\n--x--\r\n"
    assert tree(cut(raw + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + parts)).defects == ()


def test_where_the_library_breaks_the_standard_tree_has_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise AttributeError("'NoneType' object has no attribute 'index'")

    monkeypatch.setattr("intake.mail.tree._told_by_mail_parser", broken)
    told = tree(cut(b"From: nobody at all <\r\nSubject: a\r\nContent-Type: multipart/mixed\r\n\r\ntext"))
    assert (told.date, told.defects) == (None, ("mail-parser could not read it",))
    assert told.message.get_payload() == "text"
    monkeypatch.setattr("intake.mail.tree.email.message_from_bytes", lambda data: "".index("x"))
    with pytest.raises(Unreadable, match=r"cannot be told apart \(ValueError\)"):
        tree(cut(b"Content-Type: multipart/mixed\r\n\r\ntext"))
