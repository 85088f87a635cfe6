"""The statuses a ticket can have, and which may follow which.

`NEXT` is the whole truth of it: what is not listed there is refused. Whether clocks run is a matter of the status too,
so that nobody pauses one by hand.
"""

from enum import StrEnum

from rules.facts import Decision, Outcome


class Status(StrEnum):
    OPEN = "open"
    """We owe the customer something."""
    WAITING = "waiting"
    """The customer owes us something; clocks stand still."""
    HELD = "held"
    """A person decides whether this is a ticket at all."""
    ROUTED = "routed"
    """With another desk of ours, without a clock."""
    WITH_DISTRIBUTOR = "with_distributor"
    WITH_PARTNER = "with_partner"
    DECLINED = "declined"
    CLOSED = "closed"


class Illegal(Exception):
    """A status that may not follow the one a ticket has. The message names both."""


NEXT: dict[Status, frozenset[Status]] = {
    Status.OPEN: frozenset(
        {Status.WAITING, Status.ROUTED, Status.WITH_DISTRIBUTOR, Status.WITH_PARTNER, Status.CLOSED}
    ),
    Status.WAITING: frozenset({Status.OPEN, Status.CLOSED}),
    Status.HELD: frozenset({Status.OPEN, Status.ROUTED, Status.DECLINED}),
    Status.ROUTED: frozenset({Status.OPEN, Status.CLOSED}),
    Status.WITH_DISTRIBUTOR: frozenset({Status.OPEN, Status.CLOSED}),
    Status.WITH_PARTNER: frozenset({Status.OPEN, Status.CLOSED}),
    # staff can accept a declined mail after all
    Status.DECLINED: frozenset({Status.OPEN, Status.ROUTED}),
    Status.CLOSED: frozenset({Status.OPEN, Status.ROUTED, Status.WITH_DISTRIBUTOR, Status.WITH_PARTNER}),
}

FIRST: dict[Outcome, Status] = {
    Outcome.ACCEPTED: Status.OPEN,
    Outcome.DECLINED: Status.DECLINED,
    Outcome.ROUTED: Status.ROUTED,
    Outcome.HELD: Status.HELD,
}
WITH_PARTY: dict[str, Status] = {
    "distributor": Status.WITH_DISTRIBUTOR,
    "support_partner": Status.WITH_PARTNER,
}
"""The status of a ticket by what the one who has it is to the contract."""

CLOCKED = frozenset({Status.OPEN})
"""The statuses in which promises run; in WAITING they pause, elsewhere there is none."""


def move(now: Status, to: Status) -> Status:
    """`to`, if it may follow `now`; staying is always allowed. Raises Illegal."""
    if to is not now and to not in NEXT[now]:
        raise Illegal(f"a ticket that is {now} cannot become {to}")
    return to


def first(decision: Decision) -> Status:
    """The status of a ticket as it is opened, or opened again; a mail that is forwarded is with whom it went to."""
    assert decision.outcome is not None
    return WITH_PARTY.get(decision.party, FIRST[decision.outcome])


def after_customer(now: Status, decision: Decision) -> Status:
    """The status after a customer's follow-up: an answer ends our waiting, and what was closed is with whom it was."""
    if now is Status.CLOSED:
        return first(decision)
    return Status.OPEN if now is Status.WAITING else now


def after_staff(now: Status) -> Status:
    """The status after staff wrote to the customer: the ball is theirs."""
    return Status.WAITING if now is Status.OPEN else now
