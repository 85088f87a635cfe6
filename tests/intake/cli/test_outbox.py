"""`intake outbox` and `intake quarantine`."""

from pathlib import Path

import pytest

from storage import outbox
from storage.database import Database
from storage.outbox import Delivery, LetterState
from tests.intake.cli.shell import ARRIVED, MAIL, Ended, intake, opened
from tests.stores import url_at


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """EX-1 with its letters, of which the first was refused; and a mail in quarantine."""
    path = opened(tmp_path, MAIL, b"\r\n\r\n")
    database = Database(url_at(tmp_path / "intake.db"))
    with database.transaction() as tx:
        outbox.settle(tx, [Delivery(1, LetterState.REFUSED, "550 no such\x1b[2J user")], ARRIVED)
    database.close()
    return path


def on(config: Path, *arguments: str) -> Ended:
    return intake(*arguments, "--config", config)


def test_letters_that_are_not_sent_are_listed(config: Path) -> None:
    told = on(config, "outbox", "list", "--json").objects
    assert {one["state"] for one in told} == {"refused", "waiting"}
    shown = on(config, "outbox", "list").out
    assert "550 no such" in shown
    assert "\x1b" not in shown


def test_outbox_alone_is_the_list(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_CONFIG", str(config))
    assert intake("outbox").out == on(config, "outbox", "list").out
    assert intake("quarantine").out == on(config, "quarantine", "list").out


@pytest.mark.parametrize("at", [0, 1, 2])
def test_the_configuration_may_be_named_anywhere(config: Path, at: int) -> None:
    words: list[object] = ["outbox", "list"]
    words[at:at] = ["--config", config]
    assert intake(*words).out == on(config, "outbox", "list").out


def test_a_group_alone_prints_json_too(config: Path) -> None:
    assert intake("outbox", "--json", "--config", config).objects == on(config, "outbox", "list", "--json").objects


def test_a_letter_is_shown_as_it_was_written(config: Path) -> None:
    assert "| Subject: " in on(config, "outbox", "show", "1").out
    assert "Subject: " in on(config, "outbox", "show", "1", "--json").objects[0]["raw"]
    assert on(config, "outbox", "show", "99").status == 1


def test_a_refused_letter_is_sent_again_and_no_other(config: Path) -> None:
    assert on(config, "outbox", "resend", "1").status == 0
    assert {one["state"] for one in on(config, "outbox", "list", "--json").objects} == {"waiting"}
    again = on(config, "outbox", "resend", "1")
    assert (again.status, again.err.count("\n")) == (1, 1)


def test_quarantine_shows_the_mail_and_why(config: Path) -> None:
    (line,) = on(config, "quarantine", "list", "--json").objects
    assert (line["reason"], line["size"]) == ("the mail is empty", 4)
    number = str(line["mail_id"])
    assert "the mail is empty" in on(config, "quarantine", "list").out
    assert "the mail is empty" in on(config, "quarantine", "show", number).out
    assert on(config, "quarantine", "show", number, "--json").objects[0]["raw"] == "\r\n\r\n"
    assert on(config, "quarantine", "show", "99").status == 1


def test_quarantine_gives_the_bytes_as_they_came(config: Path) -> None:
    assert on(config, "quarantine", "show", "2", "--raw").raw == b"\r\n\r\n"


def test_a_mail_that_still_cannot_be_read_stays(config: Path) -> None:
    ended = on(config, "quarantine", "retry", "2")
    assert (ended.status, "still cannot be read: the mail is empty" in ended.err) == (1, True)
    assert on(config, "quarantine", "retry", "1").status == 1
    assert len(on(config, "quarantine", "list", "--json").objects) == 1
