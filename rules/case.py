"""A case: one request with everything the gates look at, and what a gate says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from rules.facts import Allowance, Circumstances, Gate, Mail, Membership, Reading, Usage
from rules.policy_model import Policy
from rules.topics import Topic
from rules.wishes import Wish


@dataclass(frozen=True, slots=True)
class Case:
    """What the gates look at."""

    mail: Mail
    reading: Reading
    circumstances: Circumstances
    policy: Policy
    membership: Membership | None
    severity: int
    wishes: Mapping[Gate, Wish]
    values: Mapping[str, str] = field(default_factory=dict)
    """Facet to what the mail says of it."""
    topic: Topic | None = None

    @property
    def local(self) -> datetime:
        return self.circumstances.at.astimezone(self.policy.zone)

    @property
    def member(self) -> Membership:
        if self.membership is None:
            raise LookupError("only the contact gate looks at a mail of a stranger")
        return self.membership

    @property
    def usage(self) -> Usage:
        """What the contract has used before this mail."""
        return self.circumstances.usage.get(self.member.contract.contract, Usage())


@dataclass(frozen=True, slots=True)
class Route:
    """Where a mail goes that somebody else than the support desk answers."""

    topic: str
    queue: str
    letter: str
    forward_to: str = ""
    """The address of the party that has it now; empty where a queue of ours has it."""
    party: str = ""
    """What that party is to the contract: "distributor" or "support_partner"."""
    hours: bool = False
    """It draws on the contract's prepaid hours."""
    allowance: Allowance | None = None
    """It draws on a yearly allowance of the plan."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one gate says, and how."""

    closed: bool
    why: str
    keyword: bool = False
    """A judgement on words, which never closes on a severity 1."""
    doubt: bool = False
    """The gate cannot tell."""
    holds: bool = False
    """Closed for certain, but a person is to decide what becomes of it."""
    route: Route | None = None
    """The mail is not turned away but goes there."""
    trainings: tuple[str, ...] = ()
    """The classes any of which would open it."""
