"""What the docstrings under the fields of a configuration or policy say, read from the source.

Only who writes a reference or a sample asks. Pydantic would read the source of every table at the start of every
command (`use_attribute_docstrings`), which took longer than the rest of the configuration.
"""

import ast
import inspect
import sys
from functools import cache
from itertools import pairwise

from pydantic import BaseModel


def of(model: type[BaseModel]) -> dict[str, str]:
    """Field to the docstring under it on one line; what a field has none for it has from the class above."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if issubclass(one, BaseModel) and one is not BaseModel:
            found |= _under(one)
    return found


def _under(model: type[BaseModel]) -> dict[str, str]:
    body = next(
        node.body
        for node in ast.parse(_source(model.__module__)).body
        if isinstance(node, ast.ClassDef) and node.name == model.__name__
    )
    return {
        node.target.id: " ".join(below.value.value.split())
        for node, below in pairwise(body)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str)
    }


@cache
def _source(module: str) -> str:
    return inspect.getsource(sys.modules[module])
