"""The typed policy as a whole, and the questions that the rest of the rules, and letters, ask of it.

A `Policy` is frozen, compares by its name and version, hashes and pickles; its mappings are not to be written to. What
is worked out from it (calendars, the book of phrases) is made once in each process.
"""

from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from rules import opening_hours
from rules.calendar import Calendar
from rules.facts import OpenHours
from rules.phrases import Book, Phrase
from rules.policy_tables import (
    KEYWORD_GATES,
    Budgets,
    ByLanguage,
    Gates,
    OpeningHours,
    Phrases,
    Plan,
    PromiseTable,
    Severity,
    Table,
    Texts,
    Words,
)
from rules.senses import Grammar


class Policy(Table):
    """One company's support policy."""

    name: str
    version: str
    """"sha256:" and the hash of the file's text."""
    title: str
    timezone: str
    """An IANA name."""
    letter_language: str = "en"
    """The language of a letter where neither the mail nor the contact says one."""
    hours: str
    """The calendar that is meant where none is named, and that letters call support hours."""
    queue: str
    """Where tickets go that no plan places."""
    queues: tuple[str, ...]
    """Every queue that this policy names."""
    budgets: Budgets = Budgets()
    calendars: dict[str, OpeningHours]
    severity: Severity
    words: dict[str, Words] = Field(default={})
    phrases: dict[str, dict[str, ByLanguage]] = Field(default={})
    """Language, facet, value: the phrases that speak for it."""
    gates: Gates
    plans: dict[str, Plan]

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"there is no time zone {name!r}; write an IANA name such as Europe/Brussels") from None
        return name

    def __hash__(self) -> int:
        return hash((self.name, self.version))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Policy) and (self.name, self.version) == (other.name, other.version)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def zone_name(self) -> str:
        return self.timezone

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages a mail may be written in; empty means any."""
        return self.gates.language.accept if self.gates.language else ()

    def calendar(self, name: str = "") -> Calendar:
        """The named calendar, or the policy's support hours."""
        return _calendar(self, name or self.hours)

    def book(self, language: str | None) -> Book:
        """The phrases of one language; those of all together where the policy has none for it."""
        return _book(self, language if language in self.words else None)

    def severity_name(self, severity: int, language: str = "en") -> str:
        return _worded(self.severity.levels[severity].name, language)

    def severity_meaning(self, severity: int, language: str = "en") -> str:
        return _worded(self.severity.levels[severity].meaning, language)

    def plan_name(self, plan: str, language: str = "en") -> str:
        return _worded(self.plans[plan].name, language)

    def promise(self, plan: str, severity: int) -> PromiseTable | None:
        """The first response promised; None where nothing is."""
        return self.plans[plan].first_response.get(severity)

    def opening_hours(self, *, plan: str | None = None, severity: int | None = None) -> tuple[OpenHours, ...]:
        """The weekly support hours, or those that a plan's severity is counted on."""
        promise = self.promise(plan, severity) if plan is not None and severity is not None else None
        return opening_hours.weekly(self.calendar(promise.on if promise else ""))


def _worded(texts: Texts, language: str) -> str:
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


@lru_cache(maxsize=64)
def _calendar(policy: Policy, name: str) -> Calendar:
    hours = policy.calendars[name]
    return Calendar(
        policy.timezone,
        hours.spans,
        hours.holidays.country if hours.holidays else "",
        hours.holidays.subdivision if hours.holidays else "",
        frozenset(hours.closed),
        tuple(_calendar(policy, other) for other in hours.join),
    )


@lru_cache(maxsize=64)
def _book(policy: Policy, language: str | None) -> Book:
    languages = tuple(policy.words) if language is None else (language,)
    phrases = [entry.phrase for entry in listed_phrases(policy) if entry.language in languages]
    asks = next(iter(policy.severity.questions.items()), None)
    return Book(phrases, _grammar([policy.words[spoken] for spoken in languages]), asks)


def _grammar(spoken: list[Words]) -> Grammar:
    senses: dict[str, tuple[str, ...]] = {}
    groups: dict[str, tuple[str, ...]] = {}
    for words in spoken:
        for sense in ("negation", "supposed", "past", "present"):
            senses[sense] = senses.get(sense, ()) + getattr(words, sense)
        for group, members in words.groups.items():
            groups[group] = groups.get(group, ()) + members
    return Grammar(
        senses=senses,
        asking=frozenset(word for words in spoken for word in words.asking),
        polite=frozenset(word for words in spoken for word in words.polite),
        breaks=frozenset(word for words in spoken for word in words.breaks),
        groups=groups,
    )


class Listed(NamedTuple):
    """A phrase with the language and the key of the file under which it stands."""

    language: str
    key: str
    phrase: Phrase


def listed_phrases(policy: Policy) -> list[Listed]:
    """Every phrase that the policy listens for, with its topic and value."""
    listed: list[Listed] = []

    def add(language: str, key: str, topic: str, value: str, texts: Phrases) -> None:
        listed.extend(Listed(language=language, key=key, phrase=Phrase(topic, value, text)) for text in texts)

    for language, facets in policy.phrases.items():
        for facet, values in facets.items():
            for value, texts in values.items():
                add(language, f"phrases.{language}.{facet}.{value}", facet, value, texts)
    for language, texts in policy.severity.explicit.items():
        add(language, f"severity.explicit.{language}", "explicit", "#", texts)
    if policy.gates.version:
        for language, version in policy.gates.version.phrases.items():
            add(language, f"gates.version.phrases.{language}.names", "version", "#", version.names)
            add(language, f"gates.version.phrases.{language}.against", "version", "against", version.against)
    for gate in KEYWORD_GATES:
        keyword = policy.gates.keyword(gate)
        for language, of_gate in (keyword.phrases if keyword else {}).items():
            key = f"gates.{gate}.phrases.{language}"
            for weight in ("clear", "hint", "asking", "against"):
                add(language, f"{key}.{weight}", gate, weight, getattr(of_gate, weight))
            for plan, texts in of_gate.against_for_plan.items():
                add(language, f"{key}.against_for_plan.{plan}", f"{gate}/against", plan, texts)
    return listed
