"""`intake db upgrade`, `status`, `pause`, `resume`, and how `run` is started."""

import os
import stat
from pathlib import Path

import pytest

from intake.settings import Settings
from intake.store import opened as opened_store
from storage import checkpoints
from storage.database import Database
from tests.intake.cli.shell import BESIDE, CONFIG, MAIL, house, intake, opened
from tests.stores import only_sqlite, url_at


def test_upgrade_makes_a_database_and_leaves_one_that_is_current(tmp_path: Path) -> None:
    config = house(tmp_path)
    assert "made" in intake("db", "upgrade", "--config", config).out
    assert "already" in intake("db", "upgrade", "--config", config).out


@only_sqlite
def test_upgrade_makes_a_file_that_is_nobody_elses_to_read(tmp_path: Path) -> None:
    intake("db", "upgrade", "--config", house(tmp_path))
    assert stat.S_IMODE((tmp_path / "intake.db").stat().st_mode) == 0o600


def test_every_answer_has_its_json(tmp_path: Path) -> None:
    (made,) = intake("db", "upgrade", "--json", "--config", house(tmp_path)).objects
    with opened_store(url_at(tmp_path / "intake.db")) as store:
        assert made == {"database": store.place, "done": "made"}
    (paused,) = intake("pause", "--json", "--config", tmp_path / "intake.toml").objects
    assert (paused["mailbox"], paused["paused_at"] is None) == ("support", False)
    (resumed,) = intake("resume", "--json", "--config", tmp_path / "intake.toml").objects
    assert resumed == {"mailbox": "support", "paused_at": None}


def test_a_database_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    config = house(tmp_path, CONFIG.replace(BESIDE, "sqlite:////no/such/directory/x.db"))
    ended = intake("db", "upgrade", "--config", config)
    assert (ended.status, ended.err.count("\n")) == (1, 1)
    assert "directory" in ended.err


@pytest.mark.parametrize("command", ["tickets", "status", "pause", "db upgrade", "run --once", "backup copy.db"])
def test_a_server_that_is_away_is_one_line_that_holds_no_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr("intake.log.configure", lambda _: None)
    away = "postgresql+psycopg://intake:the-secret-word@127.0.0.1:1/intake"
    ended = intake(*command.split(), "--config", house(tmp_path, CONFIG.replace(BESIDE, away)))
    assert (ended.status, ended.err.count("\n")) == (1, 1)
    assert "no PostgreSQL answers at 127.0.0.1:1/intake: start it or check [storage] url" in ended.err
    assert "secret" not in ended.err + ended.out


@pytest.mark.parametrize("command", [["tickets"], ["held"], ["status"], ["outbox"], ["outbox", "list"], ["pause"]])
def test_without_a_database_the_way_to_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("INTAKE_CONFIG", str(house(tmp_path)))
    ended = intake(*command)
    assert (ended.status, ended.err.count("\n")) == (1, 1)
    assert "intake db upgrade" in ended.err
    assert not (tmp_path / "intake.db").exists()


def test_status_says_what_is_wrong_and_ends_with_1(tmp_path: Path) -> None:
    config = opened(tmp_path, MAIL)
    ended = intake("status", "--config", config)
    assert ended.status == 1
    assert "PROBLEM" in ended.out
    assert "never run" in ended.out
    (told,) = intake("status", "--json", "--config", config).objects
    assert told["well"] is False
    (mailbox,) = told["mailboxes"]
    assert (mailbox["name"], mailbox["mails"], mailbox["last_mail_at"]) == ("support", 0, "2026-03-11T09:00:00+00:00")
    assert told["clocks_running"] == 1
    assert told["letters"] == {"waiting": 2}  # written long ago, and waits
    assert "letters:     2 waiting; of the last 24 hours no others" in ended.out


def test_pause_stops_letters_and_resume_lets_them_go(tmp_path: Path) -> None:
    config = opened(tmp_path)
    database = Database(url_at(tmp_path / "intake.db"))
    intake("pause", "--config", config)
    with database.snapshot() as tx:
        assert list(checkpoints.paused(tx)) == ["support"]
    assert "paused" in intake("status", "--config", config).out
    intake("resume", "--mailbox", "support", "--config", config)
    with database.snapshot() as tx:
        assert checkpoints.paused(tx) == {}
    database.close()


def test_a_mailbox_that_does_not_exist_cannot_be_paused(tmp_path: Path) -> None:
    ended = intake("pause", "--mailbox", "suport", "--config", opened(tmp_path))
    assert (ended.status, 'did you mean "support"' in ended.err) == (2, True)


def test_run_hands_the_daemon_what_the_command_line_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []

    def run(settings: Settings, **options: object) -> int:
        (tmp_path / "made by the daemon").touch()
        asked.append({"password": settings.mailbox[0].imap.password.get_secret_value(), **options})
        return 1

    monkeypatch.setattr("intake.start.run", run)
    monkeypatch.setattr("intake.log.configure", lambda _: None)
    before = os.umask(0o022)
    ended = intake("run", "--once", "--from-now", "--config", house(tmp_path))
    assert os.umask(before) == 0o022
    assert stat.S_IMODE((tmp_path / "made by the daemon").stat().st_mode) == 0o600
    assert ended.status == 1
    (told,) = asked
    assert (told["password"], told["once"], told["from_now"], told["take_backlog"]) == ("secret", True, True, False)


def test_run_wants_one_word_about_old_mail_and_not_two(tmp_path: Path) -> None:
    ended = intake("run", "--from-now", "--take-backlog", "--config", house(tmp_path))
    assert (ended.status, ended.err.count("\n")) == (2, 1)


def test_run_needs_the_passwords(tmp_path: Path) -> None:
    config = house(tmp_path)
    (tmp_path / "password").unlink()
    ended = intake("run", "--config", config)
    assert (ended.status, "password_file" in ended.err) == (2, True)
