"""A `Decision` as JSON and back, so that it can be stored as it stood and explained later."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from rules.facts import Decision


@dataclass(frozen=True, slots=True)
class Written:
    """JSON that is text already: a column takes it as it is (`as_text`)."""

    text: str


def as_json(decision: Decision) -> Written:
    global _last
    last = _last  # a mail and its ticket are given the same one, one after the other
    if last is None or last[0] is not decision:
        _last = last = decision, Written(_as_text(decision))
    return last[1]


def from_json(stored: dict[str, Any]) -> Decision:
    """Equal to the decision that was stored; a field added since then has its default."""
    return _adapter().validate_python(stored)


def as_text(value: object) -> str:
    """What a JSON column is given; see `Database`."""
    return value.text if isinstance(value, Written) else json.dumps(value)


_last: tuple[Decision, Written] | None = None


def _as_text(decision: Decision) -> str:
    try:
        return _adapter().dump_json(decision, ensure_ascii=True).decode()
    except ValueError:  # half a surrogate pair, which JSON can say and UTF-8 cannot
        return json.dumps(_adapter().dump_python(decision, mode="json"))


@cache
def _adapter() -> TypeAdapter[Decision]:
    return TypeAdapter(Decision)
