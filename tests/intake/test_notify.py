"""sd_notify, heard on a socket of the test's own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from intake import notify


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, dict[str, str]]]:
    """What systemd holds: the receiving end, and the environment that it gives the daemon."""
    if request.param == "path":
        bound, told = str(tmp_path / "notify"), str(tmp_path / "notify")
    else:
        name = f"intake-test-{os.getpid()}-{time.monotonic_ns()}"
        bound, told = f"\0{name}", f"@{name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.settimeout(5)
        ear.bind(bound)
        yield ear, {"NOTIFY_SOCKET": told}


def heard(ear: socket.socket) -> list[str]:
    return ear.recv(4096).decode().splitlines()


def test_ready_names_the_process_and_its_status(systemd: tuple[socket.socket, dict[str, str]]) -> None:
    ear, environ = systemd
    assert notify.ready("1 mailbox", environ)
    assert heard(ear) == ["READY=1", "STATUS=1 mailbox", f"MAINPID={os.getpid()}"]


def test_a_reload_carries_the_monotonic_time(systemd: tuple[socket.socket, dict[str, str]]) -> None:
    ear, environ = systemd
    before = time.monotonic_ns() // 1000
    assert notify.reloading(environ)
    first, second = heard(ear)
    assert first == "RELOADING=1"
    assert before <= int(second.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000


def test_the_other_words(systemd: tuple[socket.socket, dict[str, str]]) -> None:
    ear, environ = systemd
    assert notify.status("idle", environ)
    assert notify.watchdog(environ)
    assert notify.stopping("SIGTERM", environ)
    assert notify.stopping(environ=environ)
    assert [heard(ear) for _ in range(4)] == [
        ["STATUS=idle"],
        ["WATCHDOG=1"],
        ["STOPPING=1", "STATUS=SIGTERM"],
        ["STOPPING=1"],
    ]


def test_a_status_cannot_smuggle_in_a_second_line(systemd: tuple[socket.socket, dict[str, str]]) -> None:
    ear, environ = systemd
    notify.status("fine\nREADY=1\r\nERRNO=2", environ)
    assert heard(ear) == ["STATUS=fine READY=1 ERRNO=2"]


@pytest.mark.parametrize(
    "environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1"}, {"NOTIFY_SOCKET": "/no/such/socket"}]
)
def test_without_a_listener_nothing_happens(environ: dict[str, str]) -> None:
    assert not notify.ready("x", environ)


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "banana"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_ours_only_when_it_names_us(environ: dict[str, str], seconds: float | None) -> None:
    assert notify.watchdog_seconds(environ) == seconds


def test_systemd_sees_the_words_come_from_the_main_process(tmp_path: Path) -> None:
    """NotifyAccess=main goes by the sender's pid, which the kernel stamps on the datagram."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.settimeout(10)
        ear.bind(str(tmp_path / "notify"))
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        code = "from intake import notify; notify.ready('up')"
        environ = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")}
        with subprocess.Popen([sys.executable, "-c", code], env=environ) as child:
            data, ancillary, _, _ = ear.recvmsg(4096, socket.CMSG_SPACE(12))
        assert data.startswith(b"READY=1\n")
        assert int.from_bytes(ancillary[0][2][:4], sys.byteorder) == child.pid
