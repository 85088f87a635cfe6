"""IMAP and SMTP on the real Dovecot and Postfix, let in by tokens of a token server; and the daemon between them."""

import asyncio
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from intake.imap import Imap
from intake.oauth.grant import Grant
from intake.oauth.source import source_of
from intake.settings import ImapSettings, SmtpSettings
from intake.smtp import Delivered, DeliveryResult, Later, Smtp
from intake.trouble import Misconfigured
from rules.facts import Contact, TryLater
from tests.intake.installation import STANDARD, Installation, mail
from tests.intake.oauth.grants import google_at, grant_at
from tests.servers.mailhost import Mailhost, obstacle
from tests.servers.token_server import SECRET, Refusal, TokenServer

pytestmark = pytest.mark.mailhost
RAW = b"From: a@b.test\r\nSubject: by token\r\n\r\nhello\r\n"


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenServer]:
    with TokenServer(tmp_path_factory.mktemp("tokens")) as server:
        yield server


@pytest.fixture(scope="module")
def mailhost(tokens: TokenServer) -> Iterator[Mailhost]:
    """One whose Dovecot asks that token server."""
    if why := obstacle():
        pytest.fail(f"no mail host: {why}")
    host = Mailhost(oauth2=(tokens.url, tokens.ca_file))
    yield host
    host.stop()


@pytest.fixture(autouse=True)
def as_ever(tokens: TokenServer) -> Iterator[None]:
    tokens.forms.clear()
    tokens.life = 3600
    yield
    tokens.broken = None
    tokens.refusals.clear()


@dataclass
class Doors:
    """Both ways into one mailbox, by one grant."""

    mailhost: Mailhost
    address: str
    grant: Grant

    @property
    def imap(self) -> ImapSettings:
        host = self.mailhost
        return ImapSettings(
            host="127.0.0.1", port=host.imaps, ca_file=host.ca_file, username=self.address, auth="xoauth2",
            grant=self.grant,
        )  # fmt: skip

    @property
    def smtp(self) -> SmtpSettings:
        host = self.mailhost
        return SmtpSettings(
            host="127.0.0.1", port=host.submission, ca_file=host.ca_file, username=self.address, auth="xoauth2",
            grant=self.grant,
        )  # fmt: skip

    def look(self) -> int:
        """How many mails there are."""
        imap = Imap(self.imap, connect_seconds=5, read_seconds=10)
        try:
            return imap.connect().exists
        finally:
            imap.close()

    def send(self, times: int = 1) -> list[DeliveryResult]:
        """Over as many connections at once."""

        async def one() -> DeliveryResult:
            smtp = Smtp(self.smtp, seconds=10)
            result = await smtp.deliver(self.address, [self.address], RAW)
            await smtp.close()
            return result

        async def every() -> list[DeliveryResult]:
            return await asyncio.gather(*(one() for _ in range(times)))

        return asyncio.run(every())

    def age(self, minutes: float) -> None:
        """The token was got so long ago, and ends so much sooner."""
        source = source_of(self.grant)
        token = source.token()
        older = timedelta(minutes=minutes)
        source._token = type(token)(token.value, token.got_at - older, token.expires_at - older)


@pytest.fixture
def doors(mailhost: Mailhost, tokens: TokenServer, tmp_path: Path) -> Doors:
    tokens.opens = mailhost.someone("support")
    return Doors(mailhost, tokens.opens, grant_at(tokens, tmp_path))


def test_one_token_opens_imap_and_several_connections_of_smtp(doors: Doors, tokens: TokenServer) -> None:
    assert doors.look() == 0
    assert all(isinstance(one, Delivered) for one in doors.send(4))
    doors.mailhost.box(doors.address).wait_for_count(4)
    assert doors.look() == 4
    assert len(tokens.forms) == 1


@pytest.mark.parametrize("flow", ["service_account", "refresh_token"])
def test_googles_tokens_open_it_as_well(flow: str, mailhost: Mailhost, tokens: TokenServer, tmp_path: Path) -> None:
    tokens.opens = mailhost.someone("support")
    tokens.refresh_tokens.add("rt-1")
    changes = {} if flow == "service_account" else {"authority": tokens.google, "client_secret": SecretStr(SECRET)}
    grant = google_at(tokens, tmp_path, flow=flow, refresh_token=SecretStr("rt-1"), user=tokens.opens, **changes)
    doors = Doors(mailhost, tokens.opens, grant)
    assert doors.look() == 0
    assert isinstance(doors.send()[0], Delivered)


@pytest.mark.parametrize("side", ["imap", "smtp"])
def test_a_token_that_was_withdrawn_is_exchanged_on_the_same_connection(
    doors: Doors, tokens: TokenServer, side: str
) -> None:
    doors.look()
    doors.age(6)
    tokens.revoke()
    if side == "imap":
        assert doors.look() == 0
    else:
        assert isinstance(doors.send()[0], Delivered)
    assert len(tokens.forms) == 2


def test_a_good_token_for_another_mailbox_is_refused_with_the_servers_words(doors: Doors, tokens: TokenServer) -> None:
    tokens.opens = "another@example.test"
    with pytest.raises(Misconfigured, match=r"status 401, .*Authentication failed.*New-ServicePrincipal") as told:
        doors.look()
    assert str(told.value).startswith(f"IMAP 127.0.0.1:{doors.mailhost.imaps}: login as {doors.address} refused")
    (result,) = doors.send()
    assert isinstance(result, Later)
    assert (result.lasting, result.reached) == (True, False)
    assert "535 5.7.8" in result.reason
    assert "SMTP.SendAsApp" in result.reason
    assert len(tokens.forms) == 1, "a fresh token that is refused is not exchanged"


def test_a_token_that_ends_while_the_connection_idles_leaves_it_open_and_the_next_has_a_new_one(
    doors: Doors, tokens: TokenServer
) -> None:
    imap = Imap(doors.imap, connect_seconds=5, read_seconds=10)
    imap.connect()
    doors.age(61)
    tokens.revoke()
    doors.mailhost.append(doors.address, RAW)
    assert imap.uids_after(0) == [1]
    assert len(tokens.forms) == 1
    imap.connect()
    assert len(tokens.forms) == 2
    imap.close()


def test_while_the_token_server_is_away_the_token_serves_until_its_end(doors: Doors, tokens: TokenServer) -> None:
    doors.look()
    tokens.broken = Refusal(503, "busy")
    doors.age(50)
    source_of(doors.grant).keep()
    assert doors.look() == 0
    assert isinstance(doors.send()[0], Delivered)
    assert "cannot be read" in source_of(doors.grant).standing().trouble
    doors.grant = source_of(doors.grant).grant
    source = source_of(doors.grant)
    token = source.token()
    source._token = type(token)(token.value, token.got_at, token.got_at)
    with pytest.raises(TryLater, match="OAuth2 of support"):
        doors.look()
    (result,) = doors.send()
    assert isinstance(result, Later)
    assert (result.lasting, result.reached) == (False, False)


def test_a_server_that_takes_no_tokens_is_told_apart(
    tokens: TokenServer, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    plain = Mailhost()
    try:
        doors = Doors(plain, plain.someone("support"), grant_at(tokens, tmp_path))
        with pytest.raises(Misconfigured, match=r'takes no access token \(XOAUTH2\); set auth = "password"'):
            doors.look()
        (result,) = doors.send()
        assert isinstance(result, Later)
        assert "takes no access token (XOAUTH2)" in result.reason
    finally:
        plain.stop()


# The daemon as an admin runs it.

PERSON = "person@customer.example"


@pytest.fixture
def intake(mailhost: Mailhost, tokens: TokenServer, tmp_path: Path) -> Installation:
    """Signed in to by client credentials, IMAP and SMTP alike."""
    support = tokens.opens = mailhost.someone("support")
    made = Installation(tmp_path / "intake", mailhost, support, mailhost.someone("sam"))
    made.admit(Contact(PERSON, "A Person", STANDARD.contract))
    by_token(made, tokens)
    return made


def by_token(made: Installation, tokens: TokenServer, flow: str = "client_credentials") -> None:
    made.write_config()
    secret = made.home / "client-secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    text = re.sub(r'password_file = "password"', 'auth = "xoauth2"', made.config.read_text())
    key = 'client_secret_file = "client-secret"' if flow == "client_credentials" else ""
    table = f"""
[mailbox.oauth]
provider = "microsoft"
flow = "{flow}"
tenant = "tenant.test"
client_id = "app-1"
authority = "{tokens.url}"
ca_file = "{tokens.ca_file}"
cache_file = "oauth-support.json"
{key}
"""
    made.config.write_text(text.replace("[[staff]]", f"{table}\n[[staff]]", 1))


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "not within the time"
        time.sleep(0.02)


def test_a_mail_becomes_a_ticket_and_its_letter_leaves_without_any_password(
    intake: Installation, tokens: TokenServer
) -> None:
    intake.daemon = {"log_level": "debug"}
    by_token(intake, tokens)
    with intake.running() as daemon:
        intake.mailhost.deliver(mail(PERSON, intake.support, "Question", "What is it?\n"), intake.support, PERSON)
        intake.mailhost.box(PERSON).wait_for("EX-1", seconds=20)
        until(lambda: "oauth support" in intake.run("status").stdout)
        assert "a token until" in intake.run("status").stdout
        said = daemon.said()
    assert intake.ends() == {"ticket": 1}
    assert len(tokens.forms) == 1
    (token,) = list(tokens.issued)[-1:]
    kept = intake.home / "oauth-support.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert json.loads(kept.read_text())["token"]["value"] == token
    for secret in (token, SECRET):
        assert secret not in said
        assert secret not in intake.run("status", "--json").stdout


def test_a_failing_renewal_shows_in_status_and_is_paged_while_mail_still_comes_in(
    intake: Installation, tokens: TokenServer
) -> None:
    """The token has four minutes left when the daemon starts, so that it is renewed at once."""
    assert intake.run("check", "--connect").returncode == 0
    kept = intake.home / "oauth-support.json"
    told = json.loads(kept.read_text())
    told["token"]["got_at"] = "2020-01-01T00:00:00+00:00"
    kept.write_text(json.dumps(told))
    tokens.broken = Refusal(400, {"error": "invalid_grant", "error_description": "AADSTS7000222: The secret expired."})
    with intake.running() as daemon:
        daemon.wait_log("oauth_trouble")
        until(lambda: intake.run("status").returncode == 1)
        status = intake.run("status").stdout
        assert "the token for support ends in" in status
        assert "the client secret has expired" in status
        alarm = intake.mailhost.box(intake.staff).wait_for("Sign-in fails", seconds=20)
        assert "renewing it fails" in alarm.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        intake.mailhost.deliver(mail(PERSON, intake.support, "Question", "What is it?\n"), intake.support, PERSON)
        intake.mailhost.box(PERSON).wait_for("EX-1", seconds=20)
        tokens.broken = None
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_log("reloaded")
        until(lambda: intake.run("status").returncode == 0, 60)


def test_check_connect_gets_a_token_and_names_what_is_wrong(intake: Installation, tokens: TokenServer) -> None:
    good = intake.run("check", "--connect")
    assert good.returncode == 0, good.stdout
    assert "oauth support: microsoft handed out a token (client_credentials)" in good.stdout
    told = [json.loads(line) for line in intake.run("check", "--connect", "--json").stdout.splitlines()]
    assert [one["part"] for one in told if one["level"] == "good"] == [
        "database",
        "oauth support",
        "imap support",
        "smtp support",
    ]
    (intake.home / "client-secret").write_text("hush-wrong")
    bad = intake.run("check", "--connect")
    assert bad.returncode == 1
    assert "write the client secret's value, not its ID" in bad.stdout
    assert "hush" not in bad.stdout + bad.stderr


def test_a_person_signs_in_beside_the_daemon_which_goes_on_by_itself(intake: Installation, tokens: TokenServer) -> None:
    by_token(intake, tokens, "device_code")
    tokens.entered.clear()
    assert "intake sign-in --mailbox support" in intake.run("check").stdout
    with intake.started() as daemon:
        daemon.wait_log("nobody has signed in yet")
        command = [sys.executable, "-m", "intake", "sign-in", "--config", str(intake.config)]
        signing = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert signing.stdout is not None
        assert "enter the code ABCD-EFGH" in signing.stdout.readline()
        assert intake.support in signing.stdout.readline()
        tokens.entered.set()
        out, err = signing.communicate(timeout=20)
        assert (signing.returncode, err.count("Traceback")) == (0, 0)
        assert "signed in as ana@tenant.test" in out
        daemon.wait_ready(seconds=60)
    assert "hush" not in daemon.said()
    assert not any(value in daemon.said() for value in (*tokens.issued, *tokens.refresh_tokens))


def test_signing_in_where_nobody_needs_to_says_so(intake: Installation) -> None:
    told = intake.run("sign-in")
    assert told.returncode == 2
    assert "nobody needs to sign in for flow client_credentials" in told.stderr
