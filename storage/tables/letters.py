"""What goes out, what of it came back, and to whom nothing goes any more."""

import sqlalchemy as sa

from storage.tables.columns import (
    FLAG,
    JSON,
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

outbox = sa.Table(
    "outbox",
    metadata,
    numbered(),
    needed("mailbox", TEXT),
    needed("kind", TEXT),
    needed("template", TEXT),
    optional("ticket_id", NUMBER, of="ticket.id"),
    needed("message_id", TEXT, unique=True),
    needed("sender", TEXT),
    needed("recipients", JSON),
    # Key of the first recipient: what budgets are counted by.
    needed("addressee", TEXT),
    needed("subject", TEXT),
    needed("created_at", WHEN),
    needed("state", TEXT),
    needed("next_try_at", WHEN),
    optional("claimed_by", TEXT),
    needed("attempts", NUMBER, default=0),
    # Attempts that ended without the server's word; each may have been delivered.
    needed("ambiguous", NUMBER, default=0),
    needed("last_error", TEXT, default=""),
    optional("sent_at", WHEN),
    # Since when its bytes, its subject and to whom it went are gone (`storage.erasure`).
    optional("erased_at", WHEN),
    # Last: SQLite reads a row up to the column it wants, and walks every page of a long one before it.
    needed("raw", OCTETS),
    index("ix_outbox_ready", "mailbox", "next_try_at", where="state = 'waiting'"),
    index("ix_outbox_state", "state", "created_at"),
    index("ix_outbox_refused_notice", "next_try_at", where="state = 'refused' AND kind = 'notice'"),
    index("ix_outbox_addressee", "addressee", "created_at"),
    index("ix_outbox_template", "mailbox", "template", "created_at"),
    index("ix_outbox_ticket", "ticket_id"),
    index("ix_outbox_created", "mailbox", "created_at", "kind", "state"),
)
"""A letter with its final bytes and its Message-ID, from before the first attempt until for ever."""

bounce = sa.Table(
    "bounce",
    metadata,
    key("letter_id", NUMBER, of="outbox.id"),
    # The key of the recipient's address; "" where the bounce names none.
    key("address", TEXT),
    needed("at", WHEN),
    needed("status", TEXT),
    needed("final", FLAG),
)
"""A letter that came back from a recipient, or is late there."""

muted = sa.Table(
    "muted",
    metadata,
    # The key of the address.
    key("address", TEXT),
    # When the bounce arrived.
    needed("since", WHEN),
    needed("status", TEXT),
    # The ticket of the letter that came back.
    optional("ticket_id", NUMBER, of="ticket.id"),
    index("ix_muted_ticket", "ticket_id"),
)
"""An address from which a letter came back for good: no further automatic one goes there."""

silenced = sa.Table(
    "silenced",
    metadata,
    # The key of the address.
    key("address", TEXT),
    needed("until", WHEN),
    needed("ticket_id", NUMBER, of="ticket.id"),
    index("ix_silenced_ticket", "ticket_id"),
)
"""An address that staff called spam: no automatic letter goes there until then."""

breaker = sa.Table(
    "breaker",
    metadata,
    key("scope", TEXT),
    key("key", TEXT),
    needed("since", WHEN),
    needed("last_at", WHEN),
    needed("count", NUMBER),
    needed("why", TEXT),
    optional("ticket_id", NUMBER, of="ticket.id"),
    index("ix_breaker_last", "last_at"),
    index("ix_breaker_ticket", "ticket_id"),
)
"""A loop that was stopped: machines that answered each other through us."""

answer = sa.Table(
    "answer",
    metadata,
    numbered(),
    optional("ticket_id", NUMBER, of="ticket.id"),
    optional("mail_id", NUMBER, of="mail.id"),
    # The key of the address of who wrote it.
    needed("person", TEXT),
    needed("text", TEXT),
    needed("signature", TEXT),
    needed("state", TEXT),
    # Why it is or was a draft; "" for one that went out at once.
    needed("why", TEXT),
    # Of its letter.
    optional("message_id", TEXT, unique=True),
    # Whether a draft goes out when its writer says so.
    needed("releasable", FLAG),
    needed("written_at", WHEN),
    optional("sent_at", WHEN),
    index("ix_answer_ticket", "ticket_id", "id"),
    index("ix_answer_mail", "mail_id"),
    index("ix_answer_person", "person", "written_at"),
)
"""What a member of staff wrote to a customer, whether it went out or not."""

signing_key = sa.Table(
    "signing_key",
    metadata,
    key("name", TEXT),
    needed("octets", OCTETS),
    needed("made_at", WHEN),
)
"""What seals are signed with."""

digest = sa.Table(
    "digest",
    metadata,
    # The key of the address.
    key("person", TEXT),
    needed("last_at", WHEN),
)
"""When somebody on staff who asks for one mail a day last got it."""

digest_entry = sa.Table(
    "digest_entry",
    metadata,
    numbered(),
    needed("person", TEXT),
    needed("ticket_id", NUMBER, of="ticket.id"),
    needed("event", TEXT),
    needed("note", TEXT),
    needed("at", WHEN),
    index("ix_digest_entry_person", "person", "id"),
    index("ix_digest_entry_ticket", "ticket_id"),
)
"""What somebody is told of by their next mail of the day, in place of a notice."""
