"""What was answered stands in files that Intake reads as they were meant."""

import tomllib
from datetime import date
from pathlib import Path

from intake.config import load
from intake.config_sample import sample
from intake.directory_files import DirectoryFile, DirectoryRules, read
from intake.first_answers import Answers, configuration, database_for, texts, trial
from intake.first_files import write
from intake.server_search import Server


def answers() -> Answers:
    return Answers(
        "help@example.org",
        imap=Server("imap.example.org", 993, "tls", "help"),
        smtp=Server("127.0.0.1", 25, "none", ""),
        imap_password="pass \\ word",
        display_name='The "Best" Support',
        staff_name="Kim Senn",
        staff_email="kim@example.org",
        queues=("support", "senior"),
        database="sqlite:///intake.db",
    )


def test_the_configuration_says_what_was_answered(tmp_path: Path) -> None:
    write(tmp_path, texts(answers()))
    settings = load(tmp_path / "intake.toml", environ={})
    (box,) = settings.mailbox
    assert (box.address, box.display_name, box.mode) == ("help@example.org", 'The "Best" Support', "observe")
    assert (box.imap.host, box.imap.username) == ("imap.example.org", "help")
    assert box.imap.password.get_secret_value() == "pass \\ word"
    assert (box.smtp.port, box.smtp.security, box.smtp.username) == (25, "none", "")
    (kim,) = settings.staff
    assert (kim.email, kim.queues, kim.hours) == ("kim@example.org", ("support", "senior"), ())
    assert settings.queues == {}
    assert not (tmp_path / "credentials/smtp-password").exists()


def test_nobody_of_the_sample_is_left_in_it(tmp_path: Path) -> None:
    given = answers()
    given.staff_name = given.staff_email = ""
    said = tomllib.loads(configuration(given))
    assert "staff" not in said
    assert "# [[staff]]" in configuration(given)
    assert configuration(given).count("=") == sample().count("=")


def test_microsoft_and_google_are_signed_in_to_by_token(tmp_path: Path) -> None:
    given = answers()
    given.smtp = Server("smtp.office365.com", 587, "starttls", "help@example.org")
    given.oauth = {
        "provider": "microsoft",
        "tenant": "example.org",
        "client_id": "1",
        "client_secret_file": "client-secret",
    }
    given.oauth_secret = b"value\n"
    write(tmp_path, texts(given))
    assert not (tmp_path / "credentials/imap-password").exists()
    assert (tmp_path / "credentials/client-secret").stat().st_mode & 0o777 == 0o600
    settings = load(tmp_path / "intake.toml", environ={})
    assert settings.mailbox[0].imap.auth == settings.mailbox[0].smtp.auth == "xoauth2"
    assert settings.mailbox[0].oauth.tenant == "example.org"


def test_a_trial_is_a_directory_that_can_be_imported(tmp_path: Path) -> None:
    contracts, contacts = trial("ana@customer.example", "gold", "gold", date(2026, 3, 11))
    (tmp_path / "contracts.csv").write_bytes(contracts)
    (tmp_path / "contacts.csv").write_bytes(contacts)
    rules = {"gold": DirectoryRules(frozenset({"gold"}))}
    found = read(tmp_path / "contracts.csv", tmp_path / "contacts.csv", rules)
    assert isinstance(found, DirectoryFile)
    assert [one.email for one in found.contacts] == ["ana@customer.example"]
    assert [(one.starts, one.ends) for one in found.contracts] == [(date(2026, 3, 11), date(2027, 3, 11))]


def test_the_service_keeps_its_state_where_it_may_write() -> None:
    assert database_for(Path("/etc/intake")) == "sqlite:////var/lib/intake/intake.db"
    assert database_for(Path("/home/kim/intake")) == "sqlite:///intake.db"
