"""The Jinja environments that letters are rendered in: plain values only, and no slip can cost a gigabyte.

Jinja's own sandbox stops the way out of a template. It does not stop `"a" * 10**9`, `"a".center(10**9)` or a loop over
`range(99999)` in another; here the operators are guarded, methods and globals are gone, the filters are a short list.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from jinja2 import BaseLoader, BytecodeCache, StrictUndefined, pass_context
from jinja2.bccache import Bucket
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError
from jinja2.nodes import Template
from jinja2.runtime import Context, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment

from rules.facts import OpenHours
from templates import times
from templates.inlining import inline, shared_files
from templates.languages import named
from templates.lines import harmless

Value: TypeAlias = "str | int | Sequence[Value] | Mapping[str, Value] | None"
"""What a template may be given."""

KEPT_FILTERS = ("default", "e", "escape", "first", "join", "last", "length", "lower", "truncate", "upper")
METHODS = frozenset(dir(dict))
"""What stands before a key of the same name."""
KEPT_TESTS = ("defined", "undefined", "equalto", "eq", "ne", "in", "none", "string", "number", "ge", "gt", "le", "lt")


class LetterEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox for plain values: of a dict its keys, of text and numbers nothing at all."""

    intercepted_binops = frozenset({"*", "**", "%"})

    files: Mapping[str, str]
    """Where macros are inlined: all files that there are."""
    frames: frozenset[str]
    """Those that others extend or include."""

    def _generate(self, source: Template, name: str | None, *rest: Any, **named: Any) -> str:
        if self.files:
            source = inline(source, lambda other: self.parse(self.files[other]), shared=name in self.frames)
        return super()._generate(source, name, *rest, **named)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        if type(__obj) is not Macro:
            return super().call(__context, __obj, *args, **kwargs)
        # What this very sandbox compiled needs no look whether it may be called, nor what it wants to be handed.
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return __obj(__context.eval_ctx, *args, **kwargs)

    def getattr(self, obj: Any, attribute: str) -> Any:
        # Nearly always what is asked for is a key of a dict, or a macro of an imported file.
        if type(obj) is dict and attribute in obj and attribute not in METHODS:
            return obj[attribute]
        if type(obj) is TemplateModule and type(macro := obj.__dict__.get(attribute)) is Macro and attribute[0] != "_":
            return macro
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, Mapping):
            return attr in {"get", "items", "keys", "values"}
        if isinstance(obj, str | int | float | Sequence):
            return False
        return super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or not (isinstance(left, int) and isinstance(right, int)):
            raise SecurityError(f"{operator} is only for small numbers in a letter")
        return super().call_binop(context, operator, left, right)


class Compiled(BytecodeCache):
    """What templates were compiled to, by name, as long as their text stays the same.

    Every Renderer has environments of its own, and to compile all letters anew takes half a second of each reload.
    """

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


@lru_cache(8)
def _compiled(html: bool, among: str) -> Compiled:
    """Escaping is compiled in, so text and HTML are kept apart; what is inlined comes from other files."""
    return Compiled()


def environment(loader: BaseLoader, *, html: bool, files: Mapping[str, str] | None = None) -> LetterEnvironment:
    """For text, or for HTML where every value is escaped. Among `files`, all there are, macros are inlined."""
    made = LetterEnvironment(
        loader=loader,
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=_compiled(html, sha256(repr(sorted(files.items())).encode()).hexdigest() if files else ""),
    )
    made.files = files or {}
    made.frames = shared_files(made.files)
    made.filters = {name: made.filters[name] for name in KEPT_FILTERS} | FILTERS
    made.tests = {name: made.tests[name] for name in KEPT_TESTS}
    made.globals = {}
    return made


def plain(value: Value) -> Value:
    """A copy of `value` made of dict, list, str, int and None alone, every text harmless and on one line.

    Raises TypeError for anything else: an object with methods has no place in a template.
    """
    if type(value) is str or isinstance(value, str):
        return harmless(value)
    if value is None or type(value) in (int, bool):
        return value
    if type(value) is list:
        return [plain(inner) for inner in value]
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    raise TypeError(f"a letter is given plain values, not {type(value).__name__}")


@pass_context
def _moment(context: Context, at: str, language: str = "en") -> str:
    return _told(at, context["zone"], language)


@lru_cache(256)
def _told(at: str, zone: str, language: str) -> str:
    """Text and HTML say the same moments, and the letters of a batch have some in common."""
    return times.moment(datetime.fromisoformat(at), ZoneInfo(zone), language)


def _day(on: str, language: str = "en") -> str:
    return times.day(date.fromisoformat(on), language)


def _size(octets: int, language: str = "en") -> str:
    return times.size(octets, language)


def _amount(figure: str, language: str = "en") -> str:
    return times.amount(figure, language)


@pass_context
def _hours(context: Context, runs: Sequence[Mapping[str, Any]], language: str = "en") -> str:
    return times.hours([OpenHours(**run) for run in runs], ZoneInfo(context["zone"]), language)


def _languages(codes: Sequence[str], language: str = "en") -> str:
    return named(codes, language)


# Each takes the letter's language: {{ promise | moment("fr") }}
FILTERS: dict[str, Callable[..., Any]] = {
    "moment": _moment,
    "day": _day,
    "size": _size,
    "amount": _amount,
    "hours": _hours,
    "languages": _languages,
}
