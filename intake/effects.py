"""What a decision sets in motion: the ticket, its clocks and alarms, the log, the letters and notices.

Everything happens on the caller's transaction. What is said, and whether it goes out, is `correspondence`'s.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from intake import companions, conduct, crowding, escalation, forward, replies, returned
from intake.conduct_values import Done
from intake.correspondence import Occasion, answer_sender, tell_staff
from intake.desk import Desk
from rules import lifecycle
from rules.conversation import AFTER_CLOSED, is_customers
from rules.facts import Decision, Gate, Mail, MailKind, Membership, Outcome, Reading
from storage import clocks, links, tickets
from storage.database import Transaction
from storage.tickets import Event, NewTicket, Ticket

INTAKE = "intake"
COPY, NAMED = "copy", "named"
"""The events of a mail that came by another road, too, and of one that names a ticket whose sender is not on it."""
AN_HOUR = 10
"""So many of either stand in a ticket's log: anybody can write them."""


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
    reading: Reading | None = None
    """What the mail's words were found to say; None where nobody has read them."""


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
    if case.ticket is not None:
        returned.hear_from(tx, _occasion(case, case.ticket), now)
    if outcome is None and case.ticket is not None:
        _continue(tx, case, case.ticket, now)
    elif outcome is None or outcome is Outcome.IGNORED:
        if case.pointed is not None:  # any other leaves only its ledger row
            returned.heed(tx, _occasion(case, case.pointed), now)
    elif case.ticket is not None:
        _answer(tx, case, case.ticket, now)


def tell_of_quarantine(tx: Transaction, mail_id: int, reason: str, now: datetime) -> None:
    """One event; `status` and `quarantine` show it to the admin."""
    tickets.log(tx, Event(now, "quarantined", INTAKE, {"why": reason}, None, mail_id))


def tell_of_copy(tx: Transaction, ticket_id: int | None, mail_id: int, why: str, now: datetime) -> None:
    """One event on the ticket of the mail that came first; of a mail that goes in circles, not every round."""
    if ticket_id is not None and tickets.count(tx, ticket_id, COPY, since=now - timedelta(hours=1)) < AN_HOUR:
        tickets.log(tx, Event(now, COPY, INTAKE, {"why": why}, ticket_id, mail_id))


def _answer(tx: Transaction, case: Case, ticket: Ticket, now: datetime) -> None:
    """A request: its letter to the sender, and its notice to staff."""
    decision, occasion = case.decision, _occasion(case, ticket)
    detail: dict[str, object] = {"outcome": decision.outcome, "why": decision.why, "failed": list(decision.failed)}
    if case.pointed is not None:
        detail["points_at"] = case.pointed.reference
    _log(tx, case, ticket.ticket_id, "decided", detail, now)
    occasion, pointer = _linked(tx, case, occasion, now)
    reason = answer_sender(tx, occasion, now)
    telling = crowding.of_withheld(tx, occasion, reason, now)
    handed = forward.hand_on(tx, occasion, reason, now)
    joined = companions.join(tx, occasion, now) if decision.outcome is not Outcome.DECLINED else ""
    if telling and (decision.outcome is not Outcome.DECLINED or case.desk.observes or telling.note):
        said = " ".join(filter(None, [telling.note, pointer, joined, handed]))
        tell_staff(tx, occasion, telling.event, now, note=said, queues=telling.queues, pages=telling.pages)
    if case.pointed is not None:
        escalation.overhear(tx, _occasion(case, case.pointed), ticket.reference, now)


def _linked(tx: Transaction, case: Case, occasion: Occasion, now: datetime) -> tuple[Occasion, str]:
    """What a request has to do with the ticket that it points at, and a sentence about it for staff.

    Whoever is on it, and wrote after it was closed for good, goes on with it in a ticket that is linked to it. Anybody
    else only names it, which both tickets' logs say.
    """
    pointed, ticket = case.pointed, occasion.ticket
    if pointed is None:
        return occasion, ""
    if AFTER_CLOSED in case.decision.flags:
        links.add(tx, ticket.ticket_id, pointed.ticket_id, links.CONTINUES, now)
        _log(tx, case, pointed.ticket_id, "continued", {"in": ticket.reference}, now)
        since = f" on {pointed.closed_at.astimezone(case.desk.policy.zone):%Y-%m-%d}" if pointed.closed_at else ""
        thread = links.thread_of(tx, pointed.ticket_id)
        return replace(occasion, thread=thread), f"It goes on with {pointed.reference}, which was closed{since}."
    if tickets.count(tx, pointed.ticket_id, NAMED, since=now - timedelta(hours=1)) < AN_HOUR:
        _log(tx, case, pointed.ticket_id, NAMED, {"by": case.decision.sender, "in": ticket.reference}, now)
    return occasion, f"It names {pointed.reference}, but {case.decision.sender} is not on that ticket."


def _continue(tx: Transaction, case: Case, ticket: Ticket, now: datetime) -> None:
    """A follow-up reaches its ticket, and a person. What a staff mail does is `staff`'s."""
    sender = case.decision.sender
    if case.decision.kind is MailKind.STAFF:
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
    moves = done.ticket.status != ticket.status
    pages = crowding.pages(tx, ticket, now, must=moves)
    others = crowding.room(tx, ticket, case.mail_id, now, must=moves)
    joined = companions.join(tx, occasion, now)
    if others is not None:
        note = " ".join(filter(None, [heard, stays, joined, passed, moved, done.left_untold, others]))
        tell_staff(tx, occasion, "follow_up", now, note=note, pages=pages)


def _go_on(tx: Transaction, case: Case, ticket: Ticket, now: datetime) -> tuple[Done, str]:
    """What a follow-up does to its ticket, and for staff what it did beyond that, or why it does nothing.

    What a correspondent writes (a distributor, an account manager) ends no wait for the customer and opens nothing.
    """
    if is_customers(case.mail, ticket.contact, ticket.contract, case.memberships):
        return replies.heed(tx, _occasion(case, ticket), case.reading, now)
    stays = ticket.status in (lifecycle.Status.WAITING, lifecycle.Status.CLOSED)
    why = f"It is no mail of the customer's, so {ticket.reference} stays {ticket.status}." if stays else ""
    return Done(ticket, ticket), why


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
