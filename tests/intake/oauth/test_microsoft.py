"""msal against a token server: what each flow sends, and what its answers mean."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from intake.oauth import microsoft
from intake.oauth.microsoft import FOR_PEOPLE, Invitation
from intake.trouble import Misconfigured
from rules.facts import TryLater
from tests.intake.oauth.grants import grant_at
from tests.servers.token_server import SECRET, Refusal, TokenServer


def test_an_app_proves_itself_by_its_secret(tokens: TokenServer, tmp_path: Path) -> None:
    obtained = microsoft.obtain(grant_at(tokens, tmp_path), "")
    assert obtained.value in tokens.issued
    assert (obtained.seconds, obtained.memory) == (3600.0, "")
    (form,) = tokens.forms
    assert (form["grant_type"], form["client_id"], form["client_secret"]) == ("client_credentials", "app-1", SECRET)
    assert form["scope"] == "https://outlook.office365.com/.default"


def test_each_time_is_a_new_token(tokens: TokenServer, tmp_path: Path) -> None:
    """msal would hand out the one that it remembers."""
    grant = grant_at(tokens, tmp_path)
    assert microsoft.obtain(grant, "").value != microsoft.obtain(grant, "").value


def test_an_app_proves_itself_by_its_certificate(tokens: TokenServer, tmp_path: Path) -> None:
    tokens.write_certificate(tmp_path / "app.pem")
    certificate = SecretStr((tmp_path / "app.pem").read_text())
    grant = grant_at(tokens, tmp_path, client_secret=SecretStr(""), certificate=certificate)
    assert microsoft.obtain(grant, "").value in tokens.issued
    assert tokens.forms[0]["client_assertion"].count(".") == 2
    assert "client_secret" not in tokens.forms[0]


def test_a_person_signs_in_once_and_tokens_are_renewed_without_him(tokens: TokenServer, tmp_path: Path) -> None:
    grant = grant_at(tokens, tmp_path, flow="device_code", client_secret=SecretStr(""))
    invited: list[Invitation] = []

    def invite(invitation: Invitation) -> None:
        invited.append(invitation)
        tokens.entered.set()

    obtained, person = microsoft.sign_in(grant, invite)
    assert invited == [Invitation("https://microsoft.test/devicelogin", "ABCD-EFGH", 900)]
    assert person == "ana@tenant.test"
    renewed = microsoft.obtain(grant, obtained.memory)
    again = microsoft.obtain(grant, renewed.memory)
    assert len({obtained.value, renewed.value, again.value}) == 3
    assert tokens.forms[-1]["grant_type"] == "refresh_token"
    assert set(FOR_PEOPLE) <= set(tokens.forms[-1]["scope"].split())


def test_scopes_and_authority_can_be_others(tokens: TokenServer, tmp_path: Path) -> None:
    microsoft.obtain(grant_at(tokens, tmp_path, scopes=("https://outlook.office365.us/.default",)), "")
    assert tokens.forms[0]["scope"] == "https://outlook.office365.us/.default"


@pytest.mark.parametrize(
    ("changes", "memory", "words"),
    [
        ({"client_secret": SecretStr("wrong")}, "", "write the client secret's value, not its ID"),
        ({"tenant": "nobody"}, "", 'nothing to sign in to for tenant "nobody"; check tenant'),
        ({"ca_file": ""}, "", "the certificate is not trusted"),
        ({"ca_file": "/nowhere.pem"}, "", "ca_file in [mailbox.oauth]"),
        ({"flow": "device_code"}, "", "nobody has signed in yet; sign in: `intake sign-in --mailbox support`"),
    ],
)
def test_what_a_person_must_mend_names_its_remedy(
    tokens: TokenServer, tmp_path: Path, changes: dict[str, Any], memory: str, words: str
) -> None:
    with pytest.raises(Misconfigured) as told:
        microsoft.obtain(grant_at(tokens, tmp_path, **changes), memory)
    assert words in str(told.value)
    assert str(told.value).startswith("OAuth2 of support")


@pytest.mark.parametrize(
    ("error", "description", "words"),
    [
        ("invalid_client", "AADSTS7000222: The provided client secret keys are expired.", "make a new one"),
        ("unauthorized_client", "AADSTS700016: Application not found in the directory.", "check client_id and tenant"),
        ("invalid_grant", "AADSTS65001: The user or administrator has not consented.", "grant admin consent"),
        ("something_new", "in words nobody knows", "check the app at Microsoft"),
    ],
)
def test_microsofts_numbers_have_remedies(
    tokens: TokenServer, tmp_path: Path, error: str, description: str, words: str
) -> None:
    trace = f"{description} Trace ID: 1-2-3 Correlation ID: 4 Timestamp: 5"
    tokens.refusals.append(Refusal(400, {"error": error, "error_description": trace}))
    with pytest.raises(Misconfigured) as told:
        microsoft.obtain(grant_at(tokens, tmp_path), "")
    assert words in str(told.value)
    assert f"{error} ({description.rstrip('.')})" in str(told.value)
    assert "Trace" not in str(told.value)


def test_a_refresh_token_that_is_over_asks_for_a_sign_in(tokens: TokenServer, tmp_path: Path) -> None:
    grant = grant_at(tokens, tmp_path, flow="device_code")
    tokens.entered.set()
    obtained, _ = microsoft.sign_in(grant, lambda _: None)
    tokens.refresh_tokens.clear()
    with pytest.raises(Misconfigured, match=r"invalid_grant .*inactivity\); sign in: `intake sign-in"):
        microsoft.obtain(grant, obtained.memory)


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (Refusal(503, "<html>busy</html>"), "cannot be read"),
        (Refusal(200, "<html>please log in to the network</html>"), "cannot be read"),
        (Refusal(200, '{"access_token": "hush-trun'), "cannot be read"),
        (Refusal(200, {"access_token": "hush", "expires_in": "soon"}), "cannot be read"),
        (Refusal(200, {"access_token": "hush", "expires_in": [1]}), "cannot be read"),
        (Refusal(400, {"error": "temporarily_unavailable"}), "temporarily_unavailable; it is tried again"),
    ],
)
def test_what_passes_by_itself_is_tried_again(
    tokens: TokenServer, tmp_path: Path, refusal: Refusal, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    tokens.refusals.append(refusal)
    with pytest.raises(TryLater) as told:
        microsoft.obtain(grant_at(tokens, tmp_path), "")
    assert not isinstance(told.value, Misconfigured)
    assert words in str(told.value)


def test_a_server_that_is_away_is_tried_again(tokens: TokenServer, tmp_path: Path) -> None:
    grant = grant_at(tokens, tmp_path)
    tokens.stop()
    with pytest.raises(TryLater, match=r"OAuth2 of support \(127\.0\.0\.1\): refused") as told:
        microsoft.obtain(grant, "")
    assert not isinstance(told.value, Misconfigured)


def test_a_name_that_is_not_found_says_so(tokens: TokenServer, tmp_path: Path) -> None:
    with pytest.raises(TryLater, match="the name is not found"):
        microsoft.obtain(grant_at(tokens, tmp_path, authority="https://no-such-name.invalid"), "")
