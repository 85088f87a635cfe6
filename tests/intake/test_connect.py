"""Every log-in is tried, and what fails is one line with its remedy."""

from pathlib import Path

import pytest

from intake.config import load
from intake.connect import Tried, connections
from storage import schema
from storage.database import Database
from tests.intake.cli.shell import house
from tests.servers.mailhost import Mailhost
from tests.stores import ENGINE, url_at


def tried(config: Path) -> dict[str, Tried]:
    return {one.part: one for one in connections(load(config, environ={}))}


def test_servers_that_are_not_there_are_told_one_by_one(tmp_path: Path) -> None:
    found = tried(house(tmp_path))
    assert list(found) == ["database", "imap support", "smtp support"]
    assert [one.well for one in found.values()] == [False, False, False]
    assert "db upgrade" in found["database"].told
    assert "127.0.0.1" in found["imap support"].told
    assert all("\n" not in one.told for one in found.values())
    assert not (tmp_path / "intake.db").exists()


def test_a_database_is_well_once_it_has_the_schema(tmp_path: Path) -> None:
    config = house(tmp_path)
    if ENGINE == "sqlite":
        (tmp_path / "intake.db").touch()
    assert not tried(config)["database"].well
    database = Database(url_at(tmp_path / "intake.db"))
    schema.upgrade(database)
    database.close()
    assert tried(config)["database"].well


REAL = """\
[storage]
url = "sqlite:///intake.db"
[[mailbox]]
name = "support"
address = "{address}"
policy = "irex"
ticket_prefix = "EX"
[mailbox.imap]
host = "127.0.0.1"
port = {imaps}
ca_file = "{ca}"
username = "{address}"
password_file = "password"
folder = "{folder}"
[mailbox.smtp]
host = "127.0.0.1"
port = {submission}
ca_file = "{ca}"
username = "{address}"
password_file = "password"
"""


@pytest.mark.mailhost
@pytest.mark.parametrize(
    ("slip", "part", "words"),
    [
        ({}, "", ""),
        ({"password": "wrong"}, "imap support", "password"),
        ({"folder": "Nowhere"}, "imap support", "Nowhere"),
        ({"ca": ""}, "smtp support", "certificate"),
    ],
)
def test_real_servers_answer_and_each_slip_has_its_remedy(
    tmp_path: Path, mailhost: Mailhost, slip: dict[str, str], part: str, words: str
) -> None:
    address = mailhost.someone("support")
    places = {"imaps": mailhost.imaps, "submission": mailhost.submission, "ca": mailhost.ca_file, "folder": "INBOX"}
    config = house(tmp_path, REAL.format(**{"address": address, **places, **slip}))
    (tmp_path / "password").write_text(slip.get("password", mailhost.password), encoding="utf-8")
    found = tried(config)
    if not slip:
        assert [one.part for one in found.values() if not one.well] == ["database"]
        assert "0 mail(s) in INBOX" in found["imap support"].told
    else:
        assert not found[part].well
        assert words in found[part].told
