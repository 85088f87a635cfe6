"""Charsets guessed: every script that mail comes in, labelled wrongly or not at all."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.mail.charset import decoded
from intake.mail.detection import detected

WRITTEN = [
    ("Die Größe der Dateien ist überschritten, bitte schön prüfen.", ["cp1252"]),
    ("Le problème a été réglé hier, ça ne marche plus très bien.", ["cp1252"]),
    ("El año pasado funcionó; ¿qué pasó con la configuración?", ["cp1252"]),
    ("È già la terza volta che il servizio non risponde più.", ["cp1252"]),
    ("Não é possível abrir a aplicação desde a última atualização.", ["cp1252"]),
    ("Vi får inte åtkomst till några ärenden längre, så hör av er.", ["cp1252"]),
    ("Zażalenie: proszę o pomoc, część plików się nie wyświetla, błąd ciągle źle opisany.", ["cp1250", "iso8859-2"]),
    ("Dobrý den, systém nefunguje, prosím o řešení co nejdříve, děkuji.", ["cp1250"]),
    ("A rendszer nem működik, kérjük a hibát minél előbb kijavítani, köszönöm.", ["cp1250", "iso8859-2"]),
    ("Merhaba, sistem çalışmıyor, yardım eder misiniz lütfen?", ["cp1254"]),
    ("Здравствуйте, система не работает, помогите, пожалуйста.", ["cp1251", "koi8-r"]),
    ("Καλημέρα, το σύστημα δεν λειτουργεί από χθες το πρωί.", ["cp1253"]),
    ("שלום, המערכת אינה עובדת מאז הבוקר.", ["cp1255"]),
    ("مرحبا، النظام لا يعمل منذ الصباح.", ["cp1256"]),
    ("お世話になっております。サーバーが停止しました。", ["cp932", "euc_jp", "iso2022_jp"]),
    ("안녕하세요, 서버가 어제부터 작동하지 않습니다.", ["cp949", "iso2022_kr"]),
    ("您好，服务器从昨天起无法启动，请帮助我们。", ["gb18030"]),
    ("您好，伺服器從昨天起無法啟動，請協助處理。", ["big5"]),
]
CASES = [(text, codec) for text, charsets in WRITTEN for codec in charsets]


@pytest.mark.parametrize("label", [None, "utf-8", "us-ascii", "x-unknown"])
@pytest.mark.parametrize(("text", "codec"), CASES, ids=[codec for _, codec in CASES])
def test_a_text_is_read_whatever_it_is_called(text: str, codec: str, label: str | None) -> None:
    read, wrong = decoded(text.encode(codec), label)
    assert read == text
    assert wrong


@pytest.mark.parametrize(
    ("text", "codec"), [each for each in CASES if each[1] in ("cp1251", "koi8-r", "euc_jp", "big5")]
)
def test_what_calls_itself_latin_and_is_none_is_not_believed(text: str, codec: str) -> None:
    assert decoded(text.encode(codec), "iso-8859-1")[0] == text


@pytest.mark.parametrize("text", [text for text, charsets in WRITTEN if charsets == ["cp1252"]])
def test_what_is_latin_is_believed(text: str) -> None:
    assert decoded(text.encode("cp1252"), "iso-8859-1") == (text, "")


@pytest.mark.parametrize(
    ("word", "codec"),
    [
        ("Prüfung", "cp1252"),
        ("Grüße", "cp1252"),
        ("café", "cp1252"),
        ("Привет", "cp1251"),
        ("Привет", "koi8-r"),
        ("Заявка 12: ОШИБКА", "cp1251"),
        ("Καλημέρα", "cp1253"),
    ],
)
def test_a_single_word_is_read_too(word: str, codec: str) -> None:
    assert decoded(word.encode(codec))[0] == word


def test_the_escapes_of_a_terminal_are_no_charset() -> None:
    assert decoded(b"\x1b[31mred\x1b[0m") == ("\x1b[31mred\x1b[0m", "")


@given(st.binary(max_size=300))
def test_any_bytes_are_in_a_codec_that_there_is(data: bytes) -> None:
    codecs.lookup(detected(data))
