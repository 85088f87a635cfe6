"""The frozen values that every room speaks, and the two failures that are no fault of ours.

Nothing here reads, writes or decides; every room may import it. Times are aware and UTC unless a field says otherwise.
Text in these values is free of NUL and lone surrogates: `intake.mail` scrubs it before a `Mail` exists.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class TryLater(Exception):
    """The network, a server or a lock said not now. State is kept; the message is one line that names the remedy."""


class Unreadable(Exception):
    """This mail cannot be read. The message is the reason that quarantine shows."""


class MailKind(StrEnum):
    """What came in, before anybody asks what to do about it."""

    REQUEST = "request"
    FOLLOW_UP = "follow_up"
    STAFF = "staff"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    BULK = "bulk"
    OWN = "own"
    UNREADABLE = "unreadable"


class Outcome(StrEnum):
    """What the policy says of a request."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    ROUTED = "routed"
    HELD = "held"
    IGNORED = "ignored"


class End(StrEnum):
    """Where a mail that was seen came to rest. Every mail has exactly one."""

    TICKET = "ticket"
    FOLLOW_UP = "follow_up"
    STAFF_ACTION = "staff_action"
    DECLINED = "declined"
    ROUTED = "routed"
    HELD = "held"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"
    BEFORE_START = "before_start"


class Verdict(StrEnum):
    """What one gate says of one mail."""

    PASS = "pass"
    FAIL = "fail"
    FLAG = "flag"
    SKIP = "skip"


class Gate(StrEnum):
    """The gates in the order in which they are reported; the first that fails names the letter."""

    CONTACT = "contact"
    SUBSCRIPTION = "subscription"
    PAYMENT = "payment"
    LANGUAGE = "language"
    ROLE = "role"
    VERSION = "version"
    THIRD_PARTY = "third_party"
    DEVELOPMENT = "development"
    REMOTE_ADMINISTRATION = "remote_administration"
    SERVICES = "services"
    TOPIC = "topic"
    TRAINING = "training"
    EXPERT_HOURS = "expert_hours"
    QUOTA = "quota"


class Authentication(StrEnum):
    """What the mailbox's own server says of the sender, aligned with From; NONE where it stamps nothing we trust."""

    NONE = "none"
    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"


def address_key(address: str) -> str:
    """An address as Intake compares it: without regard to case, its domain as the DNS has it.

    A domain with a soft hyphen or full-width letters is the same domain, so it must not have budgets of its own. A
    local part loses its case and nothing else: to casefold it would make "straße" and "strasse", two people, one.
    """
    if address.isascii():
        return address.lower()
    local, at, domain = address.rpartition("@")
    # the Kelvin sign is the one letter beyond ASCII whose lower case is within
    local = "".join(each if each == "\u212a" else each.lower() for each in local)
    try:
        return local + at + domain.encode("idna").decode("ascii").lower()
    except UnicodeError:  # no domain name, so that nothing can be sent there
        return local + at + domain.casefold()


def mailbox_key(address: str) -> str:
    """The mailbox behind an address, as budgets count letters: "+tag" before the "@" and quotes change nothing."""
    local, at, domain = address_key(address).rpartition("@")
    local = local.strip('"')
    return (local.partition("+")[0] or local) + at + domain


class Sent:
    """What workers send to the daemon. It is built anew from its fields in their order, in less time than it takes
    dataclasses to do what they do by themselves."""

    __slots__: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), tuple([getattr(self, name) for name in self.__slots__])


@dataclass(frozen=True, slots=True)
class Address(Sent):
    """One mailbox of RFC 5322. Compare by `key`."""

    address: str
    name: str = ""

    @property
    def key(self) -> str:
        """See `address_key`."""
        return address_key(self.address)


@dataclass(frozen=True, slots=True)
class Attachment(Sent):
    """What is known of a part that is not the body; its bytes stay in the raw mail."""

    name: str
    type: str
    size: int
    """Octets after transfer decoding."""
    sha256: str


@dataclass(frozen=True, slots=True)
class FailedRecipient(Sent):
    """One recipient of a bounce."""

    address: str
    status: str
    """Enhanced status code (RFC 3463), "" where the bounce names none."""
    final: bool = True
    """False for a delay notice."""


@dataclass(frozen=True, slots=True)
class MachineSigns(Sent):
    """Why a mail is a machine's rather than a person's; each tuple names the evidence, empty means none."""

    auto: tuple[str, ...] = ()
    """Automatic replies, calendar replies and challenges."""
    bounce: tuple[str, ...] = ()
    bulk: tuple[str, ...] = ()
    """Lists and bulk: mutes our answer, never drops the mail."""


@dataclass(frozen=True, slots=True)
class Mail(Sent):
    """A mail as it was understood. Made by `intake.mail` alone."""

    message_id: str | None
    """With its angle brackets; a claim, never an identity."""
    sender: Address | None
    """From; None where there is no readable one."""
    subject: str
    text: str
    """The whole body as text."""
    new_text: str
    """The body without quotes and signature."""
    sha256: str
    """Of the raw bytes, in hex: the identity of this mail."""
    size: int
    reply_to: Address | None = None
    return_path: str | None = None
    """"" for the null sender, None where no header says."""
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    date: datetime | None = None
    """The sender's claim."""
    received: datetime | None = None
    """The topmost Received header's time."""
    in_reply_to: tuple[str, ...] = ()
    """Message-IDs with their angle brackets."""
    references: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    failed_recipients: tuple[FailedRecipient, ...] = ()
    returned_message_id: str | None = None
    """The Message-ID in the part that a bounce brings back."""
    machine: MachineSigns = MachineSigns()
    authentication: Authentication = Authentication.NONE
    dmarc_failed: bool = False
    """The domain in From publishes DMARC, and the mailbox's own server found that this mail is none of its own."""
    intake_tag: str | None = None
    """The value of our own X-Intake header: such a mail is one of ours coming back."""
    priority: int | None = None
    """X-Priority or Importance as 1 (highest) to 5; a weak hint."""
    defects: tuple[str, ...] = ()

    @property
    def addressees(self) -> tuple[Address, ...]:
        return self.to + self.cc


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract of the directory. `starts` and `ends` are whole days of the policy's zone, both included."""

    contract: str
    organization: str
    policy: str
    plan: str
    starts: date
    ends: date
    paid: bool = True
    version: str = ""
    account_manager: str = ""
    distributor: str = ""
    support_partner: str = ""
    expert_hours: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Contact:
    """One person (or, as `*@example.com`, one domain) on one contract."""

    email: str
    name: str
    contract: str
    role: str = "admin"
    trainings: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class Membership:
    """A contact together with the contract that names it."""

    contact: Contact
    contract: Contract


@dataclass(frozen=True, slots=True)
class Usage:
    """What a contract has used before this mail."""

    incidents: int = 0
    """Accepted tickets in the arrival's calendar month of the policy's zone."""
    hours_spent: Decimal = Decimal(0)
    allowances: Mapping[str, Decimal] = field(default_factory=dict)
    """What was taken of yearly allowances this contract year, by their name in the policy."""


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket as the rules see it."""

    reference: str
    status: str
    contract: str | None
    severity: int | None
    parties: frozenset[str]
    """Keys of the addresses that may write to it: its contract's contacts and its correspondents."""
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A phrase that was found, kept with its place."""

    phrase: str
    """The words as the mail has them."""
    where: str
    """"subject" or "body"."""
    severity: int | None = None
    facet: str = ""
    """The facet and value, or the gate or topic, that the phrase speaks for: "effect=stopped"."""


@dataclass(frozen=True, slots=True)
class GateResult:
    gate: Gate
    verdict: Verdict
    why: str
    """One sentence for staff and for `explain`."""


@dataclass(frozen=True, slots=True)
class OpenHours:
    """Hours that a calendar opens every week; how they are worded is the templates' business."""

    first: int
    """0 is Monday."""
    last: int
    opens: str
    """"08:00", in the zone of the policy."""
    closes: str
    """Up to "24:00"."""
    through: bool = False
    """True: open in one stretch from the first day to the last; False: on each of the days between them."""


@dataclass(frozen=True, slots=True)
class Reminder:
    to: str
    """A queue or a role of the contract."""
    at: datetime
    every: str | None
    until: str
    calendar: str = ""
    """The calendar of the policy outside which it waits; "" gives it day and night."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a request takes from: a yearly allowance of the contract's plan."""

    name: str
    """As the policy has it."""
    left: Decimal
    of: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policy says of one mail, with every reason. Stored as it stands."""

    kind: MailKind
    outcome: Outcome | None
    """None for a follow-up or a staff mail."""
    sender: str
    contact: str | None
    organization: str | None
    contract: str | None
    plan: str | None
    language: str | None
    language_confidence: float | None
    topic: str | None
    gates: tuple[GateResult, ...]
    failed: tuple[Gate, ...]
    flags: tuple[str, ...]
    template: str | None
    """The letter to the sender; None where nobody is written to."""
    letter_language: str
    queue: str | None
    forward_to: str | None
    severity: int | None
    severity_why: tuple[Evidence, ...]
    first_response_due: datetime | None
    resolution_due: datetime | None
    reminders: tuple[Reminder, ...]
    policy: str
    policy_version: str
    why: str = ""
    """What decided the outcome as a whole: one sentence for staff."""
    also_notice: tuple[str, ...] = ()
    """Queues that are told of the ticket beside its own."""
    party: str = ""
    """What the one it was forwarded to is to the contract: "distributor" or "support_partner"."""
    trainings: tuple[str, ...] = ()
    """The classes any of which would have opened the training gate."""
    allowance: Allowance | None = None
    """The yearly allowance that the request takes from."""


class Heard(StrEnum):
    """In what sense a mail says a phrase; only what is stated counts."""

    STATED = "stated"
    NEGATED = "negated"
    SUPPOSED = "supposed"
    ASKED = "asked"
    PAST = "past"


class Found(NamedTuple):
    """A phrase of the policy found in a mail, with the sense in which the mail says it. A mail has a hundred of them,
    which is why this is a tuple: those are made in a third of the time and sent in a tenth."""

    phrase: str
    """The words as the mail has them."""
    where: str
    """"subject" or "body"."""
    sentence: int
    """Counted over the whole mail; the same words cannot speak for two gates."""
    topic: str
    """What the phrase speaks for: a facet of the severity ("effect"), "explicit", or a gate."""
    value: str
    """The facet's value, the severity stated, the version named, or how the gate weighs it ("clear")."""
    heard: Heard


class Tongue(StrEnum):
    """How sure the language of a mail is, seen from the languages that its policy accepts."""

    ACCEPTED = "accepted"
    OTHER = "other"
    DOUBT = "doubt"
    SHORT = "short"


@dataclass(frozen=True, slots=True)
class LanguageReading(Sent):
    """The language of a mail's own words."""

    tongue: Tongue
    language: str | None
    """ISO 639-1, the likeliest; None where there is too little text to say."""
    confidence: float | None
    letters: int
    """Letters that were left to judge by, after logs, addresses and product names were put aside."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the slow, pure part of understanding found in a mail's words: language and phrases."""

    language: LanguageReading
    found: tuple[Found, ...] = ()
    length: int = 0
    """Words of the mail's own, subject and all."""

    def __reduce__(self) -> tuple[object, ...]:
        return _reading, (self.language, tuple(map(tuple, self.found)), self.length)


def _reading(language: LanguageReading, found: Iterable[tuple[str, str, int, str, str, Heard]], length: int) -> Reading:
    return Reading(language, tuple(map(Found._make, found)), length)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the rest of Intake knows about a mail when it is decided."""

    at: datetime
    """When the mail reached the mailbox; aware and UTC."""
    memberships: tuple[Membership, ...] = ()
    """The contacts that match the sender, under this mailbox's policy."""
    usage: Mapping[str, Usage] = field(default_factory=dict)
    """By contract; a contract that is missing has used nothing."""
    ticket: TicketView | None = None
    """The ticket that the mail points at."""
    staff: bool = False
    own: bool = False
    authentication_expected: bool = False
    """The mailbox names the server whose verdict on senders it trusts."""
    muted: frozenset[str] = frozenset()
    """Keys of the distributors and partners of these contracts from which our letters come back for good."""


@dataclass(frozen=True, slots=True)
class LetterHistory:
    """The automatic letters that one address was sent before this one."""

    last_hour: int = 0
    last_day: int = 0
    last_stranger_letter: datetime | None = None
    """When the address was last told that it is on no contract."""
    strangers_last_hour: int = 0
    """How often in the last hour anybody was told so."""
    muted: bool = False
    """A letter to it came back for good, and nobody has written from it since."""
    known_elsewhere: bool = False
    """The mail went to another mailbox of ours as well, under whose policy its sender is a contact."""
    silenced: bool = False
    """Staff called it spam a while ago."""
    looping: bool = False
    """A machine seems to answer our letters there."""
    mailbox_last_hour: int = 0
    """The automatic letters that the mailbox has written in the last hour, to whomever."""
