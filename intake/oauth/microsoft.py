"""Tokens of Microsoft 365, by msal: for an application of its own (client credentials), or for a person who has signed
in once by a device code.

msal keeps no token here and is asked for a new one each time: when to ask is `source`'s to say. Its answers are dicts;
an error in one is a TryLater, or Misconfigured where a person must act, with Microsoft's own words.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msal
import requests
from msal.exceptions import MsalServiceError

from intake.oauth.grant import Grant, Obtained
from intake.oauth.http import TABLE, Session, trouble
from intake.trouble import Misconfigured, one_line
from rules.facts import TryLater

CLOUD = "https://login.microsoftonline.com"
FOR_APPLICATIONS = ("https://outlook.office365.com/.default",)
FOR_PEOPLE = ("https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send")
PASSING = ("temporarily_unavailable", "server_error")
UNUSED = ("authorization_pending", "expired_token", "code_expired")
"""The code was entered by nobody while it held."""
UNSAID_SECONDS = 600
"""How long a token is taken to hold where nobody says so."""

UNREADABLE = "the sign-in server's answer cannot be read; it is tried again"

# By the number in Microsoft's words; the first that is among them.
REMEDIES: tuple[tuple[str, str], ...] = (
    ("AADSTS7000215", "write the client secret's value, not its ID, into client_secret_file"),
    ("AADSTS7000222", 'the client secret has expired: make a new one under "Certificates & secrets" of the app'),
    ("AADSTS700027", 'upload the certificate of certificate_file under "Certificates & secrets" of the app'),
    ("AADSTS700016", f"check client_id and tenant in {TABLE}"),
    ("AADSTS90002", f"check tenant in {TABLE}"),
    ("AADSTS900023", f"check tenant in {TABLE}"),
    ("AADSTS7000218", 'allow "public client flows" under "Authentication" of the app'),
    ("AADSTS65001", 'grant admin consent under "API permissions" of the app'),
    ("AADSTS53003", "Conditional Access forbids it: except the app or this machine's address from that policy"),
)


def obtain(grant: Grant, memory: str) -> Obtained:
    """A new access token. Raises TryLater or Misconfigured. `memory` is what `sign_in`, or this, gave back last."""
    return _for_person(grant, memory) if grant.flow == "device_code" else _for_application(grant)


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a person is asked to do, in any browser."""

    address: str
    code: str
    seconds: int


def sign_in(grant: Grant, invite: Callable[[Invitation], None]) -> tuple[Obtained, str]:
    """Waits until a person has signed in as `invite` was told, or the time for it is over; also says who it was.

    Raises TryLater or Misconfigured.
    """
    cache = msal.SerializableTokenCache()

    def ask(app: Any) -> Mapping[str, Any]:
        flow = app.initiate_device_flow(scopes=_scopes(grant))
        if "user_code" not in flow:
            return dict(flow)
        invite(Invitation(str(flow["verification_uri"]), str(flow["user_code"]), int(flow["expires_in"])))
        return dict(app.acquire_token_by_device_flow(flow))

    answer = _answer(grant, lambda: msal.PublicClientApplication(**_common(grant, cache)), ask)
    claims = answer.get("id_token_claims") or {}
    return _obtained(answer, cache.serialize()), one_line(claims.get("preferred_username", ""))


def _for_application(grant: Grant) -> Obtained:
    pem = grant.certificate.get_secret_value()
    credential = {"private_key": pem, "public_certificate": pem} if pem else grant.client_secret.get_secret_value()
    answer = _answer(
        grant,
        lambda: msal.ConfidentialClientApplication(**_common(grant, msal.TokenCache()), client_credential=credential),
        lambda app: app.acquire_token_for_client(_scopes(grant)),
    )
    return _obtained(answer, "")


def _for_person(grant: Grant, memory: str) -> Obtained:
    cache = msal.SerializableTokenCache()
    cache.deserialize(memory or None)

    def ask(app: Any) -> Mapping[str, Any]:
        account = next(iter(app.get_accounts()), None)
        # Without an account, or without its refresh token, msal says nothing at all.
        return app.acquire_token_silent_with_error(_scopes(grant), account, force_refresh=True) or {}

    answer = _answer(grant, lambda: msal.PublicClientApplication(**_common(grant, cache)), ask)
    return _obtained(answer, cache.serialize())


def _answer(grant: Grant, make: Callable[[], Any], ask: Callable[[Any], Mapping[str, Any]]) -> Mapping[str, Any]:
    """One with a token in it."""
    try:
        app = make()  # looks up the tenant's endpoints
    except requests.RequestException as error:
        raise trouble(error, grant) from error
    except MsalServiceError as error:
        raise TryLater(
            f"{grant.place}: the sign-in server has trouble ({one_line(error)}); it is tried again"
        ) from error
    except ValueError as error:
        if isinstance(error.__context__, json.JSONDecodeError):  # the page of a proxy
            raise TryLater(f"{grant.place}: {UNREADABLE}") from error
        remedy = f"check tenant and authority in {TABLE}, and certificate_file"
        raise Misconfigured(
            f'{grant.place}: there is nothing to sign in to for tenant "{grant.tenant}"; {remedy}'
        ) from error
    try:
        answer = ask(app)
    except requests.RequestException as error:
        raise trouble(error, grant) from error
    except (MsalServiceError, ValueError, TypeError) as error:
        raise TryLater(f"{grant.place}: {UNREADABLE}") from error
    if not isinstance(answer.get("access_token"), str):
        raise _refusal(grant, answer)
    return answer


def _refusal(grant: Grant, answer: Mapping[str, Any]) -> TryLater:
    again = f"sign in: `intake sign-in --mailbox {grant.mailbox}`"
    if not answer:
        return Misconfigured(f"{grant.place}: nobody has signed in yet; {again}")
    error = one_line(answer.get("error", "no error named"))
    told = one_line(str(answer.get("error_description", "")).partition("Trace ID")[0]).rstrip(". ")
    words = f"{grant.place}: {error}{f' ({told})' if told else ''}"
    if error in UNUSED:
        return Misconfigured(f"{grant.place}: nobody entered the code in time; {again}")
    if error in PASSING:
        return TryLater(f"{words}; it is tried again")
    known = next((remedy for number, remedy in REMEDIES if number in told), None)
    if known is None and grant.flow == "device_code":
        known = again
    return Misconfigured(f"{words}; {known or f'check the app at Microsoft against {TABLE}'}")


def _obtained(answer: Mapping[str, Any], memory: str) -> Obtained:
    return Obtained(answer["access_token"], float(answer.get("expires_in") or UNSAID_SECONDS), memory)


def _common(grant: Grant, cache: Any) -> dict[str, Any]:
    return {
        "client_id": grant.client_id,
        "authority": f"{(grant.authority or CLOUD).rstrip('/')}/{grant.tenant}",
        # The admin has named the server: nobody else is asked whether it is one of Microsoft's.
        "instance_discovery": False,
        "http_client": Session(grant),
        "token_cache": cache,
    }


def _scopes(grant: Grant) -> list[str]:
    return list(grant.scopes or (FOR_PEOPLE if grant.flow == "device_code" else FOR_APPLICATIONS))
