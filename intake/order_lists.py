"""`#list`: the open tickets of a member of staff, with what is due of each, the soonest first."""

from collections.abc import Collection

from intake.desk import Desk
from intake.order_values import Mine
from intake.settings import StaffMember
from rules.facts import address_key
from rules.lifecycle import Status
from storage import workload
from storage.database import Transaction
from storage.workload import Work

OPEN = (Status.OPEN, Status.WAITING, Status.HELD, Status.ROUTED, Status.WITH_DISTRIBUTOR, Status.WITH_PARTNER)
MOST = 30


def mine(tx: Transaction, desk: Desk, person: StaffMember) -> tuple[tuple[Mine, ...], int]:
    """What is theirs, then what is nobody's in their queues; and how many more there are."""
    key, queues = address_key(person.email), frozenset(person.queues)
    theirs = [one for one in workload.open_tickets(tx, desk.doors, OPEN, key, queues) if _concerns(one, key, queues)]
    theirs.sort(key=lambda one: (one.person != key, one.due_at is None, one.due_at or one.opened_at))
    told = tuple(
        Mine(one.reference, one.status, one.severity, one.due_at, one.subject, one.person == key)
        for one in theirs[:MOST]
    )
    return told, max(0, len(theirs) - MOST)


def _concerns(one: Work, key: str, queues: Collection[str]) -> bool:
    return one.person == key or (one.person is None and one.queue in queues)
