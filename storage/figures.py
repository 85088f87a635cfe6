"""The figures of `status`: how much waits, since when the oldest of it, and how much came and went lately.

Nothing here says what is wrong; `intake.standing` does. What ends (a promise, a letter under way) is counted whole,
what is never gone only since an instant: whoever asks every minute does not count the mails of years each time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from rules.facts import End, Outcome
from storage import breakers, gaps
from storage.backlogs import UNDER_WAY
from storage.breakers import Breaker
from storage.database import Transaction
from storage.outbox import LetterState
from storage.tables import clock, mail, mailbox, outbox, sighting, strike, ticket


@dataclass(frozen=True, slots=True)
class MailboxFigures:
    name: str
    last_uid: int
    paused_at: datetime | None
    mails: int
    """Recorded since the instant that was asked for."""
    last_mail_at: datetime | None
    """When the latest mail was recorded, however long ago."""
    unfiled: int
    """Recorded mails that still stand in the folder."""
    struck: int
    """Mails that failed and have no end yet."""
    oldest_struck_at: datetime | None
    oldest_unfiled_at: datetime | None = None
    """When the mail that stands there longest was recorded."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What `status` shows beside the conditions."""

    mailboxes: tuple[MailboxFigures, ...]
    held: int
    oldest_held_at: datetime | None
    quarantined: int
    letters: dict[LetterState, int]
    """All that are under way; of the others those that were written since the instant that was asked for."""
    oldest_waiting_at: datetime | None
    """When the longest waiting letter was written."""
    clocks_running: int
    next_due_at: datetime | None
    overdue: int
    """Promises that were not kept and still wait for their answer."""
    loops: tuple[Breaker, ...] = ()
    """Loops of machines that are stopped."""
    refused_notice_at: datetime | None = None
    """When a letter to staff was last refused for good: nobody can be told of that by letter."""
    gaps: Mapping[str, int] = field(default_factory=dict)
    """Mailbox -> mails and letters that the last reconciliation could not account for, and that nobody accepted."""
    since: datetime | None = None
    """The instant that was asked for; None where mails and letters of all times are counted."""


def figures(
    tx: Transaction, loops_since: datetime | None = None, since: datetime | None = None, of: str | None = None
) -> Figures:
    """Loops count that were heard of since `loops_since`, without it none; mails and letters that are done with count
    `since` an instant, without it all. `of` is one mailbox, for whose figures alone; loops are those of all."""
    held = tx.execute(
        sa.select(sa.func.count(), sa.func.min(ticket.c.opened_at)).where(
            ticket.c.status == Outcome.HELD.value, *_only(ticket, of)
        )
    ).one()
    waiting = sa.select(sa.func.min(outbox.c.created_at)).where(outbox.c.state.in_(UNDER_WAY), *_only(outbox, of))
    unmet: sa.ColumnElement[bool] = clock.c.stopped_at.is_(None)
    if of is not None:
        unmet &= clock.c.ticket_id.in_(sa.select(ticket.c.id).where(ticket.c.mailbox == of))
    running = tx.execute(
        sa.select(sa.func.count(), sa.func.min(clock.c.due_at)).where(
            unmet, clock.c.breached_at.is_(None), clock.c.paused_at.is_(None)
        )
    ).one()
    overdue = sa.select(sa.func.count()).where(unmet, clock.c.breached_at.is_not(None))
    refused = sa.select(sa.func.max(outbox.c.next_try_at)).where(
        outbox.c.state == LetterState.REFUSED.value, outbox.c.kind == "notice", *_only(outbox, of)
    )
    quarantine = sa.select(sa.func.count()).where(mail.c.end == End.QUARANTINED.value, *_only(mail, of))
    return Figures(
        mailboxes=tuple(one for one in _mailboxes(tx, since) if of in (None, one.name)),
        held=held[0],
        oldest_held_at=held[1],
        quarantined=tx.execute(quarantine).scalar_one(),
        letters=_letters(tx, since, of),
        oldest_waiting_at=tx.execute(waiting).scalar_one(),
        clocks_running=running[0],
        next_due_at=running[1],
        overdue=tx.execute(overdue).scalar_one(),
        loops=tuple(breakers.all_standing(tx, loops_since)) if loops_since else (),
        refused_notice_at=tx.execute(refused).scalar_one(),
        gaps={name: number for name, number in gaps.count(tx).items() if of in (None, name)},
        since=since,
    )


def _only(table: sa.Table, of: str | None) -> list[sa.ColumnElement[bool]]:
    return [] if of is None else [table.c.mailbox == of]


def _letters(tx: Transaction, since: datetime | None, of: str | None) -> dict[LetterState, int]:
    lately = outbox.c.created_at >= since if since else sa.true()
    by_state = sa.select(outbox.c.state, sa.func.count()).where(*_only(outbox, of)).group_by(outbox.c.state)
    done = [state.value for state in LetterState if state.value not in UNDER_WAY]
    found = [
        row
        for wanted in (outbox.c.state.in_(UNDER_WAY), outbox.c.state.in_(done) & lately)
        for row in tx.execute(by_state.where(wanted))
    ]
    return {LetterState(row[0]): row[1] for row in found}


def _mailboxes(tx: Transaction, since: datetime | None) -> list[MailboxFigures]:
    of_mailbox = mail.c.mailbox == mailbox.c.name
    mails = sa.select(sa.func.count()).where(of_mailbox, mail.c.recorded_at >= since if since else sa.true())
    latest_of = sa.select(sa.func.max(mail.c.recorded_at)).where(of_mailbox)
    known = sa.select(mailbox, mails.scalar_subquery().label("mails"), latest_of.scalar_subquery().label("latest"))
    # UIDs of another UIDVALIDITY are in no folder any more.
    standing = (
        sa.select(sighting.c.mailbox, sa.func.count(), sa.func.min(sighting.c.seen_at))
        .join(mailbox, (mailbox.c.name == sighting.c.mailbox) & (mailbox.c.uidvalidity == sighting.c.uidvalidity))
        .where(sighting.c.filed_at.is_(None))
        .group_by(sighting.c.mailbox)
    )
    unfiled = {row[0]: (row[1], row[2]) for row in tx.execute(standing)}
    ended = sa.exists().where(
        sighting.c.mailbox == strike.c.mailbox,
        sighting.c.uidvalidity == strike.c.uidvalidity,
        sighting.c.uid == strike.c.uid,
    )
    failing = (
        sa.select(strike.c.mailbox, sa.func.count(), sa.func.min(strike.c.last_at))
        .join(mailbox, (mailbox.c.name == strike.c.mailbox) & (mailbox.c.uidvalidity == strike.c.uidvalidity))
        .where(~ended)
        .group_by(strike.c.mailbox)
    )
    struck = {row[0]: (row[1], row[2]) for row in tx.execute(failing)}
    found = []
    for row in tx.execute(known.order_by(mailbox.c.name)):
        failed, oldest = struck.get(row.name, (0, None))
        left, stood = unfiled.get(row.name, (0, None))
        found.append(
            MailboxFigures(row.name, row.last_uid, row.paused_at, row.mails, row.latest, left, failed, oldest, stood)
        )
    return found
