"""What of a contract is used up: its prepaid hours, and the yearly allowances of its plan.

Apart from the booking, which writes letters: whoever only looks a mail's circumstances up loads nothing of that.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from rules.bookings import begin, contract_year
from rules.facts import Allowance, Contract, Usage
from rules.policy import Policy
from storage import bookings
from storage.bookings import EXPERT_HOURS
from storage.database import Transaction
from storage.tickets import Ticket


@dataclass(frozen=True, slots=True)
class Left:
    """What a ticket is booked on."""

    what: str
    """EXPERT_HOURS, or the allowance's name in the policy."""
    left: Decimal
    of: Decimal


def usage_of(
    tx: Transaction, policy: Policy, contract: Contract, arrived_at: datetime, known_by: datetime | None = None
) -> Usage:
    """What was booked on a contract before a mail that arrived then, as far as the policy asks for it.

    `known_by` leaves out what was booked later, for a mail that is decided anew long after it came.
    """
    plan, hours = policy.plans.get(contract.plan), Decimal(0)
    if policy.gates.expert_hours is not None:
        hours = bookings.hours_spent(tx, contract.contract, begin(contract.starts, policy.zone), known_by)
    year = contract_year(contract.starts, arrived_at, policy.zone)
    return Usage(
        hours_spent=hours,
        allowances={
            name: bookings.taken(tx, contract.contract, name, *year, known_by)
            for name in (plan.allowances if plan else ())
        },
    )


def left_of(tx: Transaction, policy: Policy, ticket: Ticket, contract: Contract) -> Left:
    """What a ticket is booked on, and how much of it is left now."""
    allowance = ticket.decision.allowance
    if allowance is None:
        spent = bookings.hours_spent(tx, contract.contract, begin(contract.starts, policy.zone))
        return Left(EXPERT_HOURS, contract.expert_hours - spent, contract.expert_hours)
    of = _granted(policy, contract, allowance)
    year = contract_year(contract.starts, ticket.opened_at, policy.zone)
    return Left(allowance.name, of - bookings.taken(tx, contract.contract, allowance.name, *year), of)


def _granted(policy: Policy, contract: Contract, allowance: Allowance) -> Decimal:
    plan = policy.plans.get(contract.plan)
    return Decimal(plan.allowances.get(allowance.name, 0) if plan else allowance.of)
