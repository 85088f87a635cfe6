"""Mails, tickets and letters whose content is gone say since when: by retention, or because a person was forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("mail", "ticket", "outbox"):
        op.add_column(table, sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
