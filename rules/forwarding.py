"""Forwarding: what may be handed on to a distributor or support partner, and what stays in the vendor's own queue.

The policy says who answers; here is what speaks against writing to them. A machine's mail is never handed on, nor any
to ourselves or back to who wrote it: two desks that forward to each other would never end. What cannot be handed on
stays, as it does where the contract names nobody.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from rules import overrule
from rules.facts import Authentication, Decision, Mail, MailKind, Membership, Outcome, Reading, address_key, mailbox_key
from rules.policy_model import Policy

NOT_FORWARDED = "not_forwarded"
"""The flag of a ticket that should have been handed on and could not."""


@dataclass(frozen=True, slots=True)
class Handing:
    """A mail about to be handed on, with everything that can speak against it."""

    mail: Mail
    to: str
    """The address of the distributor or partner."""
    own: Collection[str]
    """Mailbox keys of our own support addresses."""
    unaddressable: str = ""
    """Why no letter can be addressed to `to`; "" where one can."""
    muted: Collection[str] = ()
    """Keys of addresses from which our letters come back for good."""


def obstacle(handing: Handing) -> str:
    """Why a mail cannot be handed on, as half a sentence for staff; "" where it can."""
    return next((why.format(to=handing.to) for why, holds in OBSTACLES if holds(handing)), "")


def _wrote_it(handing: Handing) -> bool:
    sender = handing.mail.sender
    return sender is not None and mailbox_key(sender.address) == mailbox_key(handing.to)


OBSTACLES: tuple[tuple[str, Callable[[Handing], bool]], ...] = (
    ("the directory's address {to} is none that a letter can be sent to", lambda one: bool(one.unaddressable)),
    ("{to} is an address of our own", lambda one: mailbox_key(one.to) in one.own),
    ("letters to {to} come back", lambda one: address_key(one.to) in one.muted),
    ("{to} wrote this mail", _wrote_it),
    ("a list or a bulk mailer wrote it", lambda one: bool(one.mail.machine.bulk)),
    (
        "the mail server says that its sender is somebody else",
        lambda one: one.mail.authentication is Authentication.FAIL,
    ),
    ("a machine wrote it", lambda one: bool(one.mail.machine.auto or one.mail.machine.bounce)),
    ("it was sent with an empty return address, as machines do", lambda one: one.mail.return_path == ""),
)
"""What speaks against handing a mail on, in the order in which it is looked at."""


def settled(
    decision: Decision,
    handing: Handing,
    reading: Reading,
    membership: Membership | None,
    policy: Policy,
    *,
    arrived_at: datetime,
    now: datetime,
) -> Decision:
    """The decision as it can be carried out: a mail that cannot be handed on becomes a ticket of the vendor's own."""
    why = obstacle(handing) if decision.outcome is Outcome.ROUTED and decision.forward_to else ""
    if not why:
        return decision
    kept = overrule.accept(decision, reading, membership, policy, arrived_at=arrived_at, now=now)
    return replace(
        kept,
        template=None if decision.kind is MailKind.BULK else kept.template,
        flags=tuple(dict.fromkeys((*kept.flags, NOT_FORWARDED))),
        forward_to=None,
        party="",
        why=f"It was to be forwarded, but stays with support: {why}.",
    )
