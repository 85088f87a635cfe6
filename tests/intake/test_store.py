"""Which databases a command may use."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from intake.store import opened, usable
from rules.facts import TryLater
from storage import schema
from storage.schema import SchemaState
from tests.stores import empty_store, only_sqlite


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Of a store that is not made yet: no file, or an empty database."""
    return empty_store(tmp_path / "intake.db")


def refusal(url: str) -> str:
    with pytest.raises(TryLater) as raised, usable(url):
        pytest.fail("it was opened")
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_a_database_that_is_not_there_is_not_made(url: str, tmp_path: Path) -> None:
    assert "`intake db upgrade`" in refusal(url)
    assert list(tmp_path.iterdir()) == []
    with opened(url) as database:
        assert schema.state(database) is SchemaState.EMPTY


def test_a_database_that_this_user_may_not_look_at_is_said(tmp_path: Path) -> None:
    """Anyone who is not root met a traceback's name; a name that is too long fails for root as well."""
    assert "cannot be read (File name too long); run this as root" in refusal(f"sqlite:///{tmp_path}/{'x' * 300}")


def test_only_the_schema_of_this_version_will_do(url: str) -> None:
    with opened(url) as database:
        with database.transaction() as tx:
            tx.execute(sa.text("CREATE TABLE x (y INTEGER)"))
        assert "run `intake db upgrade`" in refusal(url)
        schema.upgrade(database)
        with usable(url) as found, found.snapshot() as tx:
            assert tx.execute(sa.text("SELECT count(*) FROM ticket")).scalar_one() == 0
        with database.transaction() as tx:
            tx.execute(sa.text("UPDATE alembic_version SET version_num = 'from the future'"))
        assert "later version" in refusal(url)


@only_sqlite
def test_a_file_that_is_no_database_is_told_as_that(url: str, tmp_path: Path) -> None:
    (tmp_path / "intake.db").write_text("no database at all, but a text of some length" * 50)
    assert "no SQLite database" in refusal(url)
