"""`intake severity`, `wait`, `close`, `reopen`, `assign`, `spend`, `take-back`, on a store as the daemon leaves it."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from intake.cli.output import local
from intake.cli.verdicts import account
from intake.conduct import as_logged
from intake.conduct_values import Moved
from intake.config import load
from storage import tickets
from storage.database import Database
from storage.tickets import Event
from tests.intake.cli.shell import CONTRACTS, HELD, MAIL, Ended, intake, opened


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """EX-1 accepted with severity 2, EX-2 held; the contract has three prepaid hours."""
    return opened(tmp_path, MAIL, HELD)


def on(config: Path, *arguments: str) -> Ended:
    return intake(*arguments, "--config", config)


def prepaid(config: Path) -> None:
    files = (config.parent / "contracts.csv", config.parent / "contacts.csv")
    head, row = CONTRACTS.splitlines()
    files[0].write_text(f"{head},expert_hours\n{row},3\n", encoding="utf-8")
    assert intake("directory", "import", *files, "--config", config).status == 0


def test_each_word_says_in_one_line_what_it_did(config: Path) -> None:
    said = [
        on(config, *words).out
        for words in (["severity", "EX-1", "4"], ["wait", "ex-1"], ["reopen", "EX-1"], ["close", "EX-1"])
    ]
    assert all(line.count("\n") == 1 for line in said)
    assert [line.partition(";")[0].strip() for line in said] == [
        "EX-1 is open with severity 4",
        "EX-1 is waiting with severity 4",
        "EX-1 is open with severity 4",
        "EX-1 is closed",
    ]
    (ticket,) = on(config, "ticket", "EX-1", "--json").objects
    told = [event for event in ticket["events"] if event["actor"] == account()]
    assert [event["kind"] for event in told] == ["severity", "waiting", "reopened", "closed"]
    assert (ticket["status"], len(ticket["pauses"]), ticket["left"]) == ("closed", 2, None)


def test_who_is_no_ticket_of_ours_is_not_answered_by_a_word_and_what_helps_is_named(config: Path) -> None:
    refused = on(config, "wait", "EX-2", "--answered")
    assert (refused.status, "`intake accept EX-2`" in refused.err) == (1, True)
    assert on(config, "close", "EX-1").status == 0
    for words in (["wait", "EX-1"], ["wait", "EX-1", "--answered"]):
        refused = on(config, *words)
        assert (refused.status, "`intake reopen EX-1`" in refused.err) == (1, True)
    for reference in ("EX-1", "EX-2"):
        (ticket,) = on(config, "ticket", reference, "--json").objects
        assert "answered" not in [event["kind"] for event in ticket["events"]]


def test_the_log_tells_times_as_a_person_reads_them(config: Path) -> None:
    database = Database(load(config, secrets=False).storage.url)
    due = datetime(2026, 3, 11, 9, 0, tzinfo=UTC)
    moved = Moved("first_response", due, due + timedelta(microseconds=1, hours=1))
    with closing(database), database.transaction() as tx:
        found = tickets.by_reference(tx, "EX-1")
        assert found is not None
        tickets.log(tx, Event(due, "severity", "sam", dict(as_logged((moved,))), found.ticket_id))
    shown = on(config, "ticket", "EX-1").out
    assert f"first_response: {local(moved.before)} -> {local(moved.after)}" in shown


def test_a_script_is_told_what_moved(config: Path) -> None:
    (told,) = on(config, "severity", "EX-1", "1", "--json").objects
    assert (told["ticket"], told["status"], told["severity"], told["booked"]) == ("EX-1", "open", 1, None)


def test_hours_are_booked_and_shown_with_what_is_left(config: Path) -> None:
    prepaid(config)
    ended = on(config, "spend", "EX-1", "90m", "--note", "audit")
    assert (ended.status, ended.err) == (0, "")
    assert "1.5 expert hours booked, 1.5 left" in ended.out
    assert "ana@alder.example, ben@alder.example will be told" in ended.out
    assert "1.5 left" in on(config, "spend", "EX-1", "2").err
    (told,) = on(config, "spend", "EX-1", "0,5 h", "--json").objects
    assert told["booked"] == {"what": "expert_hours", "amount": "0.5", "left": "1.0"}
    (ticket,) = on(config, "ticket", "EX-1", "--json").objects
    assert [(one["amount"], one["note"]) for one in ticket["bookings"]] == [("1.5", "audit"), ("0.5", "")]
    assert ticket["left"] == {"what": "expert_hours", "left": "1.0", "of": "3"}
    shown = on(config, "ticket", "EX-1").out
    assert "left:     1.0 of 3 expert hours" in shown
    assert "audit" in shown


def test_a_clock_that_stands_still_says_since_when(config: Path) -> None:
    on(config, "wait", "EX-1")
    (ticket,) = on(config, "ticket", "EX-1", "--json").objects
    assert ticket["clocks"][0]["paused_at"] == ticket["pauses"][0]["began_at"]
    assert ticket["pauses"][0]["ended_at"] is None
    assert "paused since" in on(config, "ticket", "EX-1").out


def test_an_answer_from_a_persons_own_client_is_told_with_one_word(config: Path) -> None:
    assert on(config, "wait", "EX-1", "--answered").out == "EX-1 is waiting with severity 2\n"
    (ticket,) = on(config, "ticket", "EX-1", "--json").objects
    assert ticket["clocks"][0]["stopped_at"] is not None


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["severity", "EX-1", "9"], 1),
        (["severity", "EX-1", "high"], 2),
        (["severity", "EX-2", "1"], 1),
        (["close", "EX-2"], 1),
        (["wait", "EX-9"], 1),
        (["reopen", "EX-1"], 1),
        (["take-back", "EX-1"], 1),
        (["spend", "EX-1", "soon"], 2),
        (["spend", "EX-1", "1h"], 1),
    ],
)
def test_what_cannot_be_done_is_one_line_and_changes_nothing(config: Path, words: list[str], status: int) -> None:
    before = on(config, "ticket", "EX-1", "--json").out
    ended = on(config, *words)
    assert (ended.status, ended.out, ended.err.count("\n")) == (status, "", 1)
    assert on(config, "ticket", "EX-1", "--json").out == before


def test_a_mailbox_that_is_configured_no_more_is_named(config: Path) -> None:
    config.write_text(
        config.read_text(encoding="utf-8").replace('name = "support"', 'name = "sales"'), encoding="utf-8"
    )
    assert "mailbox support" in on(config, "wait", "EX-1").err
    assert on(config, "ticket", "EX-1").status == 0


def test_a_ticket_is_given_to_somebody_on_staff_as_by_mail(config: Path) -> None:
    given = on(config, "assign", "EX-1", "sam")
    assert (given.status, given.out.strip()) == (0, "EX-1 is Sam Field's now")
    (told,) = on(config, "assign", "ex-1", "Sam Field", "--json").objects
    assert told == {"ticket": "EX-1", "status": "open", "assigned": "sam@example.com"}
    (ticket,) = on(config, "ticket", "EX-1", "--json").objects
    assert ticket["assigned"] == "sam@example.com"
    (event,) = [event for event in ticket["events"] if event["kind"] == "assigned"]
    assert (event["actor"], event["detail"]) == (account(), {"to": "sam@example.com", "from": None})
    assert [one["subject"] for one in ticket["letters"] if "Yours now" in one["subject"]]


def test_a_ticket_is_not_given_to_nobody_or_when_it_is_over(config: Path) -> None:
    refused = on(config, "assign", "EX-1", "bob")
    assert (refused.status, "Sam Field (sam@example.com)" in refused.err) == (1, True)
    assert on(config, "close", "EX-1").status == 0
    refused = on(config, "assign", "EX-1", "sam")
    assert (refused.status, "`intake reopen EX-1`" in refused.err) == (1, True)
