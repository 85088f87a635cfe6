"""The process on real servers: what it says to systemd, how it reloads, and how it meets trouble without a restart."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rules.facts import Contact
from tests.intake.installation import Installation, Running, mail
from tests.servers.mailhost import Mailhost
from tests.servers.sink import HANG, Rule, Sink
from tests.stores import cluster, only_postgresql, only_sqlite

pytestmark = pytest.mark.mailhost

QUESTION = "Hello,\n\nwhat is the default of setting {0}, and where is it documented?\n\nKind regards\nA Person\n"
PERSON = "person@customer.example"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


@pytest.fixture
def intake(mailhost: Mailhost, tmp_path: Path, sink: Sink) -> Installation:
    support, sam = mailhost.someone("support"), mailhost.someone("sam")
    made = Installation(tmp_path / "intake", mailhost, support, sam, sink.port)
    made.admit(Contact(PERSON, "A Person", "IR-STD"))
    return made


def send(intake: Installation, number: int = 1) -> None:
    raw = mail(PERSON, intake.support, f"Question {number}", QUESTION.format(number))
    intake.mailhost.deliver(raw, intake.support, PERSON)


def answered(sink: Sink) -> int:
    return sum(one.recipients == (PERSON,) for one in sink.accepted)


def until(holds: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "not within the time"
        time.sleep(0.02)


class Notified:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, path: Path) -> None:
        self.wire = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.wire.bind(str(path))
        self.wire.settimeout(15)

    def wait_for(self, words: str) -> str:
        while words not in (said := self.wire.recv(4096).decode()):
            continue
        return said

    def heard_within(self, seconds: float) -> str:
        """Everything that is said from now on for so long."""
        said = []
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.wire.settimeout(left)
            with contextlib.suppress(TimeoutError):
                said.append(self.wire.recv(4096).decode())
        self.wire.settimeout(15)
        return "\n".join(said)


@contextlib.contextmanager
def watched(intake: Installation, tmp_path: Path, watchdog: float = 1.0) -> Iterator[tuple[Running, Notified]]:
    path = tmp_path / "notify"
    notified = Notified(path)
    os.environ |= {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": str(int(watchdog * 1e6))}
    try:
        with intake.started() as daemon:
            yield daemon, notified
    finally:
        notified.wire.close()
        for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC"):
            os.environ.pop(name)


class TestSystemd:
    def test_ready_is_said_once_the_mailbox_is_open_and_stopping_at_the_end(
        self, intake: Installation, tmp_path: Path
    ) -> None:
        with watched(intake, tmp_path) as (daemon, notified):
            assert "MAINPID=" in notified.wait_for("READY=1")
            notified.wait_for("WATCHDOG=1")
            daemon.process.send_signal(signal.SIGTERM)
            notified.wait_for("STOPPING=1")
            assert daemon.process.wait(10) == 0

    def test_ready_is_not_said_while_the_mailbox_cannot_be_opened(self, intake: Installation, tmp_path: Path) -> None:
        (intake.home / "password").write_text("wrong")
        with watched(intake, tmp_path) as (daemon, notified):
            daemon.wait_log("mailbox_trouble")
            assert "password" in daemon.said()
            told = notified.heard_within(2)
            assert "READY=1" not in told
            assert "STATUS=starting" in told
            assert "check username and the password" in told.partition("STATUS=imap support: ")[2]

    def test_a_stopped_process_feeds_no_watchdog(self, intake: Installation, tmp_path: Path) -> None:
        with watched(intake, tmp_path) as (daemon, notified):
            notified.wait_for("READY=1")
            daemon.process.send_signal(signal.SIGSTOP)
            try:
                notified.heard_within(0.5)  # what was under way
                assert notified.heard_within(1.5) == ""
            finally:
                daemon.process.send_signal(signal.SIGCONT)
            notified.wait_for("WATCHDOG=1")


class TestReload:
    def test_a_good_policy_takes_hold_without_a_restart(self, intake: Installation, sink: Sink) -> None:
        policy = self.own_policy(intake)
        with intake.running() as daemon:
            policy.write_text(policy.read_text().replace('accept = ["en"]', 'accept = ["fr"]'))
            daemon.process.send_signal(signal.SIGHUP)
            daemon.wait_log("reloaded")
            send(intake)
            until(lambda: answered(sink) == 1)
        assert intake.ends() == {"declined": 1}

    def test_a_bad_policy_is_told_and_the_last_good_one_stays(self, intake: Installation, sink: Sink) -> None:
        policy = self.own_policy(intake)
        with intake.running() as daemon:
            policy.write_text(policy.read_text() + "\n[gatez]\n")
            daemon.process.send_signal(signal.SIGHUP)
            daemon.wait_log("reload_refused")
            assert "gatez" in daemon.said()
            send(intake)
            until(lambda: answered(sink) == 1)
        assert intake.ends() == {"ticket": 1}

    def test_a_bad_template_is_told_and_the_last_good_one_stays(self, intake: Installation, sink: Sink) -> None:
        letters = intake.home / "letters" / "en"
        letters.mkdir(parents=True)
        (letters / "acknowledgement.txt").write_text("Subject: Ours\n\nOur own words about {{ reference }}.\n")
        policy = intake.config.read_text()
        intake.config.write_text(policy.replace("[mailbox.imap]", 'templates = "letters"\n[mailbox.imap]'))
        with intake.running() as daemon:
            (letters / "acknowledgement.txt").write_text("Subject: Ours\n\nOur own words about {{ refrence }}.\n")
            daemon.process.send_signal(signal.SIGHUP)
            daemon.wait_log("reload_refused")
            assert "refrence" in daemon.said()
            send(intake)
            until(lambda: answered(sink) == 1)
        assert any(b"Our own words about EX-1" in one.raw for one in sink.accepted)

    def own_policy(self, intake: Installation) -> Path:
        """A copy of the shipped policy that the installation uses, under the shipped one's name."""
        from intake.shipped import policy_file

        own = intake.home / "irex.toml"
        own.write_text(policy_file("irex").read_text())
        intake.config.write_text(intake.config.read_text().replace('policy = "irex"', 'policy = "./irex.toml"'))
        return own

    def test_a_corrected_password_is_taken_without_a_restart(self, intake: Installation, sink: Sink) -> None:
        password = intake.home / "password"
        right = password.read_text()
        password.write_text("wrong")
        with intake.started() as daemon:
            daemon.wait_log("mailbox_trouble")
            password.write_text(right)
            daemon.process.send_signal(signal.SIGHUP)
            daemon.wait_ready()
            send(intake)
            until(lambda: answered(sink) == 1)


class TestTrouble:
    def test_a_mailbox_that_opens_again_needs_no_restart(self, intake: Installation, sink: Sink) -> None:
        with intake.running() as daemon:
            intake.mailhost.stop_dovecot()
            try:
                daemon.wait_log("mailbox_trouble")
                status = intake.run("status")
                assert status.returncode == 1
                assert "imap support" in status.stdout
            finally:
                intake.mailhost.start_dovecot()
            intake.mailhost.append(intake.support, mail(PERSON, intake.support, "Question", QUESTION.format(1)))
            until(lambda: answered(sink) == 1, 30)

    @only_postgresql
    def test_a_database_that_starts_again_needs_no_restart_of_ours(self, intake: Installation, sink: Sink) -> None:
        with intake.running() as daemon:
            cluster().stop()
            try:
                intake.mailhost.append(intake.support, mail(PERSON, intake.support, "Question", QUESTION.format(1)))
                daemon.wait_log("no PostgreSQL answers at")
                status = intake.run("status")
                assert (status.returncode, status.stderr.count("\n")) == (1, 1)
                assert "start it or check [storage] url" in status.stderr
            finally:
                cluster().start()
            until(lambda: answered(sink) == 1, 90)
        assert intake.ends() == {"ticket": 1}
        assert "Traceback" not in daemon.said()

    @only_sqlite
    def test_a_second_daemon_on_one_store_refuses_and_says_why(self, intake: Installation) -> None:
        with intake.running() as daemon:
            second = intake.once()
            assert second.returncode == 2
            assert str(daemon.process.pid) in second.stderr

    @only_sqlite
    def test_a_full_disk_loses_nothing_and_passes_without_a_restart(self, intake: Installation, sink: Sink) -> None:
        if os.geteuid() != 0:
            pytest.skip("a small file system can be mounted only as root")
        small = intake.home / "small"
        small.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(small)], check=True)
        try:
            url = f"sqlite:///{small}/intake.db"
            intake.daemon = {"disk_floor_bytes": 0}  # the whole disk is smaller than the floor
            intake.write_config()
            intake.config.write_text(intake.config.read_text().replace(intake.url, url))
            intake.admit(Contact(PERSON, "A Person", "IR-STD"), url=url)
            with intake.running() as daemon:
                (small / "ballast").write_bytes(b"x" * (os.statvfs(small).f_bavail * os.statvfs(small).f_frsize))
                send(intake)
                daemon.wait_log("disk is full")
                assert answered(sink) == 0
                (small / "ballast").unlink()
                until(lambda: answered(sink) == 1, 90)  # a full disk is left alone for half a minute
            assert intake.mailhost.box(intake.support).uids() == []
        finally:
            subprocess.run(["umount", str(small)], check=True)

    def test_an_old_schema_is_refused_with_the_command_that_mends_it(self, intake: Installation) -> None:
        import sqlalchemy as sa

        with intake.store() as database, database.transaction() as tx:
            tx.execute(sa.text("DELETE FROM alembic_version"))
        run = intake.once()
        assert run.returncode == 2
        assert "intake db upgrade" in run.stderr


def test_stops_in_time_though_the_mail_server_hangs_and_sends_the_same_letter_later(
    intake: Installation, sink: Sink
) -> None:
    sink.rules.append(Rule("end", HANG, when=lambda talk: talk.recipients == [PERSON], times=1))
    with intake.running() as daemon:
        send(intake)
        until(lambda: answered(sink) == 1)
        began = time.monotonic()
        assert daemon.stop() == 0
        assert time.monotonic() - began < 10
    assert intake.once().returncode == 0
    until(lambda: answered(sink) == 2)
    to_person = [one.raw for one in sink.accepted if one.recipients == (PERSON,)]
    assert to_person[0] == to_person[1]


def test_status_says_at_once_that_the_daemon_was_stopped(intake: Installation) -> None:
    """It used to say "all is well" for five minutes more."""
    with intake.running() as daemon:
        until(lambda: intake.run("status").returncode == 0)
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(10) == 0
    ended = intake.run("status")
    assert ended.returncode == 1
    assert re.search(r"PROBLEM      daemon[^:]*: stopped; start it", ended.stdout)
    assert "all is well" not in ended.stdout
    with intake.running():
        until(lambda: intake.run("status").returncode == 0)


def test_paused_letters_wait_while_mail_is_taken_in_and_go_when_resumed(intake: Installation, sink: Sink) -> None:
    with intake.running():
        assert intake.run("pause").returncode == 0
        send(intake)
        until(lambda: intake.ends() == {"ticket": 1})
        assert set(intake.letters()) == {"waiting"}
        assert intake.run("resume").returncode == 0
        until(lambda: answered(sink) == 1, 30)
