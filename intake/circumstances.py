"""Gathers what the rules must know of a mail beside its words: who the sender is to us, which ticket it points at."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import islice

from intake.desk import Desk
from intake.threads import pointed_at
from intake.used import usage_of
from rules import quota
from rules.conversation import belongs, is_party
from rules.facts import Circumstances, Mail, Membership, TicketView, Usage, address_key, mailbox_key
from storage import links, mutes, outbox, tickets
from storage.database import Transaction
from storage.tickets import Ticket

POINTERS = 6
"""How many of the tickets a mail points at are asked whether the sender is on them."""
Seen = tuple[Ticket, TicketView]


def gather(
    tx: Transaction,
    desk: Desk,
    mail: Mail,
    arrived_at: datetime,
    memberships: tuple[Membership, ...],
    *,
    there: Callable[[Ticket], bool] = lambda _: True,
    as_then: Callable[[Ticket, TicketView], TicketView] = lambda _, view: view,
    known_by: datetime | None = None,
) -> tuple[Circumstances, Ticket | None]:
    """The circumstances of a mail, and the ticket that they speak of.

    Where a mail is decided anew long after it came, `there` leaves out tickets that it could not have known, `as_then`
    gives the others the state that they had, and `known_by` leaves out what was booked later.
    """
    sender = mail.sender.key if mail.sender else ""

    def see(found: Ticket) -> Seen:
        return found, as_then(found, tickets.view(tx, found))

    seen = [see(found) for found in islice(filter(there, pointed_at(tx, mail, desk.doors)), POINTERS)]

    def takes(one: Seen) -> bool:
        return belongs(mail, one[1], arrived_at, desk.policy.budgets.reopen_days)

    ticket, view = _spoken_of(mail, seen, takes, lambda past: _later(tx, past, there, see)) or (None, None)
    around = Circumstances(
        at=arrived_at,
        memberships=memberships,
        usage=_usage(tx, desk, arrived_at, memberships, known_by),
        ticket=view,
        staff=desk.is_staff(sender),
        own=mailbox_key(sender) in desk.own_mailboxes or _came_back(tx, mail),
        authentication_expected=desk.trust.anybody,
        muted=_muted(tx, memberships),
    )
    return around, ticket


def _came_back(tx: Transaction, mail: Mail) -> bool:
    """A list or a forwarder that writes itself into From, and takes our mark out, keeps the Message-ID."""
    return mail.message_id is not None and outbox.is_ours(tx, mail.message_id)


def _muted(tx: Transaction, memberships: tuple[Membership, ...]) -> frozenset[str]:
    contracts = [one.contract for one in memberships]
    parties = {address_key(one) for each in contracts for one in (each.distributor, each.support_partner) if one}
    return frozenset(one.address for one in mutes.among(tx, parties)) if parties else frozenset()


def _spoken_of(
    mail: Mail, seen: list[Seen], takes: Callable[[Seen], bool], later: Callable[[Ticket], Seen | None]
) -> Seen | None:
    """Of several tickets the first that takes the mail; else the one that goes on with what was closed long ago.

    Where none does, the one that was closed long ago, to be linked; of tickets that the sender is not on the first, as
    a pointer for staff.
    """
    if found := next(filter(takes, seen), None):
        return found
    past = next((one for one in seen if is_party(mail, one[1])), None)
    if past is None:
        return seen[0] if seen else None
    successor = later(past[0])
    return successor if successor is not None and takes(successor) else past


def _later(
    tx: Transaction, past: Ticket, there: Callable[[Ticket], bool], see: Callable[[Ticket], Seen]
) -> Seen | None:
    """The ticket that goes on with one that was closed: who answers its old letters again means the new one."""
    after = links.latest_after(tx, past.ticket_id)
    found = tickets.by_id(tx, after) if after is not None else None
    return see(found) if found is not None and there(found) else None


def _usage(
    tx: Transaction,
    desk: Desk,
    arrived_at: datetime,
    memberships: tuple[Membership, ...],
    known_by: datetime | None,
) -> dict[str, Usage]:
    """What each contract has used so far, where the policy counts it."""
    counted = quota.counts(desk.policy)
    month = quota.month(arrived_at, desk.policy.zone)
    usage = {}
    for contract in {membership.contract.contract: membership.contract for membership in memberships}.values():
        incidents = tickets.incidents(tx, contract.contract, *month) if counted else 0
        booked = usage_of(tx, desk.policy, contract, arrived_at, known_by)
        usage[contract.contract] = replace(booked, incidents=incidents)
    return usage
