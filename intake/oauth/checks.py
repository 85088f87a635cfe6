"""What `[mailbox.oauth]` cannot say key by key, and the grants that logins with auth = "xoauth2" are given.

Pure apart from reading the files that hold secrets; nobody is asked for a token. `intake.config` puts file and line to
what is said here.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from intake import credentials
from intake.config_checks import SQLITE, Finding
from intake.oauth import cache
from intake.oauth.certificate import certificate_of
from intake.oauth.grant import INSTALL, NONE, Grant, flow_of
from intake.oauth.settings import FLOWS, Flow, OAuthSettings
from intake.settings import MailboxSettings, Settings

LIBRARIES = {"microsoft": "msal", "google": "google.auth"}
SECRET = "client_secret_file"
# What each flow needs, beside a provider; of keys in one tuple one is enough.
NEEDS: dict[Flow, tuple[tuple[str, ...], ...]] = {
    "client_credentials": (("tenant",), ("client_id",), (SECRET, "client_secret_env", "certificate_file")),
    "device_code": (("tenant",), ("client_id",)),
    "service_account": (("key_file",),),
    "refresh_token": (("client_id",), (SECRET, "client_secret_env"), ("refresh_token_file",)),
}
EVERYWHERE = {"provider", "flow", "authority", "scopes", "ca_file", "cache_file"}
WORDS = {
    "tenant": "write the directory (tenant) ID of the app's overview page",
    "client_id": "write the application (client) ID",
    SECRET: "name a file with the client secret's value",
    "key_file": "name the JSON file that Google made for the service account",
    "refresh_token_file": "name a file with the refresh token",
}
TENANT = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
ANY_TENANT = ("common", "organizations", "consumers")
SOON = timedelta(days=30)
"""Before the end of a certificate it is worth a look."""


def contradictions(settings: Settings) -> Iterator[Finding]:
    for at, mailbox in enumerate(settings.mailbox):
        key, oauth = f"mailbox[{at}].oauth", mailbox.oauth
        wanted = [side for side, login in _logins(mailbox) if login.auth == "xoauth2"]
        if not oauth.provider:
            yield from _without_provider(f"mailbox[{at}]", oauth, wanted)
            continue
        if not wanted:
            remedy = 'set auth = "xoauth2" in [mailbox.imap] and [mailbox.smtp], or take this table out'
            yield Finding(f"{key}.provider", "no login of this mailbox asks for a token", remedy, grave=False)
        if "smtp" in wanted and not mailbox.smtp.username:
            remedy = "name the user whom letters are sent as"
            yield Finding(f"mailbox[{at}].smtp.username", 'is empty, but auth = "xoauth2" logs in', remedy)
        yield from _table(key, oauth)


def with_grants(
    settings: Settings, beside: Path, environ: Mapping[str, str] = os.environ
) -> tuple[Settings, list[Finding]]:
    """The settings with a grant in every login that asks for a token, and what was wrong or worth a look on the way."""
    findings: list[Finding] = []
    mailboxes = []
    for at, mailbox in enumerate(settings.mailbox):
        wanted = {side: login for side, login in _logins(mailbox) if login.auth == "xoauth2"}
        if mailbox.oauth.provider and wanted:
            grant = _grant(f"mailbox[{at}].oauth", mailbox, settings.storage.url, beside, environ, findings)
            filled = {side: login.model_copy(update={"grant": grant}) for side, login in wanted.items()}
            mailbox = mailbox.model_copy(update=filled)
        mailboxes.append(mailbox)
    return settings.model_copy(update={"mailbox": tuple(mailboxes)}), findings


def _logins(mailbox: MailboxSettings) -> tuple[tuple[str, Any], ...]:
    return ("imap", mailbox.imap), ("smtp", mailbox.smtp)


def _without_provider(key: str, oauth: OAuthSettings, wanted: list[str]) -> Iterator[Finding]:
    remedy = 'set provider = "microsoft" or "google" in [mailbox.oauth]'
    for side in wanted:
        yield Finding(f"{key}.{side}.auth", "there is nothing that says how to get a token", remedy)
    if not wanted and (given := _given(oauth)):
        remedy = "name the provider, or take this table out"
        yield Finding(f"{key}.oauth.{given[0]}", "is of no use without a provider", remedy, grave=False)


def _table(key: str, oauth: OAuthSettings) -> Iterator[Finding]:
    flow = flow_of(oauth)
    if flow not in FLOWS[oauth.provider]:
        ways = " or ".join(f'"{one}"' for one in FLOWS[oauth.provider])
        yield Finding(f"{key}.flow", f"{oauth.provider} has no such flow here", f"write {ways}")
        return
    library = LIBRARIES[oauth.provider]
    if find_spec(library.partition(".")[0]) is None or find_spec(library) is None:
        yield Finding(f"{key}.provider", f"needs {library}, which is not installed", INSTALL)
    for names in NEEDS[flow]:
        if not any(getattr(oauth, name) for name in names):
            others = f", or {' or '.join(names[1:])}" if names[1:] else ""
            yield Finding(f"{key}.{names[0]}", f"is missing for {flow}", WORDS[names[0]] + others)
    several = [name for name in (SECRET, "client_secret_env", "certificate_file") if getattr(oauth, name)]
    for name in _given(oauth):
        if name not in _used(flow):
            yield Finding(f"{key}.{name}", f"is of no use for {flow}", "take it out", grave=False)
    if len(several) > 1 and flow in ("client_credentials", "refresh_token"):
        yield Finding(f"{key}.{several[1]}", f"{several[0]} is given as well", "keep one of the two")
    yield from _values(key, oauth, flow)


def _used(flow: Flow) -> set[str]:
    """The keys that this flow looks at."""
    own = {name for names in NEEDS.get(flow, ()) for name in names}
    return EVERYWHERE | own | ({"user"} if flow == "service_account" else set())


def _values(key: str, oauth: OAuthSettings, flow: Flow) -> Iterator[Finding]:
    if oauth.tenant and not TENANT.fullmatch(oauth.tenant):
        yield Finding(f"{key}.tenant", "is neither an ID nor a domain", WORDS["tenant"])
    if flow == "client_credentials" and oauth.tenant.casefold() in ANY_TENANT:
        yield Finding(f"{key}.tenant", "names no directory: an app is let into the mailboxes of one", WORDS["tenant"])
    if oauth.authority and not re.fullmatch(r"https://[^/\s]+(/\S*)?", oauth.authority):
        yield Finding(f"{key}.authority", "is no https address", "begin it with https://, or leave it empty")
    if oauth.ca_file and not Path(oauth.ca_file).is_file():
        yield Finding(f"{key}.ca_file", f"there is no file {oauth.ca_file}", "correct the name, or leave it empty")


def _given(oauth: OAuthSettings) -> list[str]:
    return [name for name in type(oauth).model_fields if name != "provider" and getattr(oauth, name)]


def _grant(
    key: str,
    mailbox: MailboxSettings,
    url: str,
    beside: Path,
    environ: Mapping[str, str],
    findings: list[Finding],
) -> Grant | None:
    oauth = mailbox.oauth

    def secret(name: str) -> SecretStr:
        value: str = getattr(oauth, name)
        if not value or name not in _used(flow_of(oauth)):
            return NONE
        if name.endswith("_env"):
            found = credentials.from_environment(value, environ)
        else:
            found = credentials.from_file(value, beside, environ)
        match found:
            case credentials.Missing(problem, remedy):
                findings.append(Finding(f"{key}.{name}", problem, remedy.replace("password", "secret")))
                return NONE
            case credentials.Found(secret, warning):
                if warning:
                    findings.append(Finding(f"{key}.{name}", warning, "chmod 0600 it", grave=False))
                return secret

    place = place_of(mailbox, url, beside, environ)
    if place is None:
        remedy = "name a place for it, such as /var/lib/intake/oauth.json"
        findings.append(Finding(f"{key}.cache_file", "there is no usual place to keep the token in", remedy))
        return None
    client_secret = secret(SECRET) if oauth.client_secret_file else secret("client_secret_env")
    grant = Grant(
        mailbox=mailbox.name,
        provider=oauth.provider,
        flow=flow_of(oauth),
        cache=place,
        tenant=oauth.tenant,
        client_id=oauth.client_id,
        user=oauth.user or mailbox.imap.username,
        authority=oauth.authority,
        scopes=oauth.scopes,
        ca_file=oauth.ca_file,
        client_secret=SecretStr(client_secret.get_secret_value().strip()),
        certificate=secret("certificate_file"),
        key=secret("key_file"),
        refresh_token=SecretStr(secret("refresh_token_file").get_secret_value().strip()),
    )
    findings.extend(_content(key, grant))
    return grant


def place_of(mailbox: MailboxSettings, url: str, beside: Path, environ: Mapping[str, str]) -> Path | None:
    """Where the token is kept. The daemon and an admin's shell find the same one, whatever the unit sets."""
    if mailbox.oauth.cache_file:
        return beside / mailbox.oauth.cache_file
    name = f"oauth-{mailbox.name}.json"
    file = url.removeprefix(SQLITE)
    if url.startswith(SQLITE) and file not in ("", ":memory:"):
        return Path(file).parent / name
    if state := environ.get("STATE_DIRECTORY", "").partition(":")[0]:
        return Path(state) / name
    return cache.DEFAULT_DIRECTORY / name if cache.DEFAULT_DIRECTORY.is_dir() else None


def _content(key: str, grant: Grant) -> Iterator[Finding]:
    """What the files hold, as far as it can be told without asking anybody."""
    if grant.certificate.get_secret_value():
        yield from _certificate(f"{key}.certificate_file", grant)
    if grant.key.get_secret_value() and (why := _wrong_key(grant)):
        yield Finding(f"{key}.key_file", why, WORDS["key_file"])
    if grant.flow == "device_code":
        if not grant.cache.exists():
            remedy = f"`intake sign-in --mailbox {grant.mailbox}`"
            yield Finding(f"{key}.flow", f"nobody has signed in yet ({grant.cache} is not there)", remedy, grave=False)
        elif cache.exposed(grant.cache):
            yield Finding(f"{key}.cache_file", f"others can read {grant.cache}", "chmod 0600 it", grave=False)


def _certificate(key: str, grant: Grant) -> Iterator[Finding]:
    found = certificate_of(grant.certificate.get_secret_value())
    if isinstance(found, str):
        yield Finding(key, found, "write private key (without a passphrase) and certificate into it, both as PEM")
    elif found is not None and found - datetime.now(UTC) < SOON:
        remedy = 'make a new one, and upload it under "Certificates & secrets" of the app'
        yield Finding(key, f"the certificate ends on {found:%Y-%m-%d}", remedy, grave=False)


def _wrong_key(grant: Grant) -> str:
    try:
        info = json.loads(grant.key.get_secret_value())
    except ValueError:
        return "the file holds no JSON"
    if not isinstance(info, dict) or info.get("type") != "service_account":
        return "the file holds no service account"
    for name in ("client_email", "private_key", "token_uri"):
        if not isinstance(info.get(name), str) or not info[name]:
            return f"the file lacks {name}"
    return "" if info["token_uri"].startswith("https://") else "its token_uri is no https address"
