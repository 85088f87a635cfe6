"""What staff's commands are carried out with, and what comes of them: the values of `intake.orders`."""

from dataclasses import dataclass, replace
from datetime import datetime

from intake.conduct_values import Done, Impossible
from intake.desk import Desk
from intake.settings import StaffMember
from rules.facts import address_key
from rules.policy_model import Policy
from storage.database import Transaction
from storage.tickets import Ticket

__all__ = ["Carried", "Impossible", "Line", "Mine", "Order", "Transcript", "said_of"]


@dataclass(frozen=True, slots=True)
class Order:
    """Who wants something done, and to which ticket."""

    tx: Transaction
    desk: Desk
    ticket: Ticket
    """As it stands now: an earlier command of the same mail may have changed it."""
    person: StaffMember
    text: str
    """What the mail says beside its commands."""
    mail_id: int | None
    """The person's mail in the ledger."""
    now: datetime

    @property
    def by(self) -> str:
        return address_key(self.person.email)

    def on(self, ticket: Ticket) -> "Order":
        return replace(self, ticket=ticket)


@dataclass(frozen=True, slots=True)
class Carried:
    """A command was carried out."""

    ticket: Ticket
    """What further commands, and the text, are about."""
    said: str
    """A sentence for the transcript."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a transcript."""

    said: str
    """The command as it was written."""
    why: str
    """What was done, or why it was not."""
    instead: str = ""
    """The nearest right command, for a line that is none."""


@dataclass(frozen=True, slots=True)
class Mine:
    """An open ticket of somebody's, as `#list` tells it."""

    reference: str
    status: str
    severity: int | None
    due_at: datetime | None
    """The soonest time that is still promised."""
    subject: str
    assigned: bool
    """Whether it is this person's, and not only of a queue of theirs."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What came of a mail's commands."""

    done: bool
    """False: one of them could not be, and nothing of all was done."""
    ticket: Ticket | None
    """The ticket that the text is about: after `#merge` the other one, after `#split` the new one."""
    lines: tuple[Line, ...] = ()
    answers: bool = False
    """Whether there is text, and it may go to the customer."""
    mine: tuple[Mine, ...] = ()
    more: int = 0
    """How many further ones of these there are."""
    helps: bool = False
    """Whether the list of commands was asked for."""


def said_of(done: Done, policy: Policy, what: str) -> str:
    """ "EX-1 is closed. The solution: ... Told: ana@alder.example."""
    moved = "".join(
        f" {NAMES[one.kind]}: {_local(one.after, policy)} instead of {_local(one.before, policy)}."
        for one in done.moved
    )
    told = f" Told: {', '.join(done.told)}." if done.told else f" {done.left_untold}" if done.left_untold else ""
    return f"{what}{moved}{told}"


NAMES = {"first_response": "First answer", "resolution": "Solution"}


def _local(at: datetime | None, policy: Policy) -> str:
    return f"{at.astimezone(policy.zone):%Y-%m-%d %H:%M %Z}" if at else "no fixed time"
