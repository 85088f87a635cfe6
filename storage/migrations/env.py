"""What Alembic runs, always on the connection that `storage.schema` hands over."""

from typing import Any, Literal

from alembic import context
from sqlalchemy.dialects import postgresql
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

import storage.tables  # noqa: F401  (fills the metadata)


def _plain_type(kind: str, item: Any, _autogenerate: object) -> str | Literal[False]:
    """Revisions speak plain SQLAlchemy: SQLModel's own types are written without an import and would not run."""
    if kind != "type":
        return False
    if isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, AutoString):
        return "sa.String()" if item.length is None else f"sa.String({item.length})"
    if any(isinstance(variant, postgresql.JSONB) for variant in item._variant_mapping.values()):
        return "JSON"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    render_item=_plain_type,
)
with context.begin_transaction():
    context.run_migrations()
