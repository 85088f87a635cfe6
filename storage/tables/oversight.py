"""How the daemon is doing, and what it could not account for."""

import sqlalchemy as sa

from storage.tables.columns import FLAG, LARGE, NUMBER, TEXT, WHEN, key, metadata, needed, numbered, optional

condition = sa.Table(
    "condition",
    metadata,
    key("part", TEXT),
    needed("well", FLAG),
    needed("since", WHEN),
    needed("at", WHEN),
    needed("detail", TEXT),
)
"""How a part of the daemon is doing, as `status` shows it."""

gap = sa.Table(
    "gap",
    metadata,
    numbered(),
    needed("mailbox", TEXT),
    needed("kind", TEXT),
    # What it is about, such as a mail's number; with the kind, the same from night to night.
    needed("key", TEXT),
    needed("what", TEXT),
    needed("found_at", WHEN),
    # No foreign key: it may be the mail that is missing.
    optional("mail_id", NUMBER),
    optional("uidvalidity", LARGE),
    # Where it stands, of a mail in a folder of filed mail.
    optional("uid", LARGE),
    optional("told_at", WHEN),
    optional("accepted_at", WHEN),
    optional("accepted_by", TEXT),
    sa.UniqueConstraint("mailbox", "kind", "key"),
)
"""What the last reconciliation could not account for. Gone once it is accounted for."""

verified = sa.Table(
    "verified",
    metadata,
    key("mailbox", TEXT),
    key("folder", TEXT),
    needed("uidvalidity", LARGE),
    needed("last_uid", LARGE),
    # Compared so far under this UIDVALIDITY.
    needed("mails", NUMBER),
)
"""How far a folder of filed mail has been compared with the ledger, byte for byte."""
