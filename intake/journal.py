"""Whether standard error is the journal's, and how a line tells it its priority."""

import os
from collections.abc import Mapping
from typing import TextIO

PRIORITIES = {"critical": 2, "error": 3, "warning": 4, "info": 6, "debug": 7}
"""What sd-daemon(3) reads from the start of a line, as `<3>`."""


def under_journald(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the stream is the one that systemd connected to the journal (systemd.exec(5), JOURNAL_STREAM)."""
    try:
        there = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{there.st_dev}:{there.st_ino}"
