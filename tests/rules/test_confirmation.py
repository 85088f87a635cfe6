"""Whether a text is in none of some languages: the quick way must always say what the library says."""

import random
from random import Random

import pytest

from rules import confirmation
from rules.confirmation import is_none_of
from rules.second_opinion import SEED, Guess, opinion
from tests.rules.samples import SHARED
from tests.rules.test_second_opinion import LANGUAGES, SENTENCES, STRANGE

ACCEPTED = (("en",), ("de",), ("fr", "en"), ("zh",), ("ja", "nl", "pl"), ())
WORDS = [word for sentence in SENTENCES for word in sentence.split(" ")] + list(STRANGE)


def by_the_library(text: str, languages: tuple[str, ...]) -> bool:
    guesses = opinion(text)
    return bool(guesses) and not any(guess.language in languages for guess in guesses)


def mixed(rng: Random) -> str:
    return "".join(rng.choice(WORDS) + rng.choice("    \n,.") for _ in range(rng.randrange(1, 60)))


@pytest.mark.parametrize("text", [*SENTENCES, *map(str.upper, SENTENCES), *STRANGE, " ", "12345", "AB CD", "a\n"])
def test_the_answer_is_the_library_s(text: str) -> None:
    for languages in ACCEPTED:
        assert is_none_of(text, languages) == by_the_library(text, languages)


def test_the_answer_on_mixed_and_strange_texts_is_the_library_s() -> None:
    rng, said = random.Random(5), set()
    for _ in range(400):
        text, languages = mixed(rng), rng.choice(ACCEPTED)
        said.add(is_none_of(text, languages))
        assert is_none_of(text, languages) == by_the_library(text, languages), text
    assert said == {True, False}


@pytest.mark.skipif(not LANGUAGES.exists(), reason="the sentences of many languages are not beside the project")
def test_the_answer_on_sentences_of_many_languages_is_the_library_s() -> None:
    for file in sorted((SHARED / "lang").glob("*.txt")):
        for line in file.read_text(encoding="utf-8").splitlines()[::20]:
            for languages in (("en",), (file.stem,)):
                assert is_none_of(line, languages) == by_the_library(line, languages), line


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are left to the exact way."""
    texts: list[str] = []

    def asking(text: str) -> list[Guess]:
        texts.append(text)
        return opinion(text)

    monkeypatch.setattr(confirmation, "opinion", asking)
    return texts


@pytest.mark.parametrize(("name", "value"), [("SEEN", 1.0), ("MOST_DRAWS", 6), ("NUMBERS", 50)])
def test_what_is_too_close_to_call_or_takes_long_is_asked_of_the_library(
    name: str, value: float, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_none_of(SENTENCES[1], ("en",))
    assert not asked
    monkeypatch.setattr(confirmation, name, value)
    confirmation._chance.cache_clear()
    assert is_none_of(SENTENCES[1], ("en",))
    assert not is_none_of(SENTENCES[1], ("de",))
    confirmation._chance.cache_clear()
    assert asked


def test_hardly_any_mail_is_left_to_the_library(asked: list[str]) -> None:
    for sentence in (*SENTENCES, *(" ".join(SENTENCES[1:3]), "Das ist es. " * 30)):
        is_none_of(sentence, ("en",))
    assert len(asked) <= 2


def test_its_chance_is_the_library_s() -> None:
    source, chance = Random(SEED), confirmation._chance()
    assert chance.normal(0) == (source.gauss(0.0, 1.0), source.gauss(0.0, 1.0))
    assert list(chance.below(9)[4:40]) == [source.getrandbits(9) for _ in range(36)]


def test_few_rows_are_kept_in_mind_and_losing_them_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmation, "KEPT_ROWS", 10)
    rows = confirmation._rows()
    rows.clear()
    for sentence in SENTENCES:
        assert is_none_of(sentence, ("en",)) == by_the_library(sentence, ("en",))
        assert len(rows) <= 10
