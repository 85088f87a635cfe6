"""The phrases of a policy, gathered from its tables into the book of each language that mails are read with.

What a phrase speaks for is its topic and value: a facet and its value, "explicit" and the number, or the gate or topic
whose matter it belongs to and how it weighs there.
"""

from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rules.facts import Gate
from rules.phrases import Book, Phrase
from rules.policy_gates import KEYWORD_GATES
from rules.policy_tables import Phrases
from rules.policy_words import Matter, Words
from rules.senses import Grammar
from rules.signs import ACT, EXCEPTED, THING, Together, Unless, topic_of
from rules.spelling import fold
from rules.topic_words import Leaning, Leanings, pair_of

if TYPE_CHECKING:
    from rules.policy_model import Policy


class Listed(NamedTuple):
    """A phrase with its language, the key of the file under which it stands, and the table it shares with others."""

    language: str
    key: str
    table: str
    phrase: Phrase


def listed_phrases(policy: "Policy") -> Iterator[Listed]:
    """Every phrase that the policy listens for; one that a matter lends to two gates is there twice."""

    def listed(
        language: str, key: str, table: str, topic: str, value: str, texts: Phrases, *, apart: bool = True
    ) -> Iterator[Listed]:
        return (Listed(language, key, table, Phrase(topic, value, text, apart)) for text in texts)

    for language, facets in policy.phrases.items():
        for facet, values in facets.items():
            for value, texts in values.items():
                key = f"phrases.{language}.{facet}"
                yield from listed(language, f"{key}.{value}", key, facet, value, texts, apart=False)
    for language, texts in policy.explicit.items():
        yield from listed(language, f"explicit.{language}", f"explicit.{language}", "explicit", "#", texts)
    for language, version in (policy.gates.version.phrases if policy.gates.version else {}).items():
        key = f"gates.version.phrases.{language}"
        yield from listed(language, f"{key}.names", key, Gate.VERSION, "#", version.names)
        yield from listed(language, f"{key}.against", key, Gate.VERSION, "against", version.against)
    for topic, matters in matters_heard(policy):
        for language, of_language in policy.matters.items():
            for name in matters:
                if matter := of_language.get(name):
                    key = f"matters.{language}.{name}"
                    for weight in ("clear", "hint", "asking", "against"):
                        yield from listed(language, f"{key}.{weight}", key, topic, weight, getattr(matter, weight))
                    for plan, texts in matter.against_for_plan.items():
                        place = f"{key}.against_for_plan.{plan}"
                        yield from listed(language, place, place, f"{topic}/against", plan, texts)
    heard = {sign for each in together_heard(policy) for sign in each.signs}
    heard |= {sign for each in unless_heard(policy) for sign in each.signs}
    for language, signs in policy.signs.items():
        kinds = (("things", THING, signs.things), ("acts", ACT, signs.acts), ("excepted", EXCEPTED, signs.excepted))
        for kind, value, named in kinds:
            for name, texts in named.items():
                if topic_of(language, name) in heard:
                    key = f"signs.{language}.{kind}.{name}"
                    yield from listed(language, key, key, topic_of(language, name), value, texts)


def together_heard(policy: "Policy") -> Iterator[Together]:
    """The signs that make, together, what the policy listens for."""
    for topic, language, matter in _heard(policy):
        for one_sentence, lists in ((True, matter.in_a_sentence), (False, matter.nearby)):
            for names in lists:
                yield Together(topic, tuple(topic_of(language, sign) for sign in names), one_sentence)


def unless_heard(policy: "Policy") -> Iterator[Unless]:
    """The signs that take back what the policy listens for."""
    for topic, language, matter in _heard(policy):
        yield Unless(topic, tuple(topic_of(language, sign) for sign in matter.unless))


def leanings_heard(policy: "Policy", languages: Collection[str]) -> Iterator[Leaning]:
    """How the words of some languages speak for what the policy listens for."""
    for topic, language, matter in _heard(policy):
        if language in languages:
            points = {pair_of(text): int(many) for many, texts in matter.points.items() for text in texts}
            yield Leaning(topic, points, matter.enough, matter.least)


def _heard(policy: "Policy") -> Iterator[tuple[str, str, Matter]]:
    """The matters of each topic, with their language."""
    for topic, matters in matters_heard(policy):
        for language, of_language in policy.matters.items():
            yield from ((topic, language, of_language[name]) for name in matters if name in of_language)


def matters_heard(policy: "Policy") -> Iterator[tuple[str, tuple[str, ...]]]:
    """What the policy listens for beside severity and version: the topic of its phrases, and the matters it is."""
    for gate in KEYWORD_GATES:
        if keyword := policy.gates.keyword(gate):
            yield gate.value, keyword.matters or (gate.value,)
    for number, line in enumerate(policy.gates.topic.lines if policy.gates.topic else ()):
        yield f"topic.{number}", line.matters
    for name, subject in (policy.gates.training.subjects if policy.gates.training else {}).items():
        yield f"training.{name}", subject.matters or (name,)


@lru_cache(maxsize=64)
def book_of(policy: "Policy", language: str | None) -> Book:
    """The phrases of one language; of all together with None."""
    languages = tuple(policy.words) if language is None else (language,)
    if language is None and len(languages) == 1:
        return book_of(policy, *languages)
    phrases = [entry.phrase for entry in listed_phrases(policy) if entry.language in languages]
    asks = next(iter(policy.severity.questions.items()), None)
    grammar = _grammar([policy.words[spoken] for spoken in languages])
    leanings = Leanings(leanings_heard(policy, languages))
    return Book(phrases, grammar, asks, together_heard(policy), unless_heard(policy), leanings)


def _grammar(spoken: list[Words]) -> Grammar:
    senses: dict[str, Phrases] = {}
    groups: dict[str, Phrases] = {}
    for words in spoken:
        for sense in ("negation", "supposed", "past", "present"):
            senses[sense] = senses.get(sense, ()) + getattr(words, sense)
        for group, members in words.groups.items():
            groups[group] = groups.get(group, ()) + members
    return Grammar(
        senses=senses,
        asking=frozenset(fold(word) for words in spoken for word in words.asking),
        polite=frozenset(fold(word) for words in spoken for word in words.polite),
        breaks=frozenset(fold(word) for words in spoken for word in words.breaks),
        groups=groups,
    )
