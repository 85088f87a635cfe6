"""Where mail comes from, and what became of each: the mailboxes and the ledger."""

import sqlalchemy as sa

from storage.tables.columns import (
    HASH,
    JSON,
    LARGE,
    NUMBER,
    OCTETS,
    TEXT,
    WHEN,
    index,
    key,
    metadata,
    needed,
    numbered,
    optional,
)

mailbox = sa.Table(
    "mailbox",
    metadata,
    key("name", TEXT),
    needed("uidvalidity", LARGE),
    needed("last_uid", LARGE),
    # Mail that had arrived before this instant when the mailbox was first opened is not ours to answer.
    optional("before", WHEN),
    optional("paused_at", WHEN),
    needed("next_number", NUMBER, default=1),
)
"""How far a mailbox has been read."""

mail = sa.Table(
    "mail",
    metadata,
    numbered(),
    needed("mailbox", TEXT),
    needed("sha256", HASH),
    optional("message_id", TEXT),
    needed("sender", TEXT),
    needed("subject", TEXT),
    needed("arrived_at", WHEN),
    needed("recorded_at", WHEN),
    needed("size", NUMBER),
    needed("kind", TEXT),
    needed("end", TEXT),
    needed("reason", TEXT),
    optional("decision", JSON),
    optional("ticket_id", NUMBER, of="ticket.id"),
    # Of what it says, whatever road it came by; None for a mail without a Message-ID, and for an unreadable one.
    optional("content", HASH),
    # Since when its bytes, its words and whose it was are gone (`storage.erasure`).
    optional("erased_at", WHEN),
    sa.UniqueConstraint("mailbox", "sha256"),
    index("ix_mail_message_id", "mailbox", "message_id"),
    index("ix_mail_end", "end", "id"),
    index("ix_mail_recorded", "mailbox", "recorded_at"),
    index("ix_mail_ticket", "ticket_id"),
)
"""The ledger: one row for each mail, by the hash of its bytes."""

raw_mail = sa.Table(
    "raw_mail",
    metadata,
    key("mail_id", NUMBER, of="mail.id"),
    needed("raw", OCTETS),
)
"""The bytes as they came. A table of its own, so that a scan of the ledger never reads them."""

sighting = sa.Table(
    "sighting",
    metadata,
    key("mailbox", TEXT),
    key("uidvalidity", LARGE),
    key("uid", LARGE),
    optional("mail_id", NUMBER, of="mail.id"),
    needed("end", TEXT),
    needed("seen_at", WHEN),
    needed("file_after", WHEN),
    optional("filed_at", WHEN),
    index("ix_sighting_unfiled", "mailbox", "uidvalidity", "file_after", where="filed_at IS NULL"),
    index("ix_sighting_mail", "mail_id"),
)
"""Each UID that a mailbox ever showed, where it ended, and whether it has left the folder."""

strike = sa.Table(
    "strike",
    metadata,
    key("mailbox", TEXT),
    key("uidvalidity", LARGE),
    key("uid", LARGE),
    needed("count", NUMBER),
    needed("reason", TEXT),
    needed("last_at", WHEN),
)
"""A mail that broke its reader or us, and how often. The third strike quarantines it."""
