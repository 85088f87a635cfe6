"""What is watched by the clock: promises, reminders, and the times in which they stand still."""

import sqlalchemy as sa

from storage.tables.columns import NUMBER, TEXT, WHEN, index, metadata, needed, numbered, optional

clock = sa.Table(
    "clock",
    metadata,
    numbered(),
    needed("ticket_id", NUMBER, of="ticket.id"),
    needed("kind", TEXT),
    needed("started_at", WHEN),
    needed("due_at", WHEN),
    optional("stopped_at", WHEN),
    optional("breached_at", WHEN),
    needed("policy_version", TEXT),
    # Since when it stands still; what it stood before is in `pause`.
    optional("paused_at", WHEN),
    # When staff are to hear that the promise is about to be missed.
    optional("warn_at", WHEN),
    optional("warned_at", WHEN),
    index("ix_clock_running", "due_at", where="stopped_at IS NULL AND breached_at IS NULL AND paused_at IS NULL"),
    index("ix_clock_warning", "warn_at", where="stopped_at IS NULL AND paused_at IS NULL AND warned_at IS NULL"),
    index("ix_clock_overdue", "breached_at", where="stopped_at IS NULL AND breached_at IS NOT NULL"),
    index("ix_clock_ticket", "ticket_id"),
)
"""A promise that is being watched."""

pause = sa.Table(
    "pause",
    metadata,
    numbered(),
    needed("ticket_id", NUMBER, of="ticket.id"),
    needed("began_at", WHEN),
    optional("ended_at", WHEN),
    index("ix_pause_ticket", "ticket_id", "began_at"),
)
"""A time in which we waited for the customer; the clocks of the ticket stood still."""

alarm = sa.Table(
    "alarm",
    metadata,
    numbered(),
    needed("ticket_id", NUMBER, of="ticket.id"),
    needed("to", TEXT),
    needed("next_at", WHEN),
    optional("every", TEXT),
    needed("until", TEXT),
    # The calendar of the policy that it is given in; "" gives it day and night.
    needed("calendar", TEXT, default=""),
    optional("done_at", WHEN),
    index("ix_alarm_next", "next_at", where="done_at IS NULL"),
    index("ix_alarm_ticket", "ticket_id"),
)
"""A reminder that is to be given, once or again and again."""
