"""Letters between their composing and the server's word that it has them.

A row holds the final bytes and the Message-ID from before the first attempt, so that a repeat is the same letter.
States: waiting → claimed → sent | refused, and back to waiting for another try; *withheld* is written down but never
sent (a mailbox that only observes, a budget that is used up).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from rules.facts import mailbox_key
from storage.database import Transaction
from storage.tables import mailbox, outbox
from storage.transaction import Prepared, prepared

PAGE = "page"
"""The kind of what goes by pager or chat; its recipients are places of the configuration."""
TO_STAFF = ("notice", "question", "transcript", "digest")
"""Kinds that only staff are sent."""
ANSWER = "answer"
"""The kind of what a person wrote to a customer."""
FORWARD = "forward"
"""The kind of what is handed on to a distributor, a partner or another desk."""
NOT_AUTOMATIC = (*TO_STAFF, FORWARD, ANSWER, PAGE)
"""What no budget counts."""


class LetterState(StrEnum):
    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    REFUSED = "refused"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class NewLetter:
    mailbox: str
    kind: str
    """acknowledgement, decline, held, routed, notice…"""
    template: str
    message_id: str
    sender: str
    """Envelope sender."""
    recipients: tuple[str, ...]
    subject: str
    raw: bytes
    ticket_id: int | None = None
    withheld: str | None = None
    """Why it is only written down; None for a letter that is to be sent."""


@dataclass(frozen=True, slots=True)
class Written:
    """An automatic letter, as it is counted."""

    created_at: datetime
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter that is this daemon's to deliver now."""

    letter_id: int
    mailbox: str
    kind: str
    ticket_id: int | None
    message_id: str
    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    attempts: int
    created_at: datetime
    subject: str = ""
    owner: str = ""
    """The daemon that claimed it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one attempt ended."""

    letter_id: int
    state: LetterState
    error: str = ""
    ambiguous: bool = False
    recipients: tuple[str, ...] | None = None
    """Who is still to get it; None for no change."""
    next_try_at: datetime | None = None
    counts: bool = True
    """False where the server was not even reached: no attempt on this letter."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Recipients that the server refused in this attempt, each with its words. Not stored."""


def post(tx: Transaction, letters: Sequence[NewLetter], at: datetime) -> None:
    """Write letters down for delivery."""
    rows = [
        {
            "mailbox": letter.mailbox,
            "kind": letter.kind,
            "template": letter.template,
            "ticket_id": letter.ticket_id,
            "message_id": letter.message_id,
            "sender": letter.sender,
            "recipients": list(letter.recipients),
            "addressee": mailbox_key(letter.recipients[0]),
            "subject": letter.subject,
            "raw": letter.raw,
            "created_at": at,
            "state": LetterState.WAITING.value if letter.withheld is None else LetterState.WITHHELD.value,
            "next_try_at": at,
            "attempts": 0,
            "ambiguous": 0,
            "last_error": letter.withheld or "",
        }
        for letter in letters
    ]
    tx.later(POST, *rows)
    for letter in letters:
        if tx.noted and letter.withheld is None and letter.kind not in NOT_AUTOMATIC:
            _note_written(tx, mailbox_key(letter.recipients[0]), letter.mailbox, at)


POST = prepared(sa.insert(outbox), keeps_notes=True)


def _note_written(tx: Transaction, addressee: str, mailbox: str, at: datetime) -> None:
    """What `letter_counts` noted stays true."""
    to: list[Written] | None = tx.known("outbox", ("to", addressee))
    if to is not None:
        to.append(Written(at))
    if (count := tx.known("outbox", ("from", mailbox))) is not None:
        tx.note("outbox", {("from", mailbox): (count[0], count[1] + 1)})


def claim(
    tx: Transaction, owner: str, now: datetime, mailboxes: Collection[str], limit: int, *, pages: bool = False
) -> list[Claimed]:
    """Take letters (or pages) that are due, oldest first. What is claimed is nobody else's until settled or released.

    A letter goes by SMTP, a page by a service of its own: who delivers the one never claims the other.
    """
    taken = tx.execute(CLAIM[pages], {"by": owner, "now": now, "of": list(mailboxes), "most": limit})
    return [_claimed(row) for row in sorted(taken, key=lambda row: row.id)]


def _is_page(pages: bool) -> sa.ColumnElement[bool]:
    return outbox.c.kind == PAGE if pages else outbox.c.kind != PAGE


def _waiting(pages: bool) -> tuple[sa.ColumnElement[bool], ...]:
    """The letters (or pages) of the mailboxes `of` that wait."""
    ours = outbox.c.mailbox.in_(sa.bindparam("of", expanding=True))
    return outbox.c.state == LetterState.WAITING.value, ours, _is_page(pages)


def _claim(pages: bool) -> Prepared:
    due = (
        sa.select(outbox.c.id)
        .where(*_waiting(pages), outbox.c.next_try_at <= sa.bindparam("now"))
        .order_by(outbox.c.next_try_at, outbox.c.id)
        .limit(sa.bindparam("most", type_=sa.Integer))
        .with_for_update(skip_locked=True)
        # PostgreSQL may run a subquery once for each row, and skips what is claimed by then: the limit limits nothing
        .cte("due")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    return prepared(
        sa.update(outbox)
        .where(outbox.c.id.in_(sa.select(due.c.id)))
        .values(state=LetterState.CLAIMED.value, claimed_by=sa.bindparam("by"), attempts=outbox.c.attempts + 1)
        .returning(*(outbox.c[name] for name in CLAIMED_COLUMNS))
    )


CLAIMED_COLUMNS = (
    "id",
    "mailbox",
    "kind",
    "ticket_id",
    "message_id",
    "sender",
    "recipients",
    "raw",
    "attempts",
    "created_at",
    "subject",
    "claimed_by",
)
CLAIM = {pages: _claim(pages) for pages in (False, True)}
NEXT_DUE = {pages: prepared(sa.select(sa.func.min(outbox.c.next_try_at)).where(*_waiting(pages))) for pages in CLAIM}


def settle(tx: Transaction, deliveries: Sequence[Delivery], at: datetime, owner: str | None = None) -> set[int]:
    """Write down how attempts ended: sent, refused for good, or waiting for the next one.

    Returns the letters of which that holds now. A letter that was taken from `owner` meanwhile, because nothing was
    heard of it, is another daemon's; but if it was sent after all, and waits again, it waits no more.
    """
    settled: set[int] = set()
    sent: dict[str, list[int]] = {}
    for ended in deliveries:
        if ended.state is LetterState.SENT and ended == Delivery(ended.letter_id, ended.state, ended.error):
            sent.setdefault(ended.error, []).append(ended.letter_id)
            continue
        letter = sa.update(outbox).where(outbox.c.id == ended.letter_id)
        if owner is not None:
            letter = letter.where(OURS_OR_WAITING if ended.state is LetterState.SENT else OURS)
        if tx.execute(letter.values(**_as_settled(ended, at)), {"by": owner} if owner is not None else {}).rowcount:
            settled.add(ended.letter_id)
    for error, letters in sent.items():
        values = {"ids": letters, "error": error, "now": at} | ({"by": owner} if owner is not None else {})
        settled.update(tx.execute(SENT[owner is not None], values).scalars())
    return settled


OURS = (outbox.c.state == LetterState.CLAIMED.value) & (outbox.c.claimed_by == sa.bindparam("by"))
OURS_OR_WAITING = OURS | (outbox.c.state == LetterState.WAITING.value)


def _sent(by_owner: bool) -> Prepared:
    """What nearly all attempts end with, for all letters that ended so at once."""
    letters = sa.update(outbox).where(outbox.c.id.in_(sa.bindparam("ids", expanding=True)))
    letters = letters.where(OURS_OR_WAITING) if by_owner else letters
    done = letters.values(
        state=LetterState.SENT.value, claimed_by=None, last_error=sa.bindparam("error"), sent_at=sa.bindparam("now")
    )
    return prepared(done.returning(outbox.c.id))


SENT = {by_owner: _sent(by_owner) for by_owner in (False, True)}


def _as_settled(ended: Delivery, at: datetime) -> dict[str, object]:
    values: dict[str, object] = {"state": ended.state.value, "claimed_by": None, "last_error": ended.error}
    if ended.state is LetterState.SENT:
        values["sent_at"] = at
    if not ended.counts:
        values["attempts"] = outbox.c.attempts - 1
    if ended.ambiguous:
        values["ambiguous"] = outbox.c.ambiguous + 1
    if ended.recipients is not None:
        values["recipients"] = list(ended.recipients)
    if ended.next_try_at is not None:
        values["next_try_at"] = ended.next_try_at
    return values


def release(
    tx: Transaction,
    now: datetime,
    owner: str | None = None,
    mailboxes: Collection[str] | None = None,
    *,
    pages: bool = False,
) -> int:
    """Give back what was claimed by a daemon that is gone (or by `owner` alone); returns how many letters.

    With `mailboxes` only the letters (or pages) of these. Each may have been accepted by the server without our living
    to note it, so each is counted as ambiguous.
    """
    left = sa.update(outbox).where(outbox.c.state == LetterState.CLAIMED.value)
    if owner is not None:
        left = left.where(outbox.c.claimed_by == owner)
    if mailboxes is not None:
        left = left.where(outbox.c.mailbox.in_(mailboxes), _is_page(pages))
    back = left.values(
        state=LetterState.WAITING.value, claimed_by=None, next_try_at=now, ambiguous=outbox.c.ambiguous + 1
    )
    return int(tx.execute(back).rowcount)


def give_back(tx: Transaction, letters: Sequence[Claimed]) -> None:
    """Letters that were claimed and never attempted wait again as if nothing had been, where they are still ours."""
    for owner in {letter.owner for letter in letters}:
        ours = [letter.letter_id for letter in letters if letter.owner == owner]
        tx.execute(
            sa.update(outbox)
            .where(outbox.c.id.in_(ours), outbox.c.state == LetterState.CLAIMED.value, outbox.c.claimed_by == owner)
            .values(state=LetterState.WAITING.value, claimed_by=None, attempts=outbox.c.attempts - 1)
        )


def next_due(tx: Transaction, mailboxes: Collection[str], *, pages: bool = False) -> datetime | None:
    """When the next waiting letter (or page) is due; None when none waits."""
    found: datetime | None = tx.execute(NEXT_DUE[pages], {"of": list(mailboxes)}).scalar_one()
    return found


def due(tx: Transaction, now: datetime) -> set[str]:
    """The mailboxes for which letters wait that may go now; none whose letters are held back."""
    return set(tx.execute(DUE, {"now": now}).scalars())


# The table of mailboxes drives it: one look into the index for each, however many letters wait.
DUE = prepared(
    sa.select(mailbox.c.name).where(
        mailbox.c.paused_at.is_(None),
        sa.exists().where(
            outbox.c.state == LetterState.WAITING.value,
            outbox.c.mailbox == mailbox.c.name,
            outbox.c.next_try_at <= sa.bindparam("now"),
            _is_page(False),
        ),
    )
)


def is_ours(tx: Transaction, message_id: str) -> bool:
    """Whether a letter of ours bears this Message-ID."""
    # Those of letters that are written meanwhile are random: nobody can have asked about them before.
    if (noted := tx.known("outbox", ("ours", message_id))) is not None:
        return bool(noted)
    return tx.execute(sa.select(outbox.c.id).where(outbox.c.message_id == message_id)).first() is not None


def ours(tx: Transaction, message_ids: Collection[str]) -> set[str]:
    """Those of these Message-IDs that letters of ours bear."""
    return set(tx.execute(sa.select(outbox.c.message_id).where(outbox.c.message_id.in_(message_ids))).scalars())


def is_of_kind(tx: Transaction, message_ids: Collection[str], kind: str) -> bool:
    """Whether a letter of ours of this kind bears one of these Message-IDs."""
    found = sa.select(outbox.c.id).where(outbox.c.message_id.in_(message_ids), outbox.c.kind == kind)
    return tx.execute(found.limit(1)).first() is not None


def tickets_of(tx: Transaction, message_ids: Collection[str]) -> dict[str, int]:
    """Message-ID -> ticket, for letters of ours that are on one. None for a ticket of which only figures are left."""
    rows = tx.execute(
        sa.select(outbox.c.message_id, outbox.c.ticket_id).where(
            outbox.c.message_id.in_(message_ids), outbox.c.ticket_id.is_not(None), outbox.c.erased_at.is_(None)
        )
    )
    return {row.message_id: row.ticket_id for row in rows}


def _claimed(row: sa.Row[Any]) -> Claimed:
    return Claimed(
        letter_id=row.id,
        mailbox=row.mailbox,
        kind=row.kind,
        ticket_id=row.ticket_id,
        message_id=row.message_id,
        sender=row.sender,
        recipients=tuple(row.recipients),
        raw=bytes(row.raw),
        attempts=row.attempts,
        created_at=row.created_at,
        subject=row.subject,
        owner=row.claimed_by,
    )
