"""Tone: single words that say nothing alone, and together tell how bad it is for whoever writes.

"nobody", "stopped" and "anywhere" are written by people whose work stands still, "page", "wonder" and "sometime" by
people who have time. No list of phrases foresees every wording of an outage; such words are in most of them. Which word
speaks for which severity is the policy's, or its vocabulary's (`four_levels`, whose numbers `make weights` fits); what
becomes of it is `rules.weighing`'s business. A word counts once, however often it is written and wherever it stands:
where denial and supposition matter, phrases see to them.
"""

from collections.abc import Iterator, Mapping

from rules.facts import Found, Heard
from rules.words import Words

TONE = "tone"
"""The topic of what is found here; its value is the language and the word: "en:nobody"."""
NUMBER = "#"

Row = tuple[int, ...]


def tone(words: Words, known: Mapping[str, Mapping[str, Row]]) -> Iterator[Found]:
    """The words of a mail that are known in a language, each where it stands first."""
    seen: set[str] = set()
    for at, spelt in enumerate(words.word):
        word = lemma(spelt)
        if word in seen:
            continue
        seen.add(word)
        for language, rows in known.items():
            if word in rows:
                said = words.excerpt(at, at)
                yield Found(said, words.where[at], words.sentence[at], TONE, f"{language}:{word}", Heard.STATED)


def row_of(found: Found, known: Mapping[str, Mapping[str, Row]]) -> Row:
    """How much a word that was found speaks for each severity; empty where the policy does not know it."""
    language, _, word = found.value.partition(":")
    return known.get(language, {}).get(word, ())


def lemma(word: str) -> str:
    """What stands for a word in the tables: itself, or # for whatever begins with a digit."""
    return NUMBER if word[0].isdigit() else word
