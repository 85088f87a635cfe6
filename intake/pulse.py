"""Whether every part of the daemon still makes progress.

A part says, before each step that may block, by when it will be heard of again. The watchdog is fed only while no part
is overdue: a process that is alive but stuck is restarted, one that waits for mail is not.
"""

import threading
import time
from collections.abc import Callable

GRACE = 15.0
"""Seconds beyond what a part asked for: a busy machine is no stuck one."""


class Pulse:
    """Thread-safe. Times are monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._due: dict[str, float] = {}

    def expect(self, part: str, seconds: float) -> None:
        """The part will call again within this time."""
        with self._lock:
            self._due[part] = self._clock() + seconds + GRACE

    def gone(self, part: str) -> None:
        """The part has ended in good order."""
        with self._lock:
            self._due.pop(part, None)

    def overdue(self) -> list[str]:
        """The parts that should have been heard of by now."""
        now = self._clock()
        with self._lock:
            return sorted(part for part, due in self._due.items() if due < now)
