"""google-auth against a token server: what each flow sends, and what its answers mean."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from intake.oauth import google
from intake.trouble import Misconfigured
from rules.facts import TryLater
from tests.intake.oauth.grants import google_at
from tests.servers.token_server import SECRET, Refusal, TokenServer


def test_a_service_account_acts_for_the_mailboxs_user(tokens: TokenServer, tmp_path: Path) -> None:
    obtained = google.obtain(google_at(tokens, tmp_path), "")
    assert obtained.value in tokens.issued
    assert 3590 < obtained.seconds <= 3600
    (form,) = tokens.forms
    assert (form["sub"], form["scope"]) == ("support@example.test", "https://mail.google.com/")


def test_a_refresh_token_is_exchanged(tokens: TokenServer, tmp_path: Path) -> None:
    tokens.refresh_tokens.add("rt-1")
    grant = google_at(
        tokens,
        tmp_path,
        flow="refresh_token",
        authority=tokens.google,
        client_secret=SecretStr(SECRET),
        refresh_token=SecretStr("rt-1"),
    )
    assert google.obtain(grant, "").value in tokens.issued
    assert (tokens.forms[0]["client_id"], tokens.forms[0]["client_secret"]) == ("app-1", SECRET)
    tokens.refresh_tokens.clear()
    with pytest.raises(Misconfigured, match="make a new refresh token and write it into refresh_token_file"):
        google.obtain(grant, "")


@pytest.mark.parametrize(
    ("error", "description", "words"),
    [
        ("unauthorized_client", "Client is unauthorized to retrieve access tokens", "domain-wide delegation"),
        ("invalid_grant", "Invalid email or User ID", "check that support@example.test exists"),
        ("invalid_grant", "Invalid JWT: Token must be a short-lived token", "set this machine's clock"),
        ("something_new", "in words nobody knows", "check the account at Google"),
    ],
)
def test_googles_words_have_remedies(
    tokens: TokenServer, tmp_path: Path, error: str, description: str, words: str
) -> None:
    tokens.refusals.append(Refusal(400, {"error": error, "error_description": description}))
    with pytest.raises(Misconfigured) as told:
        google.obtain(google_at(tokens, tmp_path), "")
    assert f"{error} ({description})" in str(told.value)
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (Refusal(503, "<html>busy</html>"), "HTTP status 503"),
        (Refusal(429, {"error": "rate_limited"}), "HTTP status 429"),
        (Refusal(200, "<html>please log in to the network</html>"), "cannot be read"),
        (Refusal(200, "[]"), "cannot be read"),
        (Refusal(200, {"access_token": "hush", "expires_in": "soon"}), "cannot be read"),
        (Refusal(200, {"access_token": "hush", "expires_in": []}), "cannot be read"),
    ],
)
def test_what_passes_by_itself_is_one_request_and_tried_again_later(
    tokens: TokenServer, tmp_path: Path, refusal: Refusal, words: str
) -> None:
    tokens.broken = refusal
    with pytest.raises(TryLater) as told:
        google.obtain(google_at(tokens, tmp_path), "")
    assert not isinstance(told.value, Misconfigured)
    assert words in str(told.value)
    assert len(tokens.forms) == 1


@pytest.mark.parametrize("key", ["{}", "hush-junk", '{"type": "service_account"}'])
def test_a_key_that_cannot_be_used_is_told_without_it(tokens: TokenServer, tmp_path: Path, key: str) -> None:
    with pytest.raises(Misconfigured, match="download a new key") as told:
        google.obtain(google_at(tokens, tmp_path, key=SecretStr(key)), "")
    assert "hush" not in str(told.value)
