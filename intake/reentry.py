"""Records a mail that the ledger has lost: as the pipeline does on a desk that only observes.

It is decided, has its ticket, its clocks and its events, and staff are told; customers and distributors get nothing,
for they had their letters before. What a member of staff wrote was carried out then and is noted, not done again.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from intake import copies, effects
from intake.desk import Desk
from intake.ruling import Ruling, carry_out, rule
from intake.staff_mail import STAFF_MAIL
from intake.understand import NotUnderstood, Understood
from intake.unknown_mail import Unknown
from rules.facts import End, MailKind, TryLater
from storage import directory, ledger, policies, tickets
from storage.database import Database, Transaction
from storage.ledger import Entry, Sighting
from storage.tickets import Event

log = structlog.get_logger()

NO_UIDVALIDITY = 0
"""Folders have one above (RFC 3501 section 2.3.1.1)."""
RECOVERED = "recovered"
WHY = "It was taken in after the backup from which the store was restored, and has been answered before."
STAFF_WHY = "It was carried out after the backup from which the store was restored; it is not done again."
UNREAD = "It stood among the mail that could not be read when the store was restored from a backup."


@dataclass(frozen=True, slots=True)
class Returning:
    """A mail that comes back."""

    found: Unknown
    read: Understood | NotUnderstood | None
    """None for a mail that stood in quarantine, or is too large to fetch."""


@dataclass(frozen=True, slots=True)
class Reentered:
    uid: int
    end: End
    mail_id: int
    known: bool = False
    """The ledger has it by now."""


def reenter(
    database: Database, desk: Desk, mails: Sequence[Returning], now: datetime, uidvalidity: int = NO_UIDVALIDITY
) -> list[Reentered]:
    """In this order. `desk` must be one that only observes; `uidvalidity` is the inbox's where these lie in it.

    Raises TryLater, and none of these is recorded.
    """
    assert desk.observes
    done = []
    with database.transaction(of=(desk.policy.name,)) as tx:
        policies.keep(tx, desk.policy.version, desk.policy.name, desk.policy_text, now)
        for mail in mails:
            done.append(_record(database, tx, desk, mail, now))
        if uidvalidity != NO_UIDVALIDITY:
            there = ledger.sighted(tx, desk.name, uidvalidity, [one.uid for one in done])
            seen = [Sighting(one.uid, one.end, one.mail_id) for one in done if one.uid not in there]
        else:
            # The UIDs that these had in the inbox are lost: each has one that no folder ever gives out.
            seen = [Sighting(-one.mail_id, one.end, one.mail_id, filed=True) for one in done if not one.known]
        ledger.sight(tx, desk.name, uidvalidity, seen, now)
    return done


def _record(database: Database, tx: Transaction, desk: Desk, mail: Returning, now: datetime) -> Reentered:
    found = mail.found
    if same := ledger.known(tx, desk.doors, [_identity(desk, found)]):
        (one,) = same.values()
        return Reentered(found.uid, End.DUPLICATE, one.mail_id, known=True)
    try:
        with database.part(tx):
            return _end(tx, desk, mail, now)
    except TryLater:
        raise
    except Exception as bug:
        log.exception("bug_in_recovery", mailbox=desk.name, uid=found.uid)
        with database.part(tx):
            why = f"an error of Intake's own ({type(bug).__name__}) when it was recovered: see the log"
            return _quarantine(tx, desk, found, why, now)


def _end(tx: Transaction, desk: Desk, mail: Returning, now: datetime) -> Reentered:
    found, read = mail.found, mail.read
    if not isinstance(read, Understood):
        return _quarantine(tx, desk, found, read.reason if read else UNREAD, now)
    said = read.mail
    copied = copies.earlier(tx, desk, said, found.raw or b"", found.internaldate)
    if copied is not None:
        why = f"It says what mail {copied.mail_id} of {copied.mailbox} says, under its Message-ID. {WHY}"
        sender = said.sender.address if said.sender else ""
        entry = _entry(desk, found, copied.kind, End.DUPLICATE, why, said.message_id, sender, said.subject)
        mail_id = ledger.record(tx, entry, now)
        effects.tell_of_copy(tx, copied.ticket_id, mail_id, why, now)
        return Reentered(found.uid, End.DUPLICATE, mail_id)
    senders = [said.sender.key] if said.sender else []
    memberships = directory.memberships(tx, desk.policy.name, senders).get(senders[0], ()) if senders else ()
    ruling = rule(tx, desk, read, found.internaldate, memberships, now)
    mail_id = ledger.record(tx, _decided(desk, found, ruling), now)
    carry_out(tx, desk, ruling, mail_id, now)
    is_staff = ruling.decision.kind is MailKind.STAFF
    on = ruling.pointed.ticket_id if is_staff and ruling.pointed else ruling.ticket_id
    kind, why = (STAFF_MAIL, STAFF_WHY) if is_staff else (RECOVERED, WHY)
    tickets.log(tx, Event(now, kind, effects.INTAKE, {"why": why}, on, mail_id))
    return Reentered(found.uid, ruling.end, mail_id)


def _decided(desk: Desk, found: Unknown, ruling: Ruling) -> Entry:
    return Entry(
        mailbox=desk.name,
        sha256=_identity(desk, found),
        message_id=ruling.mail.message_id,
        sender=ruling.decision.sender,
        subject=ruling.mail.subject,
        arrived_at=found.internaldate,
        size=found.size,
        kind=ruling.decision.kind,
        end=ruling.end,
        reason=ruling.decision.why,
        raw=found.raw,
        decision=ruling.decision,
        ticket_id=ruling.ticket_id,
        content=copies.content_of(ruling.mail),
    )


def _quarantine(tx: Transaction, desk: Desk, found: Unknown, why: str, now: datetime) -> Reentered:
    mail_id = ledger.record(tx, _entry(desk, found, MailKind.UNREADABLE, End.QUARANTINED, why, None, "", ""), now)
    effects.tell_of_quarantine(tx, mail_id, why, now)
    return Reentered(found.uid, End.QUARANTINED, mail_id)


def _entry(
    desk: Desk, found: Unknown, kind: MailKind, end: End, why: str, message_id: str | None, sender: str, subject: str
) -> Entry:
    return Entry(
        mailbox=desk.name,
        sha256=_identity(desk, found),
        message_id=message_id,
        sender=sender,
        subject=subject,
        arrived_at=found.internaldate,
        size=found.size,
        kind=kind,
        end=end,
        reason=why,
        raw=found.raw,
    )


def _identity(desk: Desk, found: Unknown) -> str:
    """The hash of its bytes; of its place, for one that is too large to fetch."""
    place = f"{desk.name} {found.folder} {found.uidvalidity} {found.uid}"
    return found.sha256 or hashlib.sha256(place.encode()).hexdigest()
