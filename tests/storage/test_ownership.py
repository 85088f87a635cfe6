import os
import subprocess
import sys
from pathlib import Path

import pytest

from rules.facts import TryLater
from storage.database import Database
from storage.ownership import Ownership
from tests.stores import only_sqlite

HOLD = """
import sys
from storage.database import Database
from storage.ownership import Ownership
held = Ownership.take(Database(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@only_sqlite
def test_a_store_has_one_owner_who_is_named_to_the_next(database: Database) -> None:
    first = Ownership.take(database)
    assert isinstance(first, Ownership)
    assert Ownership.take(database) == f"process {os.getpid()}"
    first.release()
    again = Ownership.take(database)
    assert isinstance(again, Ownership)
    again.release()


@only_sqlite
def test_an_owner_that_was_killed_leaves_the_store_free(database: Database) -> None:
    command = [sys.executable, "-c", HOLD, str(database.url)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert Ownership.take(database) == f"process {other.pid}"
        other.kill()
        other.wait(10)
    mine = Ownership.take(database)
    assert isinstance(mine, Ownership)
    mine.release()


def test_a_store_in_memory_needs_none() -> None:
    store = Database("sqlite://")
    assert Ownership.take(store) is None
    store.close()


def test_a_lock_that_cannot_be_made_asks_for_its_directory(tmp_path: Path) -> None:
    with pytest.raises(TryLater, match=r"intake\.db\.lock cannot be opened \(No such file or directory\): check that"):
        Ownership.take(Database(f"sqlite:///{tmp_path}/none/intake.db"))
