"""The demo as a newcomer starts it: a process, a plain pipe for a terminal, nothing configured."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from intake.demo import client, demo
from intake.demo.daemon import Daemon, DaemonGone
from intake.demo.host import HOST, MailHost
from intake.demo.patience import Interrupted, Patience
from intake.demo.samples import samples
from intake.shipped import shipped

SECONDS = 20
"""Of processor time, what the demo may take with its letters and its end: the same on a machine that is busy."""
MAIL = b"From: ines.holt@kestrel.example\r\nSubject: Is this on?\r\nMessage-ID: <mine@kestrel.example>\r\n\r\n%s\r\n"


@contextmanager
def _started(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    environ = os.environ | {
        "COLUMNS": "80",
        "TMPDIR": str(folder),
        "HOME": "/nonexistent",
        "INTAKE_CONFIG": "/nonexistent",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "intake", "demo", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environ,
        cwd=folder,
    ) as process:
        guard = threading.Timer(180, process.kill)
        guard.start()
        try:
            yield process
        finally:
            guard.cancel()
            process.kill()


def _until(process: subprocess.Popen[str], words: str) -> str:
    """Everything it says up to and with the line that holds these words."""
    assert process.stdout
    said: list[str] = []
    for line in process.stdout:
        said.append(line)
        if words in line:
            return "".join(said)
    pytest.fail(f"the demo ended without saying {words!r}:\n{''.join(said)}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def said(folder: Path) -> str:
    """What `intake demo --once` prints."""
    before = os.times()
    with _started(folder, "--once") as process:
        text, _ = process.communicate()
    assert process.returncode == 0, text
    after = os.times()
    assert after.children_user + after.children_system - before.children_user - before.children_system < SECONDS
    return text


def test_every_sample_ends_as_it_should(said: str) -> None:
    count = len(samples(shipped()))
    assert f"{count} of {count} ended as they should" in said
    rows = re.findall(r"^\d\d:\d\d:\d\d ", said, re.MULTILINE)
    assert len(rows) == count


@pytest.mark.parametrize(
    "row",
    [
        r"accepted    FH-\d+ +S1  ines\.holt@",
        r"accepted    FH-\d+ +S2  mara\.quill@",
        r"accepted    FH-\d+ +S3  noor\.vance@",
        r"accepted    FH-\d+ +S4  mara\.quill@",
        r"declined    FH-\d+ +pat\.lowe@",
        r"follow-up   FH-\d+ +ines\.holt@",
        r"ignored +mara\.quill@.* Out of office",
        r"ignored +mailer-daemon@",
        r"quarantined +copier-3@",
    ],
)
def test_each_kind_of_end_is_shown(said: str, row: str) -> None:
    assert re.search(rf"^\d\d:\d\d:\d\d {row}", said, re.MULTILINE)


def test_promises_are_told_with_their_zone(said: str) -> None:
    promises = re.findall(r"first answer by \w{3} \d+ \w+ \d{4}, \d\d:\d\d CES?T$", said, re.MULTILINE)
    assert len(promises) == 4


def test_one_acknowledgement_and_one_decline_are_shown_as_their_readers_have_them(said: str) -> None:
    acknowledgement, decline = re.findall(r"^╭─ What (\S+) got .*?^╰", said, re.MULTILINE | re.DOTALL)
    assert (acknowledgement, decline) == ("ines.holt@kestrel.example", "noor.vance@saltmarsh.example")
    assert re.search(r"Subject: Re: \[FH-\d+\] Production server down", said)


def test_it_fits_a_terminal_of_eighty_columns_and_nothing_hostile_reaches_it(said: str) -> None:
    assert max(map(len, said.splitlines())) <= 80
    assert "\x1b" not in said


def test_it_leaves_nothing_behind(said: str, folder: Path) -> None:
    assert list(folder.iterdir()) == []


def test_it_stays_up_for_a_mail_client_until_it_is_told_to_end(tmp_path: Path) -> None:
    folder = tmp_path / "a folder with a space"
    folder.mkdir()
    with _started(folder) as process:
        told = _until(process, "Ctrl-C")
        imap, smtp = (int(port) for port in re.findall(r"(?:IMAP|SMTP) on port (\d+)", told)[:2])
        assert f"IMAP  {HOST} port {imap}" in told
        for neomutt in re.findall(r"neomutt -F .+", told):
            assert str(smtp) in Path(shlex.split(neomutt)[2]).read_text()
        (command,) = re.findall(r"^  (.+ status --config .+)$", told, re.MULTILINE)
        status = subprocess.run(shlex.split(command), cwd=folder, capture_output=True, check=False)
        assert status.returncode == 0, status
        host = MailHost([], "demo")  # where to find the one that runs
        host.imap_port, host.smtp_port = imap, smtp
        body = b"A question: where is the manual?"
        client.send(host, "ines.holt@kestrel.example", "support@fernhill.example", MAIL % body)
        assert "ines.holt@" in _until(process, "Is this on?")
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
    assert list(folder.iterdir()) == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, imap), timeout=5).close()


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("intake.demo.find_spec", lambda _name: None)
    assert demo(once=True) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "intake: the demo needs pymap and aiosmtpd; pip install 'ticket-intake[demo]'\n"


def test_a_daemon_that_does_not_come_up_is_told_with_its_last_words(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path / "none.toml", tmp_path / "log")
    try:
        with Patience() as patience, pytest.raises(DaemonGone, match=r"(?s)status 2.*none\.toml"):
            daemon.wait_until_ready(patience)
    finally:
        daemon.stop()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_next_pause_and_is_its_own_again_afterwards(end: signal.Signals) -> None:
    before = signal.getsignal(end)
    with Patience() as patience:
        os.kill(os.getpid(), end)
        with pytest.raises(Interrupted):
            patience.pause()
    assert signal.getsignal(end) is before
