"""Every policy text that ever decided a mail, by its version, so that a decision can be explained and replayed."""

from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import policy
from storage.upsert import add


def keep(tx: Transaction, version: str, name: str, text: str, at: datetime) -> None:
    """Idempotent: a version is kept once."""
    if tx.execute(sa.select(policy.c.version).where(policy.c.version == version)).one_or_none() is None:
        add(tx, policy, {"version": version, "name": name, "text": text, "first_used_at": at})


def text_of(tx: Transaction, version: str) -> str | None:
    found: str | None = tx.execute(sa.select(policy.c.text).where(policy.c.version == version)).scalar_one_or_none()
    return found
