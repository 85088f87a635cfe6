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
    places = _places(words)
    told = [
        (places[word], number, f"{language}:{word}")
        for number, (language, rows) in enumerate(known.items())
        for word in rows.keys() & places.keys()
    ]
    stated, where, sentence = Heard.STATED, words.where, words.sentence
    for at, _, value in sorted(told):
        yield Found(words.excerpt(at, at), where[at], sentence[at], TONE, value, stated)


def _places(words: Words) -> dict[str, int]:
    """Where each word, as the tables have it, stands first."""
    count = len(words.word)
    places = dict(zip(reversed(words.word), range(count - 1, -1, -1), strict=True))
    numbers = [word for word in places if word[0].isdigit()]
    if numbers:
        places[NUMBER] = min(places.pop(word) for word in numbers)
    return places


def row_of(found: Found, known: Mapping[str, Mapping[str, Row]]) -> Row:
    """How much a word that was found speaks for each severity; empty where the policy does not know it."""
    language, _, word = found.value.partition(":")
    return known.get(language, {}).get(word, ())


def lemma(word: str) -> str:
    """What stands for a word in the tables: itself, or # for whatever begins with a digit."""
    return NUMBER if word[0].isdigit() else word
