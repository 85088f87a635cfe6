"""Vocabularies: the words and phrases of a language, shared by policies instead of being repeated in each.

A policy names those it builds on (`vocabulary = ["en"]`), takes away phrases that do not suit it (`without`) and adds
its own under the same keys. Whoever holds the files joins them into one text, policy first; that text is what a policy
is loaded from, hashed by and kept as, so that a decision can be replayed when the shipped vocabularies have changed.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from rules.policy_tables import UNSAID

TABLES = ("words", "phrases", "matters", "signs", "explicit", "tone")
"""The tables that a vocabulary may have; each holds one table or list a language. Beside them it may have
`severity.points` and `severity.brief_points`, which are the same in every language."""
POINTS = ("points", "brief_points")
MARK = re.compile(r"^#### vocabulary (\w+)\n", re.MULTILINE)

Tables = dict[str, Any]


def joined(text: str, vocabularies: Mapping[str, str]) -> str:
    """The policy's text with those of `vocabularies` (name to text) that it names and has not brought along itself."""
    own, brought = parted(text)
    missing = [name for name in named(own) if name in vocabularies and name not in brought]
    return text + "".join(f"\n#### vocabulary {name}\n{vocabularies[name]}" for name in missing)


def parted(text: str) -> tuple[str, dict[str, str]]:
    """The policy's own text, and the vocabularies joined to it."""
    own, *rest = MARK.split(text)
    return own, dict(zip(rest[::2], rest[1::2], strict=True))


def named(own: str) -> tuple[str, ...]:
    """The vocabularies that a policy builds on; none where its text cannot be read at all."""
    try:
        return _named(tomllib.loads(own))
    except tomllib.TOMLDecodeError:
        return ()


def extended(said: Tables, brought: Mapping[str, str]) -> Tables:
    """What a policy says on top of its vocabularies: lists are joined, the policy's own phrases last; its numbers count
    instead of theirs.

    Of the shared phrases and points only those count that speak for a facet and value which the policy has.
    """
    shared: Tables = {}
    for name in _named(said):
        shared = _merged(shared, _tables(brought[name])) if name in brought else shared
    numbers = shared.get("severity", {})
    shared = {table: _without(shared.get(table, {}), said.get("without", {})) for table in TABLES}
    facets = _facets(said)
    shared["phrases"] = {language: _of(facets, texts) for language, texts in shared["phrases"].items()}
    shared["severity"] = {table: _of(facets, points, UNSAID) for table, points in numbers.items() if table in POINTS}
    return _merged(shared, said)


def unknown(said: Tables, brought: Mapping[str, str]) -> list[str]:
    """The vocabularies that a policy names and that were not brought."""
    return [name for name in _named(said) if name not in brought]


def lacking(said: Tables, brought: Mapping[str, str]) -> list[tuple[str, str]]:
    """The phrases, with their language, that the policy takes away from vocabularies which do not have them."""
    texts = [_tables(brought[name]) for name in _named(said) if name in brought]
    taken = said.get("without", {})
    return [
        (language, phrase)
        for language, phrases in (taken.items() if isinstance(taken, dict) else ())
        for phrase in phrases
        if not any(_has(text.get(table, {}).get(language), phrase) for text in texts for table in TABLES)
    ]


@lru_cache(maxsize=16)
def _tables(vocabulary: str) -> Tables:
    """What a vocabulary says, read once; not to be written to."""
    return tomllib.loads(vocabulary)


def _named(said: Tables) -> tuple[str, ...]:
    names = said.get("vocabulary", ())
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()


def _merged(first: Tables, second: Tables) -> Tables:
    merged = dict(first)
    for key, value in second.items():
        was = merged.get(key)
        if isinstance(was, dict) and isinstance(value, dict):
            merged[key] = _merged(was, value)
        elif isinstance(was, list) and isinstance(value, list) and not _numbers(value):
            merged[key] = [*was, *value]
        else:
            merged[key] = value
    return merged


def _without(table: Any, taken: Any) -> Any:
    """A table by language, less the phrases that the policy takes away."""
    if not isinstance(taken, dict):
        return table
    return {language: _less(of_language, taken.get(language, ())) for language, of_language in table.items()}


def _less(place: Any, phrases: Any) -> Any:
    if isinstance(place, dict):
        return {key: _less(value, phrases) for key, value in place.items()}
    return [text for text in place if text not in phrases] if isinstance(place, list) else place


def _has(place: Any, phrase: str) -> bool:
    if isinstance(place, dict):
        return any(_has(value, phrase) for value in place.values())
    return isinstance(place, list) and phrase in place


def _numbers(values: list[Any]) -> bool:
    return bool(values) and all(isinstance(value, int) for value in values)


def _facets(said: Tables) -> dict[str, Any]:
    severity = said.get("severity", {})
    facets = severity.get("facets", {}) if isinstance(severity, dict) else {}
    return facets if isinstance(facets, dict) else {}


def _of(facets: dict[str, Any], shared: Tables, *also: str) -> Tables:
    """What is shared by facet and value, for those that a policy has."""
    return {
        facet: {value: what for value, what in values.items() if value in (*facets[facet], *also)}
        for facet, values in shared.items()
        if facet in facets
    }
