"""One daemon of a chaos run, as its supervisor holds it: started again whenever it is dead, until the run is over."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.chaos.progress import workers_of

RESTART_SECONDS = 0.2
"""Before one that ended by itself is started again."""
MARK = "INTAKE_CHAOS"
"""Stands in the environment of the daemon and of everything that it starts."""


class DaemonProcess:
    def __init__(self, config: Path, log: Path, library: Path | None) -> None:
        self.config, self.log = config, log
        self._library = library
        self._process: subprocess.Popen[bytes] | None = None
        self._not_before = 0.0
        self._told_to_end = False
        self.exits: list[int] = []
        """Statuses of those that ended by themselves, against nobody's word."""
        self.starts = 0

    @property
    def pid(self) -> int | None:
        """Of the process that lives now."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        assert self.pid is None
        # Whatever ends the test ends its daemons.
        command = [
            "setpriv",
            "--pdeathsig=KILL",
            "--",
            sys.executable,
            "-m",
            "intake",
            "run",
            "--config",
            str(self.config),
        ]
        environment = {**os.environ, MARK: str(self.config), "PYTHONWARNINGS": "default"}
        environment.pop("NOTIFY_SOCKET", None)
        if self._library:
            environment |= {"LD_PRELOAD": str(self._library), "WALLJUMP_FILE": str(self._library.with_name("wall"))}
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=environment,
            )
        self._told_to_end = False
        self.starts += 1

    def keep_alive(self) -> None:
        """Starts it where it is dead."""
        if self.pid is not None:
            return
        if self._process is not None and not self._told_to_end:
            self.exits.append(self._process.returncode)
            self._told_to_end = True
            self._not_before = time.monotonic() + RESTART_SECONDS
        if time.monotonic() >= self._not_before:
            self.start()

    def kill(self) -> bool:
        """With SIGKILL; False where it was dead."""
        if self._process is None or self.pid is None:
            return False
        self._told_to_end = True
        self._process.kill()
        self._process.wait(10)
        return True

    def strike(self) -> bool:
        """The same at once and from any thread: who waits for the end is `attend`ing."""
        self._told_to_end = True
        if self._process is None or self._process.poll() is not None:
            return False
        self._process.kill()
        return True

    def signal(self, number: signal.Signals) -> bool:
        if self._process is None or self.pid is None:
            return False
        self._told_to_end = self._told_to_end or number is signal.SIGTERM
        self._process.send_signal(number)
        return True

    def wait(self, seconds: float) -> int | None:
        """The exit status; None where it has not ended by then."""
        assert self._process is not None
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def reload(self) -> None:
        # Before its handler stands, SIGHUP would end the process as it does any other.
        if self.handles(signal.SIGHUP):
            self.signal(signal.SIGHUP)

    def handles(self, number: int) -> bool:
        """Whether it has come so far that its handler of this signal stands."""
        return self.pid is not None and _handles(self.pid, number)

    def end(self) -> None:
        """For good, whatever state it is in."""
        if self.pid is not None:
            self.signal(signal.SIGCONT)
        self.kill()

    def workers(self) -> list[int]:
        return workers_of(self.pid) if self.pid is not None else []


def _handles(pid: int, number: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    caught = next((line for line in status.splitlines() if line.startswith("SigCgt:")), "SigCgt: 0")
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


def left_alive(config: Path) -> Iterator[int]:
    """Processes that a daemon with this configuration started, or that are one."""
    mark = f"{MARK}={config}".encode()
    for place in Path("/proc").glob("[0-9]*"):
        try:
            marked = mark in (place / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if marked:
            yield int(place.name)
