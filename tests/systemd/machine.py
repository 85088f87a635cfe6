"""A Debian system that runs under a systemd of its own, in a container: systemd-nspawn over a tree made by mmdebstrap.

The tree is kept below `.cache/` and never written to: what happens in a machine lies in memory and is gone with it. The
machine shares the network of this one, so that it reaches the mail host of the tests by loopback. Needs root.
"""

import contextlib
import functools
import hashlib
import itertools
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tests.servers import install
from tests.systemd import cgroups

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache"
SUITE = "bookworm"
INSIDE = (
    *("systemd", "systemd-sysv", "dbus", "libpam-systemd", "libnss-systemd", "python3"),
    *("libstdc++6", "procps", "ca-certificates", "tzdata", "man-db", "groff-base"),
)
"""What a small server of Debian has, and what the package depends on."""
TOOLS = {
    "systemd-container": Path("/usr/bin/systemd-nspawn"),
    "mmdebstrap": Path("/usr/bin/mmdebstrap"),
    "util-linux": Path("/usr/bin/nsenter"),
}
SOURCES = (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list"))
"""Where this machine has Debian from; the first that is there."""
ENVIRONMENT = (
    "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL=C.UTF-8",
    "SYSTEMD_PAGER=",
    "SYSTEMD_COLORS=0",
    "TERM=dumb",
)
MAKING_SECONDS = 300
SHARED = "/mnt"

_numbers = itertools.count(1)
T = TypeVar("T")


def obstacle() -> str:
    """Why no machine can be had here, in one line; "" where it can. What is missing of Debian's tools is installed."""
    if os.geteuid() != 0:
        return "systemd-nspawn needs root"
    if not any(source.exists() for source in SOURCES):
        return "this is no Debian: there is neither debian.sources nor sources.list"
    wanted = install.missing(TOOLS)
    return install.install(wanted, TOOLS) if wanted else ""


@functools.cache
def tree() -> Path:
    """The system as it was installed; made where it is not there yet, in some 30 seconds."""
    told = " ".join((SUITE, *INSIDE))
    there = CACHE / f"debian-{hashlib.sha256(told.encode()).hexdigest()[:8]}"
    if there.exists():
        return there
    CACHE.mkdir(exist_ok=True)
    for old in CACHE.glob("debian-*"):
        shutil.rmtree(old)
    half = CACHE / f"debian-half-{os.getpid()}"
    source = next(source for source in SOURCES if source.exists())
    made = subprocess.run(
        ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(INSIDE)}", SUITE, half, source],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=MAKING_SECONDS,
    )
    if made.returncode:
        shutil.rmtree(half, ignore_errors=True)
        raise RuntimeError(f"mmdebstrap made no tree: {made.stderr[-2000:]}")
    half.rename(there)
    return there


class Machine:
    """One that is up when it is made. `shared` is seen in it under /mnt, and cannot be written to from there."""

    def __init__(self, shared: Path, console: Path) -> None:
        self._console = console
        self._groups = cgroups.made(next(_numbers))
        # setpriv ends it with this process, however that ends.
        command = [
            *("sh", "-c", cgroups.ENTER, "sh"),
            *("setpriv", "--pdeathsig", "TERM", "systemd-nspawn", "--boot", f"--directory={tree()}"),
            *("--volatile=overlay", "--register=no", "--keep-unit", f"--machine={self._groups[0].name}"),
            *("--resolv-conf=off", "--timezone=off", "--console=pipe", f"--bind-ro={shared}:{SHARED}"),
        ]
        with console.open("wb") as out:
            self._nspawn = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={
                    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                    "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1",
                    "MACHINE_GROUPS": " ".join(map(str, self._groups)),
                },
            )
        try:
            self._leader = wait(self._child, "the container began", 20)
            wait(self._is_up, "systemd in the container is up", 30)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """In order, within 20 seconds; by force after that."""
        if self._nspawn.poll() is None:
            self._nspawn.terminate()  # the first one shuts the system down
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._nspawn.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._nspawn.pid, signal.SIGKILL)
        self._nspawn.wait(5)
        cgroups.ended(self._groups)

    def run(
        self, *command: str, given: str = "", seconds: float = 60, fails: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """As root, inside. A command that ends with another status than 0 is a fault, unless `fails`."""
        inside = [
            *("nsenter", f"--target={self._leader}", "-m", "-u", "-i", "-n", "-p", "-C"),
            *(f"--root=/proc/{self._leader}/root", f"--wd=/proc/{self._leader}/root", "--", "env", "-i"),
        ]
        ended = subprocess.run(
            [*inside, *ENVIRONMENT, *command], input=given, capture_output=True, text=True, timeout=seconds
        )
        if ended.returncode and not fails:
            raise AssertionError(f"{' '.join(command)}: status {ended.returncode}\n{ended.stdout}{ended.stderr}")
        return ended

    def says(self, *command: str, given: str = "", seconds: float = 60) -> str:
        """What a command that ends well prints, without the line end."""
        return self.run(*command, given=given, seconds=seconds).stdout.rstrip("\n")

    def python(self, program: str, *arguments: str) -> str:
        """What a program for Debian's Python prints."""
        return self.says("/usr/bin/python3", "-", *arguments, given=program)

    def write(self, file: str, text: str, mode: str = "0644") -> None:
        self.run("install", "-D", "-m", mode, "/dev/stdin", file, given=text)

    def show(self, unit: str, name: str) -> str:
        """One property of a unit."""
        return self.says("systemctl", "show", f"--property={name}", "--value", unit)

    def journal(self, unit: str) -> str:
        """What a unit said, and what systemd said of it."""
        return self.says("journalctl", "--no-pager", "--quiet", "--output=cat", f"--unit={unit}")

    def console(self) -> str:
        return self._console.read_text(errors="replace")

    def _child(self) -> int | None:
        if self._nspawn.poll() is not None:
            raise RuntimeError(f"systemd-nspawn ended with {self._nspawn.returncode}: {self.console()}")
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text().split()
        for child in children:
            with contextlib.suppress(OSError):
                if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                    return int(child)
        return None

    def _is_up(self) -> bool:
        return self.run("systemctl", "is-system-running", fails=True).stdout.strip() in ("running", "degraded")


def wait(found: Callable[[], T | None], what: str, seconds: float) -> T:
    """What `found` returns once that is something; TimeoutError names `what` was waited for."""
    end = time.monotonic() + seconds
    while not (value := found()):
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(0.05)
    return value
