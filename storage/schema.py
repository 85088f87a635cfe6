"""Which schema a store has, and how it comes to the one that this version speaks.

Callers ask `state()` before they use a store. A store without any of our tables is EMPTY and may be made at once:
there is nothing in it to lose. An OLD one waits for the admin's `intake db upgrade`.
"""

from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

import storage.tables  # noqa: F401  (fills the metadata)
from storage.database import Database


class SchemaState(StrEnum):
    EMPTY = "empty"
    OLD = "old"
    CURRENT = "current"
    NEWER = "newer"
    """Made by a later version of Intake than this one."""


def state(database: Database) -> SchemaState:
    """Raises TryLater when the store does not answer."""
    with database.snapshot() as tx:
        has = MigrationContext.configure(tx.connection).get_current_revision()
        if has is None:
            tables = sa.inspect(tx.connection).get_table_names()
            return SchemaState.OLD if "ticket" in tables else SchemaState.EMPTY
    script = ScriptDirectory.from_config(_config())
    if has == script.get_current_head():
        return SchemaState.CURRENT
    known = {revision.revision for revision in script.walk_revisions()}
    return SchemaState.OLD if has in known else SchemaState.NEWER


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the store to this version's schema, or to an earlier one on the way there, in one transaction."""
    config = _config()
    with database.transaction() as tx:
        config.attributes["connection"] = tx.connection
        command.upgrade(config, revision)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def differences(database: Database) -> list[object]:
    """What `tables.py` says and the store does not have, or the other way round; empty when they are one."""
    with database.snapshot() as tx:
        found: list[object] = compare_metadata(MigrationContext.configure(tx.connection), SQLModel.metadata)
        return found
