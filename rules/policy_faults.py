"""Faults of a policy file: what is wrong where, and what would mend it.

Turns what the typed model refuses into sentences, finds the nearest known name for an unknown key, and knows on which
line of the file a key stands.
"""

import copy
import difflib
import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from rules.policy_model import Policy

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
        """The line of a key, or of the nearest table above it; with `saying`, the line below on which that text is."""
        for length in range(len(path), 0, -1):
            number = self._at.get(tuple(path[:length]))
            if number is not None:
                wanted = json.dumps(saying, ensure_ascii=False) if saying else ""
                places = range(number, min(number + 400, len(self._lines) + 1)) if saying else ()
                return next((at for at in places if wanted in self._lines[at - 1]), number)
        return None

    @staticmethod
    def _names(dotted: str) -> Path:
        return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def faults_of(error: ValidationError, said: dict[str, Any], lines: Lines) -> list[Fault]:
    """What the model refuses, as faults; the several tries of one value are one fault."""
    faults: dict[Path, Fault] = {}
    details = error.errors()
    meant = {_meant(detail["loc"]) for detail in details if detail["type"] == "extra_forbidden"}
    for detail in details:
        path = _present(detail["loc"], said)
        if detail["type"] == "missing" and (*path, detail["loc"][-1]) in meant:
            continue  # it is there, under a misspelt name that is a fault already
        line = lines.of(path)
        key = ".".join(str(part) for part in path)
        if detail["type"] == "extra_forbidden":
            fault = Fault(key, line, "there is no such key", _nearest(path))
        elif detail["type"] == "missing":
            missing = str(detail["loc"][-1])
            key = ".".join(str(part) for part in (*path, missing))
            fault = Fault(key, line, "it is missing", f"add {missing} to {_table_name(path)}")
            path = (*path, missing)
        elif detail["type"] == "value_error":
            problem, _, remedy = str(detail["ctx"]["error"]).partition("; ")
            fault = Fault(key, line, problem, remedy or "see the shipped policies for examples")
        else:
            fault = Fault(key, line, f"{detail['input']!r} does not fit here", _expected(detail["msg"]))
        faults.setdefault(path, fault)
    return list(faults.values())


def without(said: dict[str, Any], error: ValidationError) -> dict[str, Any]:
    """A copy without the keys that the model refused, or with what they meant, so that the rest can be checked too."""
    rest = copy.deepcopy(said)
    for detail in error.errors():
        path = _present(detail["loc"], said)
        place: Any = rest
        for part in path[:-1]:
            place = place[part] if isinstance(place, dict) and part in place else None
        if isinstance(place, dict) and detail["type"] != "missing":
            value = place.pop(path[-1], None)
            if detail["type"] == "extra_forbidden" and _meant(path) != path:
                place.setdefault(_meant(path)[-1], value)
    return rest


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


def _meant(path: Path) -> Path:
    """The key that an unknown one is most likely a misspelling of; itself where nothing is near."""
    close = difflib.get_close_matches(str(path[-1]), _fields_at(path[:-1]), 1, 0.6)
    return (*path[:-1], close[0]) if close else path


def _nearest(path: Path) -> str:
    return nearest(str(path[-1]), _fields_at(path[:-1])) + " Otherwise remove it"


def _fields_at(path: Path) -> list[str]:
    kind: Any = Policy
    for part in path:
        kind = _inner(kind, part)
    return [name for name in kind.model_fields if name not in ("name", "version") or kind is not Policy]


def _inner(kind: Any, part: str | int) -> Any:
    """The type of what stands under `part`: a field of a table, or a member of a mapping or list of tables."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        kind = kind.model_fields[str(part)].annotation
    else:
        kind = [member for member in get_args(kind) if member is not ...][-1]
    while get_origin(kind) in (Annotated, Union, UnionType):
        kind = next(member for member in get_args(kind) if member is not type(None))
    return kind


def _present(loc: Sequence[str | int], said: dict[str, Any]) -> Path:
    """The part of a place that the file really has: pydantic names steps of its own too, such as "[key]"."""
    path: list[str | int] = []
    place: Any = said
    for part in loc:
        if isinstance(place, dict) and str(part) in place:
            step: str | int = str(part)
        elif isinstance(place, list) and isinstance(part, int):
            step = part
        else:
            break
        place = place[step]
        path.append(step)
    return tuple(path)


def _table_name(path: Path) -> str:
    return f"[{'.'.join(str(part) for part in path)}]" if path else "the top of the file"


def _expected(message: str) -> str:
    return message.replace("Input should be", "it should be").replace("input should be", "it should be").lower()
