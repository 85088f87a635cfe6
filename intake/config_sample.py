"""Writes the commented `intake.toml` of `intake init` from the fields of the settings: every key, with its docstring.

A key shows its first example, or its default. Whatever `sample` returns, `intake.config.load` accepts (with the
passwords it names in place).
"""

import json
import textwrap
from collections.abc import Iterator
from typing import get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from intake.settings import Queue, Settings, section_of

WIDTH = 100
OPENING = """\
# The configuration of Intake, with every key there is. `intake check` says what is wrong with it, and where;
# `intake check --connect` tries the logins as well. Passwords stand in files of their own.
"""
QUEUE = "on_call"


def sample() -> str:
    """The text of a sample `intake.toml`."""
    return "\n".join([OPENING.rstrip(), *_table(Settings, "")]) + "\n"


def _table(model: type[BaseModel], name: str, header: str = "") -> Iterator[str]:
    """The lines of one table: its own keys first, then the tables inside it (TOML wants it so)."""
    if header:
        yield ""
        yield from _comment(model.__doc__ or "")
        yield header
    inner: list[tuple[str, type[BaseModel], str]] = []
    for key, field in model.model_fields.items():
        path = f"{name}.{key}" if name else key
        if field.exclude:
            continue
        section = section_of(field.annotation)
        if section is None:
            yield from _comment(field.description or "")
            yield f"{key} = {_value(_example(field))}"
        elif section is Queue:
            inner.append((f"{path}.{QUEUE}", section, f"[{path}.{QUEUE}]"))
        else:
            inner.append((path, section, f"[[{path}]]" if get_origin(field.annotation) is tuple else f"[{path}]"))
    for path, section, opening in inner:
        yield from _table(section, path, opening)


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
