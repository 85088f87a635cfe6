"""Pauses, bookings, warnings before a breach, and reminders that keep to a calendar."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

RUNNING = sa.text("stopped_at IS NULL AND breached_at IS NULL AND paused_at IS NULL")
UNWARNED = sa.text("stopped_at IS NULL AND paused_at IS NULL AND warned_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "booking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("contract", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("amount", sa.String(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_by", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_booking_contract", "booking", ["contract", "what", "booked_at"])
    op.create_index("ix_booking_ticket", "booking", ["ticket_id"])
    op.create_table(
        "pause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_pause_ticket", "pause", ["ticket_id", "began_at"])
    op.add_column("alarm", sa.Column("calendar", sa.String(), nullable=False, server_default=""))
    for name in ("paused_at", "warn_at", "warned_at"):
        op.add_column("clock", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.drop_index("ix_clock_running", "clock")
    op.create_index("ix_clock_running", "clock", ["due_at"], sqlite_where=RUNNING, postgresql_where=RUNNING)
    op.create_index("ix_clock_warning", "clock", ["warn_at"], sqlite_where=UNWARNED, postgresql_where=UNWARNED)
