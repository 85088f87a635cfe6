"""Gathers what the rules must know of a mail beside its words: who the sender is to us, which ticket it points at."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import islice

from intake.conduct_bookings import usage_of
from intake.desk import Desk
from intake.threads import pointed_at
from rules import quota
from rules.facts import Circumstances, Mail, Membership, Usage, mailbox_key
from storage import tickets
from storage.database import Transaction
from storage.tickets import Ticket

POINTERS = 3
"""How many of the tickets a mail points at are asked whether the sender is on them."""


def gather(
    tx: Transaction,
    desk: Desk,
    mail: Mail,
    arrived_at: datetime,
    memberships: tuple[Membership, ...],
    *,
    there: Callable[[Ticket], bool] = lambda _: True,
    known_by: datetime | None = None,
) -> tuple[Circumstances, Ticket | None]:
    """The circumstances of a mail, and the ticket that they speak of.

    Of several tickets it points at, the first that the sender is a party to; else the first, as a pointer for staff.
    Where a mail is decided anew long after it came, `there` leaves out tickets that it could not have known, and
    `known_by` what was booked later.
    """
    sender = mail.sender.key if mail.sender else ""
    pointed = filter(there, pointed_at(tx, mail, desk.name, desk.mailbox.ticket_prefix))
    seen = [(found, tickets.view(tx, found)) for found in islice(pointed, POINTERS)]
    ticket, view = next(
        ((found, view) for found, view in seen if sender in view.parties), seen[0] if seen else (None, None)
    )
    around = Circumstances(
        at=arrived_at,
        memberships=memberships,
        usage=_usage(tx, desk, arrived_at, memberships, known_by),
        ticket=view,
        staff=desk.is_staff(sender),
        own=mailbox_key(sender) in desk.own_mailboxes,
        authentication_expected=bool(desk.mailbox.authserv_id),
    )
    return around, ticket


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
