"""The command as a whole: usage, exit status, and that trouble is one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from intake import cli
from rules.facts import TryLater
from tests.intake.cli.shell import house, intake

COMMANDS = ("run", "demo", "init", "check", "explain", "parse", "directory", "tickets", "ticket", "held", "accept",
            "decline", "quarantine", "outbox", "pause", "resume", "status", "db")  # fmt: skip


def test_help_lists_every_command() -> None:
    shown = CliRunner().invoke(cli.app, ["--help"])
    assert shown.exit_code == 0
    listed = [line.split()[0] for line in shown.stdout.partition("Commands:")[2].splitlines() if line.strip()]
    assert [name for name in COMMANDS if name not in listed] == []


def test_what_a_command_does_fits_beside_its_name() -> None:
    for group in ([], ["directory"], ["quarantine"], ["outbox"], ["db"]):
        shown = CliRunner().invoke(cli.app, [*group, "--help"], env={"COLUMNS": "80"}).stdout
        assert "..." not in shown.partition("Commands:")[2]


def test_without_a_command_the_help_is_shown() -> None:
    ended = intake()
    assert (ended.status, ended.err) == (0, "")
    assert "Commands:" in ended.out


@pytest.mark.parametrize("group", ["db", "directory"])
def test_a_group_without_a_command_shows_its_help(group: str) -> None:
    ended = intake(group)
    assert (ended.status, ended.err) == (0, "")
    assert "Commands:\n" in ended.out


def test_the_version_is_printed() -> None:
    ended = intake("--version")
    assert ended.status == 0
    assert ended.out.startswith("ticket-intake ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["pars"], "parse"),
        (["parse"], "MESSAGE"),
        (["parse", "--no-such", "x"], "--no-such"),
        (["explain", "x", "--at", "2026-01-01"], "offset"),
        (["explain", "x", "--at", "soon"], "no time"),
        (["explain", "x", "--at", "9999-12-31T23:59:59Z"], "correct the year"),
        (["tickets", "--days", "99999999"], "36500"),
        (["tickets", "--limit", "9" * 20], "1000000"),
        (["outbox", "show", "9" * 20], "LETTER"),
        (["quarantine", "show", "9" * 20], "MAIL"),
        (["explain", "x", "--hours-spent", "-1"], "no number"),
        (["explain", "x", "--incidents", "many"], "integer"),
        (["ticket", "a\udcffb"], "UTF-8"),
        (["decline", "EX-1", "--reason", "caf\udce9"], "caf\\udce9 is not written in UTF-8"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(arguments: list[str], words: str) -> None:
    ended = intake(*arguments)
    assert ended.status == 2
    assert ended.err.count("\n") == 1
    assert words in ended.err
    assert ended.out == ""


def test_a_file_may_have_a_name_that_is_no_text(tmp_path: Path) -> None:
    named = tmp_path / "caf\udce9.eml"
    named.write_bytes(b"From: ana@alder.example\r\nSubject: x\r\n\r\nHello\r\n")
    assert intake("parse", named).status == 0


def test_wrong_usage_points_at_the_help_of_that_command() -> None:
    ended = intake("tickets", "--limit", "many")
    assert ended.err.endswith("as an integer. See `intake tickets --help`.\n")
    assert intake("tickets", "--status", "opne").err.endswith('did you mean "open"? See `intake tickets --help`.\n')


def test_a_terminal_of_few_letters_is_shown_the_others_by_number(tmp_path: Path) -> None:
    house(tmp_path)
    mail = tmp_path / "mail.eml"
    mail.write_bytes(mail.read_bytes().replace(b"very slow", "très lent".encode()))
    script = Path(sys.executable).with_name("intake")
    environ = {**os.environ, "PYTHONIOENCODING": "ascii"}
    ended = subprocess.run([script, "parse", mail], capture_output=True, env=environ, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert rb"tr\xe8s lent" in ended.stdout


def test_a_full_disk_under_the_output_is_no_fault_of_ours(tmp_path: Path) -> None:
    house(tmp_path)
    script = Path(sys.executable).with_name("intake")
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [script, "parse", tmp_path / "mail.eml"], stdout=full, stderr=subprocess.PIPE, timeout=60
        )
    assert ended.returncode == 1
    assert ended.stderr.startswith(b"intake: the disk is full; free some space\n")


def test_a_fault_of_our_own_is_one_line_and_a_traceback_only_with_debug(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> object:
        raise ZeroDivisionError("one\ntwo")

    monkeypatch.setattr("intake.cli.parse.read_all", broken)
    ended = intake("parse", "x")
    assert (ended.status, ended.err.count("\n")) == (1, 1)
    assert "ZeroDivisionError: one\\ntwo" in ended.err
    assert "--debug" in ended.err
    with pytest.raises(ZeroDivisionError):
        intake("parse", "x", "--debug")


@pytest.mark.parametrize(
    ("error", "status", "lines"), [(TryLater("the disk is full: free some"), 1, 1), (KeyboardInterrupt(), 130, 0)]
)
def test_expected_trouble_is_at_most_one_line(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int, lines: int
) -> None:
    def refuses(*_: object) -> object:
        raise error

    monkeypatch.setattr("intake.cli.parse.read_all", refuses)
    ended = intake("parse", "x")
    assert (ended.status, ended.err.count("\n")) == (status, lines)


def test_a_faulty_configuration_is_status_2_with_a_line_a_fault(tmp_path: Path) -> None:
    config = house(tmp_path)
    config.write_text(config.read_text().replace("ticket_prefix", "ticket_prefx").replace('"irex"', "7"))
    ended = intake("tickets", "--config", config)
    assert ended.status == 2
    assert ended.err.count("\n") == 3
    assert all(line.startswith(f"intake: {config}:") for line in ended.err.splitlines())


def test_the_installed_script_works_and_survives_a_reader_that_leaves(tmp_path: Path) -> None:
    house(tmp_path)
    script = Path(sys.executable).with_name("intake")
    names = [str(tmp_path / "mail.eml")] * 400
    with subprocess.Popen(
        [script, "parse", "--json", *names], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.read(10)
        running.stdout.close()
        assert running.wait(60) == 1
        assert running.stderr.read() == b""


def test_in_the_journal_trouble_is_an_error(tmp_path: Path) -> None:
    with (tmp_path / "journal").open("w+") as journal:
        there = os.fstat(journal.fileno())
        environ = {**os.environ, "JOURNAL_STREAM": f"{there.st_dev}:{there.st_ino}"}
        script = Path(sys.executable).with_name("intake")
        subprocess.run([script, "parse", "/no/such/file"], stderr=journal, env=environ, timeout=60)
        journal.seek(0)
        assert [line[:11] for line in journal.read().splitlines()] == ["<3>intake: "] * 2


def test_help_starts_quickly() -> None:
    """Nothing heavy is imported before a command asks for it."""
    code = "import sys, intake.cli; print(*[name for name in sys.argv[1:] if name in sys.modules])"
    heavy = ["pydantic", "sqlalchemy", "rich.table", "structlog", "mailparser", "jinja2", "imapclient", "asyncio"]
    run = subprocess.run(
        [sys.executable, "-c", code, *heavy], capture_output=True, text=True, env=dict(os.environ), timeout=60
    )
    assert run.stdout.split() == []
