"""A backup is one whole file that holds the same as the store, or there is none."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from rules.facts import TryLater
from storage import backups, copying, ledger, proofs, schema
from storage.copying import NotCopied
from storage.database import Database
from storage.proofs import Proof, prove
from storage.tables import metadata
from tests.storage.filling import fill
from tests.storage.samples import NOW, entry
from tests.stores import empty_store, only_sqlite


def filled(store: Database, rows: int = 5) -> None:
    with store.transaction() as tx:
        fill(tx, metadata, rows)
        copying._number_on(tx)


def written(source: Database, file: Path, **options: Any) -> Proof:
    proof = backups.write(source, file, **options)
    assert isinstance(proof, Proof), proof
    return proof


def proof_in(file: Path) -> Proof:
    store = Database(f"sqlite:///{file}")
    assert schema.state(store) is schema.SchemaState.CURRENT
    assert schema.differences(store) == []
    with store.snapshot() as tx:
        proof = prove(tx)
    store.close()
    return proof


def test_a_backup_is_one_private_file_that_holds_what_the_store_holds(database: Database, tmp_path: Path) -> None:
    filled(database)
    folder = tmp_path / "backups"
    folder.mkdir()
    file = folder / "intake.backup"
    before = os.umask(0)
    try:
        proof = written(database, file)
    finally:
        os.umask(before)
    assert list(folder.iterdir()) == [file]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert proof.rows == 5 * len(metadata.tables)
    with database.snapshot() as tx:
        wanted = prove(tx)
    assert proof_in(file) == wanted
    assert proof == wanted


def test_what_is_written_meanwhile_waits_for_nobody_and_is_not_half_in_the_backup(
    database: Database, tmp_path: Path
) -> None:
    filled(database)
    with database.snapshot() as tx:
        before = prove(tx)
    others: list[threading.Thread] = []

    def somebody_writes(table: str, count: int) -> None:
        def write() -> None:
            with database.transaction() as tx:
                ledger.record(tx, entry(f"mail {proofs.rows(tx)['mail']}".encode()), NOW)

        others.append(threading.Thread(target=write))
        others[-1].start()
        others[-1].join(5)
        assert not others[-1].is_alive()

    written(database, tmp_path / "a.backup", progress=somebody_writes)
    assert len(others) > 10
    assert proof_in(tmp_path / "a.backup") == before


def test_a_backup_that_fails_leaves_the_last_one_and_nothing_else(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(database)
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "a").write_bytes(b"the last one")

    def damaged(file: Path) -> None:
        raise TryLater("damaged")

    monkeypatch.setattr(backups, "look_through", damaged)
    with pytest.raises(TryLater, match="damaged"):
        backups.write(database, folder / "a")
    assert [one.name for one in folder.iterdir()] == ["a"]
    assert (folder / "a").read_bytes() == b"the last one"


def test_what_a_killed_backup_left_is_swept_and_what_a_running_one_writes_is_not(
    database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait(10)
    for name in (f".a.{ended.pid}.part", f".a.{ended.pid}.part-wal", f".a.{os.getppid()}.part", f".b.{ended.pid}.part"):
        (folder / name).write_bytes(b"")
    written(database, folder / "a")
    assert {one.name for one in folder.iterdir()} == {"a", f".a.{os.getppid()}.part", f".b.{ended.pid}.part"}


def test_a_place_that_cannot_be_written_is_one_line(database: Database, tmp_path: Path) -> None:
    with pytest.raises(TryLater, match=r"none/a cannot be written \(No such file or directory\): check that"):
        backups.write(database, tmp_path / "none" / "a")


def test_a_store_with_nothing_in_it_is_not_kept(tmp_path: Path) -> None:
    bare = Database(empty_store(tmp_path / "bare.db"))
    assert isinstance(backups.write(bare, tmp_path / "a"), NotCopied)
    assert not (tmp_path / "a").exists()
    bare.close()


@only_sqlite
def test_a_store_of_an_older_schema_is_kept_as_it_is(database: Database, tmp_path: Path) -> None:
    filled(database)
    with database.transaction() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
        tx.execute(sa.text("DROP TABLE digest"))
    proof = written(database, tmp_path / "a")
    assert "digest" not in {one.table for one in proof.tables}
    assert proof.rows == 5 * (len(metadata.tables) - 1) + 1


def test_a_damaged_file_is_told(tmp_path: Path, database: Database) -> None:
    filled(database, 50)
    file = tmp_path / "a"
    written(database, file)
    backups.look_through(file)
    octets = bytearray(file.read_bytes())
    for place in range(20 * 4096, 40 * 4096):
        octets[place] ^= 0xFF
    file.write_bytes(octets)
    with pytest.raises(TryLater, match=r"a( is damaged|: )"):
        backups.look_through(file)
    (tmp_path / "b").write_bytes(b"no database at all" * 1000)
    with pytest.raises(TryLater, match="check its disk, and that it is a backup"):
        backups.look_through(tmp_path / "b")


@only_sqlite
def test_the_backup_is_proved_against_the_store(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(database)

    class Forgetful(sqlite3.Connection):
        def close(self) -> None:
            self.execute("DELETE FROM digest")
            self.commit()
            super().close()

    plain = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda file: plain(file, factory=Forgetful))
    with pytest.raises(TryLater, match="not the same in digest"):
        backups.write(database, tmp_path / "a")
    assert not (tmp_path / "a").exists()
