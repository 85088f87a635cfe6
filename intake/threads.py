"""Which tickets a mail points at: by the Message-IDs of our letters that it answers, by those of the mails on a ticket,
then by the tags in its subject.

A pointer is a claim. Whether the sender may write to the ticket is asked of `rules.conversation`, never here.
"""

import re
from collections.abc import Iterator, Mapping

from rules.facts import Mail
from storage import ledger, mergers, outbox, tickets
from storage.database import Transaction
from storage.erasure import FORGOTTEN
from storage.tickets import Ticket

MOST_REFERENCES = 50
"""Of a longer chain the newest: enough for any conversation, and bounded for a hostile one."""
MOST_TAGS = 5
"""Of a subject that bears more of them."""


def pointed_at(tx: Transaction, mail: Mail, doors: Mapping[str, str]) -> list[Ticket]:
    """The tickets that a mail points at, the strongest pointer first, each once.

    `doors` are the mailboxes whose tickets are meant, with the prefix of each (`Desk.doors`).
    """
    by_ids = (tickets.by_id(tx, ticket_id) for ticket_id in dict.fromkeys(_by_message_ids(tx, mail, doors)))
    by_tags = (tickets.by_reference(tx, reference) for reference in tags(mail.subject, *doors.values()))
    found = (standing(tx, ticket) for ticket in (*by_ids, *by_tags) if ticket is not None)
    # Of one that was erased only figures are left: who goes on with it begins anew.
    here = (ticket for ticket in found if ticket.mailbox in doors and ticket.contact != FORGOTTEN)
    return list({ticket.ticket_id: ticket for ticket in here}.values())


def standing(tx: Transaction, ticket: Ticket) -> Ticket:
    """The ticket, or the one of the same contract in which it goes on."""
    into = mergers.into(tx, ticket.ticket_id)
    other = tickets.by_id(tx, into) if into is not None else None
    return other if other is not None and other.contract == ticket.contract else ticket


def answered(mail: Mail) -> list[str]:
    """The Message-IDs that a mail answers or brings back, the nearest first, each once."""
    # RFC 5322 §3.6.4: In-Reply-To names the parent, References ends with it; so right to left.
    newest_first = [*reversed(mail.in_reply_to[-MOST_REFERENCES:]), *reversed(mail.references[-MOST_REFERENCES:])]
    if mail.returned_message_id:
        newest_first.insert(0, mail.returned_message_id)
    return list(dict.fromkeys(newest_first))


def tags(subject: str, *prefixes: str) -> list[str]:
    """References in brackets, as our own letters carry them: "[EX-1042]"."""
    any_of = "|".join(map(re.escape, prefixes))
    return re.findall(rf"\[((?:{any_of})-\d{{1,12}})\]", subject, re.IGNORECASE)[:MOST_TAGS]


def _by_message_ids(tx: Transaction, mail: Mail, doors: Mapping[str, str]) -> Iterator[int]:
    wanted = answered(mail)
    if not wanted:
        return
    ours, theirs = outbox.tickets_of(tx, wanted), ledger.tickets_of(tx, doors, wanted)
    for known in (ours, theirs):  # a Message-ID of ours is a stronger claim than one a stranger can copy
        yield from (known[message_id] for message_id in wanted if message_id in known)
