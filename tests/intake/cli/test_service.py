"""`intake service install`: it writes the unit of this installation, says what is next, and overwrites nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from intake import unit
from tests.intake.cli.shell import intake


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment with the command, as pip would make one; the place of this one may be hidden from a service."""
    program = tmp_path / "environment" / "bin" / "intake"
    program.parent.mkdir(parents=True)
    program.touch()
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))
    monkeypatch.setattr(unit, "HOMES", (Path("/home"),))
    return program


@pytest.fixture
def units(tmp_path: Path) -> Path:
    (tmp_path / "units").mkdir()
    return tmp_path / "units"


def test_the_unit_is_written_and_the_next_steps_are_told(units: Path, tmp_path: Path, installed: Path) -> None:
    config = tmp_path / "etc" / "intake.toml"
    ended = intake("service", "install", "--directory", units, "--config", config)
    assert (ended.status, ended.err) == (0, "")
    text = (units / "intake.service").read_text()
    assert f"ExecStart={installed} run --config {config} " in text
    assert (units / "intake.service").stat().st_mode & 0o777 == 0o644
    for step in ("intake init", "install -d -m 0700", "imap-password", "243/CREDENTIALS", "systemctl daemon-reload"):
        assert step in ended.out


def test_what_is_there_already_is_not_asked_for(units: Path, tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    for name in ("intake.toml", "credentials/imap-password", "credentials/smtp-password"):
        (tmp_path / name).touch()
    ended = intake("service", "install", "--directory", units, "--config", tmp_path / "intake.toml")
    assert "intake init" not in ended.out
    assert "-password" not in ended.out
    assert "enable --now" in ended.out


def test_json_names_the_unit_and_what_is_missing(units: Path, tmp_path: Path) -> None:
    (told,) = intake("service", "install", "--directory", units, "--json", "--config", tmp_path / "i.toml").objects
    assert told["unit"] == str(units / "intake.service")
    assert [Path(one).name for one in told["missing_credentials"]] == ["imap-password", "smtp-password"]


def test_a_dry_run_prints_the_unit_and_writes_nothing(units: Path, installed: Path) -> None:
    ended = intake("service", "install", "--directory", units, "--dry-run")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == unit.adapted(installed, Path(unit.CONFIG))
    assert list(units.iterdir()) == []


def test_another_unit_of_that_name_stays_unless_forced(units: Path) -> None:
    file = units / "intake.service"
    file.write_text("[Service]\nExecStart=/mine\n")
    ended = intake("service", "install", "--directory", units)
    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert "--force" in ended.err
    assert "/mine" in file.read_text()
    assert intake("service", "install", "--directory", units, "--force").status == 0
    assert intake("service", "install", "--directory", units).status == 0, "the same again"


def test_where_it_cannot_be_written_one_line_says_so(tmp_path: Path) -> None:
    ended = intake("service", "install", "--directory", tmp_path / "nowhere")
    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert "--dry-run" in ended.err


def test_a_program_that_the_sandbox_hides_is_refused(units: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unit, "HOMES", (Path(sys.prefix),))
    ended = intake("service", "install", "--directory", units)
    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert list(units.iterdir()) == []


def test_without_the_command_in_this_environment_it_is_refused(units: Path, installed: Path) -> None:
    installed.unlink()
    ended = intake("service", "install", "--directory", units)
    assert (ended.status, ended.err.count("\n")) == (2, 1)


def test_the_wheel_holds_the_unit_the_policies_and_the_letters(tmp_path: Path) -> None:
    """Built from a copy: a build leaves things in the folder that it builds."""
    from zipfile import ZipFile

    root = Path(__file__).parents[3]
    copied = ["pyproject.toml", "README.md", "LICENSE", "intake", "rules", "storage", "templates", "systemd"]
    (tmp_path / "source").mkdir()
    subprocess.run(["cp", "-a", *(root / name for name in copied), tmp_path / "source"], check=True)
    how = ("-qq", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path)
    subprocess.run([sys.executable, "-m", "pip", *how, tmp_path / "source"], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as held:
        names = set(held.namelist())
        assert held.read("intake/intake.service").decode() == unit.shipped()
    assert {"rules/policies/irex.toml", "rules/vocabulary/en.toml", "storage/migrations/env.py"} <= names
    letters = {file.relative_to(root).as_posix() for file in (root / "templates").glob("*/*.txt")}
    assert letters <= names
