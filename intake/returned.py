"""A letter of ours that came back: what its ticket's log, staff and the next letters hear of it.

A bounce is believed as far as it brings back the Message-ID of a letter that really went to the recipient it names:
that ID is random, and nobody else was told it. Then a final bounce is told to staff, and an address that is dead is
muted, until somebody writes from it again or a person says otherwise. Any other bounce that names a ticket is an event
and no more. Callers may rely on: whatever number of bounces comes, a letter is told to have come back once.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from intake.compose import LetterKind
from intake.correspondence import Occasion, tell_staff
from intake.desk import Desk
from intake.threads import answered
from rules import bounces as rule
from rules.facts import Address, Authentication, FailedRecipient, MailKind, address_key, mailbox_key
from storage import bounces, mutes, tickets
from storage.bounces import Bounce, Gone
from storage.database import Transaction
from storage.outbox import TO_STAFF
from storage.tickets import Event

log = structlog.get_logger()

AN_HOUR = 10
"""So many reports of machines that are no letter of ours coming back stand in a ticket's log."""
PERSONS = (MailKind.REQUEST, MailKind.FOLLOW_UP, MailKind.STAFF)
NAMES = {
    LetterKind.ACKNOWLEDGEMENT: "The acknowledgement to",
    LetterKind.DECLINE: "The letter that declines it, to",
    LetterKind.HELD: "The receipt to",
    LetterKind.ROUTED: "The letter that tells who has it, to",
    LetterKind.PROMISE: "The letter about the changed promise, to",
    LetterKind.BOOKED: "The letter about booked hours, to",
    LetterKind.WAITING: "The letter about a ticket that waits or is closed, to",
    LetterKind.FORWARD: "What was forwarded to",
    LetterKind.ANSWER: "The answer to",
}


def heed(tx: Transaction, occasion: Occasion, now: datetime) -> None:
    """A machine's mail that names the occasion's ticket."""
    bounce = occasion.decision.kind is MailKind.BOUNCE
    known = bounces.gone(tx, wanted) if bounce and (wanted := answered(occasion.mail)) else {}
    letter = next((known[each] for each in answered(occasion.mail) if each in known), None)
    if letter is None or letter.ticket_id is None:
        _note(tx, occasion, now)
        return
    ticket = tickets.by_id(tx, letter.ticket_id)
    assert ticket is not None
    _came_back(tx, replace(occasion, ticket=ticket), letter, now)


def hear_from(tx: Transaction, occasion: Occasion, now: datetime) -> None:
    """A person writes from an address: if it was muted before, it is no longer."""
    sender, decision = occasion.mail.sender, occasion.decision
    if sender is None or decision.kind not in PERSONS or occasion.mail.authentication is Authentication.FAIL:
        return
    if mutes.unmute(tx, sender.key, occasion.arrived_at):
        _log(tx, occasion, "unmuted", {"address": sender.address, "why": "somebody wrote from it"}, now)


def _came_back(tx: Transaction, occasion: Occasion, letter: Gone, now: datetime) -> None:
    failed = rule.of_letter(occasion.mail.failed_recipients, letter.recipients)
    # of recipients that it never went to (those behind an alias) and of none at all the letter's log says as much
    told = failed or (_summed_up(occasion.mail.failed_recipients),)
    news = [one for one in told if bounces.note(tx, _row(letter, one, occasion.arrived_at))]
    if not news:
        return
    lost = [one for one in news if one.final]
    dead = [
        one
        for one in lost
        if one in failed and rule.is_dead(one) and may_be_muted(occasion.desk, letter.kind, one.address)
    ]
    for one in dead:
        mutes.mute(tx, address_key(one.address), occasion.arrived_at, one.status, letter.ticket_id)
    muted = [one.address for one in dead]
    _log(tx, occasion, MailKind.BOUNCE, _detail(occasion) | {"letter": letter.kind, "muted": muted}, now)
    if letter.kind in TO_STAFF:  # told to staff, it would come back again
        log.warning("notice_came_back", ticket=occasion.ticket.reference, to=letter.recipients[0])
    elif lost and not _is_strangers(occasion, letter):
        tell_staff(tx, _of_ticket(occasion), "undelivered", now, note=_sentence(letter, lost, muted))


def _is_strangers(occasion: Occasion, letter: Gone) -> bool:
    """Spam comes from addresses that nobody has."""
    return letter.kind == LetterKind.DECLINE and occasion.ticket.contract is None


def _of_ticket(occasion: Occasion) -> Occasion:
    """What staff are shown: the ticket, with the words of the bounce."""
    ticket = occasion.ticket
    sender = Address(ticket.contact, ticket.contact_name)
    return replace(
        occasion,
        mail=replace(occasion.mail, sender=sender, subject=ticket.subject),
        decision=ticket.decision,
        arrived_at=ticket.opened_at,
    )


def _summed_up(failed: tuple[FailedRecipient, ...]) -> FailedRecipient:
    return FailedRecipient("", failed[0].status if failed else "", final=any(one.final for one in failed) or not failed)


def _row(letter: Gone, one: FailedRecipient, at: datetime) -> Bounce:
    return Bounce(letter.letter_id, address_key(one.address), at, one.status, one.final)


def _sentence(letter: Gone, lost: list[FailedRecipient], muted: list[str]) -> str:
    said = f"{NAMES.get(LetterKind(letter.kind), 'The letter to')} {', '.join(letter.recipients)} came back."
    said += next((f" The mail server there says {one.status}." for one in lost if one.status), "")
    return said + silence(muted)


def silence(muted: Sequence[str]) -> str:
    """What staff hear of addresses that are muted now, to end a note with; "" for none."""
    if not muted:
        return ""
    until = f"until somebody writes from there, or `intake unmute {muted[0]}`"
    return f" No further automatic letter goes to {', '.join(muted)}, {until}."


def may_be_muted(desk: Desk, kind: str, address: str) -> bool:
    """Staff are told whatever comes back; our own addresses are none that automatic letters go to."""
    key = address_key(address)
    return kind not in TO_STAFF and not desk.is_staff(key) and mailbox_key(key) not in desk.own_mailboxes


def _note(tx: Transaction, occasion: Occasion, now: datetime) -> None:
    """It stands in the log of the ticket that it names, whoever wrote it, and moves nothing."""
    kind = occasion.decision.kind.value
    if tickets.count(tx, occasion.ticket.ticket_id, kind, since=now - timedelta(hours=1)) < AN_HOUR:
        _log(tx, occasion, kind, _detail(occasion), now)


def _detail(occasion: Occasion) -> dict[str, object]:
    detail: dict[str, object] = {"from": occasion.decision.sender, "why": occasion.decision.why}
    if failed := occasion.mail.failed_recipients:
        detail["failed"] = [{"address": one.address, "status": one.status, "final": one.final} for one in failed]
    return detail


def _log(tx: Transaction, occasion: Occasion, kind: str, detail: dict[str, object], now: datetime) -> None:
    tickets.log(tx, Event(now, kind, "intake", detail, occasion.ticket.ticket_id, occasion.mail_id))
