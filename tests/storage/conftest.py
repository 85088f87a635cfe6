"""A store of its own for each test, with the current schema.

The tests of this room ask for `database` and know no engine; those about SQLite itself say so and make their own.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Database
from tests.stores import empty_store, new_store


@pytest.fixture
def bare(tmp_path: Path) -> str:
    """The URL of a store without a table in it."""
    return empty_store(tmp_path / "bare.db")


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Of the store that `database` is."""
    return new_store(tmp_path / "intake.db")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    store = Database(url)
    yield store
    store.close()
