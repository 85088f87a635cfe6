"""Outlook's compressed RTF is unpacked, and its words or the HTML within it are taken out."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.mail.parse import parse
from intake.mail.rich import LARGEST, PRIMER, unpacked, words_of
from tests.intake.mail.test_tnef import mail
from tests.intake.mail.winmail import PROPERTIES, properties, winmail

# the two samples of [MS-OXRTFCP] §3.1
GREETING = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)
REPEATING = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
WRAPPED = rb"""{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}{\f1\fmodern\fcharset204 Courier;}}
{\colortbl;}{\*\generator X;}\uc1\pard\plain\f0 {\*\htmltag19 <html>}{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Gr\'fc\'dfe
{\*\htmltag84 &nbsp;}\htmlrtf \'a0\htmlrtf0 \u8364?5 {\f1 \'cf\'f0\'e8}{\*\htmltag72 </p>}\htmlrtf\par}\htmlrtf0
{\*\htmltag27 </html>}}"""


def packed(rtf: bytes, kind: bytes = b"MELA") -> bytes:
    return struct.pack("<II", len(rtf) + 12, len(rtf)) + kind + b"\0\0\0\0" + rtf


def test_it_is_unpacked_as_the_samples_of_its_specification() -> None:
    assert len(PRIMER) == 207
    assert unpacked(GREETING) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert unpacked(REPEATING) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
    assert unpacked(packed(b"{\\rtf1 as it is}")) == b"{\\rtf1 as it is}"
    assert unpacked(packed(b"{\\rtf1 x}", b"what")) == b""


def test_a_short_piece_that_repeats_itself_is_bounded() -> None:
    data = struct.pack("<II", 9, 2**32 - 1) + b"LZFu\0\0\0\0" + b"\0aaaaaaaa" + (b"\xff" + b"\x0c\xff" * 8) * 200_000
    assert len(unpacked(data)) <= LARGEST


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb"{\rtf1\ansicpg1250 \'9fle\par druh\'fd\tab x\line}", "źle\ndruhý\tx"),
        (rb"{\rtf1\uc2\u8211--\uc0\u8212 a\~b\{\}\\}", "–—a\u00a0b{}\\"),
        (rb"{\rtf1\u-10179?\u-8704?!}", "😀!"),
        (rb"{\rtf1{\fonttbl{\f2\fcharset128 M;}}\f2\'82\'a0\'83A}", "あア"),
        (rb"{\rtf1 a{\pict 0102}{\*\unknown x}{\b b}} after", "ab"),
        (rb"{\rtf1 a\u-9999 ", "a\ufffd"),
    ],
)
def test_plain_rtf_says_its_words(rtf: bytes, text: str) -> None:
    assert words_of(rtf) == (text, False)


def test_the_html_that_it_wraps_comes_out() -> None:
    html, is_html = words_of(WRAPPED)
    assert is_html
    assert "".join(html.split()) == "<html><p>Grüße&nbsp;€5При</p></html>"


def test_a_winmail_that_holds_nothing_else_is_read() -> None:
    data = winmail((1, PROPERTIES, properties((0x1009, 0x102, packed(WRAPPED)))))
    assert parse(mail(data, text=" ")).text.split() == ["Grüße", "€5", "При"]
    assert parse(mail(winmail((1, PROPERTIES, properties((0x1009, 0x102, GREETING)))), text=" ")).text == "hello world"


@given(st.binary(max_size=400), st.integers(0, 300))
def test_any_bytes_within_are_read_or_left(noise: bytes, at: int) -> None:
    assert isinstance(words_of(WRAPPED[:at] + noise + WRAPPED[at:])[0].encode(), bytes)
    assert len(unpacked(GREETING[:16] + noise)) <= 43
