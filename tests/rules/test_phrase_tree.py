"""Walks through the tree of wordings: they find what a slow look from every word finds, and keep little in mind."""

import random
from collections.abc import Iterator

import pytest

from rules import phrase_tree, topic_words
from rules.patterns import BRIDGE, OPENING, Entry, variants
from rules.phrase_tree import GAP, Phrase, Tree
from rules.senses import Grammar
from rules.topic_words import Leaning, Leanings
from rules.words import Words, read_words

PATTERNS = (
    *("red", "red house", "(red|blue) ~ house", "the? red* ~ (house|cars)", "red ~ blue ~ house"),
    *("^ red", "^ the house", "# houses", "### houses", "#.# ~ red", "@ house", "@s house"),
    *("red red red", "house ~ not"),
)
VOCABULARY = ("red", "Red", "redder", "blue", "house", "houses", "the", "cars", "7", "345", "4.2", "Alder", "Alder's")
SIGNS = (" ", " ", " ", " ", ", ", ". ", "? ", "\n\n")
GRAMMAR = Grammar()


def tree() -> Tree:
    made = Tree()
    for text in PATTERNS:
        for variant in variants(text, GRAMMAR.groups):
            made.insert(variant, Phrase("a", text, text))
    return made


def text(rng: random.Random, length: int) -> str:
    return "".join(rng.choice(VOCABULARY) + rng.choice(SIGNS) for _ in range(length))


def slowly(words: Words) -> set[tuple[int, int, str, tuple[int, ...]]]:
    """Every wording from every word, one entry after another."""
    return {
        (first, last, text, over)
        for text in PATTERNS
        for variant in variants(text, GRAMMAR.groups)
        for first in range(len(words.word))
        if _accepts(variant[variant[0] == OPENING], words, first)
        and (variant[0] != OPENING or not first or words.clause[first] != words.clause[first - 1])
        for last, over in _onward(list(variant[1 + (variant[0] == OPENING) :]), words, first, first, ())
    }


def _onward(
    rest: list[Entry], words: Words, first: int, at: int, over: tuple[int, ...]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    if not rest:
        yield at, over
        return
    gap = rest[0] == BRIDGE
    for after in range(at + 1, at + 2 + GAP * gap):
        if after >= len(words.word) or words.sentence[after] != words.sentence[first]:
            return
        if gap and words.clause[after] != words.clause[at]:
            return
        if _accepts(rest[gap], words, after):
            yield from _onward(rest[1 + gap :], words, first, after, (*over, *range(at + 1, after)))


def _accepts(entry: Entry, words: Words, at: int) -> bool:
    word, named = words.word[at], words.name_at(at)
    ways = {word, *(f"{word[:length]}*" for length in range(1, len(word) + 1))}
    if word[0].isdigit():
        ways.add("#")
        ways |= {"###"} if len(word.partition(".")[0]) > 2 else set()
        ways |= {"#.#"} if "." in word else set()
    ways |= {"@"} if named else set()
    ways |= {"@s"} if named == "owner" else set()
    return not ways.isdisjoint(entry)


@pytest.mark.parametrize("seed", range(20))
def test_a_walk_finds_what_a_slow_look_from_every_word_finds(seed: int) -> None:
    rng, of_all, said = random.Random(seed), tree(), 0
    for _ in range(20):
        words = read_words("", text(rng, 30), frozenset({"the"}))
        found = {(first, last, phrase.text, over) for first, last, phrase, over in of_all.matches(words)}
        assert found == slowly(words)
        said += len(found)
    assert said > 50


def test_the_states_that_are_kept_are_few_and_losing_them_loses_no_match(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phrase_tree, "KEPT_STATES", 5)
    monkeypatch.setattr(phrase_tree, "KEPT_WORDS", 4)
    rng, of_all = random.Random(1), tree()
    for _ in range(50):
        words = read_words("", text(rng, 8), frozenset())
        found = {(first, last, phrase.text, over) for first, last, phrase, over in of_all.matches(words)}
        assert found == slowly(words)
        assert of_all._states <= 5 + 8 * len(PATTERNS)
        assert all(len(kinds) <= 4 for kinds in of_all._kind_of.values())


def test_a_long_word_is_not_kept_in_mind() -> None:
    of_all, leanings = tree(), Leanings([Leaning("a", {("red*",): 1}, 1, None)], fewest=0)
    words = read_words("", "red" * 100, frozenset())
    assert not of_all.matches(words)
    assert [one.topic for one in leanings.heard(words)[0]] == ["a"]
    assert not any(of_all._kind_of.values())
    assert not leanings._known


def test_the_words_that_leanings_keep_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic_words, "KEPT_WORDS", 3)
    leanings = Leanings([Leaning("a", {("red", "house"): 1}, 1, None)], fewest=0)
    for number in range(10):
        words = read_words("", f"x{number} the red house stands", frozenset())
        assert [one.phrase for one in leanings.heard(words)[0]] == ["red house"]
        assert len(leanings._known) <= 3
