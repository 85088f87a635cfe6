"""For tests of what is taken out of a store: the store of a house, and where in it a word still stands."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from intake.config import load
from intake.desk import load_desks
from intake.folder_look import Looking
from intake.pipeline import Arrival, record_batch
from intake.reconcile import reconcile
from intake.settings import Settings
from intake.worker import understand
from storage import leavings, outbox
from storage.database import Database
from storage.outbox import Delivery, LetterState
from tests.intake.cli.shell import ARRIVED
from tests.stores import ENGINE


@contextmanager
def store(path: Path) -> Iterator[tuple[Settings, Database]]:
    """What a configuration names."""
    settings = load(path, secrets=False)
    database = Database(settings.storage.url)
    try:
        yield settings, database
    finally:
        database.close()


def take_in(settings: Settings, database: Database, raws: Sequence[bytes], first_uid: int, at: datetime) -> None:
    """Mails that come later, under further UIDs."""
    (desk,) = load_desks(settings)
    arrivals = [
        Arrival(uid, at, len(raw), raw, understand(raw, desk.policy, desk.trust))
        for uid, raw in enumerate(raws, start=first_uid)
    ]
    record_batch(database, desk, 1, arrivals, at, reached=lambda _: first_uid + len(raws) - 1)


def send_all(database: Database, at: datetime = ARRIVED) -> None:
    """Every letter has gone: what is still to go is not taken out."""
    with database.transaction() as tx:
        claimed = outbox.claim(tx, "test 1", at, ["support"], 1000)
    with database.transaction() as tx:
        outbox.settle(tx, [Delivery(one.letter_id, LetterState.SENT) for one in claimed], at)


def left(database: Database, word: str) -> list[str]:
    """Where a word of ASCII stands, in small letters or capitals: columns, and on SQLite the files' bytes."""
    wanted = re.compile(re.escape(word), re.IGNORECASE)
    with database.snapshot() as tx:
        found = {f"{one.table}.{one.column}" for one in leavings.found(tx, wanted.search)}
    if ENGINE == "sqlite":
        file = Path(database.place)
        for one in (file, file.with_name(file.name + "-wal")):
            if one.exists() and word.lower().encode() in one.read_bytes().lower():
                found.add(f"file {one.suffix}")
    return sorted(found)


def gaps(settings: Settings, database: Database, at: datetime) -> list[str]:
    return [f"{one.kind}: {one.about}" for one in reconcile(settings, database, at, looking=Looking(offline=True)).gaps]
