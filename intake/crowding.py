"""Keeps a crowd of mails on one ticket from crowding out everything else that staff are told.

A ticket has so many notices an hour; a further mail that changes nothing is kept with its ticket and told by the next
notice, which counts what was left out. The last notice of the hour says that it is the last. What moves a ticket is
always told.
"""

from datetime import datetime, timedelta

from storage import tickets
from storage.database import Transaction
from storage.tickets import Event, Ticket

NOTICES_AN_HOUR = 20
"""More than letters are forwarded in an hour, so that staff hear when forwarding comes to its end."""
TOLD, LEFT_OUT = "staff_told", "notice_left_out"
"""Events of the ticket's log."""


def room(tx: Transaction, ticket: Ticket, mail_id: int | None, now: datetime, *, must: bool) -> str | None:
    """What the notice of one more mail adds about others, "" for nothing; None where no notice is to be written.

    `must`: it is written however many there were.
    """
    there = tickets.count(tx, ticket.ticket_id, TOLD, since=now - timedelta(hours=1))
    if there >= NOTICES_AN_HOUR and not must:
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
