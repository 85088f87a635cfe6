"""Watches a run from beside it: what the daemons get done, how long after a fault, and how large their processes grow.

One thread; reads logs, /proc and the mail server's own record, and touches nothing.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

LOOK_SECONDS = 0.01
SIZE_SECONDS = 0.2
DONE = (b'"event": "mail"', b'"event": "letter_sent"')


@dataclass(slots=True)
class Sizes:
    """The largest that was seen, in kB."""

    main_rss: int = 0
    worker_rss: int = 0
    worker_space: int = 0
    """Address space, which is what a worker is limited by, beyond what it began with."""


@dataclass
class Progress:
    logs: Callable[[], Iterable[Path]]
    processes: Callable[[], Iterable[int]]
    """The daemons that live now."""
    done: int = 0
    """Mails recorded and letters sent, over all daemons' lives."""
    recoveries: list[tuple[str, float]] = field(default_factory=list)
    """Kind of kill, and the seconds until something was done again."""
    sizes: Sizes = field(default_factory=Sizes)
    workers: set[int] = field(default_factory=set)
    """Every worker process that was seen."""
    _hurt: list[tuple[str, float]] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _read: dict[Path, int] = field(default_factory=dict)

    def __enter__(self) -> "Progress":
        self._thread = threading.Thread(target=self._watch, name="progress", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self._thread.join()

    def wait(self, more: int, seconds: float) -> bool:
        """Whether so much more was done within that time."""
        with self._changed:
            goal = self.done + more
            return self._changed.wait_for(lambda: self.done >= goal, seconds)

    def hurt(self, kind: str) -> None:
        """A kill happened just now, with work to be done."""
        with self._changed:
            self._hurt.append((kind, time.monotonic()))

    def _watch(self) -> None:
        next_size = 0.0
        while not self._over.wait(LOOK_SECONDS):
            self._look()
            if time.monotonic() >= next_size:
                self._measure()
                next_size = time.monotonic() + SIZE_SECONDS

    def _look(self) -> None:
        news = [self._new(log) for log in self.logs()]
        done = sum(new.count(words) for new in news for words in DONE)
        if not done:
            return
        with self._changed:
            now = time.monotonic()
            self.recoveries += [(kind, now - at) for kind, at in self._hurt]
            self._hurt.clear()
            self.done += done
            self._changed.notify_all()

    def _new(self, log: Path) -> bytes:
        """Whole lines that were written since the last look."""
        try:
            with log.open("rb") as file:
                file.seek(self._read.get(log, 0))
                new = file.read()
        except FileNotFoundError:
            return b""
        whole = new[: new.rfind(b"\n") + 1]
        self._read[log] = self._read.get(log, 0) + len(whole)
        return whole

    def _measure(self) -> None:
        for pid in self.processes():
            self.sizes.main_rss = max(self.sizes.main_rss, kilobytes(pid, "VmHWM"))
            for worker in workers_of(pid):
                self.workers.add(worker)
                self.sizes.worker_rss = max(self.sizes.worker_rss, kilobytes(worker, "VmHWM"))
                self.sizes.worker_space = max(self.sizes.worker_space, kilobytes(worker, "VmPeak"))


def workers_of(pid: int) -> list[int]:
    """The daemon's worker processes: children of any of its threads."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found += map(int, (thread / "children").read_text().split())
    return [child for child in found if b"intake.worker" in command_of(child)]


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def kilobytes(pid: int, name: str) -> int:
    """A figure of /proc/PID/status; 0 for a process that is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1])
    return 0
