"""What becomes of a ticket's promises when something happens to it: clocks, reminders, and what the customer hears.

The rules say what is promised (`rules.restated`), by the policy that decided the ticket and not by today's; here it is
looked up, written down and told. Everything happens on the caller's transaction.
"""

import re
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from intake.conduct_values import Moved
from intake.correspondence import Occasion, correct_promise
from intake.desk import Desk
from intake.letter_order import Former
from intake.mail.parse import parse
from rules.facts import Address, Decision, Mail, MailKind, Unreadable
from rules.letters import Withheld
from rules.lifecycle import Status
from rules.policy import Policy, PolicyFaults, load
from rules.restated import Course, Promised, still_to_give
from storage import clocks, ledger, links, listings, pauses, policies, tickets
from storage.clocks import FIRST_RESPONSE, RESOLUTION, Clock
from storage.database import Transaction
from storage.tickets import Ticket

ANSWERED = "answered"
TAKEN_BACK = "taken_back"
ASKED = "asked"
"""The event of a customer's first mail on a ticket that staff opened."""
CAUSES: dict[str, str] = {
    Status.CLOSED: "reopened",
    **dict.fromkeys((Status.WITH_DISTRIBUTOR, Status.WITH_PARTNER, Status.ROUTED), TAKEN_BACK),
}
"""Why a promise changed, as its letter says it, by what the ticket was before."""


def policy_of(tx: Transaction, desk: Desk, ticket: Ticket) -> Policy:
    """The policy that is pinned to the ticket; the desk's own where that text is gone or can be read no more."""
    if ticket.policy_version == desk.policy.version:
        return desk.policy
    text = policies.text_of(tx, ticket.policy_version)
    pinned = _loaded(text, ticket.policy, frozenset(desk.renderer.letters())) if text is not None else None
    return pinned or desk.policy


def course_of(tx: Transaction, ticket: Ticket, now: datetime) -> Course:
    """How the ticket went since it was opened, or came back; a pause that goes on is counted up to `now`."""
    known = {clock.kind: clock for clock in clocks.of_ticket(tx, ticket.ticket_id)}
    happened = tickets.events(tx, ticket.ticket_id)
    back = [event.at for event in happened if event.kind in (TAKEN_BACK, ASKED)]
    began = max(back, default=ticket.opened_at)
    stood = pauses.of_ticket(tx, ticket.ticket_id)
    return Course(
        started_at=began,
        pauses=tuple(
            (max(began, one.began_at), end) for one in stood if (end := one.ended_at or max(now, one.began_at)) > began
        ),
        first_response=_promised(known.get(FIRST_RESPONSE)),
        resolution=_promised(known.get(RESOLUTION)),
        answered=any(event.kind == ANSWERED and event.at >= began for event in happened),
    )


def restate(tx: Transaction, ticket: Ticket, decision: Decision, course: Course, now: datetime) -> tuple[Moved, ...]:
    """Set the ticket's clocks to what `decision` promises; which promises moved by that."""
    moved = []
    known = {clock.kind: clock for clock in clocks.of_ticket(tx, ticket.ticket_id)}
    for kind, due in ((FIRST_RESPONSE, decision.first_response_due), (RESOLUTION, decision.resolution_due)):
        clock = known.get(kind)
        if clock is not None and clock.stopped_at is not None:
            continue
        before = clock.due_at if clock else None
        if due == before:
            continue
        moved.append(Moved(kind, before, due))
        _set(tx, ticket, kind, clock, due, course, now, decision.policy_version)
    return tuple(moved)


def plan_reminders(tx: Transaction, ticket: Ticket, decision: Decision, now: datetime) -> None:
    """The reminders that `decision` plans take the place of those that were pending; none is given a second time."""
    clocks.silence(tx, ticket.ticket_id, now)
    for one in still_to_give(decision.reminders, clocks.given(tx, ticket.ticket_id), now):
        clocks.set_alarm(tx, ticket.ticket_id, one.to, one.at, one.every, one.until, one.calendar)


def occasion_of(tx: Transaction, desk: Desk, policy: Policy, ticket: Ticket) -> Occasion:
    """The occasion of a letter about the ticket as such, in the thread of the mail that opened it."""
    mail, mail_id = _opening_mail(tx, desk, ticket)
    thread = () if mail.message_id else links.thread_of(tx, ticket.ticket_id)
    around = replace(desk, policy=policy)
    return Occasion(around, ticket, mail, ticket.decision, ticket.opened_at, mail_id, thread=thread)


def tell_customer(
    tx: Transaction, occasion: Occasion, was: Ticket, moved: tuple[Moved, ...], now: datetime
) -> Withheld | None:
    """The letter about what is promised from now on. What was kept already is not spoken of."""
    watched = {clock.kind for clock in clocks.of_ticket(tx, was.ticket_id) if clock.stopped_at is None}
    spoken_of = watched | {one.kind for one in moved}
    first, resolution = FIRST_RESPONSE in spoken_of, RESOLUTION in spoken_of
    decision = occasion.decision
    former = Former(
        severity=was.severity,
        first_response_due=was.decision.first_response_due if first else None,
        resolution_due=was.decision.resolution_due if resolution else None,
        cause=CAUSES.get(was.status, ""),
        waiting=occasion.ticket.status == Status.WAITING,
    )
    promised = replace(
        decision,
        first_response_due=decision.first_response_due if first else None,
        resolution_due=decision.resolution_due if resolution else None,
    )
    return correct_promise(tx, replace(occasion, decision=promised), former, now)


def _promised(clock: Clock | None) -> Promised | None:
    if clock is None:
        return None
    return Promised(clock.due_at, clock.stopped_at is not None)


def _set(
    tx: Transaction,
    ticket: Ticket,
    kind: str,
    clock: Clock | None,
    due: datetime | None,
    course: Course,
    now: datetime,
    version: str,
) -> None:
    match clock, due:
        case None, datetime():
            clocks.start(tx, ticket.ticket_id, kind, course.started_at, due, version)
        case Clock(breached_at=None), None:
            clocks.withdraw(tx, clock.clock_id)
        case Clock(), None:  # it was missed before it was withdrawn, and that stays on record
            clocks.stop(tx, ticket.ticket_id, now, kind)
        case Clock(), datetime():
            clocks.redue(tx, clock, due, missed=due <= now)


def _opening_mail(tx: Transaction, desk: Desk, ticket: Ticket) -> tuple[Mail, int | None]:
    """The mail that opened the ticket, by its head alone: what its text holds was read once, under a time limit."""
    sender = Address(ticket.contact, ticket.contact_name)
    bare = Mail(None, sender, subject=ticket.subject, text="", new_text="", sha256="", size=0)
    mails = listings.mails_of_ticket(tx, ticket.ticket_id)
    # where staff wrote first, theirs is no mail of the customer's
    line = next((one for one in mails if one.kind != MailKind.STAFF), None)
    raw = ledger.raw(tx, line.mail_id) if line else None
    if line is None or raw is None:
        return bare, line.mail_id if line else None
    end = re.search(rb"\r?\n\r?\n", raw)
    try:
        return parse(raw[: end.end()] if end else raw, authserv_id=desk.mailbox.authserv_id), line.mail_id
    except Unreadable:  # then the ticket knows its sender and subject, and no more is needed
        return bare, line.mail_id


@lru_cache(maxsize=16)
def _loaded(text: str, name: str, letters: frozenset[str]) -> Policy | None:
    try:
        return load(text, name=name, letters=letters)
    except PolicyFaults:  # written for another version of Intake, or for a letter that is there no more
        return None
