"""What a letter is made of and what comes out of it: the values that `intake.compose` takes and gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from rules.facts import Address, Decision, Mail, OpenHours


class LetterKind(StrEnum):
    ACKNOWLEDGEMENT = "acknowledgement"
    DECLINE = "decline"
    HELD = "held"
    ROUTED = "routed"
    PROMISE = "promise"
    """The promise changed: what holds from now on."""
    BOOKED = "booked"
    """Hours were booked; goes to the contacts of the contract."""
    WAITING = "waiting"
    """Of what waits for the customer, or is closed: a reminder, and how to go on."""
    FORWARD = "forward"
    """The customer's mail as an attachment, to the distributor or partner who answers it."""
    ANSWER = "answer"
    """What a member of staff wrote, under the support address."""
    NOTICE = "notice"
    """To staff."""
    QUESTION = "question"
    """To the one member of staff whose mail did not go on as they meant it."""
    TRANSCRIPT = "transcript"
    """To the one member of staff whose mail held commands: what came of them."""
    DIGEST = "digest"
    """To the one member of staff who asks for one mail a day in place of notices."""
    PAGE = "page"
    """To staff, by pager or chat: no mail; its recipients are places of the configuration, its bytes are text."""


@dataclass(frozen=True, slots=True)
class PolicyWording:
    """What a letter says of the policy that it was decided by."""

    zone: ZoneInfo
    """Times are told in this zone."""
    hours: tuple[OpenHours, ...] = ()
    """The weekly hours that the promise counts on, in `zone`."""
    severities: Mapping[int, str] = field(default_factory=dict)
    """Every severity with its name in the letter's language."""
    term: str = "Severity"
    """What the policy calls a severity, in the letter's language."""
    languages: tuple[str, ...] = ()
    """ISO 639-1 codes of the languages that mail may be written in."""
    versions: tuple[str, ...] = ()
    """Supported versions, the newest first."""
    trainings: tuple[str, ...] = ()
    """The classes that open the door that the training gate closed."""
    quota: int = 0
    """Requests a month; 0 where unknown or unlimited."""
    quota_resets: date | None = None
    """The first day of the next month, in the policy's zone."""
    urgent_contact: str = ""
    """Where to turn with what cannot wait for mail: a telephone number or a sentence."""


@dataclass(frozen=True, slots=True)
class Former:
    """What a ticket's earlier promise said, where a letter corrects it."""

    severity: int | None
    first_response_due: datetime | None
    resolution_due: datetime | None
    cause: str = ""
    """"reopened" or "taken_back", where it is neither another severity nor the end of a wait."""
    waiting: bool = False
    """We wait for the customer, and what is promised moves on until he answers."""


@dataclass(frozen=True, slots=True)
class Rest:
    """A ticket that rests: it waits for its customer, or is closed."""

    since: datetime
    until: date | None = None
    """The day on which it is closed, or up to which a reply opens it again; None where there is none."""


@dataclass(frozen=True, slots=True)
class Booked:
    """What was taken from a contract's prepaid hours or allowance, and what is left."""

    what: str
    """"expert_hours", or the allowance's name in the policy."""
    amount: Decimal
    left: Decimal
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier ticket of the contract, for a notice."""

    reference: str
    opened_at: datetime
    status: str
    subject: str


@dataclass(frozen=True, slots=True)
class Briefing:
    """What a notice tells its reader beside the decision."""

    answerable: bool = False
    """The reader is a member of staff, whose reply goes to the customer."""
    customers: bool = True
    """The mail is the customer's, and nobody else's."""
    earlier: tuple[Earlier, ...] = ()
    met: frozenset[str] = frozenset()
    """Kinds of promises that are kept already."""
    standing: bool = False
    """What is promised stands still: we wait for the customer."""
    enclosed: bool = False
    """The mail comes along, whole."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What a member of staff is told of a mail of theirs that did not go on as they meant it."""

    missing: tuple[str, ...]
    release: str = ""
    """The address of a mail that lets it go all the same, as a mailto URL; "" where nothing does."""
    text: tuple[str, ...] = ()
    """What they wrote, line by line."""
    other: str = ""
    """Who else has answered."""
    others_text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """One of somebody's open tickets."""

    reference: str
    status: str
    due_at: datetime | None
    subject: str
    severity: int | None = None
    own: bool = True
    """It is this person's, and not only of a queue of theirs."""


@dataclass(frozen=True, slots=True)
class News:
    """What happened on one ticket since the last digest."""

    reference: str
    subject: str
    sender: str
    """The address of its customer."""
    events: tuple[tuple[str, int], ...]
    """What notices would have told, each with how often."""
    notes: tuple[str, ...] = ()
    """Their sentences."""
    answer: str = ""
    """The address of a mail that answers the customer, as a mailto URL."""


@dataclass(frozen=True, slots=True)
class Digest:
    """One person's day."""

    since: datetime | None
    """When they had the last one."""
    news: tuple[News, ...] = ()
    open: tuple[tuple[Due, str], ...] = ()
    """Their open tickets, each with the address of a mail that answers its customer."""
    more: int = 0
    """How many of those are left out."""


@dataclass(frozen=True, slots=True)
class Reported:
    """What came of a mail's commands."""

    done: bool
    """False: nothing of all was done."""
    lines: tuple[tuple[str, str, str], ...] = ()
    """Each line as it was written, what came of it, and what to write instead."""
    mine: tuple[Due, ...] | None = None
    """The person's open tickets, where they asked for them."""
    more: int = 0
    """How many of those are left out."""
    forms: tuple[tuple[str, str], ...] = ()
    """Each command as it is written and what it does, where they asked for them."""


@dataclass(frozen=True, slots=True)
class LetterOrder:
    """All that a letter is made of."""

    kind: LetterKind
    decision: Decision
    mail: Mail
    reference: str
    """The request's: "EX-1042"."""
    mailbox: Address
    """The support address with its display name: From."""
    letter: str
    """The template: "acknowledgement", "declined_role", "notice"."""
    language: str
    wording: PolicyWording
    at: datetime
    """When the letter is written."""
    arrival: datetime
    """When the mail reached the mailbox."""
    message_id: str
    """Of the letter, with its angle brackets."""
    recipients: tuple[Address, ...] = ()
    """Empty: the mail's sender. A notice needs some."""
    event: str = ""
    """What a notice tells: accepted, held, declined, routed, follow_up, withheld; "" takes the decision's outcome."""
    note: str = ""
    """A sentence at the top of a notice."""
    contract_ended: date | None = None
    """The last day of a contract that is no longer valid."""
    former: Former | None = None
    rest: Rest | None = None
    booked: Booked | None = None
    thread: tuple[str, ...] = ()
    """Message-IDs of the earlier ticket that this one goes on with."""
    reply_to: str = ""
    """Where an answer is to go, where that is not From."""
    briefing: Briefing = Briefing()
    asking: Asking | None = None
    reported: Reported | None = None
    digest: Digest | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter ready for the outbox."""

    kind: LetterKind
    message_id: str
    sender: str
    """Envelope sender."""
    recipients: tuple[str, ...]
    """Envelope recipients. One that is not ASCII needs SMTPUTF8."""
    subject: str
    raw: bytes
    language: str
    fallback: str = ""
    """Why an admin's own template was not used: staff should hear of it."""
