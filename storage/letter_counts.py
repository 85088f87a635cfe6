"""How many letters were written lately, and when the last one: what budgets of automatic letters are counted by.

Letters that were withheld count nowhere. Each count is found by an index, for each is asked before every letter.
"""

from datetime import datetime

import sqlalchemy as sa

from rules.facts import mailbox_key
from storage.database import Transaction
from storage.outbox import NOT_AUTOMATIC, LetterState
from storage.tables import outbox


def automatic_to(tx: Transaction, addressee: str, since: datetime) -> int:
    """Automatic letters to the mailbox behind an address since an instant, whatever became of them.

    What is forwarded to a distributor is none: a hundred customers may be his, and he a customer himself. Neither is
    what a person answers.
    """
    counted = sa.select(sa.func.count()).where(
        outbox.c.addressee == mailbox_key(addressee),
        outbox.c.created_at > since,
        outbox.c.state != LetterState.WITHHELD.value,
        outbox.c.kind.not_in(NOT_AUTOMATIC),
    )
    return int(tx.execute(counted).scalar_one())


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
    found = sa.select(outbox.c.id).where(
        outbox.c.mailbox == mailbox,
        outbox.c.created_at > since,
        outbox.c.state != LetterState.WITHHELD.value,
        outbox.c.kind.not_in(NOT_AUTOMATIC),
    )
    return len(tx.execute(found.limit(most)).all())


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
