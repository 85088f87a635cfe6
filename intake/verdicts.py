"""A person's answer to what the policy held or declined: accepted after all, or declined.

One transaction does all of it: the new decision, the ticket's status, its clocks (counted from the arrival), the
ledger, the log with who it was, and the letters. What an overruled decision looks like is `rules.overrule`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from intake import effects
from intake.conduct_values import Impossible
from intake.correspondence import Occasion, answer_sender, tell_staff
from intake.desk import Desk
from intake.mail.parse import parse
from rules import overrule, senders
from rules.facts import Decision, End, Gate, Mail, Outcome, Reading
from rules.lifecycle import Status, move
from rules.reading import read
from storage import directory, ledger, listings, policies, tickets
from storage.database import Database, Transaction
from storage.tickets import Event, Ticket

__all__ = ["Impossible", "accept", "accept_on", "decline", "decline_on", "opening_of"]


@dataclass(frozen=True, slots=True)
class Opening:
    """A ticket with the mail that opened it."""

    ticket: Ticket
    desk: Desk
    mail: Mail
    mail_id: int


def accept(
    database: Database,
    desks: Mapping[str, Desk],
    reference: str,
    *,
    by: str,
    now: datetime,
    level: int | None = None,
    note: str = "",
) -> Decision | Impossible:
    """Make a ticket of what was held or declined. `level` is a severity that overrules the words of the mail."""
    with database.snapshot() as tx:
        opening = opening_of(tx, desks, reference)
    if isinstance(opening, Impossible):
        return opening
    reading = read(opening.mail, opening.desk.policy)
    with database.transaction() as tx:
        return accept_on(tx, opening, reading, by=by, now=now, level=level, note=note)


def accept_on(
    tx: Transaction, opening: Opening, reading: Reading, *, by: str, now: datetime, level: int | None, note: str
) -> Decision | Impossible:
    """`accept` on the caller's transaction, for a mail whose words were read already."""
    policy, arrived_at = opening.desk.policy, opening.ticket.opened_at
    if level is not None and level not in policy.severity.levels:
        known = ", ".join(map(str, sorted(policy.severity.levels)))
        return Impossible(f"{policy.name} knows no severity {level}; give one of {known}")
    ticket = tickets.by_id(tx, opening.ticket.ticket_id)
    if ticket is None or ticket.status not in (Status.HELD, Status.DECLINED):
        return _unfit(ticket or opening.ticket, "accepted")
    known_to = directory.memberships(tx, policy.name, [ticket.contact])[ticket.contact]
    membership = senders.choose(known_to, arrived_at.astimezone(policy.zone).date())
    decision = overrule.accept(
        ticket.decision, reading, membership, policy, arrived_at=arrived_at, now=now, level=level
    )
    policies.keep(tx, policy.version, policy.name, opening.desk.policy_text, now)
    effects.promise(tx, ticket, decision)
    _settle(tx, opening, decision, Status.OPEN, Event(now, "accepted", by, {"note": note}))
    return decision


def decline(
    database: Database,
    desks: Mapping[str, Desk],
    reference: str,
    *,
    by: str,
    now: datetime,
    reason: str,
    gate: Gate | None = None,
) -> Decision | Impossible:
    """Decline what was held. The letter is that of `gate`, or of the first gate that held it; `reason` is for staff."""
    with database.snapshot() as tx:
        opening = opening_of(tx, desks, reference)
    if isinstance(opening, Impossible):
        return opening
    with database.transaction() as tx:
        return decline_on(tx, opening, by=by, now=now, reason=reason, gate=gate)


def decline_on(
    tx: Transaction, opening: Opening, *, by: str, now: datetime, reason: str, gate: Gate | None
) -> Decision | Impossible:
    """`decline` on the caller's transaction."""
    ticket = tickets.by_id(tx, opening.ticket.ticket_id)
    if ticket is None or ticket.status != Status.HELD:
        return _unfit(ticket or opening.ticket, "declined")
    chosen = gate or next(iter(ticket.decision.failed), None)
    if chosen is None:
        remedy = f"`intake decline {ticket.reference} --gate GATE` names the one whose letter is meant"
        return Impossible(f"no gate held {ticket.reference}; {remedy}")
    decision = overrule.decline(ticket.decision, chosen)
    _settle(tx, opening, decision, Status.DECLINED, Event(now, "declined", by, {"gate": chosen, "why": reason}))
    return decision


def opening_of(tx: Transaction, desks: Mapping[str, Desk], reference: str) -> Opening | Impossible:
    """The ticket of this reference with the mail that opened it."""
    ticket = tickets.by_reference(tx, reference)
    if ticket is None:
        return Impossible(f"there is no ticket {reference}; `intake held` lists what waits")
    desk = desks.get(ticket.mailbox)
    if desk is None:
        return Impossible(f"{reference} is of mailbox {ticket.mailbox}, which the configuration does not have")
    mail_id = next((line.mail_id for line in listings.mails_of_ticket(tx, ticket.ticket_id)), None)
    raw = ledger.raw(tx, mail_id) if mail_id is not None else None
    if mail_id is None or raw is None:
        return Impossible(f"the mail that opened {reference} is no longer stored; answer it by hand")
    return Opening(ticket, desk, parse(raw, authserv_id=desk.mailbox.authserv_id), mail_id)


def _unfit(ticket: Ticket, what: str) -> Impossible:
    return Impossible(f"{ticket.reference} is {ticket.status}, so it cannot be {what}; see `intake ticket`")


ENDS = {Outcome.ACCEPTED: End.TICKET, Outcome.DECLINED: End.DECLINED}


def _settle(tx: Transaction, opening: Opening, decision: Decision, status: Status, event: Event) -> None:
    """What both answers have in common: ticket, ledger, log and letters say the same from now on."""
    assert decision.outcome is not None
    ticket_id, mail_id = opening.ticket.ticket_id, opening.mail_id
    tickets.redecide(tx, ticket_id, decision, move(Status(opening.ticket.status), status).value)
    ledger.settle(tx, mail_id, ENDS[decision.outcome], decision.why, decision, ticket_id)
    tickets.log(tx, replace(event, ticket_id=ticket_id, mail_id=mail_id))
    ticket = tickets.by_id(tx, ticket_id)
    assert ticket is not None
    occasion = Occasion(opening.desk, ticket, opening.mail, decision, ticket.opened_at, mail_id)
    answer_sender(tx, occasion, event.at)
    if decision.outcome is Outcome.ACCEPTED:
        tell_staff(tx, occasion, "accepted", event.at, note=f"Accepted by {event.actor}.")
