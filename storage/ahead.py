"""Asks at once what a batch of mails will ask one by one: of its senders, and of its Message-IDs.

The answers are noted on the transaction, where the modules whose answers they are look first. Nothing depends on it but
the number of statements: who was not asked about is asked about when it matters. On PostgreSQL what others commit while
the batch is in hand, beside its policy, is seen by the next one.
"""

from collections.abc import Collection
from datetime import datetime

from rules.facts import mailbox_key
from storage import breakers, ledger, letter_counts, mutes, outbox, silences
from storage.breakers import Scope
from storage.database import Transaction


def ask(
    tx: Transaction, mailboxes: Collection[str], senders: Collection[str], message_ids: Collection[str], since: datetime
) -> None:
    """`senders` are keys of addresses; letters to them are counted from `since` on."""
    tx.expected = max(1, len(message_ids))
    behind = {mailbox_key(one) for one in senders}
    muted = {one.address for one in mutes.among(tx, senders)}
    silenced, broken = silences.among(tx, senders), breakers.among(tx, Scope.ADDRESS, behind)
    ours = outbox.ours(tx, message_ids)
    tx.note("muted", {one: one in muted for one in senders})
    tx.note("silenced", {one: one in silenced for one in senders})
    tx.note("breaker", {(Scope.ADDRESS, key): key in broken for key in behind})
    ledger.ask_ahead(tx, mailboxes, message_ids)
    letter_counts.ask_ahead(tx, behind, since)
    tx.note("outbox", {("ours", one): one in ours for one in message_ids})
