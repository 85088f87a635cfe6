"""The tables, each in the module of its subject.

Their rows never leave this room: other modules here turn them into frozen values. They are SQLAlchemy Core and nothing
above it, for speed in a batch and at the start of every command. Changing a table means a migration in
`migrations/versions/`; a test compares the two.
"""

from storage.tables.columns import metadata
from storage.tables.directory import contact, contract, policy
from storage.tables.letters import answer, bounce, breaker, digest, digest_entry, muted, outbox, signing_key, silenced
from storage.tables.mails import mail, mailbox, raw_mail, sighting, strike
from storage.tables.oversight import condition, gap, verified
from storage.tables.promises import alarm, clock, pause
from storage.tables.tickets import assignment, booking, correspondent, event, hold, link, merger, ticket

__all__ = [
    "alarm",
    "answer",
    "assignment",
    "booking",
    "bounce",
    "breaker",
    "clock",
    "condition",
    "contact",
    "contract",
    "correspondent",
    "digest",
    "digest_entry",
    "event",
    "gap",
    "hold",
    "link",
    "mail",
    "mailbox",
    "merger",
    "metadata",
    "muted",
    "outbox",
    "pause",
    "policy",
    "raw_mail",
    "sighting",
    "signing_key",
    "silenced",
    "strike",
    "ticket",
    "verified",
]
