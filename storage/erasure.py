"""Takes out of the store what somebody wrote, and whose it was; that it came, and what was decided, stays.

A mail keeps the hash of its bytes, its times and its end, so that it is known when it is delivered again and no
reconciliation misses it. A ticket keeps its decision and its figures, an event its kind, its time and values that are
codes, numbers or times (`kept`). Where an address or a name stood, stands `FORGOTTEN`. That no byte of it is left in
the file is `storage.leavings`' to see to, once the transaction is committed.
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from storage.database import Transaction
from storage.outbox import LetterState
from storage.tables import (
    answer,
    booking,
    bounce,
    correspondent,
    digest_entry,
    event,
    gap,
    mail,
    outbox,
    raw_mail,
    sighting,
    strike,
    ticket,
)

FORGOTTEN = "forgotten"
"""Stands where an address, a name or words stood that have to stand somewhere."""
ERASED = "what it says was erased"
KEPT = frozenset(
    {"outcome", "failed", "template", "severity", "status", "flags", "from", "to", "letter", "clock", "kind", "due"}
    | {"what", "amount", "left", "since", "until", "gate", "points_at", "in", "into", "queue", "contract", "every"}
)
"""Keys of an event's detail that can hold a code, a number or a time."""
CODE = re.compile(r"[a-z]+(_[a-z]+)*|-?\d+(\.\d+)?|[A-Z][A-Z0-9]{0,7}-\d+|\d{4}-\d\d-\d\dT[\d:.]+(\+00:00|Z)")


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was taken out, or would be."""

    tickets: int = 0
    mails: int = 0
    letters: int = 0
    octets: int = 0
    """Of mails and letters."""

    def __add__(self, other: "Erased") -> "Erased":
        return Erased(
            self.tickets + other.tickets,
            self.mails + other.mails,
            self.letters + other.letters,
            self.octets + other.octets,
        )


def whole_tickets(tx: Transaction, ids: Collection[int], at: datetime, staff: Collection[str] = ()) -> Erased:
    """These tickets with everything on them, whoever wrote it. `staff`: keys of addresses that may stay in the log."""
    mail_ids = _ids(tx, mail.c.id, (mail.c.ticket_id, ids), mail.c.erased_at.is_(None))
    letter_ids = _ids(tx, outbox.c.id, (outbox.c.ticket_id, ids), outbox.c.erased_at.is_(None))
    erased = mails(tx, mail_ids, at, staff) + letters(tx, letter_ids, at)
    return erased + openings(tx, ids, at, staff)


def openings(tx: Transaction, ids: Collection[int], at: datetime, staff: Collection[str] = ()) -> Erased:
    """The tickets' own words: who asked, about what, what was noted and answered; not the mails on them."""
    count = 0
    for some in _portions(ids):
        for row in tx.execute(sa.select(ticket.c.id, ticket.c.decision).where(ticket.c.id.in_(some))).all():
            values = {"contact": FORGOTTEN, "contact_name": FORGOTTEN, "subject": FORGOTTEN, "erased_at": at}
            decision = without_words(row.decision)
            tx.execute(sa.update(ticket).where(ticket.c.id == row.id).values(decision=decision, **values))
            count += 1
        _events(tx, event.c.ticket_id.in_(some), staff)
        tx.execute(sa.delete(correspondent).where(correspondent.c.ticket_id.in_(some)))
        tx.execute(sa.delete(digest_entry).where(digest_entry.c.ticket_id.in_(some)))
        _answers(tx, answer.c.ticket_id.in_(some))
        tx.execute(sa.update(booking).where(booking.c.ticket_id.in_(some)).values(note=""))
    return Erased(tickets=count)


def mails(tx: Transaction, ids: Collection[int], at: datetime, staff: Collection[str] = ()) -> Erased:
    """These mails: their bytes with every attachment, who wrote them, and what the log says of them."""
    erased = Erased()
    for some in _portions(ids):
        size = sa.select(sa.func.coalesce(sa.func.sum(sa.func.length(raw_mail.c.raw)), 0))
        octets = int(tx.execute(size.where(raw_mail.c.mail_id.in_(some))).scalar_one())
        tx.execute(sa.delete(raw_mail).where(raw_mail.c.mail_id.in_(some)))
        columns = sa.select(mail.c.id, mail.c.sender, mail.c.message_id, mail.c.decision)
        for row in tx.execute(columns.where(mail.c.id.in_(some))).all():
            values = {
                "sender": FORGOTTEN if row.sender else "",
                "message_id": hidden(row.message_id) if row.message_id else None,
                "decision": without_words(row.decision) if row.decision else None,
                "subject": FORGOTTEN,
                "reason": ERASED,
                "erased_at": at,
            }
            tx.execute(sa.update(mail).where(mail.c.id == row.id).values(**values))
        _events(tx, event.c.mail_id.in_(some), staff)
        _answers(tx, answer.c.mail_id.in_(some))
        tx.execute(sa.update(gap).where(gap.c.mail_id.in_(some)).values(what=""))
        _strikes(tx, some)
        erased += Erased(mails=len(some), octets=octets)
    return erased


def letters(tx: Transaction, ids: Collection[int], at: datetime) -> Erased:
    """These letters: their bytes, their subjects, and to whom they went. One that was to go yet does not."""
    erased = Erased()
    unsent = outbox.c.state.in_([LetterState.WAITING.value, LetterState.REFUSED.value])
    withheld = LetterState.WITHHELD.value
    for some in _portions(ids):
        size = sa.select(sa.func.coalesce(sa.func.sum(sa.func.length(outbox.c.raw)), 0))
        octets = int(tx.execute(size.where(outbox.c.id.in_(some))).scalar_one())
        tx.execute(sa.delete(bounce).where(bounce.c.letter_id.in_(some)))
        tx.execute(
            sa.update(outbox)
            .where(outbox.c.id.in_(some))
            .values(
                recipients=[FORGOTTEN],
                addressee=FORGOTTEN,
                subject=FORGOTTEN,
                raw=b"",
                state=sa.case((unsent, withheld), else_=outbox.c.state),
                last_error=sa.case((unsent | (outbox.c.state == withheld), ERASED), else_=""),
                erased_at=at,
            )
        )
        erased += Erased(letters=len(some), octets=octets)
    return erased


def hidden(message_id: str) -> str:
    """What stands for a Message-ID of a mail that was erased: another mail that bears it is still known by it."""
    return "sha256:" + hashlib.sha256(message_id.encode("utf-8", "surrogatepass")).hexdigest()


def without_words(decision: Mapping[str, Any]) -> dict[str, Any]:
    """A decision as it is stored, without what it quotes, and without whose mail it was about."""
    gates = [{**gate, "why": ""} for gate in decision.get("gates", ())]
    severity = [{**one, "phrase": ""} for one in decision.get("severity_why", ())]
    whose = {name: FORGOTTEN for name in ("sender", "contact") if decision.get(name)}
    return {**decision, **whose, "why": "", "gates": gates, "severity_why": severity}


def kept(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Of an event's detail what are codes, numbers and times."""
    return {name: value for name, value in detail.items() if name in KEPT and _is_code(value)}


def _is_code(value: object) -> bool:
    match value:
        case None | bool() | int() | float():
            return True
        case str():
            return bool(CODE.fullmatch(value))
        case list():
            return all(map(_is_code, value))
    return False


def _events(tx: Transaction, where: sa.ColumnElement[bool], staff: Collection[str]) -> None:
    columns = sa.select(event.c.id, event.c.actor, event.c.detail)
    for row in tx.execute(columns.where(where)).all():
        actor = FORGOTTEN if "@" in row.actor and row.actor not in staff else row.actor
        detail = kept(row.detail)
        if (actor, detail) != (row.actor, row.detail):
            tx.execute(sa.update(event).where(event.c.id == row.id).values(actor=actor, detail=detail))


def _answers(tx: Transaction, where: sa.ColumnElement[bool]) -> None:
    tx.execute(sa.update(answer).where(where).values(text="", signature="", why=""))


def _strikes(tx: Transaction, mail_ids: Collection[int]) -> None:
    seen = sa.exists().where(
        sighting.c.mailbox == strike.c.mailbox,
        sighting.c.uidvalidity == strike.c.uidvalidity,
        sighting.c.uid == strike.c.uid,
        sighting.c.mail_id.in_(mail_ids),
    )
    tx.execute(sa.update(strike).where(seen).values(reason=""))


def _ids(
    tx: Transaction, wanted: "sa.Column[int]", among: tuple["sa.Column[int]", Collection[int]], *more: Any
) -> list[int]:
    column, values = among
    rows = (tx.execute(sa.select(wanted).where(column.in_(some), *more)).scalars() for some in _portions(values))
    return [one for found in rows for one in found]


def _portions(ids: Collection[int]) -> Iterator[list[int]]:
    rest = iter(ids)
    while some := list(islice(rest, 500)):
        yield some
