"""What monitoring wants to know of a store at this instant: the figures of `status`, and a little more.

Everything is counted by indexes over what is not done yet, so that it costs as little after years as on the first day;
what only grows (mails, letters that are sent) the processes count themselves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from storage import backlogs, conditions
from storage.backlogs import Backlog
from storage.conditions import Condition
from storage.database import Transaction
from storage.figures import Figures, figures
from storage.tables import clock

SOON = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Promises:
    """Of one kind, those that still wait for what was promised."""

    kind: str
    due_soon: int
    """Within `SOON`."""
    missed: int


@dataclass(frozen=True, slots=True)
class Measures:
    figures: Figures
    backlogs: tuple[Backlog, ...]
    """Letters that wait, of each mailbox in which any does; pages are not among them."""
    promises: tuple[Promises, ...]
    """Of each kind of which any is due soon, or missed. `figures` has how many are running in all."""
    conditions: tuple[Condition, ...]


def measure(tx: Transaction, now: datetime, loops_since: datetime) -> Measures:
    """Loops count that were heard of since `loops_since`."""
    return Measures(
        figures(tx, loops_since, now),
        tuple(backlogs.of_letters(tx, now)),
        tuple(_promises(tx, now)),
        tuple(conditions.current(tx)),
    )


def _promises(tx: Transaction, now: datetime) -> Iterator[Promises]:
    by_kind = sa.select(clock.c.kind, sa.func.count()).where(clock.c.stopped_at.is_(None)).group_by(clock.c.kind)
    running = clock.c.breached_at.is_(None) & clock.c.paused_at.is_(None)
    soon = {row[0]: row[1] for row in tx.execute(by_kind.where(running, clock.c.due_at <= now + SOON))}
    missed = {row[0]: row[1] for row in tx.execute(by_kind.where(clock.c.breached_at.is_not(None)))}
    for kind in sorted(soon.keys() | missed.keys()):
        yield Promises(kind, soon.get(kind, 0), missed.get(kind, 0))
