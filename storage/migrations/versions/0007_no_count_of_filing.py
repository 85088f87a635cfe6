"""How often a mail could not be moved out of its folder, which nobody asked for."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("sighting", "filing_attempts")
