"""Carries out what staff tell Intake in a mail: all of it, or nothing.

The commands of one mail stand on a savepoint: where one cannot be carried out, or a line merely looks like a command,
none is, and the transcript says which and why. Whoever may say them was asked before. What each word does is its
function's in `ORDERS`; sending the text on, where the transcript says that it may go, is the caller's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from intake import order_conduct, order_joins, order_places
from intake.desk import Desk
from intake.order_lists import mine
from intake.order_new import New, open_for
from intake.order_values import Carried, Impossible, Line, Order, Transcript
from intake.settings import StaffMember
from rules.command_forms import Value
from rules.commands import Command, Spoken, Word
from rules.facts import address_key
from storage import tickets
from storage.database import Transaction
from storage.tickets import Event, Ticket

REFUSED = "commands_refused"
"""The event of a ticket whose commands were not carried out."""

ORDERS: Mapping[Word, Callable[[Order, Value], Carried | Impossible]] = {
    Word.NOTE: order_conduct.note,
    Word.CLOSE: order_conduct.close,
    Word.REOPEN: order_conduct.reopen,
    Word.WAIT: order_conduct.wait,
    Word.SEVERITY: order_conduct.severity,
    Word.TAKE: order_places.take,
    Word.ASSIGN: order_places.assign,
    Word.QUEUE: order_places.queue,
    Word.HOLD: order_places.hold,
    Word.ACCEPT: order_conduct.accept,
    Word.DECLINE: order_conduct.decline,
    Word.SPEND: order_conduct.spend,
    Word.LANGUAGE: order_conduct.language,
    Word.ESCALATE: order_conduct.escalate,
    Word.MERGE: order_joins.merge,
    Word.SPLIT: order_joins.split,
    Word.SPAM: order_joins.spam,
}
"""What is done to a ticket. `#ticket` names one, `#new` opens one, `#list` and `#help` only ask."""
NO_TICKET = "it is not clear which ticket is meant; write #ticket and its reference first"


@dataclass(frozen=True, slots=True)
class _Word:
    """A mail of a member of staff, whose word it is."""

    tx: Transaction
    desk: Desk
    person: StaffMember
    spoken: Spoken
    mail_id: int | None
    now: datetime


def carry_out(
    tx: Transaction,
    desk: Desk,
    ticket: Ticket | None,
    person: StaffMember,
    spoken: Spoken,
    now: datetime,
    *,
    mail_id: int | None = None,
) -> Transcript:
    """Do what `spoken` says to the ticket, or to the one that its `#ticket` names; `mail_id` is the person's mail.

    Commands act in the order in which they were written. The transcript says whether the text may go to the customer,
    and of which ticket; without a ticket there may be none.
    """
    word = _Word(tx, desk, person, spoken, mail_id, now)
    if spoken.faults:
        lines = tuple(Line(one.said, _sentence(one.why), one.instead) for one in spoken.faults)
        return _refused(word, ticket, lines)
    if not spoken.commands:
        return Transcript(done=True, ticket=ticket, answers=bool(spoken.rest))
    savepoint = tx.begin_nested()
    standing, lines = ticket, ()
    for command in spoken.commands:
        done = _carry_out(word, standing, command)
        if isinstance(done, Impossible):
            savepoint.rollback()
            return _refused(word, ticket, (Line(command.said, _sentence(done.reason)),))
        standing, lines = done[0], (*lines, Line(command.said, done[1]))
    savepoint.commit()
    return _done(word, standing, lines)


def _carry_out(word: _Word, ticket: Ticket | None, command: Command) -> tuple[Ticket | None, str] | Impossible:
    match command.word:
        case Word.HELP | Word.LIST:
            return ticket, "See below."
        case Word.TICKET:
            named = tickets.by_reference(word.tx, str(command.value))
            if named is None or named.mailbox not in word.desk.doors:
                return Impossible(f"there is no ticket {command.value} here")
            return named, f"What follows is about {named.reference}."
        case Word.NEW:
            wanted = New(word.tx, word.desk, word.person, str(command.value), word.spoken, word.mail_id, word.now)
            opened = open_for(wanted)
            return opened if isinstance(opened, Impossible) else (opened.ticket, opened.said)
        case _ if ticket is None:
            return Impossible(NO_TICKET)
        case _:
            done = ORDERS[command.word](_order(word, ticket), command.value)
            return done if isinstance(done, Impossible) else (done.ticket, done.said)


def _done(word: _Word, ticket: Ticket | None, lines: tuple[Line, ...]) -> Transcript:
    spoken = word.spoken
    said = {one.word for one in spoken.commands}
    if ticket is not None and spoken.silent and spoken.rest:
        order_conduct.keep(_order(word, ticket), spoken.rest)
    told, more = mine(word.tx, word.desk, word.person) if Word.LIST in said else ((), 0)
    return Transcript(
        done=True,
        ticket=ticket,
        lines=lines,
        answers=bool(spoken.rest) and not spoken.silent and ticket is not None,
        mine=told,
        more=more,
        helps=Word.HELP in said,
    )


def _refused(word: _Word, ticket: Ticket | None, lines: tuple[Line, ...]) -> Transcript:
    """Nothing was done, and nothing is sent. The ticket's log says so, without the text."""
    if ticket is not None:
        detail = {"lines": [one.said for one in lines], "why": [one.why for one in lines]}
        by = address_key(word.person.email)
        tickets.log(word.tx, Event(word.now, REFUSED, by, detail, ticket.ticket_id, word.mail_id))
    return Transcript(done=False, ticket=ticket, lines=lines)


def _order(word: _Word, ticket: Ticket) -> Order:
    return Order(word.tx, word.desk, ticket, word.person, word.spoken.rest, word.mail_id, word.now)


def _sentence(why: str) -> str:
    return f"{why[:1].upper()}{why[1:]}{'' if why.endswith('.') else '.'}"
