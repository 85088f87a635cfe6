"""A backup takes the place of a store as a whole, or nothing has happened."""

import os
import sqlite3
import stat
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from rules.facts import TryLater
from storage import backups, conditions, copying, ledger, outbox, restoration, restoring, schema, tickets
from storage.database import Database, Transaction
from storage.outbox import LetterState, NewLetter
from storage.proofs import prove
from storage.restoring import NotRestored, Restored
from storage.tables import mail, metadata
from storage.tables import outbox as outbox_rows
from tests.storage.filling import fill
from tests.storage.samples import HOUR, NOW, entry, new_ticket
from tests.stores import ENGINE, empty_store, new_store, only_sqlite


def nothing(tx: Transaction, made_at: datetime) -> None:
    """The restored store is the backup."""


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """Of a store with five rows in each table."""
    made = Database(f"sqlite:///{tmp_path / 'before.db'}")
    schema.upgrade(made)
    with made.transaction() as tx:
        fill(tx, metadata, 5)
    backups.write(made, tmp_path / "a.backup")
    made.close()
    return tmp_path / "a.backup"


def place(folder: Path, name: str = "intake.db") -> Database:
    """Where a store is to be: nothing is there, or an empty database."""
    folder.mkdir(exist_ok=True)
    return Database(empty_store(folder / name))


def restored(file: Path, target: Database, *, force: bool = False) -> Restored:
    done = restoring.restore(file, target, nothing, NOW, force=force)
    assert isinstance(done, Restored), done
    return done


def refused(file: Path, target: Database, *, force: bool = False) -> str:
    done = restoring.restore(file, target, nothing, NOW, force=force)
    assert isinstance(done, NotRestored), done
    return done.reason


def rows_of(database: Database) -> int:
    with database.snapshot() as tx:
        return prove(tx).rows


def test_a_backup_is_restored_whole_and_stays_as_it_was(backup: Path, tmp_path: Path) -> None:
    octets, target = backup.read_bytes(), place(tmp_path / "there")
    done = restored(backup, target)
    with target.snapshot() as tx:
        assert prove(tx) == done.proof
    assert done.proof.rows == 5 * len(metadata.tables)
    assert (done.upgraded, done.kept) == (False, None)
    assert backup.read_bytes() == octets
    assert {one.name for one in tmp_path.glob("a.backup*")} == {"a.backup"}
    with target.transaction() as tx:
        assert ledger.record(tx, entry(), NOW) == 7 * 4 + 4
    target.close()


def test_a_backup_that_nobody_may_write_is_restored(
    backup: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    backup.chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        target = place(tmp_path_factory.mktemp("there"))
        restored(backup, target)
        target.close()
    finally:
        tmp_path.chmod(0o700)


@only_sqlite
def test_the_restored_file_is_private_and_the_work_leaves_nothing(backup: Path, tmp_path: Path) -> None:
    target = place(tmp_path / "there")
    restored(backup, target)
    assert [one.name for one in (tmp_path / "there").iterdir()] == ["intake.db"]
    assert stat.S_IMODE(Path(target.place).stat().st_mode) == 0o600


@only_sqlite
@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_restores_is_the_services(backup: Path, tmp_path: Path) -> None:
    target = place(tmp_path / "there")
    os.chown(tmp_path / "there", 61_234, 61_235)
    restored(backup, target)
    made = Path(target.place).stat()
    assert (made.st_uid, made.st_gid) == (61_234, 61_235)


def test_a_store_with_something_in_it_is_left_alone(backup: Path, tmp_path: Path) -> None:
    target = Database(new_store(tmp_path / "intake.db"))
    restored(backup, target)  # tables without a row are no obstacle
    with target.transaction() as tx:
        tx.execute(sa.delete(metadata.tables["verified"]))
    before = rows_of(target)
    told = refused(backup, target)
    assert ("--force" in told) is (ENGINE == "sqlite")
    if ENGINE != "sqlite":
        assert "createdb -h 127.0.0.1 -p" in refused(backup, target, force=True)
    assert rows_of(target) == before
    target.close()


@only_sqlite
def test_the_old_file_is_kept_with_its_log(backup: Path, tmp_path: Path) -> None:
    """Its last changes stand in the log alone: the process that made them was killed."""
    target = place(tmp_path / "there")
    file = Path(target.place)
    with sqlite3.connect(file) as wire:
        wire.execute("PRAGMA journal_mode=WAL")
        wire.execute("CREATE TABLE ticket (word TEXT)")
        wire.execute("INSERT INTO ticket VALUES ('old')")
        wire.commit()
        content = {end: (file.parent / f"intake.db{end}").read_bytes() for end in ("", "-wal", "-shm")}
    wire.close()
    for end, octets in content.items():
        (file.parent / f"intake.db{end}").write_bytes(octets)
    done = restored(backup, target, force=True)
    assert done.kept is not None
    assert rows_of(target) == done.proof.rows
    with sqlite3.connect(done.kept) as kept:
        assert kept.execute("SELECT word FROM ticket").fetchall() == [("old",)]
    target.close()


@only_sqlite
def test_a_log_whose_file_was_deleted_is_not_taken_for_the_new_ones(backup: Path, tmp_path: Path) -> None:
    target = place(tmp_path / "there")
    (tmp_path / "there" / "intake.db-wal").write_bytes(b"of another")
    assert restored(backup, target).kept is None
    (aside,) = (tmp_path / "there").glob("*before-restore*")
    assert aside.read_bytes() == b"of another"
    assert rows_of(target) == 5 * len(metadata.tables)
    target.close()


@only_sqlite
def test_a_damaged_store_is_put_aside(backup: Path, tmp_path: Path) -> None:
    target = place(tmp_path / "there")
    Path(target.place).write_bytes(b"garbage" * 1000)
    assert "--force" in refused(backup, target)
    done = restored(backup, target, force=True)
    assert done.kept is not None
    assert done.kept.read_bytes() == b"garbage" * 1000
    target.close()


@only_sqlite
def test_the_file_of_another_program_is_not_taken_for_an_empty_store(backup: Path, tmp_path: Path) -> None:
    target = place(tmp_path / "there")
    with sqlite3.connect(target.place) as wire:
        wire.execute("CREATE TABLE music (title TEXT)")
        wire.execute("INSERT INTO music VALUES ('Winterreise')")
    wire.close()
    assert "--force" in refused(backup, target)
    target.close()


def test_what_is_no_backup_changes_nothing(tmp_path: Path) -> None:
    target = place(tmp_path / "there")
    assert "there is no file" in refused(tmp_path / "none", target)
    other = tmp_path / "other"
    with sqlite3.connect(other) as wire:
        wire.execute("CREATE TABLE music (title TEXT)")
    wire.close()
    assert "no store of Intake's" in refused(other, target)
    newer = tmp_path / "newer"
    store = Database(f"sqlite:///{newer}")
    schema.upgrade(store)
    with store.transaction() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    assert "upgrade ticket-intake" in refused(newer, target)
    (tmp_path / "text").write_bytes(b"Dear Sir, " * 1000)
    with pytest.raises(TryLater, match="that it is a backup"):
        restoring.restore(tmp_path / "text", target, nothing, NOW)
    assert schema.state(target) is schema.SchemaState.EMPTY
    target.close()


def test_an_older_backup_is_upgraded_with_what_is_in_it(tmp_path: Path) -> None:
    old = Database(f"sqlite:///{tmp_path / 'old'}")
    schema.upgrade(old, "0001")
    with old.transaction() as tx:
        there = sa.MetaData()
        there.reflect(tx.connection)
        fill(tx, there, aware=False)
    old.close()
    target = place(tmp_path / "there")
    done = restored(tmp_path / "old", target)
    assert done.upgraded
    assert {one.rows for one in done.proof.tables if one.table in there.tables} == {3}
    assert schema.differences(target) == []
    target.close()


def test_a_restore_that_fails_leaves_the_store_as_it_was(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = place(tmp_path / "there")

    def fails(*_: object) -> None:
        raise TryLater("it differs")

    monkeypatch.setattr(copying if ENGINE != "sqlite" else backups, "check" if ENGINE != "sqlite" else "sync", fails)
    with pytest.raises(TryLater, match="it differs"):
        restoring.restore(backup, target, nothing, NOW)
    assert schema.state(target) is schema.SchemaState.EMPTY or rows_of(target) == 0
    target.close()


def letter(number: int, ticket_id: int | None, withheld: str | None = None) -> NewLetter:
    return NewLetter("support", "notice", "notice", f"<{number}@x>", "s@x", ("a@x",), "Re", b"raw", ticket_id, withheld)


def test_letters_that_waited_are_withheld_with_an_event_and_go_when_a_person_says_so(database: Database) -> None:
    with database.transaction() as tx:
        ticket_id = tickets.open_ticket(tx, new_ticket(), NOW).ticket_id
        outbox.post(tx, [letter(1, ticket_id), letter(2, ticket_id), letter(3, None)], NOW)
        outbox.post(tx, [letter(4, ticket_id, "The mailbox only observes.")], NOW)
        outbox.claim(tx, "old daemon", NOW, ["support"], 1)
        assert restoration.withhold(tx, NOW) == 3
        assert restoration.withhold(tx, NOW) == 0
        told = [one for one in tickets.events(tx, ticket_id) if one.kind == "letter_withheld"]
        assert [one.detail["message_id"] for one in told] == ["<1@x>", "<2@x>"]
        assert outbox.claim(tx, "new daemon", NOW, ["support"], 9) == []
        assert restoration.send(tx, NOW + HOUR, [2, 4]) == 1
        (claimed,) = outbox.claim(tx, "new daemon", NOW + HOUR, ["support"], 9)
        assert (claimed.message_id, claimed.raw) == ("<2@x>", b"raw")
        assert restoration.send(tx, NOW + HOUR) == 2
        state = sa.select(outbox_rows.c.state).where(outbox_rows.c.message_id == "<4@x>")
        assert tx.execute(state).scalar_one() == LetterState.WITHHELD.value


def test_a_restored_store_says_so_until_it_is_recovered(database: Database) -> None:
    assert restoration.unfinished(database) is None
    with database.transaction() as tx:
        restoration.begin(tx, NOW)
    found = restoration.unfinished(database)
    assert found is not None
    assert found.since == NOW
    assert "intake restore --recover" in found.detail
    with database.transaction() as tx:
        restoration.finish(tx, "recovered 3 mail(s)", NOW + HOUR)
    assert restoration.unfinished(database) is None
    with database.transaction() as tx:  # restored once more
        restoration.begin(tx, NOW + HOUR)
    assert restoration.unfinished(database) is not None


def test_ticket_numbers_go_on_above_all_that_can_have_been_given_out(database: Database) -> None:
    with database.transaction() as tx:
        assert tickets.open_ticket(tx, new_ticket(), NOW).reference == "EX-1"
        after = restoration.pass_over(tx, "support", 250)
        assert after >= 2 + 250
        assert tickets.open_ticket(tx, new_ticket(), NOW).reference == f"EX-{after}"
        assert restoration.pass_over(tx, "never read", 0) > 1


def test_the_last_word_of_a_backup_is_its_newest_instant(database: Database) -> None:
    with database.transaction() as tx:
        assert restoration.last_word(tx) is None
        ledger.record(tx, entry(), NOW)
        conditions.note(tx, "daemon", True, "", NOW + HOUR)
        assert restoration.last_word(tx) == NOW + HOUR
        tx.execute(sa.update(mail).values(recorded_at=NOW + 2 * HOUR))
        assert restoration.last_word(tx) == NOW + 2 * HOUR
