"""A disk that runs full stops the taking in of mail, and nothing else."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from intake.disk import Disk
from rules.facts import TryLater
from storage.database import Database, NoRoom
from tests.intake.installation import Installation, mail
from tests.intake.test_take_in import NOBODY, Taker, serve, shows, size
from tests.intake.test_take_in import taker as taker
from tests.servers.mailhost import Mailhost
from tests.servers.sink import Sink
from tests.stores import only_sqlite

MB = 1_000_000


class Space:
    """A disk of which the test says how much is left."""

    left = 500 * MB

    def __call__(self, _: Path) -> int:
        return self.left


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Disk, Space]]:
    database, space = Database(f"sqlite:///{tmp_path}/intake.db"), Space()
    yield Disk(database, 200 * MB, space), space
    database.close()


def test_below_the_floor_the_figures_and_the_remedy_are_told(disk: tuple[Disk, Space], tmp_path: Path) -> None:
    asked, space = disk
    assert asked.shortage() == ""
    space.left = 199 * MB
    assert asked.shortage() == (
        f"199 MB are free under {tmp_path}, less than disk_floor_bytes (200 MB): no mail is taken in, it waits in its "
        "mailbox; free some space there, and it goes on by itself"
    )
    with pytest.raises(TryLater, match="199 MB are free"):
        asked.check()


def test_it_goes_on_when_there_is_a_little_more_than_the_floor(disk: tuple[Disk, Space]) -> None:
    asked, space = disk
    short = []
    for left in (201, 199, 201, 219, 220, 201, 199):
        space.left = left * MB
        short.append(bool(asked.shortage()))
    assert short == [False, True, True, True, False, False, True]


@pytest.mark.parametrize(
    ("url", "floor"), [("sqlite:///x.db", 0), ("sqlite://", 9), ("postgresql+psycopg://nobody@127.0.0.1:1/x", 9)]
)
def test_where_no_file_or_no_floor_is_there_is_always_room(url: str, floor: int) -> None:
    database = Database(url)
    assert Disk(database, floor, lambda _: 0).shortage() == ""
    database.close()


def test_the_real_disk_is_asked(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/intake.db")
    assert Disk(database, 1).shortage() == ""
    assert "less than disk_floor_bytes" in Disk(database, 10**18).shortage()
    database.close()


def test_without_room_nothing_is_fetched_and_what_is_there_is_looked_for_again(taker: Taker) -> None:
    words = ["no room"]
    taker.take_in.room = lambda: words[0]
    with serve([NOBODY, shows(5), NOBODY], [size(5), b"{tag} NO [SERVERBUG] no\r\n"]) as server:
        imap = taker.open(server)
        taker.take_in.drain(imap)
        assert not any("FETCH" in command for command in server.commands)
        assert taker.take_in.next_attempt() == 30
        words[0] = ""
        taker.take_in.drain(imap)
        assert any("FETCH" in command for command in server.commands)


def test_a_disk_that_runs_full_between_two_batches_blames_no_mail(taker: Taker) -> None:
    """What was not asked for was not missing."""
    asked = iter(["", "no room", "no room", "", "no room", "no room"])
    taker.take_in.room = lambda: next(asked)
    with serve([NOBODY, shows(5)], [size(5)]) as server:
        imap = taker.open(server)
        taker.take_in.drain(imap)
        taker.take_in.drain(imap)
        assert taker.ends() == []


@only_sqlite
@pytest.mark.mailhost
def test_mail_waits_in_its_mailbox_while_the_disk_is_full_and_letters_go(
    mailhost: Mailhost, tmp_path: Path, tmpfs: Callable[[int], Path]
) -> None:
    """A disk of sixteen megabytes, of which a file takes what there is, and gives it back."""
    with Sink() as sink:
        home = tmpfs(16)
        intake = Installation(
            home / "intake",
            mailhost,
            mailhost.someone("support"),
            mailhost.someone("sam"),
            smtp_port=sink.port,
            daemon={"disk_floor_bytes": 8 * MB},
        )
        ballast = home / "ballast"
        box = mailhost.box(intake.support)
        fill(ballast, home, 4 * MB)
        box.append(mail("ana@customer.example", intake.support, "A question", "Which setting is it?"))
        with intake.running("--take-backlog") as daemon:
            until_told(intake)
            assert intake.ends() == {}
            assert len(box.uids()) == 1
            sink.wait_for(1)
            assert b"No room for mail" in sink.accepted[0].raw, "staff hear of it, and only they"
            ballast.unlink()
            daemon.process.send_signal(signal.SIGHUP)
            daemon.wait_log('"event": "mail"', 40)
            assert sum(intake.ends().values()) == 1


def fill(ballast: Path, home: Path, left: int) -> None:
    found = os.statvfs(home)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, found.f_bavail * found.f_frsize - left)


def until_told(intake: Installation) -> None:
    """`status` says it, and fails."""
    end = time.monotonic() + 40
    while "less than disk_floor_bytes (8 MB)" not in " ".join((said := intake.run("status")).stdout.split()):
        assert time.monotonic() < end, said.stdout
    assert said.returncode == 1


@pytest.fixture
def tmpfs(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """A disk of its own, of so many megabytes."""
    mounted: list[Path] = []

    def mount(megabytes: int) -> Path:
        place = tmp_path / f"disk{len(mounted)}"
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
        if os.geteuid() or subprocess.run(command, capture_output=True).returncode:
            pytest.skip("a disk can be mounted by root alone")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", "-l", str(place)], check=True)


@only_sqlite
def test_a_store_without_room_says_so(tmpfs: Callable[[int], Path]) -> None:
    home = tmpfs(1)
    database = Database(f"sqlite:///{home}/intake.db")
    with database.transaction() as tx:
        tx.exec_driver_sql("CREATE TABLE t (x BLOB)")

    def write() -> None:
        with database.transaction() as tx:
            tx.exec_driver_sql("INSERT INTO t VALUES (zeroblob(4000000))")

    with pytest.raises(NoRoom, match="disk is full: free some space"):
        write()
    database.close()
