"""From every schema that was ever released, with data in it, to this version's: every row and value is there again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from storage import schema
from storage.database import Database
from storage.schema import SchemaState
from tests.storage.filling import fill
from tests.stores import empty_store

REVISIONS = [one.revision for one in ScriptDirectory.from_config(schema._config()).walk_revisions()][::-1]
DROPPED = {("sighting", "filing_attempts")}
"""Columns that a migration took away on purpose."""

Held = dict[str, list[dict[str, Any]]]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    """Without a table in it."""
    made = Database(empty_store(tmp_path / "old.db"))
    yield made
    made.close()


def made_at(store: Database, revision: str) -> Held:
    """The store has the schema of that revision, and three rows in each of its tables; what they say."""
    schema.upgrade(store, revision)
    with store.transaction() as tx:
        there = sa.MetaData()
        there.reflect(tx.connection)
        fill(tx, there, aware=not store.is_sqlite)
    return held(store)


def held(store: Database) -> Held:
    with store.snapshot() as tx:
        there = sa.MetaData()
        there.reflect(tx.connection)
        return {
            table.name: [dict(row) for row in tx.execute(sa.select(table).order_by(*table.primary_key)).mappings()]
            for table in there.sorted_tables
        }


def shape(store: Database) -> dict[str, object]:
    """Tables, columns and indexes."""
    with store.snapshot() as tx:
        look = sa.inspect(tx.connection)
        return {
            name: (
                [(one["name"], str(one["type"]), one["nullable"]) for one in look.get_columns(name)],
                sorted((str(one["name"]), one["column_names"], one["unique"]) for one in look.get_indexes(name)),
                look.get_foreign_keys(name),
            )
            for name in look.get_table_names()
        }


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_row_and_value_is_there_after_an_upgrade_and_after_one_that_failed(
    store: Database, revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, as_it_was = made_at(store, revision), shape(store)
    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", fails_at_its_end)
        with pytest.raises(RuntimeError, match="out of memory"):
            schema.upgrade(store)
    assert held(store) == before
    assert shape(store) == as_it_was
    schema.upgrade(store)
    assert schema.state(store) is SchemaState.CURRENT
    assert schema.differences(store) == []
    after = held(store)
    before.pop("alembic_version")
    assert {len(rows) for rows in before.values()} == {3}
    for table, rows in before.items():
        for old, new in zip(rows, after[table], strict=True):
            kept = [name for name in old if (table, name) not in DROPPED]
            assert {name: new[name] for name in kept} == {name: old[name] for name in kept}


def fails_at_its_end(*arguments: Any) -> None:
    UPGRADE(*arguments)
    raise RuntimeError("out of memory")


UPGRADE = command.upgrade


def test_the_first_schema_is_the_first_that_is_tried() -> None:
    assert REVISIONS[0] == "0001"
    assert len(REVISIONS) >= 9
