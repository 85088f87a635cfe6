"""The private cluster that tests use: it answers, survives its own crash, and leaves nothing behind."""

import os

import psycopg
import pytest

from tests.servers import postgres
from tests.servers.install import in_ci
from tests.servers.postgres import Postgres


@pytest.fixture(autouse=True)
def installed() -> None:
    if why := postgres.obstacle():
        (pytest.fail if in_ci() else pytest.skip)(f"no PostgreSQL: {why}")


def test_what_was_committed_is_there_after_a_crash_and_nothing_is_left_in_the_end() -> None:
    server = Postgres()
    name = server.new()
    where = server.url(name).replace("+psycopg", "")
    with psycopg.connect(where) as wire:
        wire.execute("CREATE TABLE kept AS SELECT 7 AS number")
    server.execute("CHECKPOINT")
    held = psycopg.connect(where)
    assert server.backends(name) == [held.info.backend_pid]
    server.crash()
    with pytest.raises(psycopg.OperationalError):
        held.execute("SELECT 1")
    server.start()
    with psycopg.connect(where) as wire:
        assert wire.execute("SELECT number FROM kept").fetchone() == (7,)
    pid = server.server.pid
    server.remove()
    assert not server.home.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
