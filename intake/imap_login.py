"""Logs in to IMAP, by password or by an access token, and says what a refusal means."""

import imaplib
import json
from typing import Any

from intake.imap_wire import TABLE
from intake.limits import limited
from intake.oauth.cache import Token
from intake.oauth.remedies import NO_GRANT, refused
from intake.oauth.source import TokenSource, source_of
from intake.settings import ImapSettings
from intake.trouble import Misconfigured, one_line


def ready(settings: ImapSettings) -> None:
    """Makes sure of a token before a connection is opened for nothing. Raises TryLater or Misconfigured."""
    if settings.auth == "xoauth2":
        _tokens(settings).token()


def log_in(client: Any, settings: ImapSettings, place: str) -> None:
    """Raises Misconfigured for a wrong login, TryLater where the server is only busy."""
    if settings.auth == "xoauth2":
        _by_token(client, settings, place)
        return
    try:
        _by_password(client, settings, place)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        _raise_passing(place, error)
        remedy = f"check username and the password of {TABLE}"
        raise Misconfigured(f"{place}: login as {settings.username} refused ({one_line(error)}); {remedy}") from error


def _raise_passing(place: str, error: imaplib.IMAP4.error) -> None:
    # RFC 5530: these refusals pass by themselves, all others need a person.
    if passing := limited(place, "the server takes no login now", error):
        raise passing from error


def _by_password(client: Any, settings: ImapSettings, place: str) -> None:
    password = settings.password.get_secret_value()
    if client.has_capability("AUTH=PLAIN"):
        client.plain_login(settings.username, password)
    elif client.has_capability("LOGINDISABLED"):
        remedy = f"set security to tls or starttls in {TABLE}"
        raise Misconfigured(f"{place}: the server takes no password on this connection; {remedy}")
    elif not (settings.username + password).isascii():
        remedy = "choose an ASCII password, or a server that offers AUTH=PLAIN"
        raise Misconfigured(f"{place}: this server can be sent only ASCII passwords; {remedy}")
    else:
        # IMAPClient quotes the password, not the name.
        client.login(f'"{_quoted(settings.username)}"', password)


def _by_token(client: Any, settings: ImapSettings, place: str) -> None:
    """With another token where the server refuses the first, which may have been withdrawn."""
    if not client.has_capability("AUTH=XOAUTH2"):
        remedy = f'set auth = "password" in {TABLE}, or another host and port'
        raise Misconfigured(f"{place}: the server takes no access token (XOAUTH2); {remedy}")
    tokens = _tokens(settings)
    token = tokens.token()
    try:
        _present(client, settings, place, token)
    except Misconfigured:
        other = tokens.another(token)
        if other is None:
            raise
        _present(client, settings, place, other)


def _tokens(settings: ImapSettings) -> TokenSource:
    if settings.grant is None:
        raise Misconfigured(f"IMAP {settings.host}:{settings.port}: nothing says how to get a token; {NO_GRANT}")
    return source_of(settings.grant)


def _present(client: Any, settings: ImapSettings, place: str, token: Token) -> None:
    said: list[bytes] = []

    def answer(challenge: bytes) -> bytes:
        # The server explains a refusal in a second challenge, which wants an empty answer.
        if challenge:
            said.append(challenge)
            return b""
        return f"user={settings.username}\1auth=Bearer {token.value}\1\1".encode()

    try:
        client.sasl_login("XOAUTH2", answer)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        _raise_passing(place, error)
        words = ", ".join(filter(None, (_challenge(said), one_line(error)))).replace(token.value, "***")
        remedy = refused(settings.grant, settings.username, "IMAP") if settings.grant else NO_GRANT
        raise Misconfigured(f"{place}: login as {settings.username} refused ({words}); {remedy}") from error


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _challenge(said: list[bytes]) -> str:
    if not said:
        return ""
    try:
        status = json.loads(said[-1]).get("status", "")
    except (ValueError, AttributeError):
        return one_line(said[-1])
    return f"status {one_line(status)}"
