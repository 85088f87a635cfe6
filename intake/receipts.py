"""Notes on the ticket what became of its letters: sent, put off, refused for good.

Of a refusal staff hear at once, unless a stranger was declined: spam comes from addresses that nobody has.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from intake.correspondence import tell_staff
from intake.desk import Desk
from intake.watch import about
from rules.facts import Outcome
from storage import tickets
from storage.database import Transaction
from storage.outbox import Claimed, Delivery, LetterState
from storage.tickets import Event, Ticket

EVENTS = {LetterState.SENT: "letter_sent", LetterState.REFUSED: "letter_refused"}


def note_deliveries(
    tx: Transaction, desks: Mapping[str, Desk], ended: Sequence[tuple[Claimed, Delivery]], now: datetime
) -> None:
    """On the transaction that settles the letters. A letter that is only put off leaves no event."""
    for letter, delivery in ended:
        kind = EVENTS.get(delivery.state)
        if kind is None or letter.ticket_id is None:
            continue
        detail = {"letter": letter.kind, "to": list(letter.recipients), "message_id": letter.message_id}
        if delivery.error:
            detail["why"] = delivery.error
        tickets.log(tx, Event(now, kind, "intake", detail, letter.ticket_id))
        if delivery.state is LetterState.REFUSED and letter.kind != "notice":
            ticket = tickets.by_id(tx, letter.ticket_id)
            if ticket is not None and letter.mailbox in desks and not _is_strangers(ticket):
                note = f"The mail server refused the letter to {', '.join(letter.recipients)}: {delivery.error}"
                tell_staff(tx, about(desks[letter.mailbox], ticket), "undelivered", now, note=note)


def _is_strangers(ticket: Ticket) -> bool:
    return ticket.outcome is Outcome.DECLINED and ticket.contract is None
