"""langdetect's opinion, in other steps than its own: it must be the same to the last bit."""

import random
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
from langdetect import LangDetectException
from langdetect.detector_factory import DetectorFactory

from rules import second_opinion
from rules.second_opinion import SEED, opinion
from tests.rules.samples import SHARED

LANGUAGES = SHARED / "lang"
SENTENCES = (
    "Good morning, one of our reports has been showing an empty column since the update of last night.",
    "Guten Morgen, in einem unserer Berichte ist seit dem Update der letzten Nacht eine Spalte leer.",
    "Depuis la mise à jour de cette nuit, une colonne de l'un de nos rapports reste vide, merci de nous aider.",
    "Здравствуйте, сервер не запускается со вчерашнего вечера.",
    "您好，我们的服务器从昨天晚上开始无法启动，请尽快帮助我们解决这个问题。",
    "サーバーが昨日から起動しません。どうすればよいですか。 IREX",
    "서버가 어제부터 시작되지 않습니다.",
    "Máy chủ không khởi động được từ tối hôm qua, xin hãy giúp đỡ. e\u0302\u0301 a\u0300",
    "السلام عليكم، الخادم لا يعمل منذ الليلة الماضية، ما الحل؟ فارسی",
    "Serverul nu mai porne\u0219te de asear\u0103, v\u0103 rug\u0103m s\u0103 ne ajuta\u021bi.",
)
STRANGE = (
    "https://a.example/b?c=d",
    "(mo@larch.example)",
    "ABC",
    "A",
    "Ab",
    "12",
    "\t",
    "\u00a0",
    "\u3000",
    "[x]",
    "@",
    "-",
    "",
)


@cache
def library() -> DetectorFactory:
    """With its profiles by name; by itself it takes them as the disk lists them, which changes the last bit."""
    factory = DetectorFactory()
    profiles = sorted(files("langdetect").joinpath("profiles").iterdir(), key=lambda each: each.name)
    factory.load_json_profile([each.read_text(encoding="utf-8") for each in profiles])
    factory.set_seed(SEED)
    return factory


def of_the_library(text: str) -> list[tuple[str, float]]:
    detector = library().create()
    detector.append(text)
    try:
        found: list[Any] = detector.get_probabilities()
    except LangDetectException:
        return []
    return [(each.lang.partition("-")[0], each.prob) for each in found]


@pytest.mark.parametrize("text", [*SENTENCES, *map(str.upper, SENTENCES), *STRANGE, " ", "\n", "12345", "AB CD", "a\n"])
def test_the_opinion_is_the_library_s(text: str) -> None:
    assert opinion(text) == of_the_library(text)


def test_the_opinion_on_mixed_and_strange_texts_is_the_library_s() -> None:
    rng = random.Random(7)
    words = [word for sentence in SENTENCES for word in sentence.split(" ")] + list(STRANGE)
    for _ in range(300):
        text = "".join(rng.choice(words) + rng.choice("    \n,.") for _ in range(rng.randrange(1, 60)))
        text = text[: rng.randrange(len(text) + 1)]
        assert opinion(text) == of_the_library(text), text


@pytest.mark.skipif(not LANGUAGES.exists(), reason="the sentences of many languages are not beside the project")
def test_the_opinion_on_sentences_of_many_languages_is_the_library_s() -> None:
    for file in sorted(LANGUAGES.glob("*.txt")):
        for line in file.read_text(encoding="utf-8").splitlines()[::25]:
            assert opinion(line) == of_the_library(line), line


def test_what_is_kept_in_mind_is_little_and_losing_it_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_opinion, "KEPT_ROWS", 10)
    rows = second_opinion.profiles().rows
    rows.clear()
    for sentence in SENTENCES:
        assert opinion(sentence) == of_the_library(sentence)
        assert len(rows) <= 10
    assert opinion("ab" * 100 + " " + SENTENCES[0]) == of_the_library("ab" * 100 + " " + SENTENCES[0])
    kept = len(second_opinion._kept())
    opinion("abc" * 100)
    assert len(second_opinion._kept()) == kept


def test_of_a_text_that_is_too_long_the_end_is_left_out() -> None:
    many = SENTENCES[1] * (second_opinion.LONGEST // len(SENTENCES[1]) + 1)
    assert opinion(many + SENTENCES[0] * 1000) == opinion(many)
