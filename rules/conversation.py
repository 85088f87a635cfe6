"""Conversations: does a mail belong to the ticket that it points at?

A number in a subject or a Message-ID in References points; it proves nothing. Only a party of the ticket writes to it:
a contact of its contract or one of its correspondents. Everybody else's mail is a request of its own.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from rules.facts import Mail, Membership, TicketView
from rules.lifecycle import Status

AFTER_CLOSED, NOT_A_PARTY = "after_closed_ticket", "not_a_party"
"""The flags of a request that points at a ticket: one of the sender's that was closed long ago, or one of others."""


def is_party(mail: Mail, ticket: TicketView) -> bool:
    """Whether the mail's sender may write to the ticket."""
    return mail.sender is not None and mail.sender.key in ticket.parties


def is_customers(mail: Mail, contact: str, contract: str | None, memberships: Iterable[Membership]) -> bool:
    """Whether a mail on a ticket is from the customer: whoever asked (the key `contact`), or a contact of its contract.

    A correspondent is a party too, but what we wait for is not his to say.
    """
    if mail.sender is None:
        return False
    return mail.sender.key == contact or any(one.contract.contract == contract for one in memberships)


def belongs(mail: Mail, ticket: TicketView | None, at: datetime, reopen_days: int) -> bool:
    """Whether a mail that arrived `at` is a follow-up of the ticket: from a party, and not long after it was closed."""
    return ticket is not None and is_party(mail, ticket) and not is_past(ticket, at, reopen_days)


def is_past(ticket: TicketView, at: datetime, reopen_days: int) -> bool:
    """Whether the ticket was closed so long ago that whatever comes now is a new matter."""
    if ticket.status != Status.CLOSED or ticket.closed_at is None:
        return False
    return at - ticket.closed_at > timedelta(days=reopen_days)
