"""What was put off while the clock was ahead, and would wait until that time comes round again.

A machine that starts with a wrong clock, and is set right, had put letters and filings off by minutes; seen from the
right time it is hours, or years. No wait is as long as `LONGEST`: what seems to be is due.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from storage.database import Transaction
from storage.outbox import LetterState
from storage.tables import outbox, sighting

LONGEST = timedelta(hours=6)
"""Longer than any wait of `intake.backoff` and `intake.limits`."""


def left_behind(tx: Transaction, mailboxes: Collection[str], now: datetime) -> bool:
    """Whether something waits for a time to which nothing is put off."""
    letter = sa.select(outbox.c.id).where(_letters(mailboxes, now)).limit(1)
    filing = sa.select(sighting.c.uid).where(_filings(mailboxes, now)).limit(1)
    return any(tx.execute(one).first() is not None for one in (letter, filing))


def hasten(tx: Transaction, mailboxes: Collection[str], now: datetime) -> int:
    """All that is left behind is due now; returns how much it was."""
    letters = sa.update(outbox).where(_letters(mailboxes, now)).values(next_try_at=now)
    filings = sa.update(sighting).where(_filings(mailboxes, now)).values(file_after=now)
    return sum(int(tx.execute(one).rowcount) for one in (letters, filings))


def _letters(mailboxes: Collection[str], now: datetime) -> sa.ColumnElement[bool]:
    waiting = outbox.c.mailbox.in_(mailboxes) & (outbox.c.state == LetterState.WAITING.value)
    return waiting & (outbox.c.next_try_at > now + LONGEST)


def _filings(mailboxes: Collection[str], now: datetime) -> sa.ColumnElement[bool]:
    unfiled = sighting.c.mailbox.in_(mailboxes) & sighting.c.filed_at.is_(None)
    return unfiled & (sighting.c.file_after > now + LONGEST)
