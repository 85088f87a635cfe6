"""Writes the commented `intake.toml` of `intake init` from the fields of the settings: every key, with its docstring.

A key shows what it was answered with, else its first example, or its default. Whatever `sample` returns,
`intake.config.load` accepts (with the passwords it names in place, and answers that are good).
"""

import json
import textwrap
from collections.abc import Collection, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from types import MappingProxyType
from typing import get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from intake import key_docstrings
from intake.settings import Queue, Settings, section_of

WIDTH = 100
OPENING = """\
# The configuration of Intake, with every key there is. `intake check` says what is wrong with it, and where;
# `intake check --connect` tries the logins as well. Passwords stand in files of their own.
"""
QUEUE = "on_call"
NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the file with its own keys; the tables inside it follow it (TOML wants it so)."""

    header: str
    """As it is written, such as [[mailbox]]; "" for what stands above all tables."""
    meaning: str
    keys: tuple[tuple[str, FieldInfo], ...]
    """By name; the `description` of each is the docstring under it."""

    @property
    def path(self) -> str:
        return self.header.strip("[]")


def sample(answers: Mapping[str, object] = NOTHING, without: Collection[str] = ()) -> str:
    """The text of a sample `intake.toml`.

    `answers` are values by their keys, such as "mailbox.imap.host". Tables named in `without`, such as "staff", stand
    there as comments.
    """
    lines: list[str] = []
    for table in tables():
        own = _lines(table, answers)
        lines += map(_as_comment, own) if table.path in without else own
    return "\n".join([OPENING.rstrip(), *lines]) + "\n"


def tables(model: type[BaseModel] = Settings, name: str = "", header: str = "") -> Iterator[Table]:
    """Every table there is, in the order of the sample."""
    meanings, own = key_docstrings.of(model), list[tuple[str, FieldInfo]]()
    inner: list[tuple[type[BaseModel], str, str]] = []
    for key, field in model.model_fields.items():
        path = f"{name}.{key}" if name else key
        section = section_of(field.annotation)
        if section is Queue:
            inner.append((section, f"{path}.{QUEUE}", f"[{path}.{QUEUE}]"))
        elif section is not None:
            inner.append((section, path, f"[[{path}]]" if get_origin(field.annotation) is tuple else f"[{path}]"))
        elif not field.exclude:
            field = copy(field)
            field.description = meanings.get(key)
            own.append((key, field))
    yield Table(header, model.__doc__ or "", tuple(own))
    for further in inner:
        yield from tables(*further)


def shown(field: FieldInfo) -> str:
    """The value that a key has in the sample, as TOML writes it."""
    return _value(_example(field))


def _lines(table: Table, answers: Mapping[str, object]) -> Iterator[str]:
    if table.header:
        yield from ("", *_comment(table.meaning), table.header)
    for key, field in table.keys:
        value = _value(answers.get(f"{table.path}.{key}", _example(field)))
        yield from (*_comment(field.description or ""), f"{key} = {value}")


def _as_comment(line: str) -> str:
    return line if not line or line.startswith("#") else f"# {line}"


def _example(field: FieldInfo) -> object:
    return field.examples[0] if field.examples else field.default


def _value(value: object) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)  # a basic string of TOML is written as JSON writes one
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, int):
        return f"{value:_}" if value >= 100_000 else str(value)
    return str(value)


def _comment(text: str) -> list[str]:
    return textwrap.wrap(" ".join(text.split()), WIDTH, initial_indent="# ", subsequent_indent="# ")
