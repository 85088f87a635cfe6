"""Keeps the tokens of all mailboxes fresh, every half minute, and tells of one that cannot be renewed.

`status` shows it from the first failure on, with the time that is left; staff are paged once: at once where a person
must act, else when ten minutes are left, so that there is time before a log-in fails. Connections that are open live
on without a token.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from intake.alarms import raise_alarm
from intake.desk import Desk
from intake.oauth.certificate import ends
from intake.oauth.grant import Grant
from intake.oauth.source import Standing, TokenSource, source_of
from intake.settings import MailboxSettings
from intake.standing import span
from storage import conditions
from storage.database import Database

PART = "oauth"
"""For `status`, followed by the mailbox's name; and the headline of its alarm."""
URGENT = timedelta(minutes=10)
"""Before the end of a token that cannot be renewed."""
EXPIRING = timedelta(days=14)
"""Before the end of an application's certificate."""


def grant_of(mailbox: MailboxSettings) -> Grant | None:
    """None where the mailbox is logged in to with passwords."""
    return mailbox.imap.grant or mailbox.smtp.grant


def keep(desks: Mapping[str, Desk], source: Callable[[Grant], TokenSource] = source_of) -> set[str]:
    """Renews what is due; returns the mailboxes that have a token again. It may take as long as a provider is silent;
    never raises TryLater."""
    again = set()
    for name, desk in desks.items():
        if (grant := grant_of(desk.mailbox)) is not None:
            tokens = source(grant)
            failed = tokens.standing().trouble
            tokens.keep()
            if failed and not tokens.standing().trouble:
                again.add(name)
    return again


def hurry(desks: Mapping[str, Desk]) -> None:
    """An admin says that it is mended."""
    for desk in desks.values():
        if (grant := grant_of(desk.mailbox)) is not None:
            source_of(grant).hurry()


def standing(mailboxes: Collection[MailboxSettings]) -> dict[str, Standing]:
    """How the token of each mailbox does that has one, by the mailbox's name; `seconds_left` is for a metric."""
    grants = {mailbox.name: grant_of(mailbox) for mailbox in mailboxes}
    return {name: source_of(grant).standing() for name, grant in grants.items() if grant is not None}


def certificate_ends(mailboxes: Collection[MailboxSettings]) -> dict[str, datetime]:
    """When the certificate ends by which the app of a mailbox proves itself, by the mailbox's name."""
    found = {mailbox.name: ends(grant) for mailbox in mailboxes if (grant := grant_of(mailbox)) is not None}
    return {name: end for name, end in found.items() if end is not None}


def look(
    database: Database,
    desks: Mapping[str, Desk],
    now: datetime,
    source: Callable[[Grant], TokenSource] = source_of,
) -> int:
    """Note and tell how the tokens of these mailboxes do; returns how many were told. Raises TryLater."""
    with database.snapshot() as tx:
        parts = (f"{PART} {name}" for name in desks)
        before = {one.part: one for one in conditions.current(tx) if one.part.startswith(f"{PART} ")}
        before = {part: before[part] for part in parts if part in before}
    told = 0
    for name, desk in desks.items():
        part = f"{PART} {name}"
        known = before.get(part)
        grant = grant_of(desk.mailbox)
        if grant is None:
            if known is not None:
                with database.transaction(of=()) as tx:
                    conditions.forget(tx, part)
            continue
        stands = source(grant).standing()
        well, why = words(grant, stands, now)
        if known is not None and (known.well, known.detail) == (well, why):
            continue
        told += _note(database, desk, part, well=well, why=why, urgent=_is_urgent(stands, now), now=now)
    return told


def words(grant: Grant, stands: Standing, now: datetime) -> tuple[bool, str]:
    """Whether it is well, and a line for `status`."""
    if not stands.trouble:
        if stands.expires_at is None:
            return True, "no token was needed yet"
        certificate = ends(grant)
        if certificate is not None and certificate - now < EXPIRING:
            remedy = "make a new one for certificate_file, and upload it at Microsoft"
            return False, f"the certificate of the app ends on {certificate:%Y-%m-%d}; {remedy}"
        until = f"a token until {stands.expires_at:%Y-%m-%d %H:%M} UTC"
        return True, f"{until}; {stands.unkept}" if stands.unkept else until
    if stands.expires_at is None:
        return False, f"no token for {grant.mailbox}: {stands.trouble}"
    left = stands.expires_at - now
    if left <= timedelta(0):
        return False, f"the token for {grant.mailbox} ended {span(-left)} ago; no new one: {stands.trouble}"
    return False, f"the token for {grant.mailbox} ends in {span(left)}; renewing it fails: {stands.trouble}"


def _is_urgent(stands: Standing, now: datetime) -> bool:
    left = timedelta(seconds=stands.seconds_left(now))
    return bool(stands.trouble) and (stands.lasting or stands.expires_at is None or left <= URGENT)


def _note(database: Database, desk: Desk, part: str, *, well: bool, why: str, urgent: bool, now: datetime) -> int:
    with database.transaction(of=[desk.policy.name] if urgent else ()) as tx:
        conditions.note(tx, part, well, why, now)
        if not urgent:
            return 0
        since = next(one.since for one in conditions.current(tx) if one.part == part)
        return raise_alarm(tx, [desk], PART, f"{PART}.{desk.name}.{since:%Y%m%dT%H%M%S}", why, now)
