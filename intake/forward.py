"""Hands a customer's mail on to the distributor or support partner who answers it, whole, in one letter.

What cannot be handed on has become a ticket of the vendor's own before (`judgement`). The letter goes into the outbox
on the transaction of the decision; its Message-ID is random, and an answer to it is what `intake.escalation` takes for
proof. Whoever it goes to is a correspondent of the ticket from then on: what he writes reaches staff, and is not passed
on to the customer.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from intake.compose import Letter, LetterKind
from intake.correspondence import OBSERVING, Occasion, compose_letter, outbox_row
from intake.enclosure import Form, enclose
from intake.judgement import handing
from intake.letter_bytes import unaddressable
from rules import forwarding
from rules.conversation import is_customers
from rules.facts import Address, Membership, address_key
from rules.letters import Withheld
from rules.lifecycle import WITH_PARTY
from storage import forwards, ledger, mutes, outbox, tickets
from storage.database import Transaction
from storage.tickets import Event

TEMPLATE = "forwarded"
FORWARDED, FOLLOW_UP, IN_PART = "forwarded", "follow_up", "_in_part"
"""What the letter tells; the last is added where the mail has no room in it."""


def hand_on(tx: Transaction, occasion: Occasion, withheld: Withheld | None, now: datetime) -> str:
    """Forward a request that the policy routes to somebody outside; returns what staff should know of it, or "".

    `withheld` is why the customer's own letter does not go out: then neither does this one.
    """
    to = occasion.decision.forward_to
    if not to:
        return ""
    tickets.add_correspondents(tx, occasion.ticket.ticket_id, [address_key(to)])
    return _post(tx, occasion, to, FORWARDED, withheld.sentence if withheld else "", now)


def pass_on(tx: Transaction, occasion: Occasion, memberships: tuple[Membership, ...], now: datetime) -> str:
    """Forward what a customer adds to a ticket that somebody outside has; returns what staff should know of it, or "".

    What others write (the distributor himself, an account manager) stays here.
    """
    ticket, before = occasion.ticket, occasion.ticket.decision
    to = before.forward_to
    if not to or ticket.status != WITH_PARTY.get(before.party) or not _is_customers(occasion, memberships):
        return ""
    muted = [one.address for one in mutes.among(tx, [address_key(to)])]
    handed = handing(occasion.mail, to, occasion.desk.own_mailboxes, muted)
    why = forwarding.obstacle(handed) or _spent(tx, occasion, now)
    # who wrote this time, about what was decided then
    now_said = replace(before, sender=occasion.decision.sender, contact=occasion.decision.contact)
    return _post(tx, replace(occasion, decision=now_said), to, FOLLOW_UP, why, now)


def _is_customers(occasion: Occasion, memberships: tuple[Membership, ...]) -> bool:
    sender, ticket = occasion.mail.sender, occasion.ticket
    himself = sender is not None and sender.key == address_key(ticket.decision.forward_to or "")
    return not himself and is_customers(occasion.mail, ticket.contact, ticket.contract, memberships)


def _spent(tx: Transaction, occasion: Occasion, now: datetime) -> str:
    """A ticket has a budget of its own: two machines that answer each other through us must come to an end."""
    budgets, ticket_id = occasion.desk.policy.budgets, occasion.ticket.ticket_id
    if forwards.count(tx, ticket_id, now - timedelta(hours=1)) >= budgets.letters_per_address_hour:
        return "as much of this ticket was forwarded this hour as may be"
    if forwards.count(tx, ticket_id, now - timedelta(days=1)) >= budgets.letters_per_address_day:
        return "as much of this ticket was forwarded today as may be"
    return ""


def _post(tx: Transaction, occasion: Occasion, to: str, event: str, why: str, now: datetime) -> str:
    """Write the letter, withheld where there is a `why`; returns what staff are told."""
    if occasion.desk.observes:
        why = occasion.desk.silent or OBSERVING
    if not unaddressable(to):
        letter, form = _letter(tx, occasion, to, event, now)
        outbox.post(tx, [outbox_row(occasion, letter, TEMPLATE, why or None)], now)
        if not why:
            _log(tx, occasion, now, "forwarded", to=to, message_id=letter.message_id, mail=form.value)
            in_part = " The mail is too large for a letter, so only its text went along." if form is Form.TEXT else ""
            return f"It was forwarded to {to}.{in_part}"
    _log(tx, occasion, now, "forward_withheld", to=to, why=why)
    return f"It was not forwarded to {to}: {why.rstrip('.')}."


def _letter(tx: Transaction, occasion: Occasion, to: str, event: str, now: datetime) -> tuple[Letter, Form]:
    """The letter with the mail in it; the words of one that had room for the text alone say so."""
    assert occasion.mail_id is not None
    raw = ledger.raw(tx, occasion.mail_id) or b""
    for said in (event, f"{event}{IN_PART}"):
        letter = compose_letter(
            occasion,
            LetterKind.FORWARD,
            TEMPLATE,
            occasion.desk.policy.letter_language,
            now,
            recipients=(Address(to),),
            event=said,
        )
        whole, form = enclose(letter.raw, raw, occasion.mail.text, occasion.ticket.reference)
        if form is not Form.TEXT:
            break
    return replace(letter, raw=whole), form


def _log(tx: Transaction, occasion: Occasion, now: datetime, kind: str, **detail: object) -> None:
    tickets.log(tx, Event(now, kind, "intake", detail, occasion.ticket.ticket_id, occasion.mail_id))
