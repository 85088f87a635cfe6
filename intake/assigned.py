"""Who is told of a ticket that is somebody's: that person in place of its queue, while they are on duty.

Other queues that hear of it hear all the same. Out of their hours, or where they are on staff no more, the queue hears
again: nothing is told to nobody.
"""

from collections.abc import Sequence
from datetime import datetime

from intake.desk import Desk
from intake.settings import StaffMember
from intake.told import Told, is_on_duty
from rules.facts import address_key
from rules.policy_model import ACCOUNT_MANAGER
from storage import assignments
from storage.database import Transaction
from storage.tickets import Ticket


def told_of(
    tx: Transaction, desk: Desk, ticket: Ticket, wanted: Sequence[str], at: datetime, *, pages: bool = True
) -> Told:
    """Who hears of a ticket at this instant; of the `wanted` queues the first is its own."""
    holder = holder_of(tx, desk, ticket)
    if holder is None or not is_on_duty(holder, at):
        return desk.told_about(wanted, at, pages=pages)
    others = [queue for queue in wanted if queue not in (wanted[0], ACCOUNT_MANAGER)]
    more = desk.told_about(others, at, pages=pages) if others else Told(())
    return Told(tuple(dict.fromkeys((holder.email, *more.addresses))), more.pages)


def holder_of(tx: Transaction, desk: Desk, ticket: Ticket) -> StaffMember | None:
    """The member of staff whose it is."""
    person = assignments.person_of(tx, ticket.ticket_id)
    return next((one for one in desk.staff if address_key(one.email) == person), None) if person else None
