"""What `status` counts is found by an index each, and so is what an address asked lately."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OVERDUE = sa.text("stopped_at IS NULL AND breached_at IS NOT NULL")
REFUSED_NOTICE = sa.text("state = 'refused' AND kind = 'notice'")


def upgrade() -> None:
    op.create_index("ix_mail_recorded", "mail", ["mailbox", "recorded_at"])
    op.create_index("ix_clock_overdue", "clock", ["breached_at"], sqlite_where=OVERDUE, postgresql_where=OVERDUE)
    op.create_index(
        "ix_outbox_refused_notice",
        "outbox",
        ["next_try_at"],
        sqlite_where=REFUSED_NOTICE,
        postgresql_where=REFUSED_NOTICE,
    )
    for name, table, columns in (
        ("ix_outbox_state", "outbox", ["state", "created_at"]),
        # SQLite goes by the newer of two that look alike to it, and a ticket narrows its letters more than their state
        ("ix_outbox_ticket", "outbox", ["ticket_id"]),
        ("ix_ticket_contact", "ticket", ["contact", "opened_at"]),
    ):
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns)
