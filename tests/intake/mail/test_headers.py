"""Header values: read as their writers meant them, in one harmless line, whatever they hold."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.mail.headers import date_of, message_id, message_ids, parameters, text_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b" plain ", "plain"),
        (b" folded\n value", "folded value"),
        (b"=?utf-8?q?Caf=C3=A9_bar?=", "Café bar"),
        (b"=?UTF-8?B?w6k=?=\n =?UTF-8?B?w6k=?=", "éé"),
        (b"=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"),  # a character split between two words, as Exchange does
        (b"=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        (b"=?utf-8*de?q?gr=C3=BC=C3=9F?=", "grüß"),
        (b"=?iso-8859-1?q?=A480?=", "¤80"),
        (b"=?gb2312?b?w8A=?=", "美"),
        (b"=?x-unknown?q?abc?=", "abc"),
        (b"=?utf-8?Q?Why?_And_how??= x", "Why? And how? x"),
        (b"=?utf-8?Q?a??= =?utf-8?Q?b=3D?=", "a?b="),
        (b"=?utf-8?Q?never ends =?utf-8?Q?b?=", "=?utf-8?Q?never ends b"),
        (b"=?utf-8?b?4pyT?", "=?utf-8?b?4pyT?"),
        (b"=?utf-8?b?YWJj!?=", "abc"),
        ("Gerät".encode("latin-1"), "Gerät"),
        ("Gerät".encode(), "Gerät"),
        (b"a\0b\x1b[31mc", "a\ufffdb [31mc"),
        ("safe\u202egnp.exe".encode(), "safegnp.exe"),
        (b"=?utf-8?q?one=0D=0ABcc=3A_x?=", "one Bcc: x"),
    ],
)
def test_a_header_reads_as_one_line_of_text(value: bytes, text: str) -> None:
    assert text_of(value) == text.replace("\0", "\ufffd")


def test_raw_text_is_read_in_the_charset_of_the_body() -> None:
    assert text_of("привет мир".encode("koi8-r"), "koi8-r") == "привет мир"


@given(st.binary(max_size=300))
def test_no_bytes_break_a_header_and_none_get_a_second_line(value: bytes) -> None:
    text = text_of(b"=?utf-8?q?" + value + b"?= " + value)
    assert text.isprintable() or not set(text) & set("\r\n\0\x1b")
    text.encode("utf-8")


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([b"<a@b> <c@d>"], ("<a@b>", "<c@d>")),
        ([b"<a@b>\n <c@d>", b"<a@b>"], ("<a@b>", "<c@d>")),
        ([b"your mail of Monday <a@b>"], ("<a@b>",)),
        ([b"no ids"], ()),
        ([b"<<a@b>>"], ("<a@b>",)),
    ],
)
def test_message_ids_come_once_and_in_order(values: list[bytes], found: tuple[str, ...]) -> None:
    assert message_ids(values) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b" <a@b>", "<a@b>"),
        (b"a@b", "<a@b>"),
        (b"<a @ b>", "<a@b>"),
        (b"", None),
        (b" < > ", None),
        (b"<[a@b>", "<[a@b>"),
    ],
)
def test_a_message_id_without_its_brackets_is_still_one(value: bytes, found: str | None) -> None:
    assert message_id(value) == found


@pytest.mark.parametrize(
    ("value", "main", "found"),
    [
        (b"text/plain; charset=UTF-8", "text/plain", {"charset": b"UTF-8"}),
        (b"a/b name=c.txt; x=y", "a/b", {"name": b"c.txt", "x": b"y"}),
        (b"a/ b; x=y", "a/b", {"x": b"y"}),
        (b"attachment (as said); x=y", "attachment", {"x": b"y"}),
        (b'text/plain; name="a;b.txt"; x=y', "text/plain", {"name": b"a;b.txt", "x": b"y"}),
        (b'a/b; name="say \\"hi\\""', "a/b", {"name": b'say "hi"'}),
        (b'a/b; name="never ends; x=y', "a/b", {"name": b"never ends", "x": b"y"}),
        (b"a/b; name=two words.txt", "a/b", {"name": b"two words.txt"}),
        (b"a/b; name*=utf-8''M%C3%A4rz", "a/b", {"name": "März".encode()}),
        (b"a/b; name*1*=%C3%A4rz; name*0*=utf-8''M", "a/b", {"name": "März".encode()}),
        (b"a/b; name*=utf-8''\"M%C3%A4rz\"", "a/b", {"name": "März".encode()}),
        (b"a/b; name*0=one; name*1=two", "a/b", {"name": b"onetwo"}),
        (b"a/b; name*=iso-8859-1'de'M%E4rz%ZZ", "a/b", {"name": "März%ZZ".encode()}),
        (b"", "", {}),
    ],
)
def test_parameters_are_joined_and_decoded(value: bytes, main: str, found: dict[str, bytes]) -> None:
    assert parameters(value) == (main, found)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b" Tue, 10 Mar 2026 09:15:00 +0100", datetime(2026, 3, 10, 8, 15, tzinfo=UTC)),
        (b"10 Mar 26 09:15 EST", datetime(2026, 3, 10, 14, 15, tzinfo=UTC)),
        (b"Tue, 10 Mar 2026 09:15:00", datetime(2026, 3, 10, 9, 15, tzinfo=UTC)),
        (b"Tue, 10 Mar 2026 09:15:60 +9999", datetime(2026, 3, 10, 9, 15, 59, tzinfo=UTC)),
        (b"31 Feb 2026 00:00:00 +0000", None),
        (b"yesterday", None),
        (b"", None),
        (b"1" * 1000, None),
    ],
)
def test_a_date_is_utc_or_nothing(value: bytes, found: datetime | None) -> None:
    assert date_of(value) == found


@given(st.binary(max_size=120))
def test_no_bytes_break_a_date_or_a_parameter(value: bytes) -> None:
    date_of(value)
    parameters(value)
