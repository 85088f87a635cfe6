"""Heeds the one command that somebody outside may give: `#escalate`, by which a distributor sends a case back.

Whether a mail may is `rules.escalation`'s to judge; here the ticket moves to the vendor's own queue, staff hear of it
with the distributor's words, and the customer hears who has his case now and what is promised. Of a command
that does not count staff are told what was missing, and nothing moves.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from intake import conduct
from intake.conduct_values import Done
from intake.correspondence import Occasion, tell_staff
from rules import escalation
from rules.escalation import Asked, Claim, Handed
from storage import forwards, tickets
from storage.database import Transaction
from storage.tickets import Event, Ticket

ESCALATED, REFUSED = "escalated", "escalation_refused"
"""Events of the ticket's log."""
HINT = f"A line looks like the command {escalation.COMMAND}; it counts only alone on the first line of a mail."


def heed(tx: Transaction, occasion: Occasion, now: datetime) -> str | None:
    """None where the case has come back and everybody was told; else what staff should know, "" for nothing."""
    asked = escalation.asked(occasion.mail)
    if asked is Asked.NO:
        return ""
    if asked is Asked.ALMOST:
        return HINT
    judged = escalation.judge(_claim(tx, occasion))
    if not judged.proven:
        return _refused(tx, occasion, judged.missing, now)
    _take_back(tx, occasion, now)
    return None


def overhear(tx: Transaction, occasion: Occasion, became: str, now: datetime) -> None:
    """Tell staff of somebody who is not on the ticket and yet answers what was forwarded, or gives the command.

    Mostly that is a colleague of the distributor, whose mail `became` a request of its own. Of commands that prove
    nothing staff hear once an hour and ticket: anybody can write them.
    """
    ticket, mail = occasion.ticket, occasion.mail
    handed = _handed(tx, ticket)
    sender = occasion.decision.sender
    if answered := escalation.answers(mail, handed):
        said = f"{sender} is not on this ticket, but answers the letter that was forwarded to {answered[0].to}."
        note = f"{said} That mail became {became}; nothing was moved."
    elif handed and escalation.asked(mail) is Asked.YES and not _lately(tx, ticket, now):
        missing = " ".join(escalation.judge(_claim(tx, occasion)).missing)
        note = f"{sender} wrote {escalation.COMMAND}, and nothing was moved. {missing} That mail became {became}."
    else:
        return
    _log(tx, occasion, REFUSED, {"from": sender, "became": became}, now)
    tell_staff(tx, occasion, "follow_up", now, note=note)


def _take_back(tx: Transaction, occasion: Occasion, now: datetime) -> None:
    desk, sender = occasion.desk, occasion.decision.sender
    done = conduct.take_back(tx, desk, occasion.ticket, sender, now, tells_staff=False)
    assert isinstance(done, Done)  # it was with its distributor, as was judged
    decision = replace(done.ticket.decision, why=f"{sender}, to whom it was forwarded, sent it back.")
    tickets.redecide(tx, done.ticket.ticket_id, decision, done.ticket.status)
    ticket = tickets.by_id(tx, done.ticket.ticket_id)
    assert ticket is not None
    _log(tx, occasion, ESCALATED, {"status": ticket.status, "queue": decision.queue}, now)
    note = f"{sender}, to whom it was forwarded, cannot solve it; it is ours to answer now. {done.left_untold}".strip()
    tell_staff(tx, replace(occasion, ticket=ticket), ESCALATED, now, note=note)


def _refused(tx: Transaction, occasion: Occasion, missing: tuple[str, ...], now: datetime) -> str:
    _log(tx, occasion, REFUSED, {"from": occasion.decision.sender, "missing": list(missing)}, now)
    return f"{escalation.COMMAND} was not heeded, and nothing was moved. {' '.join(missing)}"


def _claim(tx: Transaction, occasion: Occasion) -> Claim:
    ticket = occasion.ticket
    return Claim(
        mail=occasion.mail,
        status=ticket.status,
        party=ticket.decision.party,
        handed=_handed(tx, ticket),
        authentication_expected=bool(occasion.desk.mailbox.authserv_id),
    )


def _handed(tx: Transaction, ticket: Ticket) -> tuple[Handed, ...]:
    return tuple(Handed(one.message_id, one.to) for one in forwards.of_ticket(tx, ticket.ticket_id))


def _lately(tx: Transaction, ticket: Ticket, now: datetime) -> bool:
    return tickets.count(tx, ticket.ticket_id, REFUSED, since=now - timedelta(hours=1)) > 0


def _log(tx: Transaction, occasion: Occasion, kind: str, detail: dict[str, object], now: datetime) -> None:
    sender = occasion.decision.sender
    tickets.log(tx, Event(now, kind, sender, detail, occasion.ticket.ticket_id, occasion.mail_id))
