"""Keeps a crowd of mails from crowding out everything else that staff are told, and a person from being paged for each.

A ticket has so many notices an hour; a further mail that changes nothing is kept with its ticket and told by the next
notice, which counts what was left out. The last notice of the hour says that it is the last. What moves a ticket is
always told. Of a loop that was stopped (`intake.loops`) a person is paged once, and further mails of it page nobody.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from intake import loops
from intake.correspondence import Occasion, tell_staff
from intake.desk import Desk
from intake.watch import about
from rules.letters import Withheld
from storage import ledger, tickets
from storage.database import Transaction
from storage.tickets import Event, Ticket

NOTICES_AN_HOUR = 20
"""More than letters are forwarded in an hour, so that staff hear when forwarding comes to its end."""
PAGES_AN_HOUR = 3
"""Of further mails on one ticket that change nothing."""
REPEATED = 3
"""So often somebody is heard who says the very same on a ticket within the hour."""
OF_A_LOOP = 5
"""Tickets that are opened by a loop and told one by one."""
LOOP = "loop"
"""What staff are told of a loop that was stopped."""
ON_CALL = "on_call"
TOLD, LEFT_OUT = "staff_told", "notice_left_out"
"""Events of the ticket's log."""


def room(tx: Transaction, ticket: Ticket, mail_id: int | None, now: datetime, *, must: bool) -> str | None:
    """What the notice of one more mail adds about others, "" for nothing; None where no notice is to be written.

    `must`: it is written however many there were.
    """
    hour = now - timedelta(hours=1)
    there = tickets.count(tx, ticket.ticket_id, TOLD, since=hour)
    again = mail_id is not None and ledger.repeats(tx, ticket.ticket_id, mail_id, hour) >= REPEATED
    if (there >= NOTICES_AN_HOUR or again) and not must:
        tickets.log(tx, Event(now, LEFT_OUT, "intake", {}, ticket.ticket_id, mail_id))
        return None
    show = f"`intake ticket {ticket.reference}` shows them"
    said = []
    if missed := tickets.count(tx, ticket.ticket_id, LEFT_OUT, after=TOLD):
        mails = "1 mail before this one was" if missed == 1 else f"{missed} mails before this one were"
        said.append(f"{mails} not told one by one; {show}.")
    if there >= NOTICES_AN_HOUR - 1:
        said.append(f"Many mails come on this ticket: more of them are not told one by one within the hour; {show}.")
    return " ".join(said)


def pages(tx: Transaction, ticket: Ticket, now: datetime, *, must: bool) -> bool:
    """Whether the notice of one more mail also pages."""
    return must or tickets.count(tx, ticket.ticket_id, TOLD, since=now - timedelta(hours=1)) < PAGES_AN_HOUR


@dataclass(frozen=True, slots=True)
class Telling:
    """How staff are told of a request whose letter did not go out."""

    event: str = ""
    note: str = ""
    pages: bool = True
    queues: tuple[str, ...] = ()


def of_withheld(tx: Transaction, occasion: Occasion, reason: Withheld | None, now: datetime) -> Telling | None:
    """None where they are told nothing: one more mail of a loop."""
    if reason is None:
        return Telling()
    stopped = loops.stopped(tx, occasion.desk, reason, occasion.mail, now)
    if stopped is None:
        return Telling("withheld", reason.sentence) if reason.tells_staff else Telling()
    if stopped.count == 1:
        return Telling(LOOP, f"{reason.sentence} {_remedy(occasion, reason)}", queues=_on_call(occasion.desk))
    if reason is Withheld.MAILBOX_BUDGET:
        return Telling(note=reason.sentence)
    urgent = occasion.decision.severity == min(occasion.desk.policy.severity.levels)
    if stopped.count > OF_A_LOOP and not urgent:
        tickets.log(tx, Event(now, LEFT_OUT, "intake", {}, occasion.ticket.ticket_id, occasion.mail_id))
        return None
    return Telling(note=reason.sentence, pages=False)


def tell_of_pair(tx: Transaction, desk: Desk, ticket: Ticket, now: datetime) -> None:
    """Two programs answer each other on a ticket: a person is paged."""
    note = f"{loops.PAIR.format(ticket.reference)} `intake ticket {ticket.reference}` shows what they said."
    tell_staff(tx, about(desk, ticket), LOOP, now, note=note, queues=_on_call(desk))


def _remedy(occasion: Occasion, reason: Withheld) -> str:
    if reason is Withheld.LOOP and occasion.mail.sender is not None:
        return f"Its mails still get their tickets; `intake unmute {occasion.mail.sender.key}` lets letters go again."
    return "Mails still get their tickets; `intake status` shows when letters go again."


def _on_call(desk: Desk) -> tuple[str, ...]:
    return (ON_CALL,) if ON_CALL in desk.queues else ()
