"""Control groups of its own for each machine: two that share one would kill each other's services.

systemd-nspawn lays the groups of a container below the group that it runs in itself, and on a host without systemd that
is the root, of all of them.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
ENTER = 'for group in $MACHINE_GROUPS; do echo $$ >"$group/cgroup.procs"; done; exec "$@"'
"""For `sh -c`: what it is given then runs in the groups."""


def made(number: int) -> list[Path]:
    """New groups below those of this process: in the unified hierarchy, and in systemd's own where there is one.

    What a process that was killed left of its own is cleared away.
    """
    places = list(_own())
    ended([old for place in places for old in place.glob("intake-*-*") if not _lives(old.name.split("-")[1])])
    groups = [place / f"intake-{os.getpid()}-{number}" for place in places]
    for group in groups:
        group.mkdir()
    return groups


def ended(groups: list[Path]) -> None:
    """Nothing runs in them any more, and they are gone."""
    for group in groups:
        with contextlib.suppress(OSError):
            (group / "cgroup.kill").write_text("1")
        for below in sorted(group.rglob("*/"), reverse=True):
            with contextlib.suppress(OSError):
                below.rmdir()
        with contextlib.suppress(OSError):
            group.rmdir()


def _lives(process: str) -> bool:
    return Path(f"/proc/{process}").exists()


def _own() -> Iterator[Path]:
    unified = ROOT / "unified" if (ROOT / "unified").is_dir() else ROOT
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            yield unified / path.removeprefix("/")
        elif controllers == "name=systemd" and (ROOT / "systemd").is_dir():
            yield ROOT / "systemd" / path.removeprefix("/")
