"""Reads the mail files that a command names. One that cannot be opened does not keep the others from being shown."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from intake import garbage
from intake.cli.output import Refused, complain, progress

STANDARD_INPUT = "-"


def read_all(names: Sequence[str], what: str) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each mail. Raises Refused, after the last, when any could not be opened."""
    missing = 0
    with progress(what, len(names)) as step:
        for name in names:
            try:
                raw = sys.stdin.buffer.read() if name == STANDARD_INPUT else Path(name).read_bytes()
            except OSError as error:
                complain(f"{name} cannot be read ({error.strerror}); check the name")
                missing += 1
                continue
            yield name, raw
            garbage.loaded()  # the first one has loaded what mails need
            step()
    if missing:
        raise Refused(f"{missing} of {len(names)} files could not be read; check their names", 2)
