"""`intake tickets`, `ticket`, `held`, `accept` and `decline`, on a store as the daemon leaves it."""

import mailbox
from contextlib import closing
from pathlib import Path

import pytest

from tests.intake.cli.shell import HELD, MAIL, STRANGER, Ended, intake, opened


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """EX-1 accepted, EX-2 held, EX-3 declined."""
    return opened(tmp_path, MAIL, HELD, STRANGER)


def on(config: Path, *arguments: str) -> Ended:
    return intake(*arguments, "--config", config)


def test_tickets_are_listed_newest_first(config: Path) -> None:
    told = on(config, "tickets", "--json").objects
    assert [(one["reference"], one["status"]) for one in told] == [
        ("EX-3", "declined"),
        ("EX-2", "held"),
        ("EX-1", "open"),
    ]
    assert (told[2]["contact"], told[2]["organization"]) == ("ana@alder.example", "Alder Security")


@pytest.mark.parametrize(
    ("options", "references"),
    [
        (["--status", "held"], ["EX-2"]),
        (["--status", "held", "--status", "open"], ["EX-2", "EX-1"]),
        (["--outcome", "declined"], ["EX-3"]),
        (["--from", "Eve <EVE@elsewhere.example>"], ["EX-3"]),
        (["--contract", "IR-STD"], ["EX-2", "EX-1"]),
        (["--limit", "1"], ["EX-3"]),
        (["--mailbox", "support", "--limit", "1"], ["EX-3"]),
        (["--days", "1"], []),
    ],
)
def test_filters(config: Path, options: list[str], references: list[str]) -> None:
    assert [one["reference"] for one in on(config, "tickets", "--json", *options).objects] == references


def test_an_unknown_status_has_its_nearest(config: Path) -> None:
    ended = on(config, "tickets", "--status", "hold")
    assert (ended.status, 'did you mean "held"' in ended.err) == (2, True)


def test_people_see_a_table(config: Path) -> None:
    shown = on(config, "tickets").out
    assert "EX-1" in shown
    assert "Search is slow" in shown
    assert on(config, "tickets", "--days", "1").out == "none\n"


def test_held_lists_what_waits_for_a_person(config: Path) -> None:
    assert [one["reference"] for one in on(config, "held", "--json").objects] == ["EX-2"]
    assert "EX-2" in on(config, "held").out


def test_a_ticket_is_shown_with_everything_that_happened_to_it(config: Path) -> None:
    (told,) = on(config, "ticket", "ex-1", "--json").objects
    assert (told["reference"], told["decision"]["outcome"], told["clocks"][0]["kind"]) == (
        "EX-1",
        "accepted",
        "first_response",
    )
    assert [one["sender"] for one in told["mails"]] == ["ana@alder.example"]
    assert {one["kind"] for one in told["letters"]} == {"acknowledgement", "notice"}
    assert told["events"][0]["kind"] == "decided"
    shown = on(config, "ticket", "EX-1").out
    assert "acknowledgement" in shown
    assert "first_response" in shown
    assert (told["assigned"], told["held_until"], told["merged_into"], told["answers"]) == (None, None, None, [])
    wrote = shown.index("ana@alder.example wrote: Search is slow")
    assert wrote < shown.index("    The search on our production server") < shown.index("decided (outcome: accepted")


def test_a_ticket_that_is_not_there_is_one_line(config: Path) -> None:
    ended = on(config, "ticket", "EX-99")
    assert (ended.status, ended.err.count("\n")) == (1, 1)


def test_the_correspondence_is_an_mbox_that_python_can_read(config: Path, tmp_path: Path) -> None:
    (tmp_path / "x.mbox").write_bytes(on(config, "ticket", "EX-1", "--mbox").raw)
    with closing(mailbox.mbox(tmp_path / "x.mbox")) as kept:
        subjects = [str(mail["Subject"]) for mail in kept]
    assert subjects[0] == "Search is slow"
    assert len(subjects) == 3
    assert all("[EX-1]" in subject for subject in subjects[1:])


def test_accepting_what_is_held_sends_its_acknowledgement_and_starts_its_clock(config: Path) -> None:
    ended = on(config, "accept", "EX-2", "--note", "spoke to her", "--json")
    assert (ended.status, ended.err) == (0, "")
    (told,) = ended.objects
    assert (told["outcome"], told["template"]) == ("accepted", "acknowledgement")
    (ticket,) = on(config, "ticket", "EX-2", "--json").objects
    assert (ticket["status"], ticket["decision"]["queue"]) == ("open", "support")
    assert [clock["kind"] for clock in ticket["clocks"]] == ["first_response"]
    assert "acknowledgement" in [letter["kind"] for letter in ticket["letters"]]
    assert ticket["mails"][0]["end"] == "ticket"
    (accepted,) = [event for event in ticket["events"] if event["kind"] == "accepted"]
    assert accepted["detail"] == {"note": "spoke to her"}
    assert on(config, "held").out == "none\n"


def test_declining_what_is_held_sends_the_letter_of_its_gate(config: Path) -> None:
    ended = on(config, "decline", "EX-2", "--reason", "it is German after all")
    assert (ended.status, "declined_language" in ended.out) == (0, True)
    (ticket,) = on(config, "ticket", "EX-2", "--json").objects
    assert (ticket["status"], ticket["mails"][0]["end"], ticket["clocks"]) == ("declined", "declined", [])
    assert ticket["letters"][-1]["template"] == "declined_language"


def test_what_cannot_be_answered_is_said_and_changes_nothing(config: Path) -> None:
    for arguments in (["accept", "EX-1"], ["decline", "EX-3", "--reason", "x"], ["accept", "EX-9"]):
        ended = on(config, *arguments)
        assert (ended.status, ended.err.count("\n")) == (1, 1)
    assert on(config, "accept", "EX-2", "--severity", "9").status == 1
    assert on(config, "decline", "EX-2", "--reason", "x", "--gate", "languag").status == 2
    assert [one["reference"] for one in on(config, "held", "--json").objects] == ["EX-2"]
