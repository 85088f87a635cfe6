"""The key that seals are signed with: made once for an installation, and never shown."""

from datetime import datetime

import sqlalchemy as sa

from storage.database import Transaction
from storage.tables import signing_key
from storage.transaction import prepared
from storage.upsert import add

SEALS = "seals"
KEY = prepared(sa.select(signing_key.c.octets).where(signing_key.c.name == SEALS))


def key(tx: Transaction, fresh: bytes, at: datetime) -> bytes:
    """The key of this store; `fresh` becomes it where there is none yet."""
    if (noted := tx.known("signing_key", SEALS)) is not None:
        return bytes(noted)
    if (known := tx.execute(KEY).scalar_one_or_none()) is not None:
        tx.note("signing_key", {SEALS: bytes(known)})
        return bytes(known)
    if add(tx, signing_key, {"name": SEALS, "octets": fresh, "made_at": at}):
        return fresh
    return key(tx, fresh, at)  # another daemon was faster
