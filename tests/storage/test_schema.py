"""A store is recognised for what it is, and becomes current as a whole or not at all."""

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from rules.facts import TryLater
from storage import policies, schema
from storage.database import Database
from storage.schema import SchemaState
from tests.storage.samples import NOW


def tables(database: Database) -> set[str]:
    with database.snapshot() as tx:
        return set(sa.inspect(tx.connection).get_table_names())


def test_an_empty_store_becomes_current(bare: str) -> None:
    store = Database(bare)
    assert schema.state(store) is SchemaState.EMPTY
    assert tables(store) == set()
    schema.upgrade(store)
    assert schema.state(store) is SchemaState.CURRENT
    store.close()


def test_the_migrations_make_what_the_tables_say(database: Database) -> None:
    assert schema.differences(database) == []


def test_a_column_and_an_index_that_the_tables_do_not_have_are_differences(database: Database) -> None:
    with database.transaction() as tx:
        tx.execute(sa.text("ALTER TABLE policy ADD COLUMN stray VARCHAR"))
        tx.execute(sa.text("DROP INDEX ix_contact_contract"))
    found = str(schema.differences(database))
    assert "stray" in found
    assert "ix_contact_contract" in found


def test_the_files_names_tell_the_revisions() -> None:
    known = [one.revision for one in ScriptDirectory(str(schema.MIGRATIONS)).walk_revisions()]
    assert schema.revisions() == known[::-1]


def test_a_store_on_the_way_to_this_versions_schema_is_old(bare: str) -> None:
    store = Database(bare)
    schema.upgrade(store, schema.revisions()[-2])
    assert schema.state(store) is SchemaState.OLD
    store.close()


def test_what_every_command_asks_first_loads_no_alembic() -> None:
    asked = "import sys, storage.schema; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


def test_a_second_upgrade_changes_nothing(database: Database) -> None:
    with database.transaction() as tx:
        policies.keep(tx, "sha256:abc", "irex", "text", NOW)
    schema.upgrade(database)
    with database.snapshot() as tx:
        assert policies.text_of(tx, "sha256:abc") == "text"


def test_a_revision_that_nobody_here_knows_is_newer(database: Database) -> None:
    with database.transaction() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    assert schema.state(database) is SchemaState.NEWER


def test_tables_without_a_revision_are_old(database: Database) -> None:
    with database.transaction() as tx:
        tx.execute(sa.text("DROP TABLE alembic_version"))
    assert schema.state(database) is SchemaState.OLD


def test_an_upgrade_that_fails_on_the_way_leaves_nothing_behind(bare: str) -> None:
    """`sighting` is the last table of the first schema: all the others were made before it failed."""
    store = Database(bare)
    with store.transaction() as tx:
        tx.execute(sa.text("CREATE TABLE sighting (strange VARCHAR)"))
    with pytest.raises(DBAPIError, match=r'sighting"? already exists'):
        schema.upgrade(store)
    assert tables(store) == {"sighting"}
    with store.transaction() as tx:
        tx.execute(sa.text("DROP TABLE sighting"))
    schema.upgrade(store)
    assert schema.state(store) is SchemaState.CURRENT
    store.close()


def test_a_store_that_does_not_answer_is_tried_later(tmp_path: Path) -> None:
    with pytest.raises(TryLater, match="directory"):
        schema.state(Database(f"sqlite:///{tmp_path}/nowhere/intake.db"))
