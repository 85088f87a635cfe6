"""What the settings cannot say field by field: contradictions between keys, paths made absolute, passwords found.

Pure apart from reading the files that hold passwords. `intake.config` puts file and line to what is said here.
"""

import ipaddress
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from intake import credentials
from intake.settings import LoginSettings, MailboxSettings, Settings
from rules.facts import address_key

SQLITE = "sqlite:///"
POSTGRESQL = "postgresql+psycopg://"


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault without its file; `key` as in `config_faults.Fault`."""

    key: str
    problem: str
    remedy: str
    grave: bool = True
    """False for what is only worth a look."""


def plain_passwords(raw: Mapping[str, Any]) -> Iterator[Finding]:
    """Passwords written into the file itself."""
    mailboxes = raw.get("mailbox")
    for at, mailbox in enumerate(mailboxes if isinstance(mailboxes, list) else []):
        for side in ("imap", "smtp"):
            login = mailbox.get(side) if isinstance(mailbox, dict) else None
            if isinstance(login, dict) and "password" in login:
                key = f"mailbox[{at}].{side}.password"
                yield Finding(
                    key, "a password has no place in this file", "write it to a file and name that in password_file"
                )
            if isinstance(login, dict) and "grant" in login:  # ours alone
                yield Finding(f"mailbox[{at}].{side}.grant", "unknown key", "describe it under [mailbox.oauth]")


def contradictions(settings: Settings) -> Iterator[Finding]:
    if not settings.mailbox:
        yield Finding("mailbox", "there is none", "describe at least one under [[mailbox]]")
    if not settings.storage.url.startswith((SQLITE, POSTGRESQL)) and settings.storage.url != "sqlite://":
        remedy = f"write {SQLITE}/var/lib/intake/intake.db, or {POSTGRESQL}user@host/database"
        yield Finding("storage.url", "names no database that this version knows", remedy)
    yield from _twins(settings)
    yield from _metrics(settings)
    for at, mailbox in enumerate(settings.mailbox):
        for name in ("processed_folder", "quarantine_folder"):
            if getattr(mailbox.imap, name).casefold() == mailbox.imap.folder.casefold():
                remedy = 'name another folder, or "" to leave mail where it is'
                yield Finding(f"mailbox[{at}].imap.{name}", "is the folder that new mail arrives in", remedy)
        if mailbox.dkim and find_spec("dkim") is None:
            remedy = "pip install 'ticket-intake[dkim]', or take the key out"
            yield Finding(f"mailbox[{at}].dkim", "needs dkimpy, which is not installed", remedy)
        for side, login in _logins(mailbox):
            yield from _login(f"mailbox[{at}].{side}", login)
    for at, member in enumerate(settings.staff):
        earlier = [address_key(other.email) for other in settings.staff[:at]]
        if address_key(member.email) in earlier:
            yield Finding(f"staff[{at}].email", "is listed twice", "give each person one entry with all queues")
        if member.hours and not member.timezone:
            yield Finding(f"staff[{at}].timezone", "is missing although there are hours", "name the zone they are in")
        elif member.digest and not member.timezone:
            yield Finding(f"staff[{at}].timezone", "is missing although there is a digest", "name the zone of its time")
        if address_key(member.email) in {address_key(mailbox.address) for mailbox in settings.mailbox}:
            yield Finding(f"staff[{at}].email", "is the address of a mailbox", "name the person's own address")


def with_passwords(
    settings: Settings, beside: Path, environ: Mapping[str, str] = os.environ
) -> tuple[Settings, list[Finding]]:
    """The settings with every password filled in, and what was wrong or worth a look on the way."""
    findings: list[Finding] = []
    mailboxes = []
    for at, mailbox in enumerate(settings.mailbox):
        filled = {}
        for side, login in _logins(mailbox):
            key = f"mailbox[{at}].{side}"
            match _secret(login, beside, environ):
                case None:
                    continue
                case credentials.Missing(problem, remedy):
                    name = "password_env" if login.password_env else "password_file"
                    findings.append(Finding(f"{key}.{name}", problem, remedy))
                case credentials.Found(secret, warning):
                    filled[side] = login.model_copy(update={"password": secret})
                    if warning:
                        findings.append(Finding(f"{key}.password_file", warning, "chmod 0600 it", grave=False))
        mailboxes.append(mailbox.model_copy(update=filled))
    return settings.model_copy(update={"mailbox": tuple(mailboxes)}), findings


def absolute(settings: Settings, beside: Path) -> Settings:
    """Relative files made absolute, so that it does not matter where the daemon is started."""
    mailboxes = tuple(
        mailbox.model_copy(
            update={
                "policy": _file(mailbox.policy, beside) if is_file_name(mailbox.policy) else mailbox.policy,
                "templates": _file(mailbox.templates, beside),
                **{
                    side: login.model_copy(update={"ca_file": _file(login.ca_file, beside)})
                    for side, login in _logins(mailbox)
                },
                "oauth": mailbox.oauth.model_copy(update={"ca_file": _file(mailbox.oauth.ca_file, beside)}),
            }
        )
        for mailbox in settings.mailbox
    )
    url = settings.storage.url
    if url.startswith(SQLITE) and not url.startswith((SQLITE + "/", SQLITE + ":memory:")) and url != SQLITE:
        url = SQLITE + _file(url.removeprefix(SQLITE), beside)
    return settings.model_copy(
        update={"mailbox": mailboxes, "storage": settings.storage.model_copy(update={"url": url})}
    )


def is_file_name(policy: str) -> bool:
    """Whether a policy is named by its file rather than as one of the shipped ones."""
    return "/" in policy or policy.endswith(".toml")


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


def _file(name: str, beside: Path) -> str:
    return str(beside / name) if name else ""


def _logins(mailbox: MailboxSettings) -> Iterator[tuple[str, LoginSettings]]:
    yield "imap", mailbox.imap
    yield "smtp", mailbox.smtp


def _login(key: str, login: LoginSettings) -> Iterator[Finding]:
    if login.security == "none" and not is_loopback(login.host):
        yield Finding(
            f"{key}.security", f'"none" would send the password to {login.host} in the clear', 'use "tls" or "starttls"'
        )
    if login.auth == "xoauth2":
        if login.password_file or login.password_env:
            name = "password_file" if login.password_file else "password_env"
            yield Finding(f"{key}.{name}", 'is of no use with auth = "xoauth2"', "take it out", grave=False)
    else:
        yield from _password(key, login)
    if login.ca_file and not Path(login.ca_file).is_file():
        yield Finding(f"{key}.ca_file", f"there is no file {login.ca_file}", "correct the name, or leave it empty")


def _password(key: str, login: LoginSettings) -> Iterator[Finding]:
    if login.password_file and login.password_env:
        yield Finding(f"{key}.password_env", "password_file is given as well", "keep one of the two")
    if login.username and not (login.password_file or login.password_env):
        yield Finding(
            f"{key}.username", "has no password", "name a file with it in password_file, or a variable in password_env"
        )
    if not login.username and (login.password_file or login.password_env):
        yield Finding(
            f"{key}.username", "is empty although a password is named", "name the user, or remove the password"
        )


def _secret(
    login: LoginSettings, beside: Path, environ: Mapping[str, str]
) -> credentials.Found | credentials.Missing | None:
    if login.auth == "xoauth2" or (login.password_env and login.password_file):
        return None  # `_login` has said so
    if login.password_env:
        return credentials.from_environment(login.password_env, environ)
    if login.password_file:
        return credentials.from_file(login.password_file, beside, environ)
    return None


def _metrics(settings: Settings) -> Iterator[Finding]:
    place = settings.metrics.place
    if place is None:
        return
    host, port = place
    if not 0 < port < 65536:
        yield Finding("metrics.listen", "names no port", 'write it like "127.0.0.1:9464"')
    if not is_loopback(host) and not settings.metrics.beyond_loopback:
        remedy = 'use "127.0.0.1:9464", or say beyond_loopback = true as well'
        yield Finding("metrics.listen", f"{host} can be reached from other machines", remedy)


def _twins(settings: Settings) -> Iterator[Finding]:
    """Mailboxes that would take each other's mail or tickets."""
    seen: dict[tuple[str, str], int] = {}
    for at, mailbox in enumerate(settings.mailbox):
        imap = mailbox.imap
        place = f"{imap.host.casefold()}:{imap.port} {imap.username} {imap.folder}"
        for field, value in (("name", mailbox.name), ("ticket_prefix", mailbox.ticket_prefix), ("imap.folder", place)):
            first = seen.setdefault((field, value), at)
            if first != at:
                same = "is the same folder of the same account as" if field == "imap.folder" else "is also that of"
                yield Finding(f"mailbox[{at}].{field}", f"{same} mailbox[{first}]", "give each mailbox its own")
