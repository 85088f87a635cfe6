"""`intake db move` and `intake backup`, as an admin calls them."""

import stat
import subprocess
from pathlib import Path

import pytest

from storage import conditions, schema
from storage.database import Database
from storage.ownership import Ownership
from tests.intake.cli.shell import ARRIVED, HELD, MAIL, house, intake, opened
from tests.stores import empty_store, new_store, only_sqlite, url_at


def store_of(directory: Path) -> str:
    return url_at(directory / "intake.db")


def test_a_store_is_moved_to_a_file_and_from_there_to_an_empty_database(tmp_path: Path) -> None:
    opened(tmp_path, MAIL, HELD)
    file = f"sqlite:///{tmp_path / 'moved.db'}"
    there = intake("db", "move", store_of(tmp_path), file, "--json")
    assert (there.status, there.err) == (0, "")
    assert stat.S_IMODE((tmp_path / "moved.db").stat().st_mode) == 0o600
    back = intake("db", "move", file, empty_store(tmp_path / "back.db"), "--json")
    assert back.objects == there.objects
    held = {one["table"]: one["rows"] for one in back.objects}
    assert (held["mail"], held["raw_mail"], held["ticket"]) == (2, 2, 2)
    assert all(len(one["sha256"]) == 64 for one in back.objects)


def test_who_moved_a_store_is_told_what_to_do_next(tmp_path: Path) -> None:
    opened(tmp_path, MAIL)
    told = intake("db", "move", store_of(tmp_path), empty_store(tmp_path / "new.db")).out
    assert "[storage]" in told
    assert "intake check --connect" in told
    assert "raw_mail" in told


def test_a_store_is_moved_into_an_empty_one_only(tmp_path: Path) -> None:
    opened(tmp_path, MAIL)
    other = new_store(tmp_path / "other.db")
    store = Database(other)
    with store.transaction() as tx:
        conditions.note(tx, "daemon", True, "", ARRIVED)
    store.close()
    ended = intake("db", "move", store_of(tmp_path), other)
    assert (ended.status, ended.err.count("\n")) == (1, 1)
    assert "is not empty (condition); name an empty one" in ended.err


@pytest.mark.parametrize(
    ("source", "target", "status", "why"),
    [
        ("sqlite:///{0}/none.db", "sqlite:///{0}/new.db", 1, "there is no database"),
        ("intake.db", "sqlite:///{0}/new.db", 2, "names no database"),
        ("{1}", "mysql://root:geheim@db/intake", 2, "names no database"),
        ("{1}", "{1}", 2, "the same store"),
        ("{1}", "sqlite:///{0}/no/such/directory/new.db", 1, "check that its directory exists"),
    ],
)
def test_what_cannot_be_moved_is_one_line(tmp_path: Path, source: str, target: str, status: int, why: str) -> None:
    opened(tmp_path)
    url = store_of(tmp_path)
    ended = intake("db", "move", source.format(tmp_path, url), target.format(tmp_path, url))
    assert (ended.status, ended.err.count("\n")) == (status, 1)
    assert why in ended.err
    assert "geheim" not in ended.err
    assert not (tmp_path / "none.db").exists()


@only_sqlite
@pytest.mark.parametrize("command", ["move", "upgrade"])
def test_a_store_that_a_daemon_works_on_is_not_moved_and_not_upgraded(tmp_path: Path, command: str) -> None:
    config = house(tmp_path)
    place = Database(f"sqlite:///{tmp_path / 'intake.db'}")
    if command == "move":
        schema.upgrade(place)
    held = Ownership.take(place)
    assert isinstance(held, Ownership)
    words = ("move", place.url, f"sqlite:///{tmp_path / 'new.db'}") if command == "move" else ("upgrade",)
    ended = intake("db", *words, "--config", config)
    assert (ended.status, "stop every daemon first" in ended.err) == (1, True)
    held.release()
    place.close()
    assert intake("db", *words, "--config", config).status == 0


def test_a_backup_is_written_once_and_replaced_only_by_force(tmp_path: Path) -> None:
    config, file = opened(tmp_path, MAIL, HELD), tmp_path / "intake.backup"
    first = intake("backup", file, "--config", config)
    assert (first.status, "the same as in the store" in first.out) == (0, True)
    octets = file.read_bytes()
    again = intake("backup", file, "--config", config)
    assert (again.status, "--force" in again.err) == (1, True)
    assert file.read_bytes() == octets
    forced = intake("backup", file, "--force", "--json", "--config", config)
    assert {one["table"]: one["rows"] for one in forced.objects}["mail"] == 2
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_backup_made_while_a_daemon_works_is_a_store_of_its_own(tmp_path: Path) -> None:
    config, file = opened(tmp_path, MAIL), tmp_path / "intake.backup"
    place = Database(store_of(tmp_path))
    held = Ownership.take(place)
    assert intake("backup", file, "--config", config).status == 0
    if isinstance(held, Ownership):
        held.release()
    place.close()
    config.write_text(config.read_text().replace(store_of(tmp_path), f"sqlite:///{file}"))
    assert "EX-1" in intake("tickets", "--config", config).out


@only_sqlite
@pytest.mark.parametrize("name", ["intake.db", "intake.db-wal", "intake.db.lock", "link", "."])
def test_a_backup_never_takes_the_place_of_the_store(tmp_path: Path, name: str) -> None:
    config = opened(tmp_path, MAIL)
    (tmp_path / "link").symlink_to(tmp_path / "intake.db")
    before = (tmp_path / "intake.db").read_bytes()
    ended = intake("backup", tmp_path / name, "--force", "--config", config)
    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert (tmp_path / "intake.db").read_bytes() == before


@only_sqlite
def test_without_a_store_there_is_no_backup(tmp_path: Path) -> None:
    ended = intake("backup", tmp_path / "a", "--config", house(tmp_path))
    assert (ended.status, "intake db upgrade" in ended.err) == (1, True)
    assert not (tmp_path / "intake.db").exists()


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    config, small = opened(tmp_path, MAIL), tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "none", small], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root may mount")
    try:
        ended = intake("backup", small / "a", "--config", config)
        assert (ended.status, ended.err.count("\n")) == (1, 1)
        assert "full" in ended.err
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", small], check=True)


def test_a_restore_without_a_look_into_the_folders(tmp_path: Path) -> None:
    config, file = opened(tmp_path, MAIL, HELD), tmp_path / "intake.backup"
    assert intake("backup", file, "--config", config).status == 0
    refused = intake("restore", file, "--skip-recovery", "--config", config)
    assert (refused.status, refused.err.count("\n")) == (1, 1)
    there = empty_store(tmp_path / "new.db")
    config.write_text(config.read_text().replace(store_of(tmp_path), there))
    restored, recovered = intake("restore", file, "--skip-recovery", "--json", "--config", config).objects
    assert restored["restored"]["withheld"] == 4
    assert {one["table"]: one["rows"] for one in restored["restored"]["tables"]}["mail"] == 2
    assert recovered == {"recovered": None}
    assert "EX-1" in intake("tickets", "--config", config).out


def test_a_restored_store_is_a_problem_until_it_is_recovered(tmp_path: Path) -> None:
    """Nothing answers at the ports of this configuration."""
    config, file = opened(tmp_path, MAIL), tmp_path / "intake.backup"
    assert intake("backup", file, "--config", config).status == 0
    config.write_text(config.read_text().replace(store_of(tmp_path), empty_store(tmp_path / "new.db")))
    ended = intake("restore", file, "--config", config)
    assert (ended.status, ended.err.count("\n")) == (1, 1)
    assert "restored" in ended.out
    assert "`intake restore --recover`" in intake("status", "--config", config).out
    assert intake("restore", "--recover", "--config", config).status == 1
    assert intake("restore", "--skip-recovery", "--config", config).status == 0
    assert "--recover" not in intake("status", "--config", config).out


@pytest.mark.parametrize("words", [[], ["--recover", "--skip-recovery"], ["--recover", "--answered-until", "noon"]])
def test_a_restore_that_says_nothing_or_two_things_is_one_line(tmp_path: Path, words: list[str]) -> None:
    ended = intake("restore", *words, "--config", opened(tmp_path))
    assert (ended.status, ended.err.count("\n")) == (2, 1)
