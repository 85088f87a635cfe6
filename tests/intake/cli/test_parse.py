"""`intake parse`."""

import io
from pathlib import Path

import pytest

from tests.intake.cli.shell import MAIL, house, intake

KEYS = ["message", "message_id", "from", "from_name", "to", "cc", "subject", "date", "text", "new_text", "attachments",
        "in_reply_to", "is_auto", "is_bounce", "failed_recipients", "is_bulk", "defects"]  # fmt: skip


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    house(tmp_path)
    return tmp_path / "mail.eml"


def test_json_has_the_promised_keys(mail: Path) -> None:
    ended = intake("parse", "--json", mail)
    (told,) = ended.objects
    assert list(told)[: len(KEYS)] == KEYS
    assert (told["message"], told["from"], told["from_name"]) == (str(mail), "ana@alder.example", "Ana Ruiz")
    assert (told["subject"], told["to"], told["is_auto"]) == ("Search is slow", ["support@example.com"], False)
    assert (ended.status, ended.err) == (0, "")


def test_a_mail_that_cannot_be_read_is_told_with_the_same_keys(tmp_path: Path) -> None:
    (tmp_path / "empty.eml").write_bytes(b"\n")
    ended = intake("parse", "--json", tmp_path / "empty.eml")
    (told,) = ended.objects
    assert set(KEYS) <= set(told)
    assert (told["kind"], told["defects"]) == ("unreadable", ["the mail is empty"])


def test_people_see_who_wrote_what(mail: Path) -> None:
    shown = intake("parse", mail).out
    assert "ana@alder.example" in shown
    assert "| The search on our production server" in shown


def test_a_mail_cannot_move_the_terminal(mail: Path) -> None:
    mail.write_bytes(MAIL.replace(b"very slow", b"very \x1b[2J slow").replace(b"Ana Ruiz", b"Ana \x1b]0;x\x07"))
    for arguments in ([], ["--json"]):
        assert "\x1b" not in intake("parse", mail, *arguments).out


def test_a_file_that_cannot_be_opened_does_not_hide_the_others(mail: Path) -> None:
    ended = intake("parse", "--json", mail.with_name("none.eml"), mail)
    assert ended.status == 2
    assert len(ended.objects) == 1
    assert "none.eml cannot be read" in ended.err


def test_standard_input_is_a_mail_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(MAIL)))
    assert intake("parse", "--json", "-").objects[0]["subject"] == "Search is slow"
