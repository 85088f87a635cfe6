"""Breakers: stops machines that answer each other through us, where nothing in their mails says that they are machines.

Three things trip one: an address whose mails are rounds of a loop (`rules.loops`), a ticket on which the program of a
member of staff and the customer's answer each other, a mailbox that has written all the automatic letters that it may
in an hour. A breaker stops letters alone; mails get their tickets, and staff are told (`intake.crowding`). It stands
until nothing of the kind has come for an hour, that of an address until `intake unmute`, and `status` shows it.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from intake.compose import REPLY
from intake.desk import Desk
from intake.mail.machine import SUBJECTS
from intake.mail.parse import parse
from rules import loops
from rules.facts import Mail, MailKind, Unreadable, mailbox_key
from rules.letters import Withheld
from rules.loops import QUIET, ROUNDS, Incoming, Turn, WordSet
from storage import answers, breakers, exchanges, listings
from storage.answers import AnswerState
from storage.breakers import Breaker, Scope
from storage.database import Transaction
from storage.tickets import Ticket

MOST = 12
"""Letters and mails of one address that are looked at."""
ASKED = (MailKind.REQUEST, MailKind.BULK)
CUSTOMERS = (MailKind.REQUEST, MailKind.FOLLOW_UP, MailKind.BULK)
"""Kinds of mails that a customer wrote."""
AWAY = tuple(one for one in SUBJECTS if len(one) > len("away from"))
"""What a person's program says of a person who is away; the shorter ones may begin a sentence of anybody's."""
HEAD = 3
"""Lines of a text in which it stands."""
PAIR = "A machine seems to answer on {} while another one answers it: no answer goes out without a person's word."
GONE = (AnswerState.WRITTEN, AnswerState.SENT)
EVER = datetime(1970, 1, 1, tzinfo=UTC)
SCOPES = {Withheld.LOOP: Scope.ADDRESS, Withheld.MAILBOX_BUDGET: Scope.MAILBOX}


def is_looping(tx: Transaction, desk: Desk, mail: Mail, mail_id: int | None, at: datetime, now: datetime) -> bool:
    """Whether an address is to get no automatic letter, because a machine seems to answer them.

    With a `mail_id`, the mail of that number, which arrived `at`, asks for one; else only what was found before counts.
    """
    if mail.sender is None:
        return False
    key = mail.sender.key
    stands = breakers.standing(tx, Scope.ADDRESS, mailbox_key(key), now - QUIET) is not None
    if mail_id is None:
        return stands
    since = at - ROUNDS * loops.WITHIN
    letters = exchanges.letters_sent(tx, key, since, MOST)
    if len(letters) < ROUNDS and not stands:
        return False
    earlier = [one for one in exchanges.requests(tx, key, since, MOST) if one[0] != mail_id]
    if not stands and loops.at_most(letters, [at, *(arrived for _, arrived, _ in earlier)]) < ROUNDS:
        return False  # to read a dozen mails takes longer than all that is done about this one
    heard = [found for _, arrived, raw in earlier if (found := _read(desk, raw, arrived))]
    said = _heard(desk, mail, at)
    if stands:  # whoever forges an address and trips its breaker must not silence what its owner has to say
        return said.answers or any(loops.alike(said.words, one.words) for one in heard)
    return loops.rounds(letters, [*heard, said]) >= ROUNDS


def stop(tx: Transaction, desk: Desk, reason: Withheld, mail: Mail, ticket: Ticket, now: datetime) -> None:
    """A letter is not written for this reason; what belongs to no loop trips nothing."""
    if place := _place(desk, reason, mail):
        breakers.trip(tx, *place, reason.sentence, ticket.ticket_id, now, now - QUIET)


def stopped(tx: Transaction, desk: Desk, reason: Withheld, mail: Mail, now: datetime) -> Breaker | None:
    """What was tripped for this reason."""
    place = _place(desk, reason, mail)
    return breakers.standing(tx, *place, now - QUIET) if place else None


def is_ping_pong(tx: Transaction, desk: Desk, ticket: Ticket, person: str, text: str, now: datetime) -> bool:
    """Whether this text of somebody's on staff (the key of an address) is a machine's answer to a machine."""
    since, words = now - timedelta(days=1), loops.words_of(text)
    turns = [
        Turn(one.written_at, ours=True, words=loops.words_of(one.text))
        for one in answers.of_ticket(tx, ticket.ticket_id)
        if one.person == person and one.state in GONE and since < one.written_at <= now
    ]
    if not turns:
        return False
    mails = [
        one
        for one in listings.mails_of_ticket(tx, ticket.ticket_id)
        if one.kind in CUSTOMERS and since < one.arrived_at <= now
    ]
    ordered = sorted([*turns, *(Turn(one.arrived_at, ours=False) for one in mails)], key=lambda turn: turn.at)
    if loops.repeats_itself(ordered, words):
        return True
    fast = loops.at_once(ordered, now)
    if fast < ROUNDS:
        return False
    ours = [*(turn.words for turn in turns[-ROUNDS + 1 :]), words]
    return (
        fast >= loops.CHANGING
        or loops.same_all_along(ours)
        or loops.same_all_along(_words(tx, desk, [one.mail_id for one in mails[-ROUNDS + 1 :]]))
    )


def halt(tx: Transaction, ticket: Ticket, now: datetime) -> bool:
    """No answer goes out on the ticket by itself; True where that is news."""
    why = PAIR.format(ticket.reference)
    return breakers.trip(tx, Scope.TICKET, ticket.reference, why, ticket.ticket_id, now, now - QUIET)


def says_away(text: str) -> bool:
    """Whether a text begins like the note of somebody who is away, as programs send it."""
    head = [line for line in text.casefold().splitlines() if line.strip()][:HEAD]
    return any(one in line for line in head for one in AWAY)


def _place(desk: Desk, reason: Withheld, mail: Mail) -> tuple[Scope, str] | None:
    """What a breaker for this reason is of; None where the reason is no loop's."""
    scope = SCOPES.get(reason)
    if scope is None or mail.sender is None:
        return None
    return scope, mailbox_key(mail.sender.key) if scope is Scope.ADDRESS else desk.name


def _words(tx: Transaction, desk: Desk, mails: Sequence[int]) -> list[WordSet]:
    return [found.words for raw in exchanges.heads(tx, mails) if (found := _read(desk, raw, EVER))]


def _read(desk: Desk, raw: bytes, at: datetime) -> Incoming | None:
    """A mail as it began: whoever cuts one off may find nothing that can be read."""
    try:
        return _heard(desk, parse(raw), at)
    except Unreadable:
        return None


def _heard(desk: Desk, mail: Mail, at: datetime) -> Incoming:
    text = mail.new_text or mail.text
    said = f"{mail.subject}\n{text[: loops.LONGEST]}"
    ours = "|".join(map(re.escape, desk.doors.values()))
    answers_us = REPLY.match(mail.subject) is not None or re.search(rf"\b(?:{ours})-\d", said) is not None
    return Incoming(at, loops.words_of(said), answers_us)
