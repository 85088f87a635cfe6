"""The manual pages name every command, option and key, and hold nothing that roff would take for its own."""

import re

import typer

from intake.cli import app
from intake.config_sample import tables
from systemd.deb.manual import command_page, settings_page

COMMANDS, SETTINGS = command_page("1.2", "2026-11-23"), settings_page("1.2", "2026-11-23")
MACROS = (".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".BR", ".I", ".RI", ".nh", ".ad")


def read(page: str) -> str:
    """The page as words, without what roff needs."""
    text = re.sub(r"\\f[BIR]", "", page).replace(r"\-", "-").replace(r"\ ", " ").replace(r"\&", "")
    return text.replace(r"\(aq", "'").replace(r"\(dq", '"').replace(r"\(ti", "~")


def test_every_command_is_there_with_its_options() -> None:
    told = read(COMMANDS)
    root = typer.main.get_command(app)
    assert {"run", "service", "db"} <= set(root.commands)  # type: ignore[attr-defined]
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        for path, one in [(name, command), *((f"{name} {n}", c) for n, c in getattr(command, "commands", {}).items())]:
            part = told.partition(f"\n.SS intake {path}\n")[2].partition("\n.S")[0]
            assert part, path
            options = {option for each in one.params for option in each.opts if option.startswith("--")}
            assert {option for option in options - {"--help", "--config"} if option not in part} == set(), path


def test_every_key_is_there_with_what_it_means() -> None:
    told = read(SETTINGS)
    for table in tables():
        assert not table.header or f"\n.SH {table.header}\n" in told
        for key, field in table.keys:
            assert f"\n{key} = " in told
            assert not field.description or " ".join(field.description.split()).replace("`", "") in told


def test_what_bites_an_admin_is_told_where_the_unit_points() -> None:
    told = " ".join(read(COMMANDS).split())
    assert "status=243/CREDENTIALS" in told
    assert "exits with 0 all the same" in told
    assert "never add NoExecPaths=/ with ExecPaths=" in told


def test_no_line_is_a_command_of_roff_by_accident() -> None:
    for line in (COMMANDS + SETTINGS).splitlines():
        assert not line.startswith("'")
        assert not line.startswith(".") or line.split()[0] in MACROS, line
        assert "`" not in line, line
