"""Tries every log-in that the configuration names: IMAP and SMTP of each mailbox, and the database.

Nothing is fetched, sent or changed, but that missing folders for processed mail and quarantine are made, as the daemon
would. What fails is told in the line that the wire itself has for it.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from intake.imap import Imap
from intake.oauth.grant import Grant
from intake.oauth.source import source_of
from intake.oauth.watch import grant_of
from intake.settings import ImapSettings, Settings, SmtpSettings
from intake.smtp import Smtp
from intake.store import usable
from rules.facts import TryLater


@dataclass(frozen=True, slots=True)
class Tried:
    part: str
    """ "oauth support", "imap support", "smtp support", "database"."""
    well: bool
    told: str
    """One line; with its remedy when it is not well."""


def connections(settings: Settings) -> Iterator[Tried]:
    """One answer after the other, each as soon as it is known."""
    yield _tried("database", partial(_database, settings.storage.url))
    seconds = settings.daemon.network_seconds
    for mailbox in settings.mailbox:
        if grant := grant_of(mailbox):
            yield _tried(f"oauth {mailbox.name}", partial(_token, grant))
        yield _tried(f"imap {mailbox.name}", partial(_imap, mailbox.imap, seconds))
        yield _tried(f"smtp {mailbox.name}", partial(log_in_to_smtp, mailbox.smtp, seconds))


def _tried(part: str, attempt: Callable[[], str]) -> Tried:
    try:
        return Tried(part, True, attempt())
    except TryLater as trouble:
        return Tried(part, False, str(trouble))


def _token(grant: Grant) -> str:
    """A new one: that an old one still holds says nothing."""
    source = source_of(grant)
    token = source.renew()
    kept = source.standing().unkept or f"kept in {grant.cache}"
    return f"{grant.provider} handed out a token ({grant.flow}) until {token.expires_at:%H:%M} UTC, {kept}"


def _imap(settings: ImapSettings, seconds: float) -> str:
    imap = Imap(settings, connect_seconds=seconds, read_seconds=seconds)
    try:
        opened = imap.connect()
    finally:
        imap.close()
    return f"logged in at {settings.host}:{settings.port}, {opened.exists} mail(s) in {settings.folder}"


def log_in_to_smtp(settings: SmtpSettings, seconds: float) -> str:
    """What went well, in one line. Raises TryLater or Misconfigured."""

    async def there_and_back() -> None:
        smtp = Smtp(settings, seconds=seconds)
        try:
            await smtp.connect()
        finally:
            await smtp.close()

    asyncio.run(there_and_back())
    return f"{'logged in' if settings.username else 'connected'} at {settings.host}:{settings.port}"


def _database(url: str) -> str:
    with usable(url) as database:
        return f"{database.place} has this version's schema"
