"""Transactions lose nothing and wait for nobody they need not wait for; a store that cannot be used says why."""

import os
import subprocess
import sys
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, StatementError

import storage.database
from rules.facts import TryLater
from storage import checkpoints, ledger, policies, schema, tickets
from storage.database import Database, Transaction
from storage.tables import mailbox
from tests.servers.install import in_ci
from tests.storage import samples
from tests.storage.samples import NOW
from tests.stores import only_postgresql, only_sqlite

TIMES = 200


def last_uid(database: Database) -> int:
    with database.snapshot() as tx:
        found = checkpoints.load(tx, "support")
    assert found is not None
    return found.last_uid


def read_then_write(database: Database) -> None:
    for _ in range(TIMES):
        with database.transaction() as tx:
            before = tx.execute(sa.select(mailbox.c.last_uid)).scalar_one()
            tx.execute(sa.update(mailbox).values(last_uid=before + 1))


@pytest.fixture
def counted(database: Database) -> Database:
    with database.transaction() as tx:
        checkpoints.start(tx, "support", 1, None)
    return database


def test_two_threads_that_read_and_then_write_lose_no_update(counted: Database) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(read_then_write, [counted, counted]))
    assert last_uid(counted) == 2 * TIMES


def test_two_daemons_that_read_and_then_write_lose_no_update(counted: Database, url: str) -> None:
    """They share no lock of ours, only the store's."""
    other = Database(url)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(read_then_write, [counted, other]))
    other.close()
    assert last_uid(counted) == 2 * TIMES


@only_postgresql
def test_who_decides_about_one_policy_waits_for_its_turn_and_nobody_else_does(counted: Database) -> None:
    begun, over = Event(), Event()

    def decide(of: Collection[str] | None) -> bool:
        with counted.transaction(of=of):
            return over.is_set()

    def hold() -> None:
        with counted.transaction(of=["gold"]):
            begun.set()
            assert over.wait(10)

    with ThreadPoolExecutor(4) as pool:
        pool.submit(hold)
        assert begun.wait(10)
        assert decide(["irex"]) is False
        assert decide(()) is False
        waiting = [pool.submit(decide, of) for of in (["irex", "gold"], None)]
        assert counted.time().tzinfo is UTC  # whoever waits keeps nobody from reading
        assert not any(one.done() for one in waiting)
        over.set()
        assert [one.result(10) for one in waiting] == [True, True]


@only_postgresql
def test_who_stands_still_loses_its_turn_whatever_it_wrote_last(
    counted: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.database, "TURN", storage.database.TURN.replace("15s", "50ms"))
    other = Database(str(counted.url.update_query_dict({"options": "-c lock_timeout=5s"})))
    turns: list[str] = []
    with counted.transaction() as tx:
        about = samples.ticket_id(tx)

    def stand_still() -> None:
        with counted.transaction(of=["gold"]) as tx:
            tickets.log(tx, *(tickets.Event(NOW, "note", "sam", {"number": number}, about) for number in range(3)))
            tx.flush()
            with other.transaction(of=["gold"]):
                turns.append("other")
            tx.execute(sa.select(sa.literal(1)))

    with pytest.raises(TryLater):
        stand_still()
    assert turns == ["other"]
    other.close()


@only_postgresql
def test_who_waits_too_long_for_its_turn_comes_later(counted: Database) -> None:
    impatient = Database(str(counted.url.update_query_dict({"options": "-c lock_timeout=50ms"})))

    def try_in_vain() -> None:
        with impatient.transaction():
            raise AssertionError("it had its turn")

    with counted.transaction(of=["gold"]), pytest.raises(TryLater, match="is busy with another transaction: wait"):
        try_in_vain()
    impatient.close()


def test_an_exception_takes_everything_back(counted: Database) -> None:

    def fail() -> None:
        with counted.transaction() as tx:
            checkpoints.advance(tx, "support", 1, 7)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert last_uid(counted) == 0
    with counted.transaction() as tx:
        checkpoints.advance(tx, "support", 1, 8)
    assert last_uid(counted) == 8


def test_a_snapshot_neither_waits_for_an_open_writer_nor_sees_it(counted: Database) -> None:
    with counted.transaction() as tx:
        checkpoints.advance(tx, "support", 1, 7)
        assert last_uid(counted) == 0
    assert last_uid(counted) == 7


def test_a_snapshot_left_idle_blocks_no_writer_and_keeps_its_view(counted: Database) -> None:
    with counted.snapshot() as idle:
        before = checkpoints.load(idle, "support")
        with counted.transaction() as tx:
            checkpoints.advance(tx, "support", 1, 7)
        assert last_uid(counted) == 7
        assert checkpoints.load(idle, "support") == before


def test_a_transaction_left_idle_blocks_no_reader(counted: Database) -> None:
    with counted.transaction():
        assert last_uid(counted) == 0


def test_a_naive_time_is_refused(database: Database) -> None:
    naive = datetime(2026, 3, 13, 9, 30)  # noqa: DTZ001  (what the test is about)
    with pytest.raises(StatementError, match="has no time zone"), database.transaction() as tx:
        policies.keep(tx, "sha256:abc", "irex", "text", naive)
    with database.snapshot() as tx:
        assert policies.text_of(tx, "sha256:abc") is None


def test_an_error_quotes_nothing_of_what_a_mail_says(database: Database) -> None:
    """A subject in a traceback would be a log line of the sender's choosing."""
    entry = samples.entry(subject="disk is full\nAll is well")
    with database.transaction() as tx:
        ledger.record(tx, entry, NOW)
    with pytest.raises(DBAPIError) as caught, database.transaction() as tx:
        ledger.record(tx, entry, NOW)
    assert "All is well" not in str(caught.value)


def test_a_statement_that_is_wrong_is_our_bug(database: Database) -> None:
    with pytest.raises(DBAPIError, match="nowhere"), database.transaction() as tx:
        tx.execute(sa.text("SELECT 1 FROM nowhere"))


# ---- what SQLite says when it cannot, and the remedy --------------------------------------------------------------


def keep(store: Database, version: str, text: str = "text") -> None:
    with store.transaction() as tx:
        policies.keep(tx, version, "irex", text, NOW)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    if os.geteuid() != 0:
        pytest.skip("a disk that is full: only root can mount a small one")
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode:
        (pytest.fail if in_ci() else pytest.skip)(f"a disk that is full: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def test_a_full_disk_asks_for_space_and_goes_on_when_it_has_some(tiny_disk: Path) -> None:
    store = Database(f"sqlite:///{tiny_disk}/intake.db")
    schema.upgrade(store)
    keep(store, "first")
    ballast = tiny_disk / "ballast"
    with pytest.raises(OSError, match="No space"):
        ballast.write_bytes(bytes(2_000_000))
    for _ in range(2):  # it says the same at every try
        with pytest.raises(TryLater, match=f"^the disk is full: free some space on {tiny_disk}/intake.db$"):
            keep(store, "second", "x" * 50_000)
    ballast.unlink()
    keep(store, "second", "x" * 50_000)
    with store.snapshot() as tx:
        assert policies.text_of(tx, "first") == "text"
        assert policies.text_of(tx, "second") == "x" * 50_000
    store.close()


def keep_and_fail(database: Database, tx: Transaction) -> None:
    with database.part(tx):
        policies.keep(tx, "second", "irex", "text", NOW)
        raise ZeroDivisionError


def test_a_part_that_fails_is_taken_back_alone(database: Database) -> None:
    with database.transaction() as tx:
        policies.keep(tx, "first", "irex", "text", NOW)
        with pytest.raises(ZeroDivisionError):
            keep_and_fail(database, tx)
        with database.part(tx):
            policies.keep(tx, "third", "irex", "text", NOW)
    with database.snapshot() as tx:
        assert [policies.text_of(tx, name) for name in ("first", "second", "third")] == ["text", None, "text"]


def fill_the_disk_in_a_part(database: Database) -> None:
    with database.transaction() as tx:
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.exec_driver_sql(f"PRAGMA max_page_count={pages + 50}")
        policies.keep(tx, "first", "irex", "text", NOW)
        with database.part(tx):
            policies.keep(tx, "second", "irex", "x" * 1_000_000, NOW)


@only_postgresql
@pytest.mark.parametrize("inside", [False, True], ids=["before it", "in it"])
def test_a_server_that_goes_fails_the_part_as_trouble_of_the_store(database: Database, inside: bool) -> None:
    """Each part used to meet it anew, as a bug of ours: a sweep logged one for every ticket that was left."""

    def end_connection(tx: Transaction) -> None:
        own = tx.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
        with database.transaction(of=()) as other:
            other.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": own})

    def go(tx: Transaction) -> None:
        if not inside:
            end_connection(tx)
        with database.part(tx):
            end_connection(tx)
            raise KeyError("a bug of ours")

    with database.engine.connect() as wire, pytest.raises(TryLater, match="was told to cut us off"):
        go(Transaction(wire))


@only_sqlite
def test_a_disk_that_fills_up_in_a_part_fails_the_whole_transaction(database: Database) -> None:
    """SQLite then rolls back everything by itself: what came after it would be written outside any transaction."""
    with pytest.raises(TryLater, match="the disk is full"):
        fill_the_disk_in_a_part(database)
    with database.snapshot() as tx:
        assert [policies.text_of(tx, name) for name in ("first", "second")] == [None, None]
    keep(database, "first")


@pytest.fixture
def read_only(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A directory with a store in it that nobody may write to any more: modes do not stop root, a mount does."""
    root = os.geteuid() == 0
    place: Path = request.getfixturevalue("tiny_disk") if root else tmp_path
    store = Database(f"sqlite:///{place}/intake.db")
    schema.upgrade(store)
    store.close()
    if root:
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
    else:
        (place / "intake.db").chmod(0o400)
        place.chmod(0o500)
    yield place
    if not root:
        place.chmod(0o700)


@pytest.mark.parametrize("name", ["intake.db", "fresh.db"])
def test_a_read_only_directory_asks_for_leave_to_write(read_only: Path, name: str) -> None:
    with pytest.raises(
        TryLater, match=f"^{read_only}/{name} cannot be (written|opened): check .*(mode|may be written)$"
    ):
        keep(Database(f"sqlite:///{read_only}/{name}"), "first")


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(TryLater, match=f"^{tmp_path}/gone/intake.db cannot be opened: check that its directory exists"):
        keep(Database(f"sqlite:///{tmp_path}/gone/intake.db"), "first")


def test_a_driver_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(TryLater, match="needs the package psycopg; install it"):
        Database("postgresql+psycopg://intake@db/intake")


def test_a_file_that_is_no_database_points_at_the_setting(tmp_path: Path) -> None:
    (tmp_path / "intake.db").write_text("Dear support,\n" * 400)
    with pytest.raises(TryLater, match=rf"^{tmp_path}/intake.db is no SQLite database: check \[storage\] url$"):
        keep(Database(f"sqlite:///{tmp_path}/intake.db"), "first")


def test_a_damaged_store_asks_for_the_backup(tmp_path: Path) -> None:
    file = tmp_path / "intake.db"
    store = Database(f"sqlite:///{file}")
    schema.upgrade(store)
    store.close()
    page = 4096
    sound = file.read_bytes()
    file.write_bytes(sound[:page] + b"\xff" * (len(sound) - page))
    with pytest.raises(TryLater, match=f"^{file} is damaged: restore the last backup$"):
        keep(store, "first")
    store.close()


HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_store_that_another_process_holds_is_waited_for_and_then_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "intake.db"
    monkeypatch.setattr(storage.database, "PRAGMAS", (*storage.database.PRAGMAS, "busy_timeout=50"))
    store = Database(f"sqlite:///{file}")
    schema.upgrade(store)
    command = [sys.executable, "-c", HOLD, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(TryLater, match=f"^{file} is locked by another process: wait, or end that process$"):
            keep(store, "first")
        with store.snapshot() as tx:
            assert policies.text_of(tx, "first") is None
        holder.communicate()
    keep(store, "first")
    store.close()


def test_sqlite_runs_as_the_promises_need_it(tmp_path: Path) -> None:
    store = Database(f"sqlite:///{tmp_path}/intake.db")
    promised = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    with store.snapshot() as tx:
        assert {name: tx.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in promised} == promised
    store.close()
