"""Notes on the ticket what became of its letters and pages: sent, put off, refused for good.

When the server has taken a person's answer, the clock of the first response stops. Of a refusal staff hear at once,
unless a stranger was declined: spam comes from addresses that nobody has. An address that our own server says is not
there is muted, as one from which a letter came back. Of a page that was given up they hear by mail alone.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from intake import conduct
from intake.correspondence import tell_staff
from intake.desk import Desk
from intake.returned import may_be_muted, silence
from intake.told import queue_of
from intake.watch import about
from rules.bounces import is_dead_by
from rules.facts import Outcome, address_key
from storage import answers, mutes, tickets
from storage.answers import AnswerState
from storage.database import Transaction
from storage.outbox import ANSWER, PAGE, TO_STAFF, Claimed, Delivery, LetterState
from storage.tickets import Event, Ticket

EVENTS = {LetterState.SENT: "letter_sent", LetterState.REFUSED: "letter_refused"}
PAGE_EVENTS = {LetterState.SENT: "page_sent", LetterState.REFUSED: "page_failed"}


def note_deliveries(
    tx: Transaction, desks: Mapping[str, Desk], ended: Sequence[tuple[Claimed, Delivery]], now: datetime
) -> None:
    """On the transaction that settles the letters. A letter that is only put off leaves no event."""
    for letter, delivery in ended:
        muted = _mute(tx, desks, letter, delivery, now)
        kind = (PAGE_EVENTS if letter.kind == PAGE else EVENTS).get(delivery.state)
        if kind is None or letter.ticket_id is None:
            continue
        detail = {"letter": letter.kind, "to": list(letter.recipients), "message_id": letter.message_id}
        if delivery.error:
            detail["why"] = delivery.error
        if muted:
            detail["muted"] = muted
        tickets.log(tx, Event(now, kind, "intake", detail, letter.ticket_id))
        if letter.kind == ANSWER:
            _settle_answer(tx, letter, delivery, now)
        if delivery.state is LetterState.REFUSED and letter.kind not in TO_STAFF and letter.mailbox in desks:
            ticket = tickets.by_id(tx, letter.ticket_id)
            if ticket is not None:
                _tell_of_refusal(tx, desks[letter.mailbox], ticket, letter, f"{delivery.error}{silence(muted)}", now)


def _mute(tx: Transaction, desks: Mapping[str, Desk], letter: Claimed, delivery: Delivery, now: datetime) -> list[str]:
    """The addresses of the letter that are dead by the word of the server that it was handed to."""
    desk, muted = desks.get(letter.mailbox), []
    for address, reply in delivery.refused.items():
        status = is_dead_by(reply)
        if status and letter.kind != PAGE and desk and may_be_muted(desk, letter.kind, address):
            mutes.mute(tx, address_key(address), now, status, letter.ticket_id)
            muted.append(address)
    return muted


def _settle_answer(tx: Transaction, letter: Claimed, delivery: Delivery, now: datetime) -> None:
    """The customer has the answer: the first response is given, and the ball is theirs."""
    answer = answers.by_message_id(tx, letter.message_id)
    ticket = tickets.by_id(tx, letter.ticket_id) if letter.ticket_id is not None else None
    if answer is None or ticket is None:
        return
    if delivery.state is not LetterState.SENT:
        answers.settle(tx, answer.answer_id, AnswerState.REFUSED, now)
        return
    answers.settle(tx, answer.answer_id, AnswerState.SENT, now)
    conduct.answered(tx, ticket, now, answer.person)


def _tell_of_refusal(tx: Transaction, desk: Desk, ticket: Ticket, letter: Claimed, why: str, now: datetime) -> None:
    to = ", ".join(letter.recipients)
    if letter.kind == PAGE:
        note = f"{to} could not be paged: {why}"
        queues = [queue_of(place) for place in letter.recipients]
        tell_staff(tx, about(desk, ticket), "page_failed", now, note=note, queues=queues, pages=False)
    elif not _is_strangers(ticket):
        note = f"The mail server refused the letter to {to}: {why}"
        tell_staff(tx, about(desk, ticket), "undelivered", now, note=note)


def _is_strangers(ticket: Ticket) -> bool:
    return ticket.outcome is Outcome.DECLINED and ticket.contract is None
