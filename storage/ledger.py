"""The ledger: each mail by the hash of its bytes, and each UID that a mailbox ever showed.

A mail is recorded once and has one end. A sighting is a UID; two UIDs with the same bytes are two sightings of one
mail. `reconcile` and every promise of "nothing lost" stand on these two tables.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TypeVar

import sqlalchemy as sa

from rules.facts import Decision, End, MailKind
from storage.database import Transaction
from storage.decisions import as_json
from storage.identities import draw
from storage.octets import write_raw
from storage.tables import mail, raw_mail, sighting, strike
from storage.transaction import prepared

_Wanted = TypeVar("_Wanted", int, str)


@dataclass(frozen=True, slots=True)
class Entry:
    """A mail as it is written into the ledger."""

    mailbox: str
    sha256: str
    message_id: str | None
    sender: str
    subject: str
    arrived_at: datetime
    size: int
    kind: MailKind
    end: End
    reason: str
    """One sentence: why it ended there."""
    raw: bytes | None
    """None only for a mail too large to fetch; it stays in the quarantine folder."""
    decision: Decision | None = None
    ticket_id: int | None = None
    content: str | None = None
    """Of what the mail says, whatever road it came by, see `copies`; of its beginning, if it was too large to fetch."""


@dataclass(frozen=True, slots=True)
class Known:
    """A mail that the ledger has."""

    mail_id: int
    end: End
    ticket_id: int | None


@dataclass(frozen=True, slots=True)
class Copy:
    """An earlier mail that says the same under the same Message-ID."""

    mail_id: int
    mailbox: str
    kind: MailKind
    ticket_id: int | None
    raw: bytes | None


@dataclass(frozen=True, slots=True)
class Sighting:
    uid: int
    end: End
    mail_id: int | None = None
    filed: bool = False
    """True where the mail stays where it is."""


def record(tx: Transaction, entry: Entry, at: datetime) -> int:
    """Returns the mail's id. The hash must not be in the ledger yet (see `known`)."""
    mail_id = draw(tx, mail)
    values = {
        "id": mail_id,
        "mailbox": entry.mailbox,
        "sha256": entry.sha256,
        "message_id": entry.message_id,
        "sender": entry.sender,
        "subject": entry.subject,
        "arrived_at": entry.arrived_at,
        "recorded_at": at,
        "size": entry.size,
        "kind": entry.kind.value,
        "end": entry.end.value,
        "reason": entry.reason,
        "decision": as_json(entry.decision) if entry.decision else None,
        "ticket_id": entry.ticket_id,
        "content": entry.content,
    }
    tx.later(RECORD, values)
    if entry.message_id is not None and tx.known("mail", entry.message_id) is False:
        tx.note("mail", {entry.message_id: True})
    if entry.raw is not None:
        write_raw(tx, mail_id, entry.raw)
    return mail_id


RECORD = prepared(sa.insert(mail), keeps_notes=True)


def ask_ahead(tx: Transaction, mailboxes: Collection[str], message_ids: Collection[str]) -> None:
    """Note which of these Message-IDs no mail in these mailboxes bears: `copies` is asked of each."""
    borne = sa.select(mail.c.message_id).where(mail.c.mailbox.in_(mailboxes))
    there = {
        one for some in _portions(message_ids) for one in tx.execute(borne.where(mail.c.message_id.in_(some))).scalars()
    }
    tx.note("mail", {MAILBOXES: frozenset(mailboxes), **{one: one in there for one in message_ids}})


MAILBOXES = ("mailboxes",)


def known(tx: Transaction, mailboxes: Collection[str], hashes: Collection[str]) -> dict[str, Known]:
    """Which of these hashes the ledger has, in any of these mailboxes; of several mails the first."""
    columns = sa.select(mail.c.sha256, mail.c.id, mail.c.end, mail.c.ticket_id).where(mail.c.mailbox.in_(mailboxes))
    rows = (row for some in _portions(hashes) for row in tx.execute(columns.where(mail.c.sha256.in_(some))))
    return {row.sha256: Known(row.id, End(row.end), row.ticket_id) for row in sorted(rows, key=lambda row: -row.id)}


def begun(tx: Transaction, mailboxes: Collection[str], content: str) -> Known | None:
    """A mail in these mailboxes that was too large to fetch and begins so, as `content` says."""
    row = tx.execute(
        sa.select(mail.c.id, mail.c.end, mail.c.ticket_id)
        .where(
            mail.c.mailbox.in_(mailboxes),
            mail.c.message_id.is_(None),
            mail.c.content == content,
            mail.c.end == End.QUARANTINED.value,
        )
        .order_by(mail.c.id)
        .limit(1)
    ).first()
    return Known(row.id, End(row.end), row.ticket_id) if row else None


def copies(
    tx: Transaction, mailboxes: Collection[str], message_id: str, content: str, since: datetime, limit: int = 3
) -> list[Copy]:
    """Mails in these mailboxes that say the same under this Message-ID and arrived since then, the first ones first.

    What is itself a copy is left out.
    """
    if tx.known("mail", message_id) is False and tx.known("mail", MAILBOXES) == frozenset(mailboxes):
        return []
    rows = tx.execute(
        sa.select(mail.c.id, mail.c.mailbox, mail.c.kind, mail.c.ticket_id, raw_mail.c.raw)
        .outerjoin(raw_mail, raw_mail.c.mail_id == mail.c.id)
        .where(
            mail.c.mailbox.in_(mailboxes),
            mail.c.message_id == message_id,
            mail.c.content == content,
            mail.c.arrived_at >= since,
            mail.c.end != End.DUPLICATE.value,
        )
        .order_by(mail.c.id)
        .limit(limit)
    )
    return [
        Copy(row.id, row.mailbox, MailKind(row.kind), row.ticket_id, None if row.raw is None else bytes(row.raw))
        for row in rows
    ]


def settle(tx: Transaction, mail_id: int, end: End, reason: str, decision: Decision, ticket_id: int | None) -> None:
    """Give a mail another end: a person took it out of quarantine, accepted or declined it."""
    values = {"end": end.value, "reason": reason, "decision": as_json(decision), "kind": decision.kind.value}
    tx.execute(sa.update(mail).where(mail.c.id == mail_id).values(ticket_id=ticket_id, **values))


def put_on(tx: Transaction, mail_id: int, ticket_id: int) -> None:
    """The mail is on this ticket, which it named otherwise than mails do."""
    tx.execute(sa.update(mail).where(mail.c.id == mail_id).values(ticket_id=ticket_id))


def repeats(tx: Transaction, ticket_id: int, mail_id: int, since: datetime) -> int:
    """How many mails on a ticket have said the same as this one of its mails since then, before it."""
    said = sa.select(mail.c.content).where(mail.c.id == mail_id).scalar_subquery()
    same = (mail.c.ticket_id == ticket_id) & (mail.c.id < mail_id) & (mail.c.content == said)
    return int(tx.execute(sa.select(sa.func.count()).where(same, mail.c.recorded_at > since)).scalar_one())


def size(tx: Transaction, mail_id: int) -> int | None:
    """Octets of a mail as the server tells it; None where there is no such mail."""
    if (noted := tx.known("raw_mail", mail_id)) is not None:
        return len(noted)
    found: int | None = tx.execute(sa.select(mail.c.size).where(mail.c.id == mail_id)).scalar_one_or_none()
    return found


def raw(tx: Transaction, mail_id: int) -> bytes | None:
    """The bytes as they came; None where the mail was too large to fetch."""
    if (noted := tx.known("raw_mail", mail_id)) is not None:
        return bytes(noted)
    found = tx.execute(sa.select(raw_mail.c.raw).where(raw_mail.c.mail_id == mail_id)).scalar_one_or_none()
    return bytes(found) if found is not None else None


def tickets_of(tx: Transaction, mailboxes: Collection[str], message_ids: Collection[str]) -> dict[str, int]:
    """Message-ID -> ticket, for mails that are on one; the first mail keeps an ID that a later one claims too."""
    rows = tx.execute(
        sa.select(mail.c.id, mail.c.message_id, mail.c.ticket_id).where(
            mail.c.message_id.in_(message_ids), mail.c.ticket_id.is_not(None), mail.c.mailbox.in_(mailboxes)
        )
    )
    return {row.message_id: row.ticket_id for row in sorted(rows, key=lambda row: -row.id)}


def sight(tx: Transaction, mailbox: str, uidvalidity: int, sightings: Iterable[Sighting], at: datetime) -> None:
    """Note where these UIDs ended. Each UID is sighted once."""
    rows = [
        {
            "mailbox": mailbox,
            "uidvalidity": uidvalidity,
            "uid": seen.uid,
            "mail_id": seen.mail_id,
            "end": seen.end.value,
            "seen_at": at,
            "file_after": at,
            "filed_at": at if seen.filed else None,
        }
        for seen in sightings
    ]
    tx.later(SIGHT, *rows)


SIGHT = prepared(sa.insert(sighting))


def sighted(tx: Transaction, mailbox: str, uidvalidity: int, uids: Collection[int]) -> dict[int, End]:
    """UID -> end, for those of these UIDs that have their sighting already."""
    here = sa.select(sighting.c.uid, sighting.c.end).where(_at(mailbox, uidvalidity))
    rows = (row for some in _portions(uids) for row in tx.execute(here.where(sighting.c.uid.in_(some))))
    return {row.uid: End(row.end) for row in rows}


def unfiled(tx: Transaction, mailbox: str, uidvalidity: int, uids: Collection[int], since: datetime) -> list[int]:
    """Which of these UIDs were recorded before then, and have not left the folder by what we know."""
    waiting = sa.select(sighting.c.uid).where(
        _at(mailbox, uidvalidity), sighting.c.filed_at.is_(None), sighting.c.seen_at < since
    )
    return sorted(set(uids) & set(tx.execute(waiting).scalars()))


def to_file(tx: Transaction, mailbox: str, uidvalidity: int, now: datetime, limit: int = 500) -> list[Sighting]:
    """UIDs that are recorded and still stand in the folder, oldest first."""
    rows = tx.execute(
        sa.select(sighting.c.uid, sighting.c.end, sighting.c.mail_id)
        .where(_at(mailbox, uidvalidity), sighting.c.filed_at.is_(None), sighting.c.file_after <= now)
        .order_by(sighting.c.uid)
        .limit(limit)
    )
    return [Sighting(row.uid, End(row.end), row.mail_id) for row in rows]


def next_filing(tx: Transaction, mailbox: str, uidvalidity: int) -> datetime | None:
    """When the next recorded mail may be moved out of the folder; None when none stands there."""
    soonest = sa.select(sa.func.min(sighting.c.file_after)).where(
        _at(mailbox, uidvalidity), sighting.c.filed_at.is_(None)
    )
    found: datetime | None = tx.execute(soonest).scalar_one()
    return found


def filed(tx: Transaction, mailbox: str, uidvalidity: int, uids: Collection[int], at: datetime) -> None:
    """These have left the folder, by us or by a person."""
    tx.execute(sa.update(sighting).where(_at(mailbox, uidvalidity), sighting.c.uid.in_(uids)).values(filed_at=at))


def filing_failed(tx: Transaction, mailbox: str, uidvalidity: int, uids: Collection[int], again: datetime) -> None:
    tx.execute(sa.update(sighting).where(_at(mailbox, uidvalidity), sighting.c.uid.in_(uids)).values(file_after=again))


def add_strike(tx: Transaction, mailbox: str, uidvalidity: int, uid: int, reason: str, at: datetime) -> int:
    """Count one more failure of this mail; returns how many there are now."""
    here = (strike.c.mailbox == mailbox) & (strike.c.uidvalidity == uidvalidity) & (strike.c.uid == uid)
    again = sa.update(strike).where(here).values(count=strike.c.count + 1, reason=reason, last_at=at)
    count = tx.execute(again.returning(strike.c.count)).scalar_one_or_none()
    if count is not None:
        return int(count)
    first = {"mailbox": mailbox, "uidvalidity": uidvalidity, "uid": uid, "count": 1, "reason": reason, "last_at": at}
    tx.execute(sa.insert(strike).values(**first))
    return 1


def failing(tx: Transaction, mailbox: str, uidvalidity: int) -> set[int]:
    """UIDs of mails that failed and have no end yet."""
    here = (strike.c.mailbox == mailbox) & (strike.c.uidvalidity == uidvalidity)
    ended = sa.exists().where(_at(mailbox, uidvalidity), sighting.c.uid == strike.c.uid)
    return set(tx.execute(sa.select(strike.c.uid).where(here, ~ended)).scalars())


def clear_strikes(tx: Transaction, mailbox: str, uidvalidity: int, uids: Collection[int]) -> None:
    tx.execute(
        sa.delete(strike).where(
            strike.c.mailbox == mailbox, strike.c.uidvalidity == uidvalidity, strike.c.uid.in_(uids)
        )
    )


def _portions(wanted: Collection[_Wanted]) -> Iterator[list[_Wanted]]:
    """A folder's backlog has more UIDs than a statement takes values: 32766 in SQLite, 65535 in PostgreSQL."""
    rest = iter(wanted)
    while some := list(islice(rest, 1000)):
        yield some


def _at(mailbox: str, uidvalidity: int) -> sa.ColumnElement[bool]:
    return (sighting.c.mailbox == mailbox) & (sighting.c.uidvalidity == uidvalidity)
