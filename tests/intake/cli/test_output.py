"""What commands print, and where."""

import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from intake.cli import output
from rules.facts import Gate


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_table_shows_markup_and_control_characters_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(("a", "b"), [("[red]x[/red]", "y\x1b[2J\n")])
    shown = capsys.readouterr().out
    assert "[red]x[/red]" in shown
    assert "y\\x1b[2J\\n" in shown
    assert "\x1b" not in shown


def test_a_table_without_rows_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(("a",), [])
    assert capsys.readouterr().out == ""


def test_on_a_narrow_terminal_long_columns_stand_below_their_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nine columns share 80 signs, every word is cut to pieces."""
    screen = Terminal()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("COLUMNS", "40")
    rows = [("EX-1", "ana.ruiz@alder.example", "open", "[red]Search is slow since this morning"), ("EX-10", "", 1, "")]
    output.table(("ticket", "from", "status", "subject"), rows, below=("from", "subject"))
    assert screen.getvalue().splitlines() == [
        "ticket   status",
        "EX-1     open",
        "    ana.ruiz@alder.example, [red]Search",
        "    is slow since this morning",
        "EX-10    1",
    ]


def test_values_for_people() -> None:
    when = datetime(2026, 3, 11, 9, tzinfo=UTC)
    assert [output.cell(value) for value in (None, "", True, False, 0, Gate.QUOTA)] == [
        "–",
        "–",
        "yes",
        "no",
        "0",
        "quota",
    ]
    assert output.cell(when) == when.astimezone().strftime("%Y-%m-%d %H:%M %Z")


def test_values_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    when = datetime(2026, 3, 11, 9, tzinfo=UTC)
    output.json_line({"at": when, "gate": Gate.QUOTA, "n": Decimal("1.5"), "s": frozenset("ba"), "t": "\x1b\u202e"})
    expected = (
        '{"at": "2026-03-11T09:00:00+00:00", "gate": "quota", "n": "1.5", "s": ["a", "b"], "t": "\\u001b\\u202e"}'
    )
    assert capsys.readouterr().out == expected + "\n"


@pytest.mark.parametrize(
    ("stream", "things", "drawn"), [(Terminal, 50, True), (Terminal, 3, False), (io.StringIO, 50, False)]
)
def test_a_bar_is_drawn_for_a_person_and_long_work_alone(
    monkeypatch: pytest.MonkeyPatch, stream: type[io.StringIO], things: int, drawn: bool
) -> None:
    err = stream()
    monkeypatch.setattr("sys.stderr", err)
    monkeypatch.setenv("TERM", "xterm")
    with output.progress("reading", things) as step:
        for _ in range(things):
            step()
    assert ("reading" in err.getvalue()) is drawn


def test_what_is_printed_beside_the_bar_stays_on_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = io.StringIO(), Terminal()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", err)
    monkeypatch.setenv("TERM", "xterm")
    with output.progress("reading", 99):
        output.json_line({"mail": 1})
    assert out.getvalue() == '{"mail": 1}\n'
    assert "mail" not in err.getvalue()
