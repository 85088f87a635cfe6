"""The tables of the gates: what each needs to know, and which a policy uses.

Typed and documented like those of `policy_tables`: the docstring under a field is its reference entry.
"""

from pydantic import Field

from rules.facts import Gate
from rules.policy_tables import Phrases, Table, Values

KEYWORD_GATES = (Gate.THIRD_PARTY, Gate.DEVELOPMENT, Gate.REMOTE_ADMINISTRATION, Gate.SERVICES)
"""The gates that a mail's words close, weighed against each other."""


class Check(Table):
    """A gate on facts; it has no settings."""


class LanguageGate(Table):
    accept: tuple[str, ...] = Field(min_length=1)
    """ISO 639-1 codes."""


class RoleGate(Table):
    allow: tuple[str, ...] = Field(min_length=1)
    """Roles of the directory: admin, end_user."""


class VersionPhrases(Table):
    names: Phrases = ()
    """How a mail ties a version to the product; # is the version."""
    against: Phrases = ()
    """Words that make the version beside them no reason ("upgraded from")."""


class VersionGate(Table):
    """Counts a version that the mail ties to the product, else the contract's; none known passes."""

    product: str
    latest: str
    supported: tuple[str, ...] = Field(min_length=1)
    phrases: dict[str, VersionPhrases] = Field(default={})


class KeywordGate(Table):
    asks_for: str
    """Half a sentence for staff, after "The mail asks for ..."."""
    matters: Values = ()
    """The matters on which it closes; none named means the one of its own name."""


class Gates(Table):
    """The gates this policy uses; a table that is missing is a gate it does not have."""

    contact: Check
    subscription: Check | None = None
    payment: Check | None = None
    language: LanguageGate | None = None
    role: RoleGate | None = None
    version: VersionGate | None = None
    third_party: KeywordGate | None = None
    development: KeywordGate | None = None
    remote_administration: KeywordGate | None = None
    services: KeywordGate | None = None
    strongest_first: tuple[Gate, ...] = KEYWORD_GATES
    """Which keyword gate speaks where the same words are equal evidence for several."""

    def used(self) -> tuple[Gate, ...]:
        return tuple(gate for gate in Gate if getattr(self, gate.value, None) is not None)

    def keyword(self, gate: Gate) -> KeywordGate | None:
        return getattr(self, gate.value) if gate in KEYWORD_GATES else None
