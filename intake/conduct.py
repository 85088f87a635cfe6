"""What people do to a ticket, and what it does to its promises: severity, waiting, closing, answering, taking back.

Each function works on the caller's transaction and says what it did as a value: `Done`, or `Impossible` with the reason
and its remedy. Whoever may say such a word was asked before. Booking hours is `conduct_bookings`'.
"""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from intake.conduct_promises import (
    ANSWERED,
    ASKED,
    TAKEN_BACK,
    course_of,
    occasion_of,
    plan_reminders,
    policy_of,
    restate,
    tell_customer,
)
from intake.conduct_values import Done, Impossible, Moved
from intake.correspondence import tell_staff
from intake.desk import Desk
from rules import lifecycle, restated
from rules.facts import Contract, Decision
from rules.lifecycle import CLOCKED, Status
from rules.policy import Policy
from storage import clocks, directory, pauses, tickets
from storage.database import Transaction
from storage.erasure import FORGOTTEN
from storage.tickets import Event, Ticket

WITH_OTHERS = (Status.WITH_DISTRIBUTOR, Status.WITH_PARTNER, Status.ROUTED)
UNDECIDED = (Status.HELD, Status.DECLINED)


def set_severity(tx: Transaction, desk: Desk, ticket: Ticket, level: int, by: str, now: datetime) -> Done | Impossible:
    """Give the ticket another severity; its promises become those of the new one, counted from their original start."""
    policy = policy_of(tx, desk, ticket)
    if level not in policy.severity.levels:
        known = ", ".join(map(str, sorted(policy.severity.levels)))
        return Impossible(f"{policy.name} knows no severity {level}; give one of {known}")
    status = Status(ticket.status)
    if status not in (Status.OPEN, Status.WAITING):
        return Impossible(f"{ticket.reference} is {status}, which promises nothing; {_remedy(ticket, level)}")
    if level == ticket.severity:
        return Impossible(f"{ticket.reference} has severity {level} already; nothing is to be done")
    course = course_of(tx, ticket, now)
    decision = restated.with_severity(ticket.decision, level, policy, _contract(tx, ticket), course, now)
    moved = _redecide(tx, ticket, decision, status, course, now)
    plan_reminders(tx, ticket, decision, now)
    detail = {"from": ticket.severity, "to": level, **as_logged(moved)}
    tickets.log(tx, Event(now, "severity", by, detail, ticket.ticket_id))
    note = f"{by} changed the severity from {ticket.severity} to {level}.{sentences(moved, policy.zone)}"
    return _tell(tx, desk, policy, Done(ticket, _again(tx, ticket), moved), "promise", note, now)


def wait(tx: Transaction, ticket: Ticket, by: str, now: datetime) -> Done | Impossible:
    """We wait for the customer: what is promised stands still until they answer."""
    status = Status(ticket.status)
    if status is not Status.OPEN:
        remedy = "nothing is to be done" if status is Status.WAITING else _remedy(ticket)
        return Impossible(f"{ticket.reference} is {status}; only an open ticket can wait for its customer; {remedy}")
    _stand_still(tx, ticket, now)
    tickets.set_status(tx, ticket.ticket_id, lifecycle.move(status, Status.WAITING).value)
    tickets.log(tx, Event(now, "waiting", by, {}, ticket.ticket_id))
    return Done(ticket, _again(tx, ticket))


def answered(tx: Transaction, ticket: Ticket, at: datetime, by: str) -> Done:
    """Staff wrote to the customer `at`: the first response is given, and the ball is theirs."""
    clocks.stop(tx, ticket.ticket_id, at, clocks.FIRST_RESPONSE)
    before = Status(ticket.status)
    after = lifecycle.move(before, lifecycle.after_staff(before))
    if after is not before:
        _stand_still(tx, ticket, at)
        tickets.set_status(tx, ticket.ticket_id, after.value)
    tickets.log(tx, Event(at, ANSWERED, by, {"status": after.value}, ticket.ticket_id))
    return Done(ticket, _again(tx, ticket))


def close(tx: Transaction, ticket: Ticket, by: str, now: datetime) -> Done | Impossible:
    """The matter is settled: promises are no longer watched, reminders no longer given."""
    status = Status(ticket.status)
    if status is Status.CLOSED:
        return Impossible(f"{ticket.reference} is closed already; nothing is to be done")
    if status in UNDECIDED:
        return Impossible(f"{ticket.reference} is {status} and was never a ticket to close; {_remedy(ticket)}")
    clocks.stop(tx, ticket.ticket_id, now)
    clocks.silence(tx, ticket.ticket_id, now)
    if status is not Status.WAITING:  # else the pause that goes on lasts until it is opened again
        pauses.begin(tx, ticket.ticket_id, now)
    tickets.set_status(tx, ticket.ticket_id, lifecycle.move(status, Status.CLOSED).value, now)
    tickets.log(tx, Event(now, "closed", by, {}, ticket.ticket_id))
    return Done(ticket, _again(tx, ticket))


def reopen(tx: Transaction, desk: Desk, ticket: Ticket, by: str, now: datetime) -> Done | Impossible:
    """What was closed, or waited for its customer, is ours to work on again."""
    if ticket.contact == FORGOTTEN:
        return Impossible(f"what {ticket.reference} said was erased; whoever needs it opened writes again")
    if ticket.status not in (Status.CLOSED, Status.WAITING):
        remedy = _remedy(ticket) if ticket.status in UNDECIDED else "nothing is to be done"
        return Impossible(f"{ticket.reference} is {ticket.status}, neither closed nor waiting; {remedy}")
    done = go_on(tx, desk, ticket, now, now)
    tickets.log(tx, Event(now, "reopened", by, as_logged(done.moved), ticket.ticket_id))
    return done


def go_on(tx: Transaction, desk: Desk, ticket: Ticket, at: datetime, now: datetime) -> Done:
    """An answer that arrived `at` ends the wait, or opens the ticket again: what was promised is due as much later.

    A first response stays given; the solution of what was closed is owed again, and what was with somebody else then
    is with them again. The customer is told what moved. For a ticket in another status nothing changes.
    """
    before = Status(ticket.status)
    after = lifecycle.move(before, lifecycle.after_customer(before, ticket.decision))
    if after is before and not restated.is_unasked(ticket.decision):
        return Done(ticket, ticket)
    policy = policy_of(tx, desk, ticket)
    if before is Status.CLOSED:
        clocks.run_again(tx, ticket.ticket_id, clocks.RESOLUTION)
    pauses.end(tx, ticket.ticket_id, min(at, now))  # the mail server's clock may be ahead of ours
    clocks.resume(tx, ticket.ticket_id)
    asked = restated.is_unasked(ticket.decision)
    if asked:
        tickets.log(tx, Event(min(at, now), ASKED, ticket.contact, {}, ticket.ticket_id))
    course = course_of(tx, ticket, now)
    if asked:
        level = ticket.severity or policy.severity.silent
        decision = restated.asked(ticket.decision, level, policy, _contract(tx, ticket), course, now)
    else:
        decision = restated.due_anew(ticket.decision, policy, course, now)
    moved = _redecide(tx, ticket, decision, after, course, now)
    if before is Status.CLOSED or asked:
        plan_reminders(tx, ticket, decision, now)
    done = Done(ticket, _again(tx, ticket), moved)
    return _tell(tx, desk, policy, done, "", "", now)


def take_back(
    tx: Transaction,
    desk: Desk,
    ticket: Ticket,
    by: str,
    now: datetime,
    *,
    level: int | None = None,
    tells_staff: bool = True,
) -> Done | Impossible:
    """What was with a distributor, a partner or another desk comes to the policy's queue, with promises from `now` on.

    Without a `level` it has the severity of a mail that says nothing of its own. The customer, who was told who else
    has it, hears what is promised now, or that nothing is. `tells_staff=False`: the caller tells them.
    """
    status, policy = Status(ticket.status), policy_of(tx, desk, ticket)
    if status not in WITH_OTHERS:
        return Impossible(
            f"{ticket.reference} is {status}, not with anybody else; see `intake ticket {ticket.reference}`"
        )
    if level is not None and level not in policy.severity.levels:
        known = ", ".join(map(str, sorted(policy.severity.levels)))
        return Impossible(f"{policy.name} knows no severity {level}; give one of {known}")
    decision = restated.taken_back(ticket.decision, level or policy.severity.silent, policy, _contract(tx, ticket), now)
    moved = _redecide(tx, ticket, decision, Status.OPEN, restated.Course(now), now)
    plan_reminders(tx, ticket, decision, now)
    detail = {"from": ticket.status, "queue": decision.queue, "severity": decision.severity, **as_logged(moved)}
    tickets.log(tx, Event(now, TAKEN_BACK, by, detail, ticket.ticket_id))
    note = f"{by} took it back; it is ours to answer now.{sentences(moved, policy.zone)}"
    event = TAKEN_BACK if tells_staff else ""
    return _tell(tx, desk, policy, Done(ticket, _again(tx, ticket), moved), event, note, now, anew=True)


def as_logged(moved: tuple[Moved, ...]) -> dict[str, str]:
    """For the log: what each promise was and is."""
    return {one.kind: f"{_instant(one.before)} -> {_instant(one.after)}" for one in moved}


def sentences(moved: tuple[Moved, ...], zone: ZoneInfo) -> str:
    """For a notice: when each promise is due now, in `zone`; "" where none moved."""

    def local(at: datetime | None) -> str:
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}" if at else "no fixed time"

    names = {clocks.FIRST_RESPONSE: "first answer", clocks.RESOLUTION: "solution"}
    return "".join(f" The {names[one.kind]}: {local(one.after)} instead of {local(one.before)}." for one in moved)


def _redecide(
    tx: Transaction, ticket: Ticket, decision: Decision, status: Status, course: restated.Course, now: datetime
) -> tuple[Moved, ...]:
    """Ticket and clocks say the same as the decision from now on."""
    moved = restate(tx, ticket, decision, course, now)
    tickets.redecide(tx, ticket.ticket_id, decision, lifecycle.move(Status(ticket.status), status).value)
    if ticket.closed_at is not None:
        tickets.set_status(tx, ticket.ticket_id, status.value)
    if status not in CLOCKED:  # also those that have just begun
        clocks.pause(tx, ticket.ticket_id, now)
    return moved


def _tell(
    tx: Transaction,
    desk: Desk,
    policy: Policy,
    done: Done,
    event: str,
    note: str,
    now: datetime,
    *,
    anew: bool = False,
) -> Done:
    """The customer hears of promises that moved, and `anew` also that there are none; staff of `event`."""
    if not (done.moved or anew or event):
        return done
    occasion = occasion_of(tx, desk, policy, done.ticket)
    if (done.moved or anew) and occasion.mail.sender is not None and occasion.decision.template is not None:
        reason = tell_customer(tx, occasion, done.was, done.moved, now)
        told = () if reason or desk.observes else (occasion.mail.sender.address,)
        done = replace(done, told=told, withheld=reason)
    note = " ".join(filter(None, [note, done.left_untold]))
    if event:
        tell_staff(tx, occasion, event, now, note=note)
    return done


def _stand_still(tx: Transaction, ticket: Ticket, at: datetime) -> None:
    clocks.pause(tx, ticket.ticket_id, at)
    pauses.begin(tx, ticket.ticket_id, at)


def _contract(tx: Transaction, ticket: Ticket) -> Contract | None:
    return directory.contract_of(tx, ticket.contract) if ticket.contract else None


def _again(tx: Transaction, ticket: Ticket) -> Ticket:
    found = tickets.by_id(tx, ticket.ticket_id)
    assert found is not None
    return found


def _instant(at: datetime | None) -> str:
    return at.isoformat() if at else "none"


def _remedy(ticket: Ticket, level: int | None = None) -> str:
    severity = f" --severity {level}" if level is not None else ""
    if ticket.status in UNDECIDED:
        return f"`intake accept {ticket.reference}{severity}` makes it one"
    if ticket.status == Status.CLOSED:
        return f"`intake reopen {ticket.reference}` first"
    return f"`intake take-back {ticket.reference}{severity}` makes it ours"
