"""Letters that came back, addresses that get none any more, tickets that continue others, what a mail says."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bounce",
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["letter_id"], ["outbox.id"]),
        sa.PrimaryKeyConstraint("letter_id", "address"),
    )
    op.create_table(
        "muted",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"]),
        sa.PrimaryKeyConstraint("address"),
    )
    op.create_index("ix_muted_ticket", "muted", ["ticket_id"])
    op.create_table(
        "link",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("to_ticket_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"]),
        sa.ForeignKeyConstraint(["to_ticket_id"], ["ticket.id"]),
        sa.PrimaryKeyConstraint("ticket_id", "to_ticket_id"),
    )
    op.create_index("ix_link_to", "link", ["to_ticket_id", "ticket_id"])
    op.add_column("mail", sa.Column("content", sa.String(length=64), nullable=True))
