"""Which tickets a mail points at: by the Message-IDs it answers, then by the tag in its subject.

A pointer is a claim. Whether the sender may write to the ticket is asked of `rules.conversation`, never here.
"""

import re
from collections.abc import Iterator

from rules.facts import Mail
from storage import ledger, outbox, tickets
from storage.database import Transaction
from storage.tickets import Ticket

MOST_REFERENCES = 50
"""Of a longer chain the newest: enough for any conversation, and bounded for a hostile one."""


def pointed_at(tx: Transaction, mail: Mail, mailbox: str, prefix: str) -> list[Ticket]:
    """The tickets of this mailbox that a mail points at, the strongest pointer first, each once."""
    by_ids = (tickets.by_id(tx, ticket_id) for ticket_id in dict.fromkeys(_by_message_ids(tx, mail, mailbox)))
    by_tags = (tickets.by_reference(tx, reference) for reference in tags(mail.subject, prefix))
    here = (ticket for ticket in (*by_ids, *by_tags) if ticket is not None and ticket.mailbox == mailbox)
    return list({ticket.ticket_id: ticket for ticket in here}.values())


def tags(subject: str, prefix: str) -> list[str]:
    """References in brackets, as our own letters carry them: "[EX-1042]"."""
    return re.findall(rf"\[({re.escape(prefix)}-\d{{1,12}})\]", subject, re.IGNORECASE)


def _by_message_ids(tx: Transaction, mail: Mail, mailbox: str) -> Iterator[int]:
    # RFC 5322 §3.6.4: In-Reply-To names the parent, References ends with it; so right to left.
    newest_first = [*reversed(mail.in_reply_to), *reversed(mail.references[-MOST_REFERENCES:])]
    if mail.returned_message_id:
        newest_first.insert(0, mail.returned_message_id)
    wanted = list(dict.fromkeys(newest_first))
    if not wanted:
        return
    ours, theirs = outbox.tickets_of(tx, wanted), ledger.tickets_of(tx, mailbox, wanted)
    for known in (ours, theirs):  # a Message-ID of ours is a stronger claim than one a stranger can copy
        yield from (known[message_id] for message_id in wanted if message_id in known)
