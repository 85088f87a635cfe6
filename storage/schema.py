"""Which schema a store has, and how it comes to the one that this version speaks.

Callers ask `state()` before they use a store. A store without any of our tables is EMPTY and may be made at once:
there is nothing in it to lose. An OLD one waits for the admin's `intake db upgrade`. Alembic is loaded by what changes
a schema or compares it, and not by the question that every command begins with: it took a seventh of each.
"""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.database import Database
from storage.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION = sa.table("alembic_version", sa.column("version_num", sa.String))


class SchemaState(StrEnum):
    EMPTY = "empty"
    OLD = "old"
    CURRENT = "current"
    NEWER = "newer"
    """Made by a later version of Intake than this one."""


def state(database: Database) -> SchemaState:
    """Raises TryLater when the store does not answer."""
    with database.snapshot() as tx:
        look = sa.inspect(tx.connection)
        has = tx.execute(sa.select(VERSION.c.version_num)).scalar() if look.has_table(VERSION.name) else None
        if has is None:
            return SchemaState.OLD if look.has_table("ticket") else SchemaState.EMPTY
    known = revisions()
    if has == known[-1]:
        return SchemaState.CURRENT
    return SchemaState.OLD if has in known else SchemaState.NEWER


def revisions() -> list[str]:
    """All that this version knows, in their order: the name of each one's file begins with its number."""
    return sorted(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the store to this version's schema, or to an earlier one on the way there, in one transaction."""
    from alembic import command

    config = _config()
    with database.transaction() as tx:
        config.attributes["connection"] = tx.connection
        command.upgrade(config, revision)


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def differences(database: Database) -> list[object]:
    """What `tables.py` says and the store does not have, or the other way round; empty when they are one."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with database.snapshot() as tx:
        found: list[object] = compare_metadata(MigrationContext.configure(tx.connection), metadata)
        return found
