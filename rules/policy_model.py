"""The typed policy as a whole, and the questions that the rest of the rules, and letters, ask of it.

A `Policy` is frozen, compares by its name and version, hashes and pickles; its mappings are not to be written to. What
is worked out from it (calendars, the book of phrases) is made once in each process.
"""

from collections.abc import Mapping
from functools import lru_cache
from zoneinfo import ZoneInfo

from pydantic import Field, PositiveInt, field_validator

from rules import opening_hours
from rules.calendar import Calendar
from rules.facts import Contract, OpenHours
from rules.phrases import Book
from rules.policy_book import book_of
from rules.policy_gates import KEYWORD_GATES, Gates
from rules.policy_tables import (
    Budgets,
    ByLanguage,
    OpeningHours,
    Plan,
    PromiseTable,
    ReminderTable,
    Severity,
    Table,
    Texts,
    WarningTable,
)
from rules.policy_words import Matter, Signs, Words

ACCOUNT_MANAGER = "account_manager"


class Policy(Table):
    """One company's support policy."""

    name: str
    """That of its file, without ".toml"; never written in it."""
    version: str
    """"sha256:" and the hash of the file's text; never written in it."""
    title: str
    """What people call this policy."""
    timezone: str
    """An IANA name. Opening times are its wall time, days of contracts its days, months of quotas its months."""
    letter_language: str = "en"
    """The language of a letter where neither the mail nor the contact says one."""
    hours: str
    """The calendar that is meant where none is named, and that letters call support hours."""
    queue: str
    """Where tickets go that no plan places."""
    queues: tuple[str, ...]
    """Every queue that this policy names."""
    budgets: Budgets = Budgets()
    """How many automatic letters there are."""
    calendars: dict[str, OpeningHours]
    """When you are open, by names of your own; one is that of `hours`."""
    severity: Severity
    """How urgent a mail is."""
    vocabulary: tuple[str, ...] = ()
    """The shared vocabularies it builds on."""
    without: ByLanguage = Field(default={})
    """Phrases of those vocabularies, and members of their groups, that it takes away; as they stand there."""
    words: dict[str, Words] = Field(default={})
    """How a language denies, supposes, asks and remembers; vocabularies bring it along."""
    phrases: dict[str, dict[str, ByLanguage]] = Field(default={})
    """Language, facet, value: the phrases that speak for it."""
    explicit: ByLanguage = Field(default={})
    """How customers state a severity themselves; # is the number."""
    matters: dict[str, dict[str, Matter]] = Field(default={})
    """Language, name: what a mail asks for, for the gates that name it."""
    signs: dict[str, Signs] = Field(default={})
    """Language: the pieces that matters are made of."""
    tone: dict[str, dict[str, tuple[int, ...]]] = Field(default={})
    """Language, single word: how much it speaks for each severity, the most urgent first. Added to the points of what
    the mail says; # is any number."""
    gates: Gates
    """What is covered, and what is not."""
    plans: dict[str, Plan]
    """The levels of support there are. A plan's key is what contracts.csv names under `plan`."""
    reminders: tuple[ReminderTable, ...] = ()
    """Who is reminded of tickets that are not solved yet."""
    warnings: WarningTable = WarningTable()
    """Before a promise is missed."""
    contacts_per_contract: PositiveInt | None = None
    """How many people a contract may name; without it there is no limit."""

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
    def languages(self) -> tuple[str, ...]:
        """The languages a mail may be written in; empty means any."""
        return self.gates.language.accept if self.gates.language else ()

    def calendar(self, name: str = "") -> Calendar:
        """The named calendar, or the policy's support hours."""
        return _calendar(self, name or self.hours)

    def book(self, language: str | None) -> Book:
        """The phrases of one language; those of all together where the policy has none for it."""
        return book_of(self, language if language in self.words else None)

    def tone_in(self, language: str | None) -> Mapping[str, Mapping[str, tuple[int, ...]]]:
        """By language, the single words that count for a mail in one language; of all where it has no words of ours."""
        languages = (language,) if language in self.words else self.words
        return {one: self.tone[one] for one in languages if one in self.tone}

    def severity_term(self, language: str = "en") -> str:
        """What the policy calls a severity, such as "Priority"."""
        return _worded(self.severity.term, language)

    def severity_name(self, severity: int, language: str = "en") -> str:
        return _worded(self.severity.levels[severity].name, language)

    def severity_meaning(self, severity: int, language: str = "en") -> str:
        return _worded(self.severity.levels[severity].meaning, language)

    def plan_name(self, plan: str, language: str = "en") -> str:
        return _worded(self.plans[plan].name, language)

    def promise(self, plan: str, severity: int) -> PromiseTable | None:
        """The first response promised; None where nothing is."""
        return self.plans[plan].first_response.get(severity)

    def desk_of(self, queue: str, contract: Contract) -> str:
        """The queue that gets what is meant for `queue`: an account manager that a contract lacks is support."""
        return self.queue if queue == ACCOUNT_MANAGER and not contract.account_manager else queue

    @property
    def needs_account_manager(self) -> bool:
        """Whether anything goes to the account manager of a contract."""
        lines = self.gates.topic.lines if self.gates.topic else ()
        keywords = [keyword for gate in KEYWORD_GATES if (keyword := self.gates.keyword(gate))]
        places = [reminder.to for reminder in self.reminders] + [line.to for line in lines] + [*self.warnings.to]
        return ACCOUNT_MANAGER in (*places, *(keyword.to for keyword in keywords))

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
