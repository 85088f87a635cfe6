"""Faults of a policy file: what is wrong where, and what would mend it.

Finds the nearest known name for an unknown one, and knows on which line of the file a key stands. What the typed model
refuses is put into words by `policy_refusals`.
"""

import difflib
import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a policy file."""

    key: str
    """As in the file, with points: "plans.premier.queue"; "" where it is the file as a whole."""
    line: int | None
    problem: str
    remedy: str

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        key = f"{self.key}: " if self.key else ""
        return f"{place}{key}{self.problem}; {self.remedy}"


class PolicyFaults(Exception):
    """A policy file cannot be used. `faults` is all of them, in the order of the file."""

    def __init__(self, name: str, faults: Iterable[Fault]) -> None:
        self.name = name
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.line or 0, fault.key)))
        super().__init__(name, self.faults)

    def __str__(self) -> str:
        return "\n".join(f"policy {self.name}: {fault}" for fault in self.faults)


class Lines:
    """On which line of a TOML text a key stands. Made for messages: it never fails, it says None."""

    TABLE = re.compile(r"\s*\[(\[)?\s*([^\]]+?)\s*\]")
    KEY = re.compile(r"\s*([\w.\"'-]+)\s*=")

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._at: dict[Path, int] = {}
        table: Path = ()
        counts: dict[Path, int] = {}
        for number, line in enumerate(self._lines, 1):
            header, key = self.TABLE.match(line), self.KEY.match(line)
            if header and not line.lstrip().startswith(("[[[", '["')):
                table = self._names(header.group(2))
                if header.group(1):
                    counts[table] = counts.get(table, -1) + 1
                    table = (*table, counts[table])
                self._at.setdefault(table, number)
            elif key:
                self._at.setdefault((*table, *self._names(key.group(1))), number)

    def of(self, path: Path, saying: str = "") -> int | None:
        """The line of a key, or of the first below it, else of the nearest table above it.

        With `saying`, the line below on which that text is.
        """
        for length in range(len(path), 0, -1):
            number = self._first(path[:length])
            if number is not None:
                wanted = json.dumps(saying, ensure_ascii=False) if saying else ""
                places = range(number, min(number + 400, len(self._lines) + 1)) if saying else ()
                return next((at for at in places if wanted in self._lines[at - 1]), number)
        return None

    def _first(self, path: Path) -> int | None:
        """The line of a key; of a table that has no header of its own, that of the first in it."""
        exact = self._at.get(path)
        inner = (number for key, number in self._at.items() if key[: len(path)] == path)
        return next(inner, None) if exact is None else exact

    @staticmethod
    def _names(dotted: str) -> Path:
        return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def nearest(name: str, known: Iterable[str]) -> str:
    """ "did you mean ...": the closest known name, or all of them."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, 1, 0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return "known are: " + ", ".join(names) if names else "define it first"


def key_of(path: Path) -> str:
    return ".".join(str(part) for part in path)


def undefined(
    key: str, path: tuple[str | int, ...], kind: str, name: str, known: Collection[str], lines: Lines
) -> Fault:
    return Fault(key, lines.of(path), f"there is no {kind} {name!r}", nearest(name, known))
