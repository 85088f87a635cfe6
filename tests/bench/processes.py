"""What each kind of process of a run cost: processor time, peak memory, and of the daemon each kind of thread.

All of it is read from /proc. Processes come and go, so they are looked at a few times a second, and what was last seen
of one counts; the cost of looking is the harness's own.
"""

import os
import re
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

TICKS = 100
"""A second has so many for /proc (USER_HZ), on every Linux."""
SECONDS = 0.2


@dataclass(slots=True)
class Seen:
    """One process."""

    kind: str
    cpu: float
    """Seconds since its start, of all its threads."""
    peak: int
    """VmHWM in kilobytes."""


@dataclass
class Processes:
    """Watches the trees of processes below these roots, by kind. A kind "a/b" is a for the root and b for what it
    started."""

    roots: Mapping[str, int]
    seen: dict[int, Seen] = field(default_factory=dict)
    threads: dict[int, tuple[str, float]] = field(default_factory=dict)
    """Of the first root: its threads' names, and seconds of processor time."""
    _over: threading.Event = field(default_factory=threading.Event)
    _watching: threading.Thread | None = None

    def start(self) -> None:
        self.look()
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self._watching.start()

    def stop(self) -> None:
        self._over.set()
        if self._watching:
            self._watching.join()
        self.look()

    def look(self) -> None:
        for kind, pid in self.processes():
            if (found := _process(pid)) is not None:
                self.seen[pid] = Seen(kind, *found)
        self.threads |= dict(_threads(next(iter(self.roots.values()))))

    def processes(self) -> Iterator[tuple[str, int]]:
        for kinds, root in self.roots.items():
            kind, _, below = kinds.partition("/")
            yield kind, root
            yield from ((below or kind, pid) for pid in descendants(root))

    def cpu(self) -> dict[str, float]:
        """Kind -> seconds so far."""
        spent: dict[str, float] = defaultdict(float)
        for one in self.seen.values():
            spent[one.kind] += one.cpu
        return spent

    def thread_cpu(self) -> dict[str, float]:
        """Name without its number -> seconds so far, of the first root's threads."""
        spent: dict[str, float] = defaultdict(float)
        for name, seconds in self.threads.values():
            spent[re.sub(r"[-_ ]?\d+$", "", name)] += seconds
        return spent

    def megabytes(self) -> dict[str, list[int]]:
        """Kind -> the peak of each process, the largest first."""
        found: dict[str, list[int]] = {}
        for one in sorted(self.seen.values(), key=lambda one: -one.peak):
            found.setdefault(one.kind, []).append(round(one.peak / 1024))
        return found

    def others(self, machine: float, before: Mapping[str, float], seconds: float) -> float:
        """The share of all processors that went to others, where the machine worked so long in so many seconds."""
        ours = sum(self.cpu().values()) - sum(before.values())
        return max(0.0, machine - ours) / (seconds * (os.cpu_count() or 1))

    def _watch(self) -> None:
        while not self._over.wait(SECONDS):
            self.look()


def machine_cpu() -> float:
    """Seconds that the processors of this machine spent with any work, together."""
    user, nice, system, _idle, _iowait, irq, softirq, *_ = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    return sum(map(int, (user, nice, system, irq, softirq))) / TICKS


def descendants(process: int) -> Iterator[int]:
    for task in _tasks(process):
        for child in (_read(task / "children") or "").split():
            yield int(child)
            yield from descendants(int(child))


def _process(pid: int) -> tuple[float, int] | None:
    """None of one that is gone, or dead and not yet buried."""
    stat, status = _read(Path(f"/proc/{pid}/stat")), _read(Path(f"/proc/{pid}/status"))
    peak = re.search(r"VmHWM:\s+(\d+)", status or "")
    if stat is None or peak is None:
        return None
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS, int(peak[1])


def _threads(pid: int) -> Iterator[tuple[int, tuple[str, float]]]:
    for task in _tasks(pid):
        name, spent = _read(task / "comm"), _read(task / "schedstat")
        if name is not None and spent is not None:
            yield int(task.name), (name.strip(), int(spent.split()[0]) / 1e9)


def _tasks(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []


def _read(file: Path) -> str | None:
    try:
        return file.read_text()
    except OSError:
        return None
