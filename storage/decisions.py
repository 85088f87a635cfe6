"""A `Decision` as JSON and back, so that it can be stored as it stood and explained later."""

from functools import cache
from typing import Any, cast

from pydantic import TypeAdapter

from rules.facts import Decision


def as_json(decision: Decision) -> dict[str, Any]:
    return cast(dict[str, Any], _adapter().dump_python(decision, mode="json"))


def from_json(stored: dict[str, Any]) -> Decision:
    """Equal to the decision that was stored; a field added since then has its default."""
    return _adapter().validate_python(stored)


@cache
def _adapter() -> TypeAdapter[Decision]:
    return TypeAdapter(Decision)
