"""What mail becomes: tickets, who is on them, and all that happened."""

import sqlalchemy as sa

from storage.tables.columns import JSON, NUMBER, TEXT, WHEN, index, key, metadata, needed, numbered, optional

ticket = sa.Table(
    "ticket",
    metadata,
    numbered(),
    needed("reference", TEXT, unique=True),
    needed("mailbox", TEXT),
    needed("outcome", TEXT),
    needed("status", TEXT),
    optional("severity", NUMBER),
    optional("queue", TEXT),
    needed("contact", TEXT),
    needed("contact_name", TEXT),
    optional("contract", TEXT),
    optional("organization", TEXT),
    optional("plan", TEXT),
    optional("language", TEXT),
    needed("subject", TEXT),
    # When the mail reached the mailbox (INTERNALDATE).
    needed("opened_at", WHEN),
    needed("recorded_at", WHEN),
    optional("closed_at", WHEN),
    needed("policy", TEXT),
    needed("policy_version", TEXT),
    needed("decision", JSON),
    # Since when its words and whose it was are gone (`storage.erasure`).
    optional("erased_at", WHEN),
    index("ix_ticket_status", "status", "id"),
    index("ix_ticket_contract", "contract", "outcome", "opened_at"),
    index("ix_ticket_contract_newest", "contract", "id"),
    index("ix_ticket_contact", "contact", "opened_at"),
    index("ix_ticket_mailbox", "mailbox", "id"),
)
"""Every request, whatever its outcome."""

correspondent = sa.Table(
    "correspondent",
    metadata,
    key("ticket_id", NUMBER, of="ticket.id"),
    key("address", TEXT),
)
"""An address that may write to a ticket beside its contract's contacts."""

event = sa.Table(
    "event",
    metadata,
    numbered(),
    optional("ticket_id", NUMBER, of="ticket.id"),
    optional("mail_id", NUMBER, of="mail.id"),
    needed("at", WHEN),
    needed("kind", TEXT),
    needed("actor", TEXT),
    needed("detail", JSON),
    index("ix_event_ticket", "ticket_id", "id"),
    index("ix_event_mail", "mail_id"),
)
"""What happened, in order. Never changed, never deleted but by retention."""

link = sa.Table(
    "link",
    metadata,
    key("ticket_id", NUMBER, of="ticket.id"),
    key("to_ticket_id", NUMBER, of="ticket.id"),
    # How, such as "continues".
    needed("kind", TEXT),
    needed("linked_at", WHEN),
    index("ix_link_to", "to_ticket_id", "ticket_id"),
)
"""A ticket that has to do with an earlier one."""

merger = sa.Table(
    "merger",
    metadata,
    key("ticket_id", NUMBER, of="ticket.id"),
    needed("into_ticket_id", NUMBER, of="ticket.id"),
    needed("merged_at", WHEN),
    index("ix_merger_into", "into_ticket_id"),
)
"""A ticket that goes on in another one of the same contract."""

assignment = sa.Table(
    "assignment",
    metadata,
    key("ticket_id", NUMBER, of="ticket.id"),
    # The key of the address of somebody on staff.
    needed("person", TEXT),
    needed("assigned_at", WHEN),
    index("ix_assignment_person", "person", "ticket_id"),
)
"""Whose a ticket is: its notices go there."""

hold = sa.Table(
    "hold",
    metadata,
    key("ticket_id", NUMBER, of="ticket.id"),
    needed("until", WHEN),
    # Who asked for it, and hears when it is over: the key of an address.
    needed("person", TEXT),
    index("ix_hold_until", "until"),
)
"""A ticket of which nobody is reminded until then."""

booking = sa.Table(
    "booking",
    metadata,
    numbered(),
    needed("ticket_id", NUMBER, of="ticket.id"),
    # No foreign key: a contract that leaves the directory keeps what was booked on it.
    needed("contract", TEXT),
    # "expert_hours", or the allowance's name in the policy.
    needed("what", TEXT),
    # A decimal number as text: SQLite has none of its own.
    needed("amount", TEXT),
    needed("booked_at", WHEN),
    needed("booked_by", TEXT),
    needed("note", TEXT),
    index("ix_booking_contract", "contract", "what", "booked_at"),
    index("ix_booking_ticket", "ticket_id"),
)
"""What staff took from a contract's prepaid hours, or from one of its yearly allowances."""
