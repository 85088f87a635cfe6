"""PostgreSQL keeps the text of JSON: its own form lost the order that people read it in, and refused NUL."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COLUMNS = (
    ("mail", "decision"),
    ("ticket", "decision"),
    ("event", "detail"),
    ("outbox", "recipients"),
    ("contact", "trainings"),
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, column in COLUMNS:
        op.alter_column(table, column, type_=sa.JSON(), postgresql_using=f"{column}::json")
