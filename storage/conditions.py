"""How the parts of the daemon are doing, for `status`: one line each, and since when it has been so."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import condition
from storage.upsert import add


@dataclass(frozen=True, slots=True)
class Condition:
    part: str
    """"daemon", "imap support", "smtp support"…"""
    well: bool
    since: datetime
    at: datetime
    """When it was last looked at."""
    detail: str


def note(tx: Transaction, part: str, well: bool, detail: str, at: datetime) -> None:
    """A part is well or not as of `at`; `since` moves only when that changes."""
    if add(tx, condition, {"part": part, "well": well, "since": at, "at": at, "detail": detail}):
        return
    since = sa.case((condition.c.well == well, condition.c.since), else_=at)
    values = {"well": well, "at": at, "detail": detail, "since": since}
    tx.execute(sa.update(condition).where(condition.c.part == part).values(**values))


def forget(tx: Transaction, part: str) -> None:
    """There is no such part any more."""
    tx.execute(sa.delete(condition).where(condition.c.part == part))


def current(tx: Transaction) -> list[Condition]:
    rows = tx.execute(sa.select(condition).order_by(condition.c.part))
    return [Condition(row.part, row.well, row.since, row.at, row.detail) for row in rows]
