"""The tables of a policy file: what each may say, typed.

Each class is one table of the file, and each docstring under a field is its reference entry. Values are checked here
one by one; whether names used in one place are defined in another is checked in `policy_checks`. The tables of gates
are in `policy_gates`, those of words in `policy_words`.
"""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, NonNegativeInt, PositiveInt, field_validator

from rules.calendar import BadHours, WeeklySpan, weekly_spans
from rules.promises import BadTarget, Target, duration, lead, target

Texts = dict[str, str]
"""One wording a language; "en" is the one to fall back on."""
Phrases = tuple[str, ...]
ByLanguage = dict[str, Phrases]


def one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Values = Annotated[tuple[str, ...], BeforeValidator(one_or_more)]


class Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Budgets(Table):
    """How many automatic letters one address may be sent, and how long things stay warm."""

    letters_per_address_hour: PositiveInt = 10
    """Automatic letters to one address in an hour; past it a mail gets its ticket all the same, but no letter."""
    letters_per_address_day: PositiveInt = 30
    """The same in a day."""
    letters_per_mailbox_hour: PositiveInt = 1_000
    """Automatic letters of one mailbox in an hour, to all addresses together; past it none is sent, and staff hear of
    it at once. So many are never the customers' mails alone."""
    stranger_letter_days: PositiveInt = 7
    """A sender on no contract is told so once in this many days."""
    stranger_letters_hour: PositiveInt = 30
    """All senders on no contract together are told so this often in an hour: who forges them finds no relay here."""
    reopen_days: int = Field(default=14, ge=0)
    """A reply to a closed ticket opens it again within this many days; later it is a new request."""
    remind_customer_days: int = Field(default=3, ge=0)
    """A customer whom a ticket waits for is reminded once, after this many days; 0 never reminds."""
    close_waiting_days: int = Field(default=10, ge=0)
    """A ticket that has waited for its customer this many days is closed, and they are told; 0 never closes it."""


class Holidays(Table):
    """Public holidays: on them the calendar stays closed."""

    country: str
    """The two letters of ISO 3166."""
    subdivision: str = ""
    """The state, province or canton, by the code that follows the country's in ISO 3166-2; without it the holidays of
    the whole country."""

    @field_validator("country")
    @classmethod
    def _known(cls, country: str) -> str:
        import holidays  # costs start-up time; only policies with holidays pay it

        if country not in holidays.list_supported_countries():
            raise ValueError(f"no public holidays are known for {country!r}; write an ISO 3166 code such as DE or US")
        return country


class OpeningHours(Table):
    """One calendar: its own hours (`open`) or those of others together (`join`)."""

    open: tuple[str, ...] = ()
    """Each like "Mon-Fri 08:00-16:00", "Fri 16:00-Mon 08:00" or "always"; wall time of the zone. Closing time itself
    is outside."""
    join: tuple[str, ...] = ()
    """Other calendars whose hours are this one's too, each with its own holidays. They may not join others themselves.
    A calendar needs `open` or `join`."""
    holidays: Holidays | None = None
    """The public holidays that close its own hours; without it there are none."""
    closed: tuple[date, ...] = ()
    """Further days on which it stays closed."""

    @field_validator("open")
    @classmethod
    def _readable(cls, hours: tuple[str, ...]) -> tuple[str, ...]:
        for text in hours:
            try:
                weekly_spans(text)
            except BadHours as fault:
                raise ValueError(f"{text!r} cannot be read; {fault}") from None
        return hours

    @property
    def spans(self) -> tuple[WeeklySpan, ...]:
        return tuple(span for text in self.open for span in weekly_spans(text))


class Level(Table):
    """One severity; 1 is the most urgent."""

    name: Texts
    """What letters call it, by language."""
    meaning: Texts = {}
    """What it stands for, by language: the words of your published policy."""


UNSAID = "unsaid"
"""The value of every facet of which a mail says nothing."""
WEIGHED = "weighed"
"""What a line of the table may ask for beside the facets: the severity that the points speak for."""


class SeverityRule(Table):
    """One line of the table from facets to a severity. The first line that fits decides."""

    severity: PositiveInt
    """What a mail gets that this line fits."""
    because: str
    """Half a sentence for staff, after "Severity 2 because ..."."""
    when: dict[str, Values] = {}
    """Facet to the values it may have; "unsaid" where the mail says nothing of it. All must fit. `weighed` is the
    severity that all points together speak for: weighed = "4"."""
    unless: dict[str, Values] = {}
    """Facet to the values that take the line out; any one does."""
    fixed: bool = False
    """An explicit statement ("Severity: 1") does not move a mail that this line decides."""


class Severity(Table):
    """How a mail's words become a severity."""

    term: Texts = {"en": "Severity", "fr": "Gravité", "de": "Schweregrad"}
    """What this policy calls a severity, by language: "Priority", "Level"."""
    silent: PositiveInt
    """The severity of a mail that no line of the table fits and that states none itself."""
    levels: dict[int, Level]
    """Every severity there is, numbered from 1, the most urgent. A policy may have a single one, of any number."""
    facets: dict[str, tuple[str, ...]] = {}
    """Facet to its values, the most urgent first: where a mail says two, the first counts. Facets and values
    that a vocabulary knows bring its phrases along; others need phrases of your own."""
    rules: tuple[SeverityRule, ...] = ()
    """The table from facets to a severity, line by line."""
    points: dict[str, dict[str, tuple[int, ...]]] = {}
    """For mails that no line fits: facet, value (or "unsaid"), and how much it speaks for each severity, the most
    urgent first: 5, 1, -2, -3. The severity with most points has it, of equal ones the more urgent. A vocabulary may
    bring them."""
    doubt: NonNegativeInt = 0
    """Severities whose points are this close to the most are as likely, and the most urgent of them has it; in a brief
    mail each thing said weighs more, and only equal ones are in doubt."""
    brief: NonNegativeInt = 25
    """A mail of fewer words leaves most unsaid: there only phrases count, not the points of "unsaid" nor the tone."""
    brief_points: dict[str, dict[str, tuple[int, ...]]] = {}
    """The points of such mails, where others hold for them: what little they say weighs more."""
    faint: NonNegativeInt = 0
    """So many points at least make a brief mail more urgent than one that says nothing: since when is no outage."""
    questions: dict[str, str] = Field(default={}, max_length=1)
    """Facet and value that a sentence speaks for which one of `asking` opens and a question mark ends."""
    supposing: tuple[str, ...] = ()
    """Facets that a phrase speaks for also where it is only supposed or asked: nobody states a wish."""
    raising: dict[str, Values] = {}
    """Facet to the values of which a customer's reply has to state one, or a severity itself, before it makes its
    ticket more urgent; without any its points are enough. "Nobody called me back" is no outage. A brief mail is
    urgent only if it states anything of these facets."""


def _shorthand(value: object) -> object:
    return {"within": value} if isinstance(value, str) else value


class PromiseTable(Table):
    """A target: "4 bh" alone counts on the policy's own hours; a table may name other hours."""

    within: str
    """How much time: "4 bh" (business hours), "1 bd" (business days) or "24 h" (elapsed hours)."""
    on: str = ""
    """The calendar that business time is counted on; without it the policy's `hours`."""
    roll: bool = False
    """Elapsed time that ends outside opening hours goes to the next opening."""

    @field_validator("within")
    @classmethod
    def _readable(cls, within: str) -> str:
        try:
            target(within)
        except BadTarget as fault:
            raise ValueError(f"{within!r} cannot be read; {fault}") from None
        return within

    @property
    def target(self) -> Target:
        return target(self.within, roll=self.roll)


Promise = Annotated[PromiseTable, BeforeValidator(_shorthand)]


class Notice(Table):
    """A queue that is told beside the ticket's own."""

    severities: tuple[PositiveInt, ...]
    """The severities of which it is told."""
    queue: str
    """Who is told, in the same words as the ticket's own queue."""
    flag: str
    """A word that the ticket then carries, for lists and scripts."""


class Plan(Table):
    """One level of support that a contract can have."""

    name: Texts
    """What letters call it, by language. Contracts name the plan by the key of its table."""
    queue: str
    """Where its tickets go."""
    incidents: PositiveInt | None = None
    """New tickets in a calendar month; without it there is no limit. Needs the gate `quota`."""
    allowances: dict[str, NonNegativeInt] = {}
    """What may be asked for in a contract year, and how often or how many hours of it."""
    first_response: dict[int, Promise] = {}
    """Severity to promise; a severity that is missing is promised nothing."""
    resolution: dict[int, Promise] = {}
    """Severity to promise, counted to the solution; a severity that is missing is promised nothing."""
    notices: tuple[Notice, ...] = ()
    """Who else is told of a ticket."""


class ReminderTable(Table):
    """Who is reminded of a ticket, and when, in real time from the mail's arrival."""

    severities: tuple[PositiveInt, ...]
    """The severities that are reminded of."""
    plans: Values = ()
    """The plans that are reminded of; none named means all."""
    to: str
    """A queue. What goes to account_manager goes to the policy's own queue where a contract has none."""
    after: str = ""
    """Such as "15 min" or "24 h"; without it, at once."""
    every: str = ""
    """Again in this rhythm, such as "2 h"."""
    until: Literal["resolved"] = "resolved"
    """When it ends; there is nothing else yet."""
    outside_hours: bool = False
    """Only for a mail that arrives outside support hours."""
    calendar: str = ""
    """The working hours of those who are reminded: what would fall outside them, a repetition too, waits until they
    open. Without it a reminder is given day and night."""

    @field_validator("after", "every")
    @classmethod
    def _readable(cls, text: str) -> str:
        try:
            duration(text or "1 h")
        except BadTarget as fault:
            raise ValueError(f"{text!r} cannot be read; {fault}") from None
        return text

    @property
    def delay(self) -> timedelta:
        return duration(self.after) if self.after else timedelta(0)


class WarningTable(Table):
    """When staff hear that a promise is about to be missed; a missed one is told in any case, once."""

    before: str = "25 %"
    """How long before it is due, such as "30 min", "2 h" or, as a share of the time promised, "25 %". Business hours
    and days are counted back in open time. A short promise is warned of at half its time at the earliest."""
    severities: tuple[PositiveInt, ...] = ()
    """None named means all."""
    to: Values = ()
    """Queues that hear of the warning, and of a promise that was missed, beside the ticket's own."""

    @field_validator("before")
    @classmethod
    def _readable(cls, text: str) -> str:
        try:
            lead(text)
        except BadTarget as fault:
            raise ValueError(f"{text!r} cannot be read; {fault}") from None
        return text

    @property
    def lead(self) -> timedelta | float:
        """Real or open time, or a share of the time promised."""
        return lead(self.before)

    def concerns(self, severity: int | None) -> bool:
        return not self.severities or severity in self.severities
