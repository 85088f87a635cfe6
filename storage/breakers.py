"""Breakers that stopped a loop: of what, since when, how often it came since. Callers say for how long one stands."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import breaker, ticket
from storage.transaction import prepared
from storage.upsert import put


class Scope(StrEnum):
    ADDRESS = "address"
    """No automatic letter goes to it; the key is a mailbox key."""
    TICKET = "ticket"
    """Answers on it wait for a word of their writers; the key is its reference."""
    MAILBOX = "mailbox"
    """It has written as many automatic letters as it may in an hour; the key is its name."""


@dataclass(frozen=True, slots=True)
class Breaker:
    scope: Scope
    key: str
    since: datetime
    last_at: datetime
    count: int
    """How often it has stopped something."""
    why: str
    reference: str | None
    """The ticket that it was first seen on."""


def trip(
    tx: Transaction, scope: Scope, key: str, why: str, ticket_id: int | None, now: datetime, quiet: datetime
) -> bool:
    """It stops something once more; True where it did not stand yet, or was last heard of before `quiet`."""
    if tx.execute(AGAIN, {"of_scope": scope.value, "of_key": key, "quiet": quiet, "now": now}).rowcount:
        if (stands := tx.known("breaker", (STANDS, scope, key))) is not None:
            tx.note("breaker", {(STANDS, scope, key): replace(stands, last_at=now, count=stands.count + 1)})
        return False
    row = {"scope": scope.value, "key": key, "since": now, "last_at": now, "count": 1, "why": why}
    put(tx, breaker, row | {"ticket_id": ticket_id})
    return True


STANDS = "stands"
AGAIN = prepared(
    sa.update(breaker)
    .where(
        breaker.c.scope == sa.bindparam("of_scope"),
        breaker.c.key == sa.bindparam("of_key"),
        breaker.c.last_at >= sa.bindparam("quiet"),
    )
    .values(last_at=sa.bindparam("now"), count=breaker.c.count + 1),
    keeps_notes=True,
)


def standing(tx: Transaction, scope: Scope, key: str, quiet: datetime) -> Breaker | None:
    """None where there is none that was heard of since `quiet`."""
    if tx.known("breaker", (scope, key)) is False:
        return None
    found: Breaker | None = tx.known("breaker", (STANDS, scope, key))
    if found is None and (found := next(iter(_found(tx, _is(scope, key))), None)):
        tx.note("breaker", {(STANDS, scope, key): found})
    return found if found and found.last_at >= quiet else None


def among(tx: Transaction, scope: Scope, keys: Collection[str]) -> set[str]:
    """Those of these keys that ever had one."""
    ever = sa.select(breaker.c.key).where(breaker.c.scope == scope.value, breaker.c.key.in_(keys))
    return set(tx.execute(ever).scalars())


def all_standing(tx: Transaction, quiet: datetime) -> list[Breaker]:
    """The oldest first."""
    return _found(tx, breaker.c.last_at >= quiet)


def close(tx: Transaction, scope: Scope, key: str) -> bool:
    """It stands no more; False where it did not."""
    return bool(tx.execute(sa.delete(breaker).where(_is(scope, key))).rowcount)


def _is(scope: Scope, key: str) -> sa.ColumnElement[bool]:
    return (breaker.c.scope == scope.value) & (breaker.c.key == key)


def _found(tx: Transaction, where: sa.ColumnElement[bool]) -> list[Breaker]:
    rows = tx.execute(
        sa.select(breaker, ticket.c.reference)
        .outerjoin(ticket, ticket.c.id == breaker.c.ticket_id)
        .where(where)
        .order_by(breaker.c.since, breaker.c.scope, breaker.c.key)
        .limit(100)
    )
    return [
        Breaker(Scope(row.scope), row.key, row.since, row.last_at, row._mapping["count"], row.why, row.reference)
        for row in rows
    ]
