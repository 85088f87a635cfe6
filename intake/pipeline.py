"""Decides about a batch of mails and records them in one transaction: ledger, ticket, events, clocks, letters.

Facts are looked up inside that transaction, so that two mails cannot both take the last incident. Where one of them
meets a bug of ours, they are done again, each on a savepoint of its own: that one is rolled back and struck, and the
next one goes on. How one mail is ruled on is `ruling`'s.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from intake import copies, effects, staff
from intake.desk import Desk
from intake.ruling import carry_out, rule
from intake.understand import NotUnderstood, Understood
from rules import quota
from rules.facts import Decision, End, Mail, MailKind, Membership, TryLater
from rules.loops import ROUNDS, WITHIN
from storage import ahead, checkpoints, directory, ledger, policies
from storage.database import Database, Transaction
from storage.ledger import Copy, Entry, Known, Sighting
from storage.origins import DIGITS

log = structlog.get_logger()

ELSEWHERE = "another daemon has taken it in meanwhile"
LOOKED_BACK = timedelta(days=3)
"""Letters of before are not asked for ahead, however old the mails are."""
STRIKES = 3
"""The failure at which a mail is put into quarantine."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail as it was fetched and read."""

    uid: int
    arrived_at: datetime
    """INTERNALDATE."""
    size: int
    raw: bytes | None
    """None for a mail too large to fetch."""
    read: Understood | NotUnderstood
    head: bytes = b""
    """The beginning of a mail too large to fetch."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of one mail."""

    uid: int
    end: End | None
    """None: it failed, and is tried again."""
    why: str
    sender: str = ""
    subject: str = ""
    reference: str | None = None
    decision: Decision | None = None
    strikes: int = 0
    mailbox: str = ""
    mail: str = ""
    """As the log names it: the first digits of its hash."""


@dataclass(frozen=True, slots=True)
class _Batch:
    database: Database
    tx: Transaction
    desk: Desk
    uidvalidity: int
    now: datetime
    known: dict[str, Known]
    memberships: Mapping[str, tuple[Membership, ...]]
    done: Mapping[int, End]
    """UIDs that have their end already."""


def record_batch(
    database: Database,
    desk: Desk,
    uidvalidity: int,
    arrivals: Sequence[Arrival],
    now: datetime,
    *,
    reached: Callable[[Sequence[Ended]], int],
) -> list[Ended]:
    """Every arrival gets its end, or a strike. `reached` says which UID the checkpoint may stand at afterwards.

    Raises TryLater, and nothing has happened, when the store cannot take the batch now.
    """
    with database.transaction(of=(desk.policy.name,)) as tx:
        policies.keep(tx, desk.policy.version, desk.policy.name, desk.policy_text, now)
        memberships = directory.memberships(tx, desk.policy.name, _senders(arrivals))
        if quota.counts(desk.policy):
            # another mailbox may be counting the same contract's incidents at this moment
            directory.lock(tx, {one.contract.contract for known in memberships.values() for one in known})
        hashes = [identity(desk, uidvalidity, arrival) for arrival in arrivals]
        known = ledger.known(tx, desk.doors, hashes)
        # While this daemon stood still, another one may have read the mailbox.
        done = ledger.sighted(tx, desk.name, uidvalidity, [arrival.uid for arrival in arrivals])
        batch = _Batch(database, tx, desk, uidvalidity, now, known, memberships, done)
        ended = _together(batch, arrivals) or [_alone(batch, arrival) for arrival in arrivals]
        checkpoints.advance(tx, desk.name, uidvalidity, reached(ended))
    return [replace(one, mailbox=desk.name, mail=its[:DIGITS]) for one, its in zip(ended, hashes, strict=True)]


def _together(batch: _Batch, arrivals: Sequence[Arrival]) -> list[Ended] | None:
    """All of them, asking ahead and on one savepoint; None where one of them meets a bug, and nothing has happened."""
    mails = [arrival.read.mail for arrival in arrivals if isinstance(arrival.read, Understood)]
    earliest = min((arrival.arrived_at for arrival in arrivals), default=batch.now) - ROUNDS * WITHIN
    try:
        with batch.database.part(batch.tx):
            ahead.ask(
                batch.tx,
                batch.desk.doors,
                {mail.sender.key for mail in mails if mail.sender},
                {mail.message_id for mail in mails if mail.message_id},
                since=max(min(earliest, batch.now - timedelta(days=1)), batch.now - LOOKED_BACK),
            )
            together = replace(batch, known=dict(batch.known))
            return [_end(together, arrival) for arrival in arrivals]
    except TryLater:
        raise
    except Exception as bug:  # noqa: BLE001 - it is told with its mail, when each is on a savepoint of its own
        log.info("batch_taken_apart", mailbox=batch.desk.name, why=type(bug).__name__)
        return None


def identity(desk: Desk, uidvalidity: int, arrival: Arrival) -> str:
    """The hash of the mail's bytes; of its place, for one that was too large to fetch."""
    if isinstance(arrival.read, Understood):
        return arrival.read.mail.sha256
    there = arrival.raw if arrival.raw is not None else f"{desk.name} {uidvalidity} {arrival.uid}".encode()
    return hashlib.sha256(there).hexdigest()


def _beginning(arrival: Arrival) -> str | None:
    """By which a mail too large to fetch is the same one under another UIDVALIDITY; None for any other."""
    return hashlib.sha256(f"{arrival.size} ".encode() + arrival.head).hexdigest() if arrival.head else None


def _senders(arrivals: Sequence[Arrival]) -> set[str]:
    mails = [arrival.read.mail for arrival in arrivals if isinstance(arrival.read, Understood)]
    return {mail.sender.key for mail in mails if mail.sender}


def _alone(batch: _Batch, arrival: Arrival) -> Ended:
    try:
        with batch.database.part(batch.tx):
            return _end(batch, arrival)
    except TryLater:
        raise
    except Exception as bug:
        # Our bug: this mail is rolled back and struck, the batch goes on.
        its = identity(batch.desk, batch.uidvalidity, arrival)[:DIGITS]
        log.exception("bug_in_pipeline", mailbox=batch.desk.name, mail=its, uid=arrival.uid)
        with batch.database.part(batch.tx):
            return _strike(batch, arrival, f"an error of Intake's own ({type(bug).__name__}): see the log")


def _end(batch: _Batch, arrival: Arrival) -> Ended:
    if arrival.uid in batch.done:
        return Ended(arrival.uid, batch.done[arrival.uid], ELSEWHERE)
    sha256 = identity(batch.desk, batch.uidvalidity, arrival)
    if same := batch.known.get(sha256):
        _sight(batch, arrival, End.DUPLICATE, same.mail_id)
        return Ended(arrival.uid, End.DUPLICATE, "these very bytes were taken in before")
    if (beginning := _beginning(arrival)) and (same := ledger.begun(batch.tx, batch.desk.doors, beginning)):
        _sight(batch, arrival, End.DUPLICATE, same.mail_id)
        return Ended(arrival.uid, End.DUPLICATE, "it was too large to fetch, and was taken in before")
    if isinstance(arrival.read, NotUnderstood):
        if not arrival.read.final:
            return _strike(batch, arrival, arrival.read.reason)
        return _quarantine(batch, arrival, arrival.read.reason)
    mail = arrival.read.mail
    copied = copies.earlier(batch.tx, batch.desk, mail, arrival.raw or b"", arrival.arrived_at)
    if copied is not None:
        ended, mail_id, ticket_id = _copy(batch, arrival, mail, copied)
    else:
        ended, mail_id, ticket_id = _decide(batch, arrival, arrival.read)
    assert ended.end is not None
    _sight(batch, arrival, ended.end, mail_id)
    batch.known[mail.sha256] = Known(mail_id, ended.end, ticket_id)
    return ended


def _decide(batch: _Batch, arrival: Arrival, read: Understood) -> tuple[Ended, int, int | None]:
    mail, desk, tx = read.mail, batch.desk, batch.tx
    memberships = batch.memberships.get(mail.sender.key, ()) if mail.sender else ()
    ruling = rule(tx, desk, read, arrival.arrived_at, memberships, batch.now)
    decision = ruling.decision
    entry = Entry(
        mailbox=desk.name,
        sha256=mail.sha256,
        message_id=mail.message_id,
        sender=decision.sender,
        subject=mail.subject,
        arrived_at=arrival.arrived_at,
        size=arrival.size,
        kind=decision.kind,
        end=ruling.end,
        reason=decision.why,
        raw=arrival.raw,
        decision=decision,
        ticket_id=ruling.ticket_id,
        content=copies.content_of(mail),
    )
    mail_id = ledger.record(tx, entry, batch.now)
    carry_out(tx, desk, ruling, mail_id, batch.now)
    staff.heed(tx, desk, ruling, mail_id, batch.now)
    ended = Ended(arrival.uid, ruling.end, decision.why, decision.sender, mail.subject, ruling.reference, decision)
    return ended, mail_id, ruling.ticket_id


def _copy(batch: _Batch, arrival: Arrival, mail: Mail, copied: Copy) -> tuple[Ended, int, int | None]:
    """The same mail by another road: it is kept, beside the one that was decided about, and nothing follows."""
    sender = mail.sender.address if mail.sender else ""
    reason = (
        f"It says what mail {copied.mail_id} of {copied.mailbox} says, under its Message-ID: one mail on two roads."
    )
    entry = Entry(
        mailbox=batch.desk.name,
        sha256=mail.sha256,
        message_id=mail.message_id,
        sender=sender,
        subject=mail.subject,
        arrived_at=arrival.arrived_at,
        size=arrival.size,
        kind=copied.kind,
        end=End.DUPLICATE,
        reason=reason,
        raw=arrival.raw,
        ticket_id=copied.ticket_id,
        content=copies.content_of(mail),
    )
    mail_id = ledger.record(batch.tx, entry, batch.now)
    effects.tell_of_copy(batch.tx, copied.ticket_id, mail_id, reason, batch.now)
    return Ended(arrival.uid, End.DUPLICATE, reason, sender, mail.subject), mail_id, copied.ticket_id


def _quarantine(batch: _Batch, arrival: Arrival, reason: str) -> Ended:
    entry = Entry(
        mailbox=batch.desk.name,
        sha256=identity(batch.desk, batch.uidvalidity, arrival),
        message_id=None,
        sender="",
        subject="",
        arrived_at=arrival.arrived_at,
        size=arrival.size,
        kind=MailKind.UNREADABLE,
        end=End.QUARANTINED,
        reason=reason,
        raw=arrival.raw,
        content=_beginning(arrival),
    )
    mail_id = ledger.record(batch.tx, entry, batch.now)
    _sight(batch, arrival, End.QUARANTINED, mail_id)
    batch.known[entry.sha256] = Known(mail_id, End.QUARANTINED, None)
    effects.tell_of_quarantine(batch.tx, mail_id, reason, batch.now)
    return Ended(arrival.uid, End.QUARANTINED, reason)


def _strike(batch: _Batch, arrival: Arrival, reason: str) -> Ended:
    count = ledger.add_strike(batch.tx, batch.desk.name, batch.uidvalidity, arrival.uid, reason, batch.now)
    if count >= STRIKES:
        return _quarantine(batch, arrival, f"{reason} ({count} attempts)")
    return Ended(arrival.uid, None, reason, strikes=count)


def _sight(batch: _Batch, arrival: Arrival, end: End, mail_id: int) -> None:
    seen = [Sighting(arrival.uid, end, mail_id)]
    ledger.sight(batch.tx, batch.desk.name, batch.uidvalidity, seen, batch.now)
