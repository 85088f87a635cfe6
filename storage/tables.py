"""The tables. Their rows never leave this room: other modules here turn them into frozen values.

Every time is aware and UTC (SQLModel's own datetime type refuses anything else), every closed set is a plain string
column, because neither engine lets Alembic see a new member of an enumerated type. Changing a table means a migration
in `migrations/versions/`; a test compares the two.
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

AnyJson = sa.JSON()
"""On PostgreSQL `json`, which is the text that was written: `jsonb` loses its order and refuses NUL."""


class MailboxRow(SQLModel, table=True):
    """How far a mailbox has been read."""

    __tablename__ = "mailbox"
    name: str = Field(primary_key=True)
    uidvalidity: int = Field(sa_type=sa.BigInteger)
    last_uid: int = Field(sa_type=sa.BigInteger)
    before: datetime | None = None
    """Mail that had arrived before this instant when the mailbox was first opened is not ours to answer."""
    paused_at: datetime | None = None
    next_number: int = 1


class MailRow(SQLModel, table=True):
    """The ledger: one row for each mail, by the hash of its bytes."""

    __tablename__ = "mail"
    __table_args__ = (
        sa.UniqueConstraint("mailbox", "sha256"),
        sa.Index("ix_mail_message_id", "mailbox", "message_id"),
        sa.Index("ix_mail_end", "end", "id"),
        sa.Index("ix_mail_recorded", "mailbox", "recorded_at"),
        sa.Index("ix_mail_ticket", "ticket_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    mailbox: str
    sha256: str = Field(max_length=64)
    message_id: str | None = None
    sender: str
    subject: str
    arrived_at: datetime
    recorded_at: datetime
    size: int
    kind: str
    end: str
    reason: str
    decision: dict[str, Any] | None = Field(default=None, sa_type=AnyJson)
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id")
    content: str | None = Field(default=None, max_length=64)
    """Of what it says, whatever road it came by; None for a mail without a Message-ID, and for an unreadable one."""


class RawMailRow(SQLModel, table=True):
    """The bytes as they came. A table of its own, so that a scan of the ledger never reads them."""

    __tablename__ = "raw_mail"
    mail_id: int = Field(primary_key=True, foreign_key="mail.id")
    raw: bytes


class SightingRow(SQLModel, table=True):
    """Each UID that a mailbox ever showed, where it ended, and whether it has left the folder."""

    __tablename__ = "sighting"
    __table_args__ = (
        sa.Index(
            "ix_sighting_unfiled",
            "mailbox",
            "uidvalidity",
            "file_after",
            sqlite_where=sa.text("filed_at IS NULL"),
            postgresql_where=sa.text("filed_at IS NULL"),
        ),
        sa.Index("ix_sighting_mail", "mail_id"),
    )
    mailbox: str = Field(primary_key=True)
    uidvalidity: int = Field(primary_key=True, sa_type=sa.BigInteger)
    uid: int = Field(primary_key=True, sa_type=sa.BigInteger)
    mail_id: int | None = Field(default=None, foreign_key="mail.id")
    end: str
    seen_at: datetime
    file_after: datetime
    filed_at: datetime | None = None


class StrikeRow(SQLModel, table=True):
    """A mail that broke its reader or us, and how often. The third strike quarantines it."""

    __tablename__ = "strike"
    mailbox: str = Field(primary_key=True)
    uidvalidity: int = Field(primary_key=True, sa_type=sa.BigInteger)
    uid: int = Field(primary_key=True, sa_type=sa.BigInteger)
    count: int
    reason: str
    last_at: datetime


class TicketRow(SQLModel, table=True):
    """Every request, whatever its outcome."""

    __tablename__ = "ticket"
    __table_args__ = (
        sa.Index("ix_ticket_status", "status", "id"),
        sa.Index("ix_ticket_contract", "contract", "outcome", "opened_at"),
        sa.Index("ix_ticket_contact", "contact", "opened_at"),
        sa.Index("ix_ticket_mailbox", "mailbox", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    mailbox: str
    outcome: str
    status: str
    severity: int | None = None
    queue: str | None = None
    contact: str
    contact_name: str
    contract: str | None = None
    organization: str | None = None
    plan: str | None = None
    language: str | None = None
    subject: str
    opened_at: datetime
    """When the mail reached the mailbox (INTERNALDATE)."""
    recorded_at: datetime
    closed_at: datetime | None = None
    policy: str
    policy_version: str
    decision: dict[str, Any] = Field(sa_type=AnyJson)


class CorrespondentRow(SQLModel, table=True):
    """An address that may write to a ticket beside its contract's contacts."""

    __tablename__ = "correspondent"
    ticket_id: int = Field(primary_key=True, foreign_key="ticket.id")
    address: str = Field(primary_key=True)


class EventRow(SQLModel, table=True):
    """What happened, in order. Never changed, never deleted but by retention."""

    __tablename__ = "event"
    __table_args__ = (sa.Index("ix_event_ticket", "ticket_id", "id"), sa.Index("ix_event_mail", "mail_id"))
    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id")
    mail_id: int | None = Field(default=None, foreign_key="mail.id")
    at: datetime
    kind: str
    actor: str
    detail: dict[str, Any] = Field(sa_type=AnyJson)


class ClockRow(SQLModel, table=True):
    """A promise that is being watched."""

    __tablename__ = "clock"
    __table_args__ = (
        sa.Index(
            "ix_clock_running",
            "due_at",
            sqlite_where=sa.text("stopped_at IS NULL AND breached_at IS NULL AND paused_at IS NULL"),
            postgresql_where=sa.text("stopped_at IS NULL AND breached_at IS NULL AND paused_at IS NULL"),
        ),
        sa.Index(
            "ix_clock_warning",
            "warn_at",
            sqlite_where=sa.text("stopped_at IS NULL AND paused_at IS NULL AND warned_at IS NULL"),
            postgresql_where=sa.text("stopped_at IS NULL AND paused_at IS NULL AND warned_at IS NULL"),
        ),
        sa.Index(
            "ix_clock_overdue",
            "breached_at",
            sqlite_where=sa.text("stopped_at IS NULL AND breached_at IS NOT NULL"),
            postgresql_where=sa.text("stopped_at IS NULL AND breached_at IS NOT NULL"),
        ),
        sa.Index("ix_clock_ticket", "ticket_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id")
    kind: str
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None = None
    breached_at: datetime | None = None
    policy_version: str
    paused_at: datetime | None = None
    """Since when it stands still; what it stood before is in `pause`."""
    warn_at: datetime | None = None
    """When staff are to hear that the promise is about to be missed."""
    warned_at: datetime | None = None


class PauseRow(SQLModel, table=True):
    """A time in which we waited for the customer; the clocks of the ticket stood still."""

    __tablename__ = "pause"
    __table_args__ = (sa.Index("ix_pause_ticket", "ticket_id", "began_at"),)
    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id")
    began_at: datetime
    ended_at: datetime | None = None


class BookingRow(SQLModel, table=True):
    """What staff took from a contract's prepaid hours, or from one of its yearly allowances."""

    __tablename__ = "booking"
    __table_args__ = (
        sa.Index("ix_booking_contract", "contract", "what", "booked_at"),
        sa.Index("ix_booking_ticket", "ticket_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id")
    contract: str
    """No foreign key: a contract that leaves the directory keeps what was booked on it."""
    what: str
    """"expert_hours", or the allowance's name in the policy."""
    amount: str
    """A decimal number as text: SQLite has none of its own."""
    booked_at: datetime
    booked_by: str
    note: str


class AlarmRow(SQLModel, table=True):
    """A reminder that is to be given, once or again and again."""

    __tablename__ = "alarm"
    __table_args__ = (
        sa.Index(
            "ix_alarm_next",
            "next_at",
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        ),
        sa.Index("ix_alarm_ticket", "ticket_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int = Field(foreign_key="ticket.id")
    to: str
    next_at: datetime
    every: str | None = None
    until: str
    calendar: str = ""
    """The calendar of the policy that it is given in; "" gives it day and night."""
    done_at: datetime | None = None


class OutboxRow(SQLModel, table=True):
    """A letter with its final bytes and its Message-ID, from before the first attempt until for ever."""

    __tablename__ = "outbox"
    __table_args__ = (
        sa.Index(
            "ix_outbox_ready",
            "mailbox",
            "next_try_at",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        ),
        sa.Index("ix_outbox_state", "state", "created_at"),
        sa.Index(
            "ix_outbox_refused_notice",
            "next_try_at",
            sqlite_where=sa.text("state = 'refused' AND kind = 'notice'"),
            postgresql_where=sa.text("state = 'refused' AND kind = 'notice'"),
        ),
        sa.Index("ix_outbox_addressee", "addressee", "created_at"),
        sa.Index("ix_outbox_template", "mailbox", "template", "created_at"),
        sa.Index("ix_outbox_ticket", "ticket_id"),
        sa.Index("ix_outbox_created", "mailbox", "created_at", "kind", "state"),
    )
    id: int | None = Field(default=None, primary_key=True)
    mailbox: str
    kind: str
    template: str
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id")
    message_id: str = Field(unique=True)
    sender: str
    recipients: list[str] = Field(sa_type=AnyJson)
    addressee: str
    """Key of the first recipient: what budgets are counted by."""
    subject: str
    created_at: datetime
    state: str
    next_try_at: datetime
    claimed_by: str | None = None
    attempts: int = 0
    ambiguous: int = 0
    """Attempts that ended without the server's word; each may have been delivered."""
    last_error: str = ""
    sent_at: datetime | None = None
    raw: bytes
    """Last: SQLite reads a row up to the column it wants, and walks every page of a long one before it."""


class BounceRow(SQLModel, table=True):
    """A letter that came back from a recipient, or is late there."""

    __tablename__ = "bounce"
    letter_id: int = Field(primary_key=True, foreign_key="outbox.id")
    address: str = Field(primary_key=True)
    """The key of the recipient's address; "" where the bounce names none."""
    at: datetime
    status: str
    final: bool


class MutedRow(SQLModel, table=True):
    """An address from which a letter came back for good: no further automatic one goes there."""

    __tablename__ = "muted"
    __table_args__ = (sa.Index("ix_muted_ticket", "ticket_id"),)
    address: str = Field(primary_key=True)
    """The key of the address."""
    since: datetime
    """When the bounce arrived."""
    status: str
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id")
    """The ticket of the letter that came back."""


class LinkRow(SQLModel, table=True):
    """A ticket that has to do with an earlier one."""

    __tablename__ = "link"
    __table_args__ = (sa.Index("ix_link_to", "to_ticket_id", "ticket_id"),)
    ticket_id: int = Field(primary_key=True, foreign_key="ticket.id")
    to_ticket_id: int = Field(primary_key=True, foreign_key="ticket.id")
    kind: str
    """How, such as "continues"."""
    linked_at: datetime


class SigningKeyRow(SQLModel, table=True):
    """What seals are signed with."""

    __tablename__ = "signing_key"
    name: str = Field(primary_key=True)
    octets: bytes
    made_at: datetime


class AnswerRow(SQLModel, table=True):
    """What a member of staff wrote to a customer, whether it went out or not."""

    __tablename__ = "answer"
    __table_args__ = (
        sa.Index("ix_answer_ticket", "ticket_id", "id"),
        sa.Index("ix_answer_mail", "mail_id"),
        sa.Index("ix_answer_person", "person", "written_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id")
    mail_id: int | None = Field(default=None, foreign_key="mail.id")
    person: str
    """The key of the address of who wrote it."""
    text: str
    signature: str
    state: str
    why: str
    """Why it is or was a draft; "" for one that went out at once."""
    message_id: str | None = Field(default=None, unique=True)
    """Of its letter."""
    releasable: bool
    """Whether a draft goes out when its writer says so."""
    written_at: datetime
    sent_at: datetime | None = None


class AssignmentRow(SQLModel, table=True):
    """Whose a ticket is: its notices go there."""

    __tablename__ = "assignment"
    __table_args__ = (sa.Index("ix_assignment_person", "person", "ticket_id"),)
    ticket_id: int = Field(primary_key=True, foreign_key="ticket.id")
    person: str
    """The key of the address of somebody on staff."""
    assigned_at: datetime


class HoldRow(SQLModel, table=True):
    """A ticket of which nobody is reminded until then."""

    __tablename__ = "hold"
    __table_args__ = (sa.Index("ix_hold_until", "until"),)
    ticket_id: int = Field(primary_key=True, foreign_key="ticket.id")
    until: datetime
    person: str
    """Who asked for it, and hears when it is over: the key of an address."""


class MergerRow(SQLModel, table=True):
    """A ticket that goes on in another one of the same contract."""

    __tablename__ = "merger"
    __table_args__ = (sa.Index("ix_merger_into", "into_ticket_id"),)
    ticket_id: int = Field(primary_key=True, foreign_key="ticket.id")
    into_ticket_id: int = Field(foreign_key="ticket.id")
    merged_at: datetime


class SilencedRow(SQLModel, table=True):
    """An address that staff called spam: no automatic letter goes there until then."""

    __tablename__ = "silenced"
    __table_args__ = (sa.Index("ix_silenced_ticket", "ticket_id"),)
    address: str = Field(primary_key=True)
    """The key of the address."""
    until: datetime
    ticket_id: int = Field(foreign_key="ticket.id")


class BreakerRow(SQLModel, table=True):
    """A loop that was stopped: machines that answered each other through us."""

    __tablename__ = "breaker"
    __table_args__ = (sa.Index("ix_breaker_last", "last_at"), sa.Index("ix_breaker_ticket", "ticket_id"))
    scope: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    since: datetime
    last_at: datetime
    count: int
    why: str
    ticket_id: int | None = Field(default=None, foreign_key="ticket.id")


class DigestRow(SQLModel, table=True):
    """When somebody on staff who asks for one mail a day last got it."""

    __tablename__ = "digest"
    person: str = Field(primary_key=True)
    """The key of the address."""
    last_at: datetime


class DigestEntryRow(SQLModel, table=True):
    """What somebody is told of by their next mail of the day, in place of a notice."""

    __tablename__ = "digest_entry"
    __table_args__ = (
        sa.Index("ix_digest_entry_person", "person", "id"),
        sa.Index("ix_digest_entry_ticket", "ticket_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    person: str
    ticket_id: int = Field(foreign_key="ticket.id")
    event: str
    note: str
    at: datetime


class ContractRow(SQLModel, table=True):
    __tablename__ = "contract"
    contract: str = Field(primary_key=True)
    organization: str
    policy: str
    plan: str
    starts: date
    ends: date
    paid: bool
    version: str
    account_manager: str
    distributor: str
    support_partner: str
    expert_hours: str
    """A decimal number as text: SQLite has none of its own."""


class ContactRow(SQLModel, table=True):
    __tablename__ = "contact"
    __table_args__ = (sa.Index("ix_contact_contract", "contract"),)
    address: str = Field(primary_key=True)
    """The key of the address: without regard to case."""
    contract: str = Field(primary_key=True, foreign_key="contract.contract")
    email: str
    name: str
    role: str
    trainings: list[str] = Field(sa_type=AnyJson)
    language: str


class PolicyRow(SQLModel, table=True):
    """Each policy text that ever decided a mail, so that the decision can be explained later."""

    __tablename__ = "policy"
    version: str = Field(primary_key=True)
    name: str
    text: str
    first_used_at: datetime


class ConditionRow(SQLModel, table=True):
    """How a part of the daemon is doing, as `status` shows it."""

    __tablename__ = "condition"
    part: str = Field(primary_key=True)
    well: bool
    since: datetime
    at: datetime
    detail: str


class GapRow(SQLModel, table=True):
    """What the last reconciliation could not account for. Gone once it is accounted for."""

    __tablename__ = "gap"
    __table_args__ = (sa.UniqueConstraint("mailbox", "kind", "key"),)
    id: int | None = Field(default=None, primary_key=True)
    mailbox: str
    kind: str
    key: str
    """What it is about, such as a mail's number; with the kind, the same from night to night."""
    what: str
    found_at: datetime
    mail_id: int | None = None
    """No foreign key: it may be the mail that is missing."""
    uidvalidity: int | None = Field(default=None, sa_type=sa.BigInteger)
    uid: int | None = Field(default=None, sa_type=sa.BigInteger)
    """Where it stands, of a mail in a folder of filed mail."""
    told_at: datetime | None = None
    accepted_at: datetime | None = None
    accepted_by: str | None = None


class VerifiedRow(SQLModel, table=True):
    """How far a folder of filed mail has been compared with the ledger, byte for byte."""

    __tablename__ = "verified"
    mailbox: str = Field(primary_key=True)
    folder: str = Field(primary_key=True)
    uidvalidity: int = Field(sa_type=sa.BigInteger)
    last_uid: int = Field(sa_type=sa.BigInteger)
    mails: int
    """Compared so far under this UIDVALIDITY."""


def table(name: str) -> sa.Table:
    """The Core table behind a class above: statements here are Core, for their speed in a batch."""
    return SQLModel.metadata.tables[name]


mailbox, mail, raw_mail, sighting, strike = map(table, ("mailbox", "mail", "raw_mail", "sighting", "strike"))
ticket, correspondent, event, clock, alarm = map(table, ("ticket", "correspondent", "event", "clock", "alarm"))
pause, booking = map(table, ("pause", "booking"))
assignment, hold, merger, silenced = map(table, ("assignment", "hold", "merger", "silenced"))
breaker, digest, digest_entry = map(table, ("breaker", "digest", "digest_entry"))
bounce, muted, link = map(table, ("bounce", "muted", "link"))
signing_key, answer = map(table, ("signing_key", "answer"))
outbox, contract, contact, policy, condition = map(table, ("outbox", "contract", "contact", "policy", "condition"))
gap, verified = map(table, ("gap", "verified"))
