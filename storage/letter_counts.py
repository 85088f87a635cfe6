"""How many letters were written lately, and when the last one: what budgets of automatic letters are counted by.

Letters that were withheld count nowhere. Each count is found by an index, for each is asked before every letter.
"""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from rules.facts import mailbox_key
from storage.database import Transaction
from storage.outbox import NOT_AUTOMATIC, LetterState, Written
from storage.tables import outbox


def automatic_to(tx: Transaction, addressee: str, since: datetime) -> int:
    """Automatic letters to the mailbox behind an address since an instant, whatever became of them.

    What is forwarded to a distributor is none: a hundred customers may be his, and he a customer himself. Neither is
    what a person answers.
    """
    if (known := noted(tx, addressee, since)) is not None:
        return sum(one.created_at > since for one in known)
    counted = sa.select(sa.func.count()).where(
        outbox.c.addressee == mailbox_key(addressee),
        outbox.c.created_at > since,
        outbox.c.state != LetterState.WITHHELD.value,
        outbox.c.kind.not_in(NOT_AUTOMATIC),
    )
    return int(tx.execute(counted).scalar_one())


def ask_ahead(tx: Transaction, addressees: Collection[str], since: datetime) -> None:
    """Note the automatic letters that were written to these (mailbox keys) since then."""
    rows = tx.execute(
        sa.select(outbox.c.addressee, outbox.c.created_at, outbox.c.sent_at)
        .where(
            outbox.c.addressee.in_(addressees),
            outbox.c.created_at > since,
            outbox.c.state != LetterState.WITHHELD.value,
            outbox.c.kind.not_in(NOT_AUTOMATIC),
        )
        .order_by(outbox.c.created_at, outbox.c.id)
    )
    written: dict[str, list[Written]] = {one: [] for one in addressees}
    for row in rows:
        written[row.addressee].append(Written(row.created_at, row.sent_at))
    tx.note("outbox", {SINCE: since, **{("to", addressee): found for addressee, found in written.items()}})


SINCE = "since"


def noted(tx: Transaction, addressee: str, since: datetime) -> list[Written] | None:
    """The automatic letters to the mailbox behind an address, the oldest first, where they are noted from then on."""
    from_on: datetime | None = tx.known("outbox", SINCE)
    if from_on is None or since < from_on:
        return None
    found: list[Written] | None = tx.known("outbox", ("to", mailbox_key(addressee)))
    return found


def of_template(tx: Transaction, mailbox: str, template: str, since: datetime) -> int:
    """Letters of one template that a mailbox has written since an instant, to whomever."""
    counted = sa.select(sa.func.count()).where(
        outbox.c.mailbox == mailbox,
        outbox.c.template == template,
        outbox.c.created_at > since,
        outbox.c.state != LetterState.WITHHELD.value,
    )
    return int(tx.execute(counted).scalar_one())


def automatic_from(tx: Transaction, mailbox: str, since: datetime, most: int) -> int:
    """Automatic letters that a mailbox has written since an instant, counted up to `most`."""
    known: tuple[datetime, int] | None = tx.known("outbox", ("from", mailbox))
    if known is not None and known[0] == since:
        return min(known[1], most)
    found = sa.select(outbox.c.id).where(
        outbox.c.mailbox == mailbox,
        outbox.c.created_at > since,
        outbox.c.state != LetterState.WITHHELD.value,
        outbox.c.kind.not_in(NOT_AUTOMATIC),
    )
    count = len(tx.execute(found.limit(most)).all())
    if tx.known("outbox", SINCE) is not None:
        tx.note("outbox", {("from", mailbox): (since, count)})
    return count


def last_to(tx: Transaction, addressee: str, template: str, since: datetime) -> datetime | None:
    """When the last letter of this template went to the mailbox behind an address; None when none did since then."""
    latest = sa.select(sa.func.max(outbox.c.created_at)).where(
        outbox.c.addressee == mailbox_key(addressee),
        outbox.c.created_at > since,
        outbox.c.template == template,
        outbox.c.state != LetterState.WITHHELD.value,
    )
    found: datetime | None = tx.execute(latest).scalar_one()
    return found
