"""What an admin can get wrong under [mailbox.oauth]: key, problem and remedy, without asking anybody."""

from pathlib import Path

import pytest

from intake.config import Fault, Loaded, Settings, inspect, load
from intake.oauth import cache, checks
from tests.intake.test_config import MINIMAL, SECOND, faults_of
from tests.servers.token_server import TokenServer

LOGINS = """\
[storage]
url = "sqlite:///intake.db"
[[mailbox]]
name = "support"
address = "support@example.com"
policy = "irex"
ticket_prefix = "EX"
[mailbox.imap]
host = "outlook.office365.com"
username = "support@example.com"
auth = "xoauth2"
[mailbox.smtp]
host = "smtp.office365.com"
username = "support@example.com"
auth = "xoauth2"
"""
MICROSOFT = f"""{LOGINS}
[mailbox.oauth]
provider = "microsoft"
tenant = "example.onmicrosoft.com"
client_id = "11111111-2222-3333-4444-555555555555"
client_secret_file = "client-secret"
"""
GOOGLE = f"""{LOGINS}
[mailbox.oauth]
provider = "google"
key_file = "key.json"
"""


def written(home: Path, text: str) -> Path:
    (home / "client-secret").write_text("hush-secret\n")
    (home / "client-secret").chmod(0o600)
    (home / "intake.toml").write_text(text)
    return home / "intake.toml"


def looked_at(home: Path, text: str) -> Loaded:
    return inspect(written(home, text), environ={})


def test_the_smallest_table_of_microsoft_gives_both_logins_one_grant(tmp_path: Path) -> None:
    loaded = looked_at(tmp_path, MICROSOFT)
    mailbox = loaded.settings.mailbox[0]
    grant = mailbox.imap.grant
    assert grant is not None
    assert grant == mailbox.smtp.grant
    assert (grant.flow, grant.client_secret.get_secret_value()) == ("client_credentials", "hush-secret")
    assert grant.cache == tmp_path / "oauth-support.json"
    assert loaded.warnings == ()
    assert "hush" not in f"{loaded.settings!r} {grant!r} {loaded.settings.model_dump_json()}"


def test_a_google_account_acts_for_the_login(tmp_path: Path, tokens: TokenServer) -> None:
    tokens.write_key(tmp_path / "key.json")
    grant = looked_at(tmp_path, GOOGLE).settings.mailbox[0].imap.grant
    assert grant is not None
    assert (grant.flow, grant.user) == ("service_account", "support@example.com")
    named = looked_at(tmp_path, GOOGLE + 'user = "help@example.com"\n').settings.mailbox[0].imap.grant
    assert named is not None
    assert named.user == "help@example.com"


def test_a_command_that_logs_in_nowhere_reads_no_secret(tmp_path: Path) -> None:
    path = written(tmp_path, MICROSOFT)
    (tmp_path / "client-secret").unlink()
    assert load(path, secrets=False, environ={}).mailbox[0].imap.grant is None


def test_a_secret_in_the_environment_is_found(tmp_path: Path) -> None:
    text = MICROSOFT.replace('client_secret_file = "client-secret"', 'client_secret_env = "APP_SECRET"')
    settings = load(written(tmp_path, text), environ={"APP_SECRET": "hush"})
    grant = settings.mailbox[0].imap.grant
    assert grant is not None
    assert grant.client_secret.get_secret_value() == "hush"


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ('provider = "microsoft"', "", "imap.auth", "nothing that says how to get a token"),
        ('provider = "microsoft"', 'provider = "yahoo"', "oauth.provider", "'microsoft'"),
        ('provider = "microsoft"', 'provider = "microsoft"\nflow = "service_account"', "oauth.flow", "no such flow"),
        ('tenant = "example.onmicrosoft.com"', "", "oauth.tenant", "is missing for client_credentials"),
        ('"example.onmicrosoft.com"', '"common"', "oauth.tenant", "names no directory"),
        ('"example.onmicrosoft.com"', '"https://x/y"', "oauth.tenant", "neither an ID nor a domain"),
        ('client_id = "11111111-2222-3333-4444-555555555555"', "", "oauth.client_id", "is missing"),
        ('client_secret_file = "client-secret"', "", "oauth.client_secret_file", "or client_secret_env or certificate"),
        ('"client-secret"', '"absent"', "oauth.client_secret_file", "write the secret into one of them"),
        ("client_secret_file", 'client_secret_env = "X"\nclient_secret_file', "oauth.client_secret_env", "as well"),
        ("client_secret_file", "client_secret", "oauth.client_secret", 'did you mean "client_secret_'),
        ("tenant", 'authority = "http://x"\ntenant', "oauth.authority", "no https address"),
        ("tenant", 'ca_file = "no.pem"\ntenant', "oauth.ca_file", "there is no file"),
        ("client_secret_file", "certificate_file", "oauth.certificate_file", "holds no certificate"),
        (
            '[mailbox.smtp]\nhost = "smtp.office365.com"\nusername = "support@example.com"',
            '[mailbox.smtp]\nhost = "smtp.office365.com"',
            "smtp.username",
            "is empty, but",
        ),
        ('auth = "xoauth2"\n[mailbox.smtp]', "grant = {}\n[mailbox.smtp]", "imap.grant", "unknown key"),
    ],
)
def test_a_single_fault_is_named(tmp_path: Path, old: str, new: str, key: str, words: str) -> None:
    assert old in MICROSOFT
    found = [
        one for one in faults_of(written(tmp_path, MICROSOFT.replace(old, new, 1))) if one.key == f"mailbox[0].{key}"
    ]
    assert len(found) == 1, found
    assert words in f"{found[0].problem}; {found[0].remedy}"
    assert found[0].line
    assert "hush" not in str(found[0])


@pytest.mark.parametrize(
    ("holds", "words"),
    [
        ("hush", "holds no JSON"),
        ('{"type": "authorized_user"}', "holds no service account"),
        ('{"type": "service_account", "client_email": "a", "private_key": ""}', "lacks private_key"),
        (
            '{"type": "service_account", "client_email": "a", "private_key": "hush", "token_uri": "http://x"}',
            "no https address",
        ),
        (None, "there is no such file"),
    ],
)
def test_a_key_that_is_none_is_told_without_it(tmp_path: Path, holds: str | None, words: str) -> None:
    if holds is not None:
        (tmp_path / "key.json").write_text(holds)
        (tmp_path / "key.json").chmod(0o600)
    (fault,) = faults_of(written(tmp_path, GOOGLE))
    assert fault.key == "mailbox[0].oauth.key_file"
    assert words in fault.problem
    assert "hush" not in str(fault)


def warnings(home: Path, text: str) -> dict[str, Fault]:
    return {one.key.removeprefix("mailbox[0]."): one for one in looked_at(home, text).warnings}


def test_what_is_of_no_use_is_worth_a_look(tmp_path: Path) -> None:
    text = MICROSOFT.replace("[mailbox.smtp]", 'password_file = "client-secret"\n[mailbox.smtp]')
    found = warnings(tmp_path, text + 'key_file = "key.json"\n')
    assert "of no use with auth" in found["imap.password_file"].problem
    assert "of no use for client_credentials" in found["oauth.key_file"].problem
    passwords = MINIMAL.replace("[mailbox.smtp]", '[mailbox.oauth]\ntenant = "x"\n[mailbox.smtp]')
    for name in ("imap-password", "smtp-password"):
        (tmp_path / name).write_text("x")
        (tmp_path / name).chmod(0o600)
    assert set(warnings(tmp_path, passwords)) == {"oauth.tenant"}
    named = passwords.replace('tenant = "x"', 'provider = "microsoft"\nflow = "device_code"\ntenant="x"\nclient_id="y"')
    assert set(warnings(tmp_path, named)) == {"oauth.provider"}


def test_nobody_has_signed_in_yet_is_worth_a_look(tmp_path: Path) -> None:
    text = MICROSOFT.replace('client_secret_file = "client-secret"', 'flow = "device_code"')
    found = warnings(tmp_path, text)
    assert "`intake sign-in --mailbox support`" in found["oauth.flow"].remedy
    (tmp_path / "oauth-support.json").touch(0o644)
    assert "others can read" in warnings(tmp_path, text)["oauth.cache_file"].problem
    (tmp_path / "oauth-support.json").chmod(0o600)
    assert warnings(tmp_path, text) == {}


def test_a_certificate_that_ends_soon_is_worth_a_look(tmp_path: Path, tokens: TokenServer) -> None:
    text = MICROSOFT.replace("client_secret_file", "certificate_file").replace('"client-secret"', '"app.pem"')
    tokens.write_certificate(tmp_path / "app.pem", days=90)
    assert warnings(tmp_path, text) == {}
    tokens.write_certificate(tmp_path / "app.pem", days=9)
    assert "the certificate ends on" in warnings(tmp_path, text)["oauth.certificate_file"].problem


def test_an_extra_that_is_missing_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    (fault,) = faults_of(written(tmp_path, MICROSOFT))
    assert "needs msal, which is not installed; pip install 'ticket-intake[oauth]'" in str(fault)


def test_the_token_is_kept_where_daemon_and_shell_both_find_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def place(text: str, **environ: str) -> Path | None:
        settings: Settings = load(written(tmp_path, text), secrets=False, environ=environ)
        return checks.place_of(settings.mailbox[0], settings.storage.url, tmp_path, environ)

    beside = tmp_path / "oauth-support.json"
    assert place(MICROSOFT) == beside
    assert place(MICROSOFT, STATE_DIRECTORY="/var/lib/private/intake") == beside
    assert place(MICROSOFT + 'cache_file = "own.json"\n') == tmp_path / "own.json"
    elsewhere = MICROSOFT.replace("sqlite:///intake.db", "postgresql+psycopg://intake@db/intake")
    assert place(elsewhere, STATE_DIRECTORY="/srv/state:/srv/other") == Path("/srv/state/oauth-support.json")
    monkeypatch.setattr(cache, "DEFAULT_DIRECTORY", tmp_path)
    assert place(elsewhere) == beside
    monkeypatch.setattr(cache, "DEFAULT_DIRECTORY", tmp_path / "nowhere")
    assert place(elsewhere) is None
    (fault,) = faults_of(written(tmp_path, elsewhere))
    assert fault.key == "mailbox[0].oauth.cache_file"


def test_each_mailbox_has_a_grant_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "imap-password").write_text("x")
    (tmp_path / "imap-password").chmod(0o600)
    settings = load(written(tmp_path, MICROSOFT + SECOND), environ={})
    assert [mailbox.imap.grant is not None for mailbox in settings.mailbox] == [True, False]
