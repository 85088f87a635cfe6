"""Charsets: labels are believed while they can be, then what their writers meant, then what fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.mail.charset import codec_of, decoded

GERMAN = "Die Überwachung der Türen fällt ständig aus, wir müssen täglich neu starten. Grüße aus Köln, Jürgen"
RUSSIAN = "Добрый день, после обновления сервер перестал отвечать, помогите пожалуйста разобраться"
JAPANESE = "昨日からカメラの映像が表示されません。再起動しても直りませんでした。"
CHINESE = "您好，升级之后录像服务器无法启动，请尽快帮助我们解决这个问题。镕"


@pytest.mark.parametrize(
    ("data", "label", "text"),
    [
        (GERMAN.encode("latin-1"), "iso-8859-1", GERMAN),
        (GERMAN.encode("utf-8"), "iso-8859-1", GERMAN),
        (GERMAN.encode("utf-8"), "us-ascii", GERMAN),
        (GERMAN.encode("utf-8"), None, GERMAN),
        (GERMAN.encode("cp1252"), None, GERMAN),
        (GERMAN.encode("cp1252"), "x-bogus", GERMAN),
        (GERMAN.encode("cp1252"), "utf-8", GERMAN),
        ("“curly” – €".encode("cp1252"), "iso-8859-1", "“curly” – €"),
        (RUSSIAN.encode("koi8-r"), "koi8-r", RUSSIAN),
        (RUSSIAN.encode("cp1251"), None, RUSSIAN),
        (RUSSIAN.encode("koi8-r"), None, RUSSIAN),
        (JAPANESE.encode("iso-2022-jp"), "ISO-2022-JP", JAPANESE),
        (JAPANESE.encode("cp932"), "ISO-2022-JP", JAPANESE),
        (JAPANESE.encode("cp932"), "shift_jis", JAPANESE),
        (CHINESE.encode("gbk"), "gb2312", CHINESE),
        ("한국어 메일입니다".encode("cp949"), "ks_c_5601-1987", "한국어 메일입니다"),
        ("ok".encode("utf-16"), "utf-16", "ok"),
        (b"\xef\xbb\xbfbom", "utf-8", "bom"),
        (b"Hi +AGE-", "utf-7", "Hi a"),
        (b"caf\xe9", None, "café"),
        (b"", "utf-8", ""),
    ],
)
def test_text_comes_out_as_it_was_written(data: bytes, label: str | None, text: str) -> None:
    assert decoded(data, label)[0] == text


def test_what_was_wrong_is_told() -> None:
    assert decoded("é".encode(), "iso-8859-1")[1] == "charset iso-8859-1 was really utf-8"
    assert decoded(b"plain", "x-bogus")[1] == ""


@pytest.mark.parametrize(
    "label", ["punycode", "idna", "unicode_escape", "base64", "zlib", "rot13", "", "x" * 99, "a\0b"]
)
def test_what_is_no_charset_is_not_used(label: str) -> None:
    assert codec_of(label) is None


@given(
    st.binary(max_size=400), st.sampled_from([None, "utf-8", "utf-16-le", "utf-7", "iso-2022-jp", "hz", "gb2312", "x"])
)
def test_any_bytes_become_storable_text(data: bytes, label: str | None) -> None:
    text, _ = decoded(data, label)
    assert "\0" not in text
    text.encode("utf-8")
