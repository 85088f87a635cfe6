"""The tables of the gates: what each needs to know, and which a policy uses.

Typed and documented like those of `policy_tables`: the docstring under a field is its reference entry.
"""

from collections.abc import Mapping

from pydantic import Field

from rules.facts import Gate
from rules.policy_tables import Phrases, Table, Values

KEYWORD_GATES = (Gate.THIRD_PARTY, Gate.DEVELOPMENT, Gate.REMOTE_ADMINISTRATION, Gate.SERVICES)
"""The gates that a mail's words close, weighed against each other."""


ROLES = ("admin", "end_user")
"""Those that the directory gives to contacts."""


class Check(Table):
    """A gate on facts; it has no settings."""


class LanguageGate(Table):
    """Mail in another language is declined; where that is in doubt it is held."""

    accept: tuple[str, ...] = Field(min_length=1)
    """The languages that mail may be written in, by the two letters of ISO 639-1."""


class RoleGate(Table):
    """Who of a contract's contacts may write."""

    allow: tuple[str, ...] = Field(min_length=1)
    """Roles of the directory: admin, end_user."""


class VersionPhrases(Table):
    """How mails of one language speak of the product's version."""

    names: Phrases = ()
    """How a mail ties a version to the product; # is the version."""
    against: Phrases = ()
    """Words that make the version beside them no reason ("upgraded from")."""


class VersionGate(Table):
    """Counts a version that the mail ties to the product, else the contract's; none known passes."""

    product: str
    """What staff read as the product's name."""
    latest: str
    """The version that the letter names first when it says what is supported."""
    supported: tuple[str, ...] = Field(min_length=1)
    """The beginnings of the versions that are: "5" takes in 5.2 and 5.2.1, and not 50."""
    phrases: dict[str, VersionPhrases] = Field(default={})
    """By language. Without any, only the contract's version counts."""


class KeywordGate(Table):
    """A gate that a mail's words close."""

    asks_for: str
    """Half a sentence for staff, after "The mail asks for ..."."""
    matters: Values = ()
    """The matters on which it closes; none named means the one of its own name."""
    to: str = ""
    """The queue that such a mail is routed to. Without it the mail is declined."""


class TopicLine(Table):
    """A topic and who answers it. The first line that fits a mail decides."""

    topic: str
    """Its name, as `explain`, the ticket and scripts show it; several lines may have the same."""
    asks_for: str
    """Half a sentence for staff, after "The mail asks for ..."."""
    matters: Values = ()
    """Any of them must stand; a line without goes by facets alone."""
    when: dict[str, Values] = Field(default={})
    """Facets that the mail must show, as in a line of the severity's table."""
    unless: dict[str, Values] = Field(default={})
    """Facets that take the line out."""
    to: str = ""
    """Who answers: a queue, or the contract's "distributor" or "support_partner". Without it, or where the contract
    names none, the mail stays with support."""
    allowance: str = ""
    """The yearly allowance of the plan that this takes from."""
    hours: bool = False
    """It is paid from the contract's prepaid hours."""


class TopicGate(Table):
    """Somebody else may answer what a mail is about. It never declines."""

    lines: tuple[TopicLine, ...] = Field(min_length=1)
    """In order: the first that fits decides."""
    otherwise: str = ""
    """The topic of a mail that no line fits; such a mail stays with support."""


class Subject(Table):
    """Questions that only those may ask who took a class."""

    asks_for: str
    """Half a sentence for staff, after "The mail asks for ..."."""
    matters: Values = ()
    """The matters that it is; none named means the one of the subject's own name."""
    when: dict[str, Values] = Field(default={})
    """Facets that the mail must show, as in a line of the severity's table."""
    unless: dict[str, Values] = Field(default={})
    """Facets that take the subject out."""
    trained_in: Values
    """Any of these trainings of the contact opens the door."""


class TrainingGate(Table):
    """Some questions are answered to those alone who took a class. The letter says which class opens the door."""

    subjects: dict[str, Subject]
    """Name to what it takes in."""


class Gates(Table):
    """The gates this policy uses; a table that is missing is a gate it does not have."""

    contact: Check
    """The sender must be on a contract of this policy. Every policy has it; for others no further gate is asked."""
    subscription: Check | None = None
    """The contract must be valid on the day of the arrival, both ends included."""
    payment: Check | None = None
    """The contract must be paid."""
    language: LanguageGate | None = None
    """The mail must be in a language that you answer."""
    role: RoleGate | None = None
    """The contact must be one of those you help."""
    version: VersionGate | None = None
    """The product's version must be one that is supported."""
    third_party: KeywordGate | None = None
    """Closes on help with somebody else's product."""
    development: KeywordGate | None = None
    """Closes on help with the customer's own programming."""
    remote_administration: KeywordGate | None = None
    """Closes on a wish that we administer the customer's systems."""
    services: KeywordGate | None = None
    """Closes on professional services: designing, building, adapting, managing."""
    topic: TopicGate | None = None
    """Sends topics to whoever answers them."""
    training: TrainingGate | None = None
    """Closes on questions that need a class."""
    expert_hours: Check | None = None
    """Holds what is to be paid from prepaid hours when none are left."""
    quota: Check | None = None
    """Counts a plan's `incidents`: over the number a mail is declined, a severity 1 held."""
    strongest_first: tuple[Gate, ...] = KEYWORD_GATES
    """Which keyword gate speaks where the same words are equal evidence for several."""

    def used(self) -> tuple[Gate, ...]:
        return tuple(gate for gate in Gate if getattr(self, gate.value, None) is not None)

    def keyword(self, gate: Gate) -> KeywordGate | None:
        return getattr(self, gate.value) if gate in KEYWORD_GATES else None


def fits(when: Mapping[str, Values], unless: Mapping[str, Values], values: Mapping[str, str]) -> bool:
    """Whether a mail's facets are all as in `when`, and none as in `unless`."""
    return all(values[facet] in wanted for facet, wanted in when.items()) and not any(
        values[facet] in unwanted for facet, unwanted in unless.items()
    )
