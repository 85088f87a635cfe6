"""A terminal with a person at it, who waits for each question before the answer is typed."""

import os
import pty
import re
import select
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
END = "\x03"
"""Ctrl-C."""


@dataclass(frozen=True, slots=True)
class Session:
    status: int
    shown: str
    """Everything that stood on the terminal, as plain lines."""


def session(arguments: Sequence[object], answers: Sequence[tuple[str, str]], seconds: float = 60) -> Session:
    """Runs `intake`; each answer is typed once its question (a regular expression) stands at the end of the text."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        os.execve(  # noqa: S606 - the program is ours
            sys.executable,
            [sys.executable, "-m", "intake", *map(str, arguments)],
            {**os.environ, "TERM": "dumb", "COLUMNS": "200"},
        )
    shown, left, begun, end = "", list(answers), 0, time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            if not select.select([terminal], [], [], 0.2)[0]:
                continue
            try:
                part = os.read(terminal, 65536)
            except OSError:  # Linux says so when the last process has closed its side
                break
            if not part:
                break
            shown += part.decode()
            if left and re.search(left[0][0] + r"[^\n]*: ?$", shown[begun:]):
                begun = len(shown)
                time.sleep(0.05)  # getpass throws away what was typed before it took the echo off
                os.write(terminal, left.pop(0)[1].encode())
        else:
            os.kill(child, signal.SIGKILL)
    finally:
        os.close(terminal)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert not left, f"never asked: {left}\n{shown}"
    return Session(status, shown.replace("\r\n", "\n"))
