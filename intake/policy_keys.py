"""The keys of a policy file as its reference tells them: name, type in words, default, meaning, and an example.

Types and defaults are read from the fields of the typed policy, meanings from the docstrings under them, examples from
a policy that uses every key.
"""

import contextlib
import json
import tomllib
from dataclasses import dataclass
from datetime import date
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from intake import key_docstrings
from rules.facts import Gate
from rules.policy_faults import Lines
from rules.policy_gates import Check
from rules.policy_model import Policy
from rules.policy_tables import PromiseTable, one_or_more

SET_BY_INTAKE = ("name", "version")
"""Fields of the policy that its file must not have."""
OWN_NAMES = {"levels": "N", "first_response": "N", "resolution": "N", "plans": "PLAN"}
OWN_NAMES |= dict.fromkeys(("words", "signs", "matters", "phrases"), "LANGUAGE")
"""What the headings call keys of one's own choosing; all others are NAME."""
WORDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    bool: "true or false",
    date: "day",
    Gate: "gate",
    PromiseTable: "promise",
}

Place = tuple[str | int, ...]
Found = list[tuple[Place, Any]]
"""Where the example has something, and what it says there."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One key."""

    name: str
    type: str
    default: str
    """As it follows the type: "required", "no default", "default 10"."""
    meaning: str
    example: str
    """Lines of the example; "" where it has none."""


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of table."""

    headers: tuple[str, ...]
    """Where it may stand, such as "[plans.PLAN]"; empty for the top of the file."""
    meaning: str
    entries: tuple[Entry, ...]


@dataclass(slots=True)
class _Kind:
    headers: list[str]
    found: Found


def sections(example: str) -> list[Section]:
    """Every kind of table that a policy file has, in the order of the types, with examples out of `example`."""
    kinds: dict[type[BaseModel], _Kind] = {Policy: _Kind([], [((), tomllib.loads(example))])}
    _gather(Policy, "", kinds[Policy].found, kinds)
    return [_section(model, kind, example) for model, kind in kinds.items() if model is not Check]


def _gather(model: type[BaseModel], path: str, found: Found, kinds: dict[type[BaseModel], _Kind]) -> None:
    for name, field in model.model_fields.items():
        table = _table_in(field.annotation)
        if table is None:
            continue
        here = f"{path}.{name}".lstrip(".")
        heading, is_list = _heading(here, name, field.annotation)
        inside = [
            each
            for place, said in found
            if name in said
            for each in _tables((*place, name), said[name], field.annotation)
        ]
        kind = kinds.setdefault(table, _Kind([], []))
        kind.headers.append(f"[[{heading}]]" if is_list else f"[{heading}]")
        kind.found += inside
        _gather(table, heading, inside, kinds)


def _section(model: type[BaseModel], kind: _Kind, example: str) -> Section:
    meanings = key_docstrings.of(model)
    entries = tuple(
        Entry(
            name,
            _type(field.annotation, field.metadata),
            _default(field),
            meanings.get(name, ""),
            _cut(example, [((*place, name), said[name]) for place, said in kind.found if name in said]),
        )
        for name, field in model.model_fields.items()
        if model is not Policy or name not in SET_BY_INTAKE
    )
    return Section(tuple(dict.fromkeys(kind.headers)), " ".join((model.__doc__ or "").split()), entries)


def _table_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_table_in, get_args(annotation))), None)


def _heading(path: str, name: str, annotation: Any) -> tuple[str, bool]:
    """The path of the tables under a key, and whether they are a list."""
    annotation = _plain(annotation)
    if get_origin(annotation) is dict:
        return _heading(f"{path}.{OWN_NAMES.get(name, 'NAME')}", "", get_args(annotation)[1])
    return path, get_origin(annotation) is tuple


def _tables(place: Place, said: Any, annotation: Any) -> Found:
    """The tables of the example under a key, with their places; what stands there in short is none."""
    annotation = _plain(annotation)
    if get_origin(annotation) is dict:
        inner = get_args(annotation)[1]
        return [each for name, value in said.items() for each in _tables((*place, name), value, inner)]
    if get_origin(annotation) is tuple:
        inner = get_args(annotation)[0]
        return [each for at, value in enumerate(said) for each in _tables((*place, at), value, inner)]
    return [(place, said)] if isinstance(said, dict) else []


def _type(annotation: Any, metadata: list[Any]) -> str:
    """A type in words, such as "table of lists of texts"."""
    if any(isinstance(each, BeforeValidator) and each.func is one_or_more for each in metadata):
        return "list or one"
    if get_origin(annotation) is Annotated:
        inner, *further = get_args(annotation)
        return _type(inner, further)
    annotation = _plain(annotation)
    arguments = get_args(annotation)
    if get_origin(annotation) is Literal:
        return " or ".join(map(_toml, arguments))
    if get_origin(annotation) is dict:
        return f"table of {_plural(_type(arguments[1], []))}"
    if get_origin(annotation) is tuple:
        return f"list of {_plural(_type(arguments[0], []))}"
    return WORDS.get(annotation) or ("table" if issubclass(annotation, BaseModel) else annotation.__name__)


def _plural(words: str) -> str:
    first, _, rest = words.partition(" ")
    if first == "whole":
        return f"{words}s"
    return f"{first}s {rest}".rstrip()


def _plain(annotation: Any) -> Any:
    """A type without what pydantic checks beside it, and without None."""
    while get_origin(annotation) in (Annotated, Union, UnionType):
        annotation = next(one for one in get_args(annotation) if one is not type(None))
    return annotation


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if isinstance(field.default, BaseModel):
        return "each key has its default"
    if field.default in (None, "", (), {}):
        return "optional"
    return f"default `{_toml(field.default)}`"


def _toml(value: Any) -> str:
    """A default as the file would have it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else json.dumps(str(value), ensure_ascii=False)


def _cut(example: str, found: Found) -> str:
    """The lines by which the example says it: the first place that it has lines for."""
    lines, known = example.splitlines(), Lines(example)
    for place, _ in found:
        if number := known.of(tuple(part if isinstance(part, int) else str(part) for part in place)):
            return "\n".join(_whole(lines[number - 1 :]))
    return ""


def _whole(lines: list[str]) -> list[str]:
    """A table to its first blank line; a key to the end of its value."""
    for length in range(1, len(lines) + 1):
        if lines[0].startswith("["):
            if length == len(lines) or not lines[length].strip():
                return lines[:length]
            continue
        with contextlib.suppress(tomllib.TOMLDecodeError):
            tomllib.loads("\n".join(lines[:length]))
            return lines[:length]
    return []
