"""What is wrong with a file that a person wrote: which file, line and key, what the trouble is, and what to do.

The configuration, the policies and the directory files all answer in these values, so that `intake check` prints them
alike. A fault never repeats a secret: a value under a key that holds one is not quoted.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pydantic_core import ErrorDetails


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to put right."""

    file: Path
    line: int | None
    """Counted from 1; None where the fault is of the whole file or the key is absent."""
    key: str
    """Dotted, with the place in a list in brackets: `mailbox[0].imap.port`. "" for the whole file."""
    problem: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{place}: {self.key + ': ' if self.key else ''}{self.problem}; {self.remedy}"


class ConfigFaults(Exception):
    """The file cannot be used. Every fault is in `faults`, in the order of the file."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (str(fault.file), fault.line or 0)))
        super().__init__(f"{self.faults[0]}" + (f" (and {len(self.faults) - 1} more)" if len(self.faults) > 1 else ""))


def nearest(name: str, known: Iterable[str]) -> str:
    """The remedy for an unknown name: the nearest known one, or all of them."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f'did you mean "{close[0]}"?'
    return f"known are: {', '.join(names)}" if names else "remove it"


Location = Sequence[str | int]


def dotted(location: Location) -> str:
    """`("mailbox", 0, "imap", "port")` as `mailbox[0].imap.port`."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return text


_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\- \t\"']+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_.\-\"']+)\s*=")


def key_lines(text: str) -> dict[str, int]:
    """Dotted key -> line, for every table and key of a TOML text.

    tomllib tells no positions. This reads headers and keys only, so a multi-line string that looks like a key may be
    taken for one: good enough to point at a line, never used to read a value.
    """
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _table(header[2].split("."), counts, is_list=header[1] == "[[")
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            name = key[1].replace('"', "").replace("'", "")
            lines.setdefault(f"{table}.{name}" if table else name, number)
    return lines


def _table(parts: list[str], counts: dict[str, int], *, is_list: bool) -> str:
    """The dotted key of a table header; `counts` remembers how many of each `[[list]]` were seen."""
    path = ""
    for at, part in enumerate(parts):
        name = part.strip(" \t\"'")
        path = f"{path}.{name}" if path else name
        if is_list and at == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = f"{path}[{counts[path]}]"
    return path


def line_of(lines: dict[str, int], key: str) -> int | None:
    """The line of a key, or of the nearest table around it."""
    while key:
        if key in lines:
            return lines[key]
        bracket, dot = key.rfind("["), key.rfind(".")
        key = key[: max(bracket, dot, 0)]
    return None


_SECRET = re.compile(r"password|secret|token", re.IGNORECASE)
_REMEDIES = {
    "int": "write a whole number, without quotes",
    "float": "write a number, without quotes",
    "bool": "write true or false, without quotes",
    "string": "write it in double quotes",
    "tuple": "write a list, in square brackets",
    "model": "write a table of its own, with its keys on the lines below",
}
"""By the first word of pydantic's name for an error: `int_type` and `int_parsing` alike."""
_SPELLED = {
    "name": "write small letters, digits, - and _, such as support",
    "ticket_prefix": "write up to eight capital letters and digits, such as EX",
}
"""Keys whose value follows a pattern, which is no remedy for a person."""


def explain_error(error: ErrorDetails, known: Iterable[str]) -> tuple[str, str]:
    """Problem and remedy of one pydantic error; `known` are the names allowed where an unknown key stands."""
    name = str(error["loc"][-1]) if error["loc"] else ""
    context = error.get("ctx", {})
    if error["type"] == "extra_forbidden":
        return "unknown key", nearest(name, known)
    if error["type"] == "missing":
        return "is missing", "add it (`intake init DIR` writes a sample with every key)"
    if error["type"] == "value_error":
        problem, _, remedy = str(context.get("error", error["msg"])).partition("; ")
        return problem, remedy or "correct it"
    hidden = _SECRET.search(name) or "://" in str(error["input"])  # the URL of a pager holds its key
    problem = "this value does not fit here" if hidden else f"{str(error['input'])[:60]!r} does not fit here"
    kind = error["type"]
    if kind == "string_pattern_mismatch":
        return problem, _SPELLED.get(name, "correct the value")
    if kind.endswith(("_type", "_parsing")) and (wanted := _REMEDIES.get(kind.partition("_")[0])):
        return problem, wanted
    return problem, error["msg"].replace("Input should be", "it should be").replace("String should", "it should")
