"""Logs in to IMAP, by password or by an access token, and says what a refusal means."""

import imaplib
import json
from typing import Any

from intake.imap_wire import TABLE
from intake.limits import limited
from intake.settings import ImapSettings
from intake.trouble import Misconfigured, one_line


def log_in(client: Any, settings: ImapSettings, place: str) -> None:
    """Raises Misconfigured for a wrong login, TryLater where the server is only busy."""
    said: list[bytes] = []
    try:
        if settings.auth == "xoauth2":
            _by_token(client, settings, said)
        else:
            _by_password(client, settings, place)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        # RFC 5530: these refusals pass by themselves, all others need a person.
        if passing := limited(place, "the server takes no login now", error):
            raise passing from error
        words = _challenge(said) or one_line(error)
        what = "token" if settings.auth == "xoauth2" else "password"
        remedy = f"check username and the {what} of {TABLE}"
        raise Misconfigured(f"{place}: login as {settings.username} refused ({words}); {remedy}") from error


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


def _by_token(client: Any, settings: ImapSettings, said: list[bytes]) -> None:
    token = settings.password.get_secret_value()

    def answer(challenge: bytes) -> bytes:
        # The server explains a refusal in a second challenge, which wants an empty answer.
        if challenge:
            said.append(challenge)
            return b""
        return f"user={settings.username}\1auth=Bearer {token}\1\1".encode()

    client.sasl_login("XOAUTH2", answer)


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
