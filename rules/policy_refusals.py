"""What the typed model refuses of a policy file, in the words of the file: the key, the line, and what to write."""

import copy
import difflib
import json
from collections.abc import Sequence
from datetime import date
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rules.policy_faults import Fault, Lines, Path, key_of, nearest
from rules.policy_gates import Check
from rules.policy_model import Policy
from rules.policy_tables import PromiseTable, Texts

REMEDIES = {
    "int_type": "write a whole number, without quotes",
    "bool_type": "write true or false, without quotes",
    "date_type": "write a day such as 2026-12-24, without quotes",
    "tuple_type": "write a list, in square brackets",
    "too_short": "name at least one",
}
"""What the model asks for. Its further words for the same type (`int_parsing`) begin alike."""


def faults_of(error: ValidationError, said: dict[str, Any], lines: Lines) -> list[Fault]:
    """What the model refuses, as faults; the several tries of one value are one fault."""
    faults: dict[Path, Fault] = {}
    details = error.errors()
    meant = {_meant(detail["loc"]) for detail in details if detail["type"] == "extra_forbidden"}
    for detail in details:
        path = _present(detail["loc"], said)
        if detail["type"] == "missing" and (*path, detail["loc"][-1]) in meant:
            continue  # it is there, under a misspelt name that is a fault already
        if detail["type"] == "too_short" and detail["input"]:
            continue  # what it names is refused one by one
        key, line = key_of(path), lines.of(path) if path else 1
        if detail["type"] == "extra_forbidden":
            fault = Fault(key, line, "there is no such key", _nearest(path))
        elif detail["type"] == "missing":
            missing = str(detail["loc"][-1])
            path = (*path, missing)
            fault = Fault(key_of(path), line, "it is missing", _addition(path))
        elif detail["type"] == "value_error":
            problem, _, remedy = str(detail["ctx"]["error"]).partition("; ")
            fault = Fault(key, line, problem, remedy or "see the shipped policies for examples")
        else:
            fault = Fault(key, line, f"{_shown(detail['input'])} does not fit here", _remedy(detail, path))
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


def _meant(path: Path) -> Path:
    """The key that an unknown one is most likely a misspelling of; itself where nothing is near."""
    close = difflib.get_close_matches(str(path[-1]), _fields_at(path[:-1]), 1, 0.6)
    return (*path[:-1], close[0]) if close else path


def _nearest(path: Path) -> str:
    told = nearest(str(path[-1]), _fields_at(path[:-1]))
    return f"{told}{'' if told.endswith('?') else '.'} Otherwise remove it"


def _kind_at(path: Path) -> Any:
    """The type of what stands at a place."""
    kind: Any = Policy
    for part in path:
        kind = _inner(kind, part)
    return kind


def _fields_at(path: Path) -> list[str]:
    kind = _kind_at(path)
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
    """A table as its header has it."""
    if not path:
        return "the top of the file"
    name = key_of(tuple(part for part in path if isinstance(part, str)))
    return f"[[{name}]]" if isinstance(path[-1], int) else f"[{name}]"


def _shown(value: object) -> str:
    """A value as the file has it, in short."""
    if isinstance(value, dict | list | tuple):
        return "a table" if isinstance(value, dict) else "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, str) else str(value)


def _remedy(detail: ErrorDetails, path: Path) -> str:
    given, kind = detail["input"], detail["type"]
    if detail["loc"][-1] == "[key]":
        return "write a number in its place, such as 1"
    if kind == "tuple_type" and isinstance(given, str | int):
        return f"write a list: [{json.dumps(given, ensure_ascii=False)}]"
    if kind == "string_type" and isinstance(given, int | float | date):
        return f'write it in double quotes: "{given}"'
    if kind in ("dict_type", "model_type"):
        return _table_wanted(given, path)
    start = kind.partition("_")[0]
    return REMEDIES.get(kind) or REMEDIES.get(f"{start}_type") or _expected(detail["msg"])


def _addition(path: Path) -> str:
    """How to write a key that is missing."""
    kind = _kind_at(path)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return f"add the table {_table_name(path)}"
    if get_origin(kind) is dict and kind != Texts:
        return f"add a table such as {_table_name((*path, 'NAME'))}"
    return f"add {path[-1]} = ... to {_table_name(path[:-1])}"


def _table_wanted(given: object, path: Path) -> str:
    kind = _kind_at(path)
    if kind == Texts and isinstance(given, str):
        return f"write it by language: {{ en = {json.dumps(given, ensure_ascii=False)} }}"
    if isinstance(kind, type) and issubclass(kind, PromiseTable):
        return 'write it like "4 bh" (business hours), "1 bd" (business days) or "24 h" (elapsed)'
    if kind is Check:
        return f"write the table {_table_name(path)}, with nothing in it"
    return f"write a table: {_table_name(path)}, with its keys on the lines below"


def _expected(message: str) -> str:
    return message.replace("Input should be", "it should be").replace("input should be", "it should be").lower()
