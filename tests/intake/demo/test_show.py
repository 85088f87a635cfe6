"""What the demo prints of a mail."""

from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest

from intake.demo.show import WORDS, Show, promise, why
from rules.facts import Decision, End, Evidence, Gate, GateResult, MailKind, Outcome, Verdict
from storage.arrivals import Arrived

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
ZONES = {"support": ZoneInfo("Europe/Brussels")}
DECISION = Decision(
    kind=MailKind.REQUEST,
    outcome=Outcome.ACCEPTED,
    sender="ana@alder.example",
    contact="Ana Ruiz",
    organization="Alder Security",
    contract="C-1",
    plan="premier",
    language="en",
    language_confidence=0.99,
    topic=None,
    gates=(GateResult(Gate.CONTACT, Verdict.PASS, "ana@alder.example is on C-1"),),
    failed=(),
    flags=(),
    template="acknowledgement",
    letter_language="en",
    queue="senior",
    forward_to=None,
    severity=1,
    severity_why=(Evidence("completely down", "body", 1), Evidence("completely down", "subject", 1)),
    first_response_due=datetime(2026, 3, 14, 13, 0, tzinfo=UTC),
    resolution_due=None,
    reminders=(),
    policy="irex",
    policy_version="sha256:0",
)
ACCEPTED = Arrived(
    1,
    "support",
    "ab",
    "ana@alder.example",
    "Server down",
    NOON,
    End.TICKET,
    "Production stands still.",
    DECISION,
    "FH-1",
    1,
)
DECLINED = replace(
    ACCEPTED,
    end=End.DECLINED,
    severity=None,
    decision=replace(
        DECISION,
        outcome=Outcome.DECLINED,
        failed=(Gate.SUBSCRIPTION, Gate.LANGUAGE),
        gates=(
            GateResult(Gate.SUBSCRIPTION, Verdict.FAIL, "C-1 ended."),
            GateResult(Gate.LANGUAGE, Verdict.FAIL, "It is French."),
        ),
        severity=None,
        severity_why=(),
        first_response_due=None,
    ),
)


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Show:
    monkeypatch.setenv("COLUMNS", "80")
    return Show(ZONES)


def test_the_promise_is_told_in_the_zone_of_the_policy() -> None:
    assert promise(ACCEPTED, ZONES) == "first answer by Sat 14 March 2026, 14:00 CET"


def test_an_accepted_mail_without_a_due_time_says_so_and_others_say_nothing() -> None:
    bare = replace(ACCEPTED, decision=replace(DECISION, first_response_due=None))
    assert promise(bare, ZONES) == "no time promised"
    assert promise(DECLINED, ZONES) == ""


def test_the_reason_is_the_words_that_decided_or_every_failing_gate_or_the_ledgers() -> None:
    assert why(ACCEPTED) == "Production stands still. “completely down”"
    assert why(DECLINED) == "C-1 ended. It is French."
    assert why(replace(ACCEPTED, end=End.QUARANTINED, decision=None, reason="too deep")) == "too deep"


def test_of_many_words_that_decided_the_three_longest_are_told() -> None:
    phrases = ("down", "server down", "nobody", "no way round it", "crashes again and again")
    many = replace(DECISION, severity_why=tuple(Evidence(phrase, "body", 1) for phrase in phrases))
    told = why(replace(ACCEPTED, decision=many))
    assert told == "Production stands still. “server down” “no way round it” “crashes again and again”"


def test_a_row_names_time_outcome_ticket_severity_sender_and_subject(
    show: Show, capsys: pytest.CaptureFixture[str]
) -> None:
    show.heading()
    show.row(ACCEPTED)
    head, line, promised, reason = capsys.readouterr().out.splitlines()
    assert line.split() == [
        NOON.astimezone().strftime("%H:%M:%S"),
        "accepted",
        "FH-1",
        "S1",
        "ana@alder.example",
        "Server",
        "down",
    ]
    assert promised.strip() == "first answer by Sat 14 March 2026, 14:00 CET"
    assert reason.strip() == "Production stands still. “completely down”"
    assert [head.index(name) for name in ("OUTCOME", "TICKET", "SEV", "FROM", "SUBJECT")] == [
        line.index(value) for value in ("accepted", "FH-1", "S1", "ana@", "Server")
    ]


@pytest.mark.parametrize("end", End)
def test_every_end_fits_into_eighty_columns(show: Show, capsys: pytest.CaptureFixture[str], end: End) -> None:
    long = replace(ACCEPTED, end=end, sender="someone.with.a.long.name@far-away.example", subject="word " * 60)
    show.row(replace(long, decision=None, reason="because " * 40))
    lines = capsys.readouterr().out.splitlines()
    assert WORDS[end][0] in lines[0]
    assert max(map(len, lines)) <= 80
    assert lines[-1].endswith("because …")


def test_a_hostile_subject_and_sender_cannot_reach_the_terminal(show: Show, capsys: pytest.CaptureFixture[str]) -> None:
    show.row(
        replace(ACCEPTED, subject="\x1b[2J\x9b1m[red]x[/red]\nfake row", sender="\x07a@x.example", reason="\x1b]0;")
    )
    out = capsys.readouterr().out
    assert not {"\x1b", "\x9b", "\x07"} & set(out)
    assert "[red]x[/" in out


def test_a_mail_that_could_not_be_read_has_the_samples_own_names(
    show: Show, capsys: pytest.CaptureFixture[str]
) -> None:
    show.row(replace(ACCEPTED, end=End.QUARANTINED, sender="", subject="", decision=None), "copier@x.example", "scan")
    assert "copier@x.example" in capsys.readouterr().out


def test_a_letter_is_shown_whole_and_harmless(show: Show, capsys: pytest.CaptureFixture[str]) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "s@x.example", "a@y.example", "[FH-1] Help"
    letter.set_content("First line\n\n[bold]not markup[/bold] \x1b[31m\n")
    show.letter("What a@y.example got", letter)
    out = capsys.readouterr().out
    assert all(words in out for words in ("What a@y.example got", "Subject: [FH-1] Help", "[bold]not markup[/bold]"))
    assert "\x1b" not in out


def test_a_command_is_never_broken_into_two_lines(show: Show, capsys: pytest.CaptureFixture[str]) -> None:
    command = f"intake tickets --config /tmp/{'long/' * 20}intake.toml"
    show.say(command)
    assert capsys.readouterr().out == f"{command}\n"
