"""The rooms keep their walls: who may import whom, and which outside libraries each must never touch."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("rules", "storage", "templates", "intake")

# room -> the parts of the other rooms it may import
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "rules": (),
    "storage": ("rules.facts",),
    "templates": ("rules.facts",),
    "intake": ("rules", "storage", "templates"),
}

WIRES = {"socket", "ssl", "smtplib", "imaplib", "imapclient", "aiosmtplib", "asyncio", "subprocess", "urllib", "http"}
LOGS = {"logging", "structlog", "rich", "typer"}
DISK = {"os", "io", "pathlib", "shutil", "tempfile", "sqlite3", "sqlalchemy", "alembic"}
MIME = {"email", "mailparser"}

# room -> the outside modules it never touches
NEVER: dict[str, set[str]] = {
    "rules": WIRES | LOGS | DISK | MIME | {"time", "random", "jinja2"},
    "storage": WIRES | LOGS | MIME | {"jinja2"},
    "templates": WIRES | LOGS | MIME | {"sqlite3", "sqlalchemy"},
    "intake": {"sqlite3", "sqlalchemy", "alembic", "jinja2"},
}


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def sources(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_rooms_it_knows(room: str) -> None:
    strangers = []
    for file in sources(room):
        for name in imports(file):
            top = name.partition(".")[0]
            if top not in ROOMS or top == room:
                continue
            allowed = any(
                name == part or name.startswith(part + ".") or part.startswith(name + ".") for part in MAY_IMPORT[room]
            )
            if not allowed:
                strangers.append(f"{file.relative_to(ROOT)}: {name}")
    assert not strangers


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_touches_none_of_the_libraries_that_are_not_its_business(room: str) -> None:
    touched = [
        f"{file.relative_to(ROOT)}: {name}"
        for file in sources(room)
        for name in imports(file)
        if name.partition(".")[0] in NEVER[room]
    ]
    assert not touched


@pytest.mark.parametrize("room", ["rules", "storage", "templates"])
def test_time_is_an_argument(room: str) -> None:
    """Nothing but `intake` asks the clock."""
    asked = []
    for file in sources(room):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today", "monotonic"}:
                asked.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert not asked


def test_nothing_but_tests_imports_the_daemon() -> None:
    for room in ("rules", "storage", "templates"):
        assert not [f for f in sources(room) for name in imports(f) if name.partition(".")[0] == "intake"]
