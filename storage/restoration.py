"""What a store must know of itself after it was restored from a backup, so that nobody is written to twice.

Letters that waited when the backup was made may have gone out since: they are withheld until a person lets them go.
Mail that was recorded since is not in the store. Until it has been taken in again from the folders, the store says so,
and the daemon does not start. References and seals that were given out since are never given to another ticket.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from rules.facts import End
from storage import checkpoints, conditions, tickets
from storage.database import Database, Transaction
from storage.outbox import LetterState
from storage.tables import condition, event, mail, mailbox, outbox, signing_key
from storage.tickets import Event

RESTORE = "restore"
"""The part of the store's condition."""
WITHHELD = "restored from a backup: it may have gone out since that was made"
"""Why a letter waits for a person; as `last_error`."""
MARGIN = 100
"""So many numbers of tickets are passed over beyond those that mail can have taken."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A store that was restored and does not know yet what came in after the backup."""

    since: datetime
    """The last instant that it knows of."""
    detail: str


def last_word(tx: Transaction) -> datetime | None:
    """The newest instant that the store knows of: shortly before its backup was made. None for an empty one."""
    newest = [
        tx.execute(sa.select(sa.func.max(at))).scalar_one() for at in (condition.c.at, event.c.at, mail.c.recorded_at)
    ]
    return max(filter(None, newest), default=None)


def begin(tx: Transaction, made_at: datetime) -> None:
    """From here on the store says that it was restored, and since when it knows nothing."""
    remedy = "`intake restore --recover` takes in what came since"
    tx.execute(sa.delete(condition).where(condition.c.part == RESTORE))
    conditions.note(tx, RESTORE, False, f"restored from a backup of {made_at:%Y-%m-%d %H:%M} UTC: {remedy}", made_at)


def unfinished(database: Database) -> Unfinished | None:
    """None where the store was never restored, or knows everything again."""
    with database.snapshot() as tx:
        found = next((one for one in conditions.current(tx) if one.part == RESTORE and not one.well), None)
    return Unfinished(found.since, found.detail) if found else None


def finish(tx: Transaction, how: str, at: datetime) -> None:
    """The store knows everything again. Seals that were given out are worth nothing from now on: some name tickets by
    numbers that are other tickets' by now."""
    conditions.note(tx, RESTORE, True, how, at)
    tx.execute(sa.delete(signing_key))


def withhold(tx: Transaction, at: datetime) -> int:
    """Every letter that waited or was claimed; each is an event of its ticket. Returns how many."""
    waited = outbox.c.state.in_([LetterState.WAITING.value, LetterState.CLAIMED.value])
    columns = sa.select(outbox.c.ticket_id, outbox.c.template, outbox.c.message_id)
    rows = tx.execute(columns.where(waited).order_by(outbox.c.id)).all()
    values = {"state": LetterState.WITHHELD.value, "claimed_by": None, "last_error": WITHHELD}
    tx.execute(sa.update(outbox).where(waited).values(**values))
    for row in rows:
        if row.ticket_id is not None:
            detail = {"template": row.template, "message_id": row.message_id, "why": WITHHELD}
            tickets.log(tx, Event(at, "letter_withheld", "intake", detail, row.ticket_id))
    return len(rows)


def send(tx: Transaction, at: datetime, letters: Collection[int] | None = None) -> int:
    """Let letters go after all that were withheld for the restore: these, or all. Returns how many."""
    ours = (outbox.c.state == LetterState.WITHHELD.value) & (outbox.c.last_error == WITHHELD)
    if letters is not None:
        ours &= outbox.c.id.in_(letters)
    values = {"state": LetterState.WAITING.value, "next_try_at": at, "created_at": at, "last_error": "", "attempts": 0}
    # Whether an earlier attempt reached somebody is not known.
    return int(tx.execute(sa.update(outbox).where(ours).values(**values, ambiguous=outbox.c.ambiguous + 1)).rowcount)


def pass_over(tx: Transaction, name: str, mails: int) -> int:
    """The mailbox goes on with ticket numbers that nobody holds: it had so many mails since the backup, and each took
    one number at most. Returns the next number."""
    checkpoints.touch(tx, name)
    number = int(tx.execute(sa.select(mailbox.c.next_number).where(mailbox.c.name == name)).scalar_one())
    after = (number + mails + MARGIN) // MARGIN * MARGIN + MARGIN
    tx.execute(sa.update(mailbox).where(mailbox.c.name == name).values(next_number=after))
    return after


def quarantined(tx: Transaction, name: str) -> int:
    """How many mails of a mailbox a person could have taken out of quarantine since."""
    counted = sa.select(sa.func.count()).where(mail.c.mailbox == name, mail.c.end == End.QUARANTINED.value)
    return int(tx.execute(counted).scalar_one())
