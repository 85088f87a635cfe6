"""A store of its own for each test, with the current schema.

The tests of this room ask for `database` and know no engine; those about SQLite itself say so and make their own.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Database
from tests.stores import new_store

ENGINES = ("sqlite",)


@pytest.fixture(params=ENGINES)
def url(tmp_path: Path) -> str:
    """A store without a table in it."""
    return f"sqlite:///{tmp_path}/intake.db"


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    new_store(Path(url.removeprefix("sqlite:///")))
    store = Database(url)
    yield store
    store.close()
