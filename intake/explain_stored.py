"""The database as the ground on which `explain` judges a mail: directory, tickets and staff as the daemon sees them."""

from dataclasses import dataclass
from datetime import datetime

from intake.circumstances import gather
from intake.desk import Desk
from rules.facts import Circumstances, Mail
from storage import directory
from storage.database import Transaction


@dataclass(frozen=True, slots=True)
class OnDatabase:
    """Everything that the daemon would know."""

    tx: Transaction
    desk: Desk

    def around(self, mail: Mail, at: datetime) -> tuple[Circumstances, str | None]:
        senders = [mail.sender.key] if mail.sender else []
        known = directory.memberships(self.tx, self.desk.policy.name, senders)
        memberships = known[mail.sender.key] if mail.sender else ()
        around, ticket = gather(self.tx, self.desk, mail, at, memberships)
        return around, ticket.reference if ticket else None
