"""Mutants: small faults put into a module of `rules/` by mutmut, each tried on the tests that speak for the module.

Works in a copy and leaves the checkout alone. mutmut itself passes over functions with a decorator and picks the tests
of a mutant by who called the function; both would let mutants live or die for the wrong reason here, see
`decorated_late` and `plugin`. Callers may rely on every mutant of the modules being tried, or on CalledProcessError.
"""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

SUITES = {
    "calendar": ("calendar", "promises"),
    "promises": ("promises",),
    "gates": ("gates",),
    "gates_on_facts": ("gates_on_facts",),
    "gates_on_words": ("gates_on_words",),
    "phrases": ("phrases", "topic_words"),
}
"""Module of rules/ to the test files that speak for it."""

SETTINGS = """
[tool.mutmut]
source_paths = ["rules"]
only_mutate = {modules}
do_not_mutate_patterns = ["assert_never"] # unreachable, as mypy proves
pytest_add_cli_args = {options}
pytest_add_cli_args_test_selection = {tests}
process_isolation = "forkserver"
forkserver_warmup = "import"
preload_modules_file = "preloaded.txt"
use_setproctitle = false
timeout_multiplier = 8.0
timeout_constant = 5.0
"""
OPTIONS = [
    *("-p", "tests.mutation.plugin", "-p", "no:cacheprovider"),
    *("-k", "not hostile"),  # they measure time, which a busy machine has not
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # hypothesis is there before pytest
]
PRELOADED = ("pytest", "hypothesis.strategies", "pydantic", "holidays", "zoneinfo", "tests.servers.mailhost")
"""Imported once, not by each mutant's process. Nothing of `rules`: what a module makes while it is imported, the mutant
must make, and no cache may hold what the sound module answered."""

LATE = frozenset({"lru_cache", "cache", "property"})

DEAD = frozenset({"killed", "timeout", "check was interrupted by user"})
"""mutmut's words for a mutant that was noticed. Interrupted is one under which the tests cannot even be collected."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault, by the line that it takes away and the one that it puts there."""

    module: str
    function: str
    was: str
    became: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of the mutants of one module."""

    module: str
    mutants: int
    timed_out: int
    alive: tuple[Mutant, ...]


def tried(modules: Sequence[str], jobs: int) -> list[Trial]:
    """The modules' mutants, tried `jobs` at a time. Takes minutes; mutmut tells its progress on a terminal."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as home:
        place = Path(home)
        _lay_out(place, modules)
        _mutmut(place, "run", "--max-children", str(jobs), heard=sys.stdout.isatty())
        fates = _fates(place)
        return [_trial(place, module, fates) for module in modules]


def suite_file(name: str) -> str:
    return f"tests/rules/test_{name}.py"


def _lay_out(place: Path, modules: Sequence[str]) -> None:
    """A copy of what the tests of the rules need."""
    for part in ("rules", "tests/rules", "tests/servers", "tests/mutation"):
        shutil.copytree(ROOT / part, place / part, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("tests/__init__.py", "tests/conftest.py"):
        shutil.copy2(ROOT / part, place / part)
    tests = sorted({suite_file(name) for module in modules for name in SUITES[module]})
    settings = SETTINGS.format(modules=[f"rules/{module}.py" for module in modules], options=OPTIONS, tests=tests)
    (place / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text("utf-8") + settings, "utf-8")
    (place / "preloaded.txt").write_text("\n".join(PRELOADED), "utf-8")
    for module in modules:
        file = place / f"rules/{module}.py"
        file.write_text(decorated_late(file.read_text("utf-8")), "utf-8")


def decorated_late(source: str) -> str:
    """The same program, with caches and properties put round their functions by an assignment after them.

    mutmut changes no function that has a decorator; so it does.
    """
    lines = source.split("\n")
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for function in sorted(functions, key=lambda function: -function.lineno):
        for decorator in function.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if isinstance(called, ast.Name) and called.id in LATE and function.end_lineno:
                put_round = f"{function.name} = {ast.unparse(decorator)}({function.name})"
                lines.insert(function.end_lineno, " " * function.col_offset + put_round)
                lines[decorator.lineno - 1] = ""
    return "\n".join(lines)


def _trial(place: Path, module: str, fates: dict[str, str]) -> Trial:
    own = {name: fate for name, fate in fates.items() if name.split(".")[1] == module}
    alive = tuple(_mutant(place, name) for name, fate in own.items() if fate not in DEAD)
    return Trial(module, len(own), sum(fate == "timeout" for fate in own.values()), alive)


def _fates(place: Path) -> dict[str, str]:
    """Each mutant's name, and what mutmut says became of it."""
    lines = (line.strip().rpartition(": ") for line in _mutmut(place, "results", "--all", "true").splitlines())
    return {name: fate for name, colon, fate in lines if colon}


def _mutant(place: Path, name: str) -> Mutant:
    diff = _mutmut(place, "show", name).splitlines()
    was = [line[1:].strip() for line in diff if line.startswith("-") and not line.startswith("---")]
    became = [line[1:].strip() for line in diff if line.startswith("+") and not line.startswith("+++")]
    return Mutant(name.split(".")[1], function(name), " ".join(was), " ".join(became))


def function(name: str) -> str:
    """The function of a mutant that mutmut calls "rules.calendar.xǁCalendarǁadd__mutmut_3": "Calendar.add"."""
    mangled = name.split(".")[2].rpartition("__mutmut_")[0]
    return mangled[2:].replace("ǁ", ".") if mangled.startswith("xǁ") else mangled.removeprefix("x_")


def _mutmut(place: Path, *arguments: str, heard: bool = False) -> str:
    """Runs mutmut and returns what it says; where it fails, that is printed first."""
    ran = subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=place,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"},
        stdout=None if heard else subprocess.PIPE,
        encoding="utf-8",
    )
    if ran.returncode:
        print((ran.stdout or "").replace("\r", "\n"))
        ran.check_returncode()
    return ran.stdout or ""
