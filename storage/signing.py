"""The key that seals are signed with: made once for an installation, and never shown."""

from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import signing_key
from storage.upsert import add

SEALS = "seals"


def key(tx: Transaction, fresh: bytes, at: datetime) -> bytes:
    """The key of this store; `fresh` becomes it where there is none yet."""
    known = tx.execute(sa.select(signing_key.c.octets).where(signing_key.c.name == SEALS)).scalar_one_or_none()
    if known is not None:
        return bytes(known)
    if add(tx, signing_key, {"name": SEALS, "octets": fresh, "made_at": at}):
        return fresh
    return key(tx, fresh, at)  # another daemon was faster
