"""Rules on one mail that was understood: what the policy says, where that ends the mail, which ticket it is on.

One piece for the mail that comes in and for the one that is taken out of quarantine; how the ledger hears of it is the
caller's. Everything happens on the caller's transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from intake import effects
from intake.circumstances import gather
from intake.desk import Desk
from intake.judgement import judge
from intake.understand import Understood
from rules.facts import Decision, End, Mail, MailKind, Membership, Outcome, Reading
from storage.database import Transaction
from storage.tickets import Ticket

ENDS: Mapping[Outcome, End] = {
    Outcome.ACCEPTED: End.TICKET,
    Outcome.DECLINED: End.DECLINED,
    Outcome.ROUTED: End.ROUTED,
    Outcome.HELD: End.HELD,
    Outcome.IGNORED: End.IGNORED,
}
ENDS_WITHOUT_OUTCOME: Mapping[MailKind, End] = {
    MailKind.FOLLOW_UP: End.FOLLOW_UP,
    MailKind.STAFF: End.STAFF_ACTION,
}


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided about a mail, before the ledger knows of it."""

    decision: Decision
    end: End
    mail: Mail
    arrived_at: datetime
    ticket: Ticket | None
    """The ticket it opened or goes on with."""
    pointed: Ticket | None
    """The ticket it points at; another than `ticket` where the sender has no part in it."""
    memberships: tuple[Membership, ...]
    reading: Reading | None = None

    @property
    def ticket_id(self) -> int | None:
        return self.ticket.ticket_id if self.ticket else None

    @property
    def reference(self) -> str | None:
        return self.ticket.reference if self.ticket else None


def rule(
    tx: Transaction,
    desk: Desk,
    read: Understood,
    arrived_at: datetime,
    memberships: tuple[Membership, ...],
    now: datetime,
) -> Ruling:
    """Decide, and open the ticket of a request. `carry_out` must follow once the mail has its row in the ledger."""
    mail = read.mail
    around, pointed = gather(tx, desk, mail, arrived_at, memberships)
    decision = judge(mail, read.reading, around, desk.policy, desk.own_mailboxes, now)
    if decision.outcome is None:  # a follow-up or a staff mail
        return Ruling(
            decision, ENDS_WITHOUT_OUTCOME[decision.kind], mail, arrived_at, pointed, pointed, memberships, read.reading
        )
    ticket = None
    if decision.outcome is not Outcome.IGNORED:
        ticket = effects.open_ticket(tx, desk, mail, decision, arrived_at, now)
    return Ruling(decision, ENDS[decision.outcome], mail, arrived_at, ticket, pointed, memberships, read.reading)


def carry_out(tx: Transaction, desk: Desk, ruling: Ruling, mail_id: int, now: datetime) -> None:
    """What follows from a ruling: the log, the ticket's state, the letters."""
    case = effects.Case(
        desk,
        ruling.mail,
        ruling.decision,
        ruling.arrived_at,
        mail_id,
        ruling.ticket,
        ruling.pointed,
        ruling.memberships,
        ruling.reading,
    )
    effects.follow(tx, case, now)
