"""What one daemon has to itself: session advisory locks, on a connection of its own, for as long as that lives.

A daemon that is killed or cut off loses all it holds within seconds, because the server notices that the connection is
dead; so does one that stands still, because it no longer says that it lives (`beat`). There is nothing to clean up and
no time to compare. On SQLite, where one daemon has the whole file, everything is its own. Nothing is correct only
because of these locks: who works without one meets the rows of whoever had it, and finds the work done.
"""

import threading
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from rules.facts import TryLater
from storage.database import Database, Transaction
from storage.outbox import LetterState
from storage.tables import outbox

IDLE_SECONDS = 10
"""A session that has not been heard of for so long is ended by the server, and what it holds is free."""
DAEMONS = "intake daemons"
"""Held by every daemon together, and by a command that must be alone."""
KEY = "hashtextextended(:name, 0)"


class Session:
    """A daemon's own. Thread-safe. Any call raises TryLater once it is lost; then a new one is to be made."""

    def __init__(self, database: Database, owner: str, *, lasting: bool = False) -> None:
        """`lasting`: it needs no beats, and ends when it is closed or its process ends."""
        self.owner = owner
        self._database = database
        self._one_at_a_time = threading.Lock()
        self._wire: sa.Connection | None = None
        self._lost = False
        if not database.is_sqlite:
            with database.mapped():
                self._wire = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                self._wire.detach()  # it must not come back into the pool with what is set and held here
                self._driver: Any = self._wire.connection.dbapi_connection
            self._ask(SETTINGS, name=f"intake {owner}"[:63], idle="0" if lasting else f"{IDLE_SECONDS}s")

    def take(self, name: str) -> bool:
        """Have this to ourselves from now on; False where another session has it."""
        return bool(self._ask(f"SELECT pg_try_advisory_lock({KEY})", name=name))

    def share(self, name: str) -> bool:
        """Have this together with others; False where somebody has it alone."""
        return bool(self._ask(f"SELECT pg_try_advisory_lock_shared({KEY})", name=name))

    def give_up(self, name: str) -> None:
        self._ask(f"SELECT pg_advisory_unlock({KEY})", name=name)

    def beat(self) -> datetime | None:
        """Say that we live; returns the store's time, or None where that is this machine's."""
        if self._wire is None:
            return None
        told: datetime = self._ask("SELECT clock_timestamp()")
        return told.astimezone(UTC)

    def living(self) -> int:
        """How many daemons share this store."""
        return 1 if self._wire is None else int(self._ask(SHARERS, name=DAEMONS))

    def taken(self, names: Collection[str]) -> frozenset[str]:
        """Those of them that a session has, this one's own among them; on SQLite nothing is known."""
        if self._wire is None or not names:
            return frozenset()
        return frozenset(self._ask(TAKEN, names=list(names)))

    def close(self) -> None:
        if self._wire is not None:
            with suppress(TryLater):
                self._ask("SELECT pg_advisory_unlock_all()")  # at once: the server may see the end a moment later
            with suppress(TryLater), self._database.mapped():
                self._wire.close()
            self._driver.close()  # what the server has ended SQLAlchemy only forgets

    def _ask(self, statement: str, **parameters: object) -> Any:
        if self._wire is None:
            return True
        with self._one_at_a_time:
            if self._lost:  # SQLAlchemy would connect anew by itself, and hold nothing
                raise TryLater(f"the session with {self._database.place} is over")
            self._lost = True
            with self._database.mapped():
                answer = self._wire.execute(sa.text(statement), parameters).scalar_one()
            self._lost = False
            return answer


SETTINGS = """
SELECT set_config('application_name', :name, false), set_config('idle_session_timeout', :idle, false)
"""


def holders(tx: Transaction, names: Collection[str]) -> Mapping[str, str]:
    """Which daemon has what, of these; of several that share it the oldest. On SQLite nothing is known."""
    if tx.dialect.name == "sqlite" or not names:
        return {}
    rows = tx.execute(sa.text(HOLDERS), {"names": list(names)})
    return {row.name: str(row.application_name).removeprefix("intake ") for row in rows}


HOLDERS = """
SELECT wanted.name, held.application_name
FROM unnest(CAST(:names AS text[])) AS wanted(name)
JOIN pg_locks AS l ON l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
    AND ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended(wanted.name, 0)
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
JOIN pg_stat_activity AS held ON held.pid = l.pid
ORDER BY held.backend_start DESC
"""


def readers(tx: Transaction, mailboxes: Collection[str]) -> Mapping[str, str]:
    """Mailbox -> the daemon that reads it; on SQLite nothing, for there is one daemon."""
    held = holders(tx, [mailbox(name) for name in mailboxes])
    return {name: held[mailbox(name)] for name in mailboxes if mailbox(name) in held}


SHARERS = """
SELECT count(*) FROM pg_locks AS l
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
    AND ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended(:name, 0)
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


TAKEN = """
SELECT coalesce(array_agg(wanted.name), '{}')
FROM unnest(CAST(:names AS text[])) AS wanted(name)
WHERE hashtextextended(wanted.name, 0) IN (
    SELECT (l.classid::bigint << 32) | l.objid::bigint FROM pg_locks AS l
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
"""


def claimers(tx: Transaction, owner: str) -> list[str]:
    """The other daemons that have letters in hand."""
    known = sa.select(outbox.c.claimed_by).where(outbox.c.state == LetterState.CLAIMED.value).distinct()
    return [name for name in tx.execute(known).scalars() if name != owner]


def gone(tx: Transaction, owner: str) -> list[str]:
    """Daemons that claimed letters and live no more. In a writing transaction; `owner` is the one that asks."""
    others = claimers(tx, owner)
    if tx.dialect.name == "sqlite":
        return others
    # Nobody who lives lets it be taken. It is given back when the transaction ends.
    ask = sa.text(f"SELECT pg_try_advisory_xact_lock({KEY})")
    return [name for name in others if tx.execute(ask, {"name": daemon(name)}).scalar_one()]


def daemon(owner: str) -> str:
    """The name of the lock that says that this daemon lives."""
    return f"intake daemon {owner}"


def mailbox(name: str) -> str:
    """The name of the lock under which a mailbox is read."""
    return f"intake mailbox {name}"
