"""The newest tickets of a contract are found by an index, and PostgreSQL keeps raw mail as it came.

It tried to compress each mail, which took longer than all else it does about one: what is large in mail is base64.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_ticket_contract_newest", "ticket", ["contract", "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE raw_mail ALTER COLUMN raw SET STORAGE EXTERNAL")
