"""What machine and what versions a figure belongs to: no figure means anything without them."""

import os
import platform
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.servers.postgres import programs_of_server

ROOT = Path(__file__).parents[2]


def describe() -> dict[str, object]:
    """For one line of the history."""
    loops = {at_once: loop_seconds(at_once) for at_once in (1, 2)}
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "cpu": model[1] if model else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(int(memory[1]) / 1e6) if memory else None,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "interpreter": "Debian's" if sys.base_prefix == "/usr" else "another",
        "loop_ms": round(loops[1] * 1000, 1),
        "two_at_once": round(loops[2] / loops[1], 2),
        "sqlite": sqlite3.sqlite_version,
        "postgresql": _last_word(str((programs_of_server() or Path()) / "postgres"), "--version"),
        "dovecot": _last_word("/usr/sbin/dovecot", "--version", word=0),
    }


LOOP = """
import time
def loop():
    return sum(len(str(number * number).split("1")) for number in range(20_000))
def spent(began):
    loop()
    return time.perf_counter() - began
print(min(spent(time.perf_counter()) for _ in range(40)))
"""


def loop_seconds(at_once: int) -> float:
    """What a piece of plain Python takes, in so many processes at once: two threads of one core are not two cores."""
    running = [
        subprocess.Popen([sys.executable, "-c", LOOP], stdout=subprocess.PIPE, text=True) for _ in range(at_once)
    ]
    return max(float(one.communicate(timeout=60)[0]) for one in running)


def commit() -> str:
    """The checkout's, with a "+" where it holds changes beside the history of figures."""
    head = _said("git", "rev-parse", "--short=10", "HEAD")
    changed = _said("git", "status", "--porcelain", "--", ".", ":!tests/bench/history.jsonl")
    return head + ("+" if changed else "")


def _last_word(*command: str, word: int = 2) -> str:
    words = _said(*command).split()
    return words[word] if len(words) > word else ""


def _said(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, cwd=ROOT, stdin=subprocess.DEVNULL)
    except OSError:
        return ""
    return done.stdout.strip()
