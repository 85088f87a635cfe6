"""Runs the real daemon, `intake run`, as a process of its own, and knows when it is ready and when it is gone."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from intake.demo.patience import Patience
from intake.printable import printable

READY_SECONDS = 30.0
STOP_SECONDS = 15.0
LINES_SHOWN = 15
NOT_OURS = ("INTAKE_CONFIG", "CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")

# The command line of `intake run`, in a process that ends with its demo, however that one ends: PR_SET_PDEATHSIG is 1.
PROGRAM = f"""\
import ctypes, sys
ctypes.CDLL(None).prctl(1, {int(signal.SIGTERM)})
from intake.cli import main
sys.exit(main())
"""


class DaemonGone(Exception):
    """The daemon did not come up, or ended by itself. The message says what it said last."""


class Daemon:
    def __init__(self, config: Path, log: Path) -> None:
        """Starts it; it is not yet ready."""
        self.log = log
        address = f"intake-demo-{secrets.token_hex(8)}"
        self._notes = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._notes.bind(f"\0{address}")
        self._notes.setblocking(False)
        environ = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", PROGRAM, "run", "--config", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environ | {"NOTIFY_SOCKET": f"@{address}"},
                start_new_session=True,  # Ctrl-C is for the demo, which stops the daemon before the mail host
            )

    def wait_until_ready(self, patience: Patience) -> None:
        """Raises DaemonGone when it ends instead, or takes too long, and Interrupted."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            self.check()
            if "READY=1" in self._note():
                return
            patience.pause()
        raise DaemonGone(f"the daemon was not ready after {READY_SECONDS:.0f} s; its last words:\n{self.last_words()}")

    def check(self) -> None:
        """Raises DaemonGone when it has ended by itself."""
        if (status := self._process.poll()) is not None:
            raise DaemonGone(f"the daemon ended with status {status}; its last words:\n{self.last_words()}")

    def stop(self) -> None:
        """By SIGTERM, and by force when that takes too long. A second time does nothing."""
        self._notes.close()
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _note(self) -> list[str]:
        """What it has told of itself since it was asked last, as a service tells systemd."""
        try:
            return self._notes.recv(4096).decode().splitlines()
        except BlockingIOError:
            return []

    def last_words(self) -> str:
        """The end of its log, safe to print."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(printable(line, 2000) for line in lines[-LINES_SHOWN:])
