"""What commands print: JSON Lines for scripts, tables with local times for people, one line on stderr for trouble.

Everything that came from a mail or a file passes `printable` on its way to a terminal.
"""

import json
import os
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from enum import Enum
from shutil import get_terminal_size

from intake.cli.columns import GAP, filled, laid_out, natural
from intake.journal import PRIORITIES, under_journald
from intake.printable import printable

EMPTY = "–"
INDENT = "    "


class Refused(Exception):
    """A command cannot do what it was asked. One line that names the remedy; `status` is how it exits."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def json_line(value: Mapping[str, object]) -> None:
    """One object on one line of standard output; times in ISO 8601."""
    # ensure_ascii keeps the control and bidirectional characters of a mail away from a terminal
    print(json.dumps(value, default=_plain))


def complain(message: str) -> None:
    """One line on standard error; an error to the journal, if that is where it goes."""
    prefix = f"<{PRIORITIES['error']}>" if under_journald(sys.stderr) else ""
    print(f"{prefix}intake: {printable(message, 2000)}", file=sys.stderr)


def say(message: str = "") -> None:
    """Lines for a person; whatever a mail contributed must have passed `printable`."""
    print(message)


def tell(told: Mapping[str, object], sentence: str, *, json: bool) -> None:
    """What was done: the object for a script, or the sentence for a person."""
    if json:
        json_line(told)
    else:
        say(printable(sentence, 2000))


def local(when: datetime | None) -> str:
    """In the zone of the machine, for people."""
    return when.astimezone().strftime("%Y-%m-%d %H:%M %Z") if when else EMPTY


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, below: Sequence[str] = ()) -> None:
    """A table as wide as the terminal; on a pipe as wide as its text. Nothing at all without rows.

    On a terminal too narrow for it, the columns named in `below` stand under each row, in lines of their own.
    """
    cells = [[cell(value) for value in row] for row in rows]
    if not cells:
        return
    screen = sys.stdout.isatty()
    most = get_terminal_size().columns if screen else 160
    if below and screen and sum(natural(columns, cells)) + len(GAP) * (len(columns) - 1) > most:
        for line in _with_lines_below(columns, cells, below, most):
            print(line)
        return
    utf = (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    heading, rule, body = laid_out(columns, cells, most)
    for line in heading:
        print(f"\x1b[1m{line}\x1b[0m" if screen and os.environ.get("TERM") not in (None, "dumb", "unknown") else line)
    print(("─" if utf else "-") * rule)
    for line in body:
        print(line)


def _with_lines_below(
    columns: Sequence[str], cells: Sequence[Sequence[str]], below: Sequence[str], width: int
) -> Iterator[str]:
    """Short columns as a table without lines, and under each row what does not fit beside them, wrapped."""
    beside = [number for number, column in enumerate(columns) if column not in below]
    under = [columns.index(column) for column in below]
    short = [[row[number] for number in beside] for row in cells]
    heads = [columns[number] for number in beside]
    widths = natural(heads, short)
    for number, row in enumerate([heads, *short]):
        yield GAP.join(map(filled, row, widths)).rstrip()
        if number:
            told = ", ".join(cells[number - 1][column] for column in under if cells[number - 1][column] != EMPTY)
            yield from textwrap.wrap(told, width, initial_indent=INDENT, subsequent_indent=INDENT)


def cell(value: object) -> str:
    """A value for people, on one line."""
    if value is None or value == "":
        return EMPTY
    if isinstance(value, datetime):
        return local(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    return printable(str(value), 200)


@contextmanager
def progress(what: str, total: int) -> Iterator["Step"]:
    """A bar on standard error when a person watches; nothing otherwise."""
    if not sys.stderr.isatty() or total < 10:
        yield Step()
        return
    from rich.console import Console
    from rich.progress import Progress

    # rich sends what is printed beside the bar to the bar's own stream, past a pipe that standard output goes into
    with Progress(console=Console(stderr=True), transient=True, redirect_stdout=sys.stdout.isatty()) as bar:
        yield Step(bar.advance, bar.add_task(what, total=total))


class Step:
    """Call it for each thing that is done, or for so many at once."""

    def __init__(self, advance: object = None, task: object = None) -> None:
        self._advance, self._task = advance, task

    def __call__(self, count: int = 1) -> None:
        if callable(self._advance):
            self._advance(self._task, count)


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset | set):
        return sorted(value)
    return str(value)
