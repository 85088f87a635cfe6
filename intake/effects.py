"""What a decision sets in motion: the ticket, its clocks and alarms, the log, the letters and notices.

Everything happens on the caller's transaction. What is said, and whether it goes out, is `correspondence`'s.
"""

from dataclasses import dataclass
from datetime import date, datetime

from intake import conduct, crowding, escalation, forward
from intake.conduct_values import Done
from intake.correspondence import Occasion, answer_sender, tell_staff
from intake.desk import Desk
from rules import lifecycle
from rules.conversation import is_customers
from rules.facts import Decision, FailedRecipient, Gate, Mail, MailKind, Membership, Outcome
from storage import clocks, tickets
from storage.database import Transaction
from storage.tickets import Event, NewTicket, Ticket

INTAKE = "intake"


@dataclass(frozen=True, slots=True)
class Case:
    """A mail that has been decided and recorded."""

    desk: Desk
    mail: Mail
    decision: Decision
    arrived_at: datetime
    mail_id: int
    ticket: Ticket | None
    """The ticket it opened or goes on with."""
    pointed: Ticket | None
    """The ticket it points at; another than `ticket` where the sender has no part in it."""
    memberships: tuple[Membership, ...] = ()


def open_ticket(
    tx: Transaction, desk: Desk, mail: Mail, decision: Decision, arrived_at: datetime, now: datetime
) -> Ticket:
    """A ticket for a request, whatever its outcome, with its clocks and alarms running."""
    assert decision.outcome is not None
    new = NewTicket(
        mailbox=desk.name,
        prefix=desk.mailbox.ticket_prefix,
        decision=decision,
        contact=mail.sender.key if mail.sender else "",
        contact_name=decision.contact or (mail.sender.name if mail.sender else ""),
        subject=mail.subject,
        status=lifecycle.first(decision).value,
        opened_at=arrived_at,
    )
    ticket = tickets.open_ticket(tx, new, now)
    promise(tx, ticket, decision)
    return ticket


def promise(tx: Transaction, ticket: Ticket, decision: Decision) -> None:
    """Start what watches over the decision's promises. Clocks run from when the mail reached the mailbox."""
    for kind, due in (
        (clocks.FIRST_RESPONSE, decision.first_response_due),
        (clocks.RESOLUTION, decision.resolution_due),
    ):
        if due is not None:
            clocks.start(tx, ticket.ticket_id, kind, ticket.opened_at, due, decision.policy_version)
    for reminder in decision.reminders:
        clocks.set_alarm(
            tx, ticket.ticket_id, reminder.to, reminder.at, reminder.every, reminder.until, reminder.calendar
        )


def follow(tx: Transaction, case: Case, now: datetime) -> None:
    """What follows from a decision once its mail is in the ledger: the log, the ticket's state, the letters."""
    outcome = case.decision.outcome
    if outcome is None and case.ticket is not None:
        _continue(tx, case, case.ticket, now)
    elif outcome is None or outcome is Outcome.IGNORED:
        _note_on_pointed(tx, case, now)
    elif case.ticket is not None:
        _answer(tx, case, case.ticket, now)


def tell_of_quarantine(tx: Transaction, mail_id: int, reason: str, now: datetime) -> None:
    """One event; `status` and `quarantine` show it to the admin."""
    tickets.log(tx, Event(now, "quarantined", INTAKE, {"why": reason}, None, mail_id))


def _answer(tx: Transaction, case: Case, ticket: Ticket, now: datetime) -> None:
    """A request: its letter to the sender, and its notice to staff."""
    decision, occasion = case.decision, _occasion(case, ticket)
    detail: dict[str, object] = {"outcome": decision.outcome, "why": decision.why, "failed": list(decision.failed)}
    if case.pointed is not None:
        # Somebody who is no party to that ticket wrote in its name: a new request, with a pointer for staff.
        detail["points_at"] = case.pointed.reference
    _log(tx, case, ticket.ticket_id, "decided", detail, now)
    reason = answer_sender(tx, occasion, now)
    note = reason.sentence if reason and reason.tells_staff else ""
    handed = forward.hand_on(tx, occasion, reason, now)
    if decision.outcome is not Outcome.DECLINED or case.desk.observes or note:
        tell_staff(tx, occasion, "withheld" if note else "", now, note=f"{note} {handed}".strip())
    if case.pointed is not None:
        escalation.overhear(tx, _occasion(case, case.pointed), ticket.reference, now)


def _continue(tx: Transaction, case: Case, ticket: Ticket, now: datetime) -> None:
    """A follow-up reaches its ticket, and a person; a staff mail is kept on the ticket it answers."""
    sender = case.decision.sender
    if case.decision.kind is MailKind.STAFF:
        _log(tx, case, ticket.ticket_id, "staff_mail", {"flags": list(case.decision.flags)}, now, actor=sender)
        return
    heard = escalation.heed(tx, _occasion(case, ticket), now)
    if heard is None:
        return
    done, stays = _go_on(tx, case, ticket, now)
    detail: dict[str, object] = {"status": done.ticket.status, "flags": list(case.decision.flags)}
    detail |= conduct.as_logged(done.moved)
    _log(tx, case, ticket.ticket_id, "follow_up", detail, now, actor=sender)
    occasion = _occasion(case, done.ticket)
    passed = forward.pass_on(tx, occasion, case.memberships, now)
    moved = conduct.sentences(done.moved, case.desk.policy.zone).strip()
    others = crowding.room(tx, ticket, case.mail_id, now, must=done.ticket.status != ticket.status)
    if others is not None:
        note = " ".join(filter(None, [heard, stays, passed, moved, done.left_untold, others]))
        tell_staff(tx, occasion, "follow_up", now, note=note)


def _go_on(tx: Transaction, case: Case, ticket: Ticket, now: datetime) -> tuple[Done, str]:
    """What a follow-up does to its ticket, and why it does nothing, "" where that is no news.

    What a correspondent writes (a distributor, an account manager) ends no wait for the customer and opens nothing.
    """
    if is_customers(case.mail, ticket.contact, ticket.contract, case.memberships):
        return conduct.go_on(tx, case.desk, ticket, case.arrived_at, now), ""
    stays = ticket.status in (lifecycle.Status.WAITING, lifecycle.Status.CLOSED)
    why = f"It is no mail of the customer's, so {ticket.reference} stays {ticket.status}." if stays else ""
    return Done(ticket, ticket), why


def _note_on_pointed(tx: Transaction, case: Case, now: datetime) -> None:
    """A machine's mail that names a ticket stands in its log; any other leaves only its ledger row."""
    if case.pointed is None:
        return
    detail: dict[str, object] = {"from": case.decision.sender, "why": case.decision.why}
    if case.mail.failed_recipients:
        detail["failed"] = [_failed(one) for one in case.mail.failed_recipients]
    _log(tx, case, case.pointed.ticket_id, case.decision.kind.value, detail, now)
    forward.came_back(tx, _occasion(case, case.pointed), now)


def _failed(recipient: FailedRecipient) -> dict[str, object]:
    return {"address": recipient.address, "status": recipient.status, "final": recipient.final}


def _occasion(case: Case, ticket: Ticket) -> Occasion:
    ended = None
    if Gate.SUBSCRIPTION in case.decision.failed:
        theirs = [one.contract for one in case.memberships if one.contract.contract == case.decision.contract]
        ended = _last_day(theirs[0].ends, case) if theirs else None
    return Occasion(case.desk, ticket, case.mail, case.decision, case.arrived_at, case.mail_id, ended)


def _last_day(ends: date, case: Case) -> date | None:
    """None for a contract that has not begun: there is no end to name."""
    return ends if ends < case.arrived_at.astimezone(case.desk.policy.zone).date() else None


def _log(
    tx: Transaction,
    case: Case,
    ticket_id: int,
    kind: str,
    detail: dict[str, object],
    now: datetime,
    *,
    actor: str = INTAKE,
) -> None:
    tickets.log(tx, Event(now, kind, actor, detail, ticket_id, case.mail_id))
