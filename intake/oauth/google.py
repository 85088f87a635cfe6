"""Tokens of Google, by google-auth: for a service account that acts for the mailbox's user, or by a refresh token.

google-auth is asked for a new token each time and tries nothing again by itself: when to ask is `source`'s to say. What
it raises is a TryLater here, or Misconfigured where a person must act, with Google's own words.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import google.auth.exceptions
import google.auth.transport
import google.oauth2.credentials
import google.oauth2.service_account
import requests

from intake.oauth.grant import Grant, Obtained
from intake.oauth.http import TABLE, Session, trouble
from intake.trouble import Misconfigured, one_line
from rules.facts import TryLater

TOKENS = "https://oauth2.googleapis.com/token"
SCOPES = ("https://mail.google.com/",)
UNSAID_SECONDS = 600
"""How long a token is taken to hold where nobody says so."""
UNREADABLE = "the sign-in server's answer cannot be read; it is tried again"
REMEDIES: Mapping[str, str] = {
    "unauthorized_client": "delegate the scope https://mail.google.com/ to the service account's client ID "
    "(Admin console, API controls, domain-wide delegation)",
    "invalid_client": f"check client_id in {TABLE} and client_secret_file",
    "invalid_scope": f"check scopes in {TABLE}",
}


def obtain(grant: Grant, memory: str) -> Obtained:
    """A new access token. Raises TryLater or Misconfigured. Google leaves a refresh token as it is: no memory."""
    del memory
    try:
        credentials = _service_account(grant) if grant.flow == "service_account" else _refresh_token(grant)
    except (ValueError, google.auth.exceptions.GoogleAuthError) as error:
        remedy = f"download a new key for the service account and name it as key_file in {TABLE}"
        raise Misconfigured(f"{grant.place}: the key cannot be used ({type(error).__name__}); {remedy}") from error
    try:
        credentials.refresh(_Transport(Session(grant), grant.place))
    except requests.RequestException as error:
        raise trouble(error, grant) from error
    except google.auth.exceptions.RefreshError as error:
        raise _refusal(grant, error) from error
    except google.auth.exceptions.GoogleAuthError as error:
        raise TryLater(f"{grant.place}: {one_line(error)}; it is tried again") from error
    except (ValueError, TypeError, OverflowError) as error:  # an expires_in that is no number
        raise TryLater(f"{grant.place}: {UNREADABLE}") from error
    if not isinstance(credentials.token, str):
        raise TryLater(f"{grant.place}: Google's answer holds no token; it is tried again")
    return Obtained(credentials.token, _seconds(credentials.expiry))


def _service_account(grant: Grant) -> Any:
    info = json.loads(grant.key.get_secret_value())
    if grant.authority:
        info["token_uri"] = grant.authority
    make: Any = google.oauth2.service_account.Credentials.from_service_account_info
    return make(info, scopes=list(grant.scopes or SCOPES), subject=grant.user)


def _refresh_token(grant: Grant) -> Any:
    make: Any = google.oauth2.credentials.Credentials
    return make(
        token=None,
        refresh_token=grant.refresh_token.get_secret_value(),
        token_uri=grant.authority or TOKENS,
        client_id=grant.client_id,
        client_secret=grant.client_secret.get_secret_value(),
        scopes=list(grant.scopes) or None,  # None: those that the refresh token was made for
    )


def _refusal(grant: Grant, error: Any) -> TryLater:
    told = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], dict) else {}
    name = one_line(told.get("error", ""))
    if not name or getattr(error, "retryable", False):
        return TryLater(f"{grant.place}: {UNREADABLE}")
    words = one_line(told.get("error_description", ""))
    said = f"{grant.place}: {name}{f' ({words})' if words else ''}"
    return Misconfigured(f"{said}; {_remedy(grant, name, words)}")


def _remedy(grant: Grant, name: str, words: str) -> str:
    if "short-lived" in words or "iat" in words:
        return "set this machine's clock"
    if name == "invalid_grant" and grant.flow == "refresh_token":
        return "make a new refresh token and write it into refresh_token_file"
    if name == "invalid_grant":
        return f"check that {grant.user} exists, and download a new key where this one was deleted"
    return REMEDIES.get(name, f"check the account at Google against {TABLE}")


def _seconds(expiry: datetime | None) -> float:
    """google-auth writes UTC without saying so."""
    if expiry is None:
        return UNSAID_SECONDS
    return (expiry.replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds()


def _parsed(content: bytes) -> object:
    try:
        return json.loads(content)
    except ValueError:
        return None


class _Transport(google.auth.transport.Request):
    """google-auth's own would try again up to three times, with pauses in between."""

    def __init__(self, session: Session, place: str) -> None:
        self._session, self._place = session, place

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: Any,
    ) -> Any:
        answer = self._session.request(method, url, data=body, headers=dict(headers or {}))
        if answer.status_code == 429 or answer.status_code >= 500:
            raise requests.HTTPError(response=answer, request=answer.request)
        if not isinstance(_parsed(answer.content), dict):  # google-auth takes it for granted
            raise TryLater(f"{self._place}: {UNREADABLE}")
        return _Answer(answer)


class _Answer(google.auth.transport.Response):
    def __init__(self, answer: requests.Response) -> None:
        self._answer = answer

    @property
    def status(self) -> int:
        return self._answer.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        return self._answer.headers

    @property
    def data(self) -> bytes:
        return self._answer.content
