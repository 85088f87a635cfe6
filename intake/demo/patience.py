"""Waiting in small steps, and being told to stop only between two of them.

A KeyboardInterrupt can strike inside the taking down, or inside a library that then hides it; a signal here sets a
flag, and the next pause raises.
"""

import signal
import time
from types import FrameType, TracebackType
from typing import Self

STEP = 0.1
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(Exception):
    """Somebody asked the demo to end."""


class Patience:
    """A context manager for the main thread: while it is entered, the signals that end a program end a pause."""

    def __init__(self) -> None:
        self._asked_to_stop = False

    def pause(self) -> None:
        """Raises Interrupted, before or after at most `STEP` seconds."""
        if not self._asked_to_stop:
            time.sleep(STEP)
        if self._asked_to_stop:
            raise Interrupted

    def __enter__(self) -> Self:
        self._before = {each: signal.signal(each, self._note) for each in SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._asked_to_stop = True
