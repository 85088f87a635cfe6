"""Writes the letters that a decision calls for: the one to the sender, and the notices to staff.

Each is put into the outbox with its final bytes on the caller's transaction. A letter that must not go out (a mailbox
that only observes, a machine, a budget that is spent) is put there all the same, withheld, with the reason: an admin
can see what would have been said. The words are the templates', the decision to withhold is `rules.letters`'.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import structlog

from intake import digests, loops
from intake.assigned import told_of
from intake.briefing import Brief, brief, seal
from intake.compose import Letter, LetterKind, LetterOrder, PolicyWording, compose, compose_page
from intake.desk import Desk
from intake.letter_bytes import new_message_id, unaddressable
from intake.letter_order import Booked, Briefing, Former, Rest
from rules import quota
from rules.facts import Address, Decision, LetterHistory, Mail, Outcome, address_key, mailbox_key
from rules.letters import Withheld, is_stranger, withheld
from rules.policy import Policy
from rules.policy_model import ACCOUNT_MANAGER
from storage import directory, letter_counts, mutes, outbox, silences, tickets
from storage.database import Transaction
from storage.outbox import NewLetter
from storage.tickets import Event, Ticket

log = structlog.get_logger()

OBSERVING = "The mailbox only observes: nothing is sent to customers."
UNBRIEFED = Briefing()
NO_ADDRESS = "The sender's address is none that a letter can be sent to."

KINDS: dict[Outcome, LetterKind] = {
    Outcome.ACCEPTED: LetterKind.ACKNOWLEDGEMENT,
    Outcome.DECLINED: LetterKind.DECLINE,
    Outcome.ROUTED: LetterKind.ROUTED,
    Outcome.HELD: LetterKind.HELD,
}


@dataclass(frozen=True, slots=True)
class Occasion:
    """What letters are written about."""

    desk: Desk
    ticket: Ticket
    mail: Mail
    decision: Decision
    arrived_at: datetime
    mail_id: int | None = None
    contract_ended: date | None = None
    """The last day of the sender's contract, where that is over."""
    thread: tuple[str, ...] = ()
    """Message-IDs of the earlier ticket that this one goes on with."""


def answer_sender(tx: Transaction, occasion: Occasion, now: datetime) -> Withheld | None:
    """Write the letter that the decision names, or note why none goes out; returns that reason.

    None also where the mailbox observes: that is the admin's choice and no news to staff.
    """
    decision = occasion.decision
    if decision.template is None or decision.outcome not in KINDS or occasion.mail.sender is None:
        return None
    return _write(tx, occasion, KINDS[decision.outcome], decision.template, decision.letter_language, now)


def correct_promise(tx: Transaction, occasion: Occasion, former: Former, now: datetime) -> Withheld | None:
    """Tell the customer what is promised from now on; as `answer_sender`, and nothing to whom was never written."""
    if occasion.decision.template is None or occasion.mail.sender is None:
        return None
    language = occasion.decision.letter_language
    return _write(tx, occasion, LetterKind.PROMISE, "promise_changed", language, now, former=former)


def tell_of_rest(tx: Transaction, occasion: Occasion, template: str, rest: Rest, now: datetime) -> Withheld | None:
    """Tell the customer that a ticket waits for them, or is closed, and how it goes on; as `answer_sender`."""
    if occasion.mail.sender is None:
        return None
    return _write(tx, occasion, LetterKind.WAITING, template, occasion.decision.letter_language, now, rest=rest)


def report_booking(
    tx: Transaction, occasion: Occasion, booked: Booked, language: str, now: datetime
) -> Withheld | None:
    """Tell a contact of the contract, the sender of the occasion's mail, what was booked on it; as `answer_sender`."""
    return _write(tx, occasion, LetterKind.BOOKED, "hours_booked", language, now, booked=booked)


def _write(
    tx: Transaction,
    occasion: Occasion,
    kind: LetterKind,
    template: str,
    language: str,
    now: datetime,
    *,
    former: Former | None = None,
    rest: Rest | None = None,
    booked: Booked | None = None,
) -> Withheld | None:
    """A letter to the sender of the occasion's mail, unless something speaks against it."""
    mail = occasion.mail
    assert mail.sender is not None
    history = _history(tx, occasion, mail.sender.key, now, asked=kind in KINDS.values())
    reason = withheld(occasion.decision, mail, history, occasion.desk.policy, at=now)
    silent = occasion.desk.silent or OBSERVING if occasion.desk.observes else None
    why = silent or (reason.sentence if reason else None)
    if unaddressable(mail.sender.address):
        _log(tx, occasion, now, "letter_withheld", why=NO_ADDRESS)
        return reason
    if reason is not None:
        loops.stop(tx, occasion.desk, reason, mail, occasion.ticket, now)
    letter = compose_letter(occasion, kind, template, language, now, former=former, rest=rest, booked=booked)
    outbox.post(tx, [outbox_row(occasion, letter, template, why)], now)
    if why:
        _log(tx, occasion, now, "letter_withheld", template=template, why=why)
    else:
        _log(tx, occasion, now, "letter_written", template=template, to=list(letter.recipients))
    return reason


def tell_staff(
    tx: Transaction,
    occasion: Occasion,
    event: str,
    now: datetime,
    *,
    note: str = "",
    queues: Iterable[str] = (),
    pages: bool = True,
) -> None:
    """A notice to everybody who hears of the ticket's queue (and of `queues`), one letter a person, one page a place.

    Of a ticket that is somebody's, that person hears in place of its queue (`intake.assigned`).
    What goes to the account manager goes to the contract's own and to the support queue. With `pages=False` by mail
    alone: what tells that paging fails. Whoever asks for a digest is told there what can wait.
    """
    desk, decision = occasion.desk, occasion.decision
    wanted = [decision.queue or occasion.ticket.queue or desk.policy.queue, *decision.also_notice, *queues]
    managers: tuple[str, ...] = ()
    if ACCOUNT_MANAGER in wanted:
        wanted.append(desk.policy.queue)
        managers = _account_manager(tx, occasion)
    told = told_of(tx, desk, occasion.ticket, wanted, now, pages=pages)
    addresses = {address_key(one): one for one in (*told.addresses, *managers)}.values()
    name = event or (decision.outcome or decision.kind).value
    later = [one for one in addresses if digests.kept(tx, desk, occasion.ticket, one, name, note, now)]
    told_now = [one for one in addresses if one not in later]
    letters = []
    if told_now:
        briefed = brief(tx, desk, occasion.ticket, occasion.mail, occasion.mail_id, event)
        letters = [_notice(tx, occasion, briefed, one, event, note, now) for one in told_now]
    for place in told.pages:
        letter = compose_letter(occasion, LetterKind.PAGE, "page", "en", now, (Address(place),), event, note)
        letters.append(outbox_row(occasion, letter, "page", None))
    outbox.post(tx, letters, now)
    _log(tx, occasion, now, "staff_told", about=event, to=[one.recipients[0] for one in letters], by_digest=later)


def _notice(
    tx: Transaction, occasion: Occasion, briefed: Brief, address: str, event: str, note: str, now: datetime
) -> NewLetter:
    """The notice to one address; a member of staff's bears a seal, and can be answered."""
    sealed = seal(tx, occasion.desk, occasion.ticket, address, now)
    letter = compose_letter(
        occasion,
        LetterKind.NOTICE,
        "notice",
        "en",
        now,
        (Address(address),),
        event,
        note,
        message_id=sealed.message_id if sealed else "",
        reply_to=sealed.reply_to if sealed else "",
        briefing=replace(briefed.told, answerable=sealed is not None),
    )
    return outbox_row(occasion, briefed.enclosed_in(letter), "notice", None)


def _account_manager(tx: Transaction, occasion: Occasion) -> tuple[str, ...]:
    """The account manager of the ticket's contract, as the directory has it now; who is none of staff becomes a
    correspondent, because an answer would else be a stranger's, and declined."""
    desk, ticket = occasion.desk, occasion.ticket
    contract = directory.contract_of(tx, ticket.contract) if ticket.contract else None
    address = contract.account_manager if contract else ""
    if not address or unaddressable(address) or mailbox_key(address) in desk.own_mailboxes:
        return ()
    tickets.add_correspondents(tx, ticket.ticket_id, [address_key(address)])
    return (address,)


def _history(tx: Transaction, occasion: Occasion, addressee: str, now: datetime, *, asked: bool) -> LetterHistory:
    decision, budgets = occasion.decision, occasion.desk.policy.budgets
    hour = now - timedelta(hours=1)
    history = LetterHistory(
        last_hour=letter_counts.automatic_to(tx, addressee, hour),
        last_day=letter_counts.automatic_to(tx, addressee, now - timedelta(days=1)),
        muted=bool(mutes.among(tx, [addressee])),
        silenced=silences.is_silenced(tx, addressee, now),
        looping=loops.is_looping(
            tx, occasion.desk, occasion.mail, occasion.mail_id if asked else None, occasion.arrived_at, now
        ),
        mailbox_last_hour=letter_counts.automatic_from(tx, occasion.desk.name, hour, budgets.letters_per_mailbox_hour),
    )
    if not is_stranger(decision) or not decision.template:
        return history
    since = now - timedelta(days=budgets.stranger_letter_days)
    also = {occasion.desk.others[key] for one in occasion.mail.addressees if (key := one.key) in occasion.desk.others}
    return replace(
        history,
        known_elsewhere=any(directory.memberships(tx, policy, [addressee])[addressee] for policy in sorted(also)),
        last_stranger_letter=letter_counts.last_to(tx, addressee, decision.template, since),
        strangers_last_hour=letter_counts.of_template(tx, occasion.desk.name, decision.template, hour),
    )


def compose_letter(
    occasion: Occasion,
    kind: LetterKind,
    template: str,
    language: str,
    now: datetime,
    recipients: tuple[Address, ...] = (),
    event: str = "",
    note: str = "",
    former: Former | None = None,
    rest: Rest | None = None,
    booked: Booked | None = None,
    message_id: str = "",
    reply_to: str = "",
    briefing: Briefing = UNBRIEFED,
) -> Letter:
    """The letter about an occasion, under a Message-ID that nobody can guess. Without `recipients`: to the sender."""
    mailbox = occasion.desk.mailbox
    order = LetterOrder(
        kind=kind,
        decision=occasion.decision,
        mail=occasion.mail,
        reference=occasion.ticket.reference,
        mailbox=Address(mailbox.address, mailbox.display_name),
        letter=template,
        language=language,
        wording=_wording(occasion.desk.policy, occasion.decision, language, occasion.arrived_at),
        at=now,
        arrival=occasion.arrived_at,
        message_id=message_id or new_message_id(occasion.ticket.reference, mailbox.address),
        recipients=recipients,
        event=event,
        note=note,
        contract_ended=occasion.contract_ended,
        former=former,
        rest=rest,
        booked=booked,
        thread=occasion.thread,
        reply_to=reply_to,
        briefing=briefing,
    )
    letter = (compose_page if kind is LetterKind.PAGE else compose)(order, occasion.desk.renderer)
    if letter.fallback:
        log.warning("own_template_not_used", mailbox=mailbox.name, letter=template, why=letter.fallback)
    return letter


def _wording(policy: Policy, decision: Decision, language: str, arrived_at: datetime) -> PolicyWording:
    version = policy.gates.version
    return PolicyWording(
        zone=policy.zone,
        hours=policy.opening_hours(plan=decision.plan, severity=decision.severity),
        severities={level: policy.severity_name(level, language) for level in policy.severity.levels},
        term=policy.severity_term(language),
        languages=policy.languages,
        trainings=decision.trainings,
        quota=quota.allowed(policy, decision.plan) or 0,
        quota_resets=quota.month(arrived_at, policy.zone)[1].astimezone(policy.zone).date(),
        versions=(version.latest, *(one for one in version.supported if one != version.latest)) if version else (),
    )


def outbox_row(occasion: Occasion, letter: Letter, template: str, why_withheld: str | None) -> NewLetter:
    """The letter as the outbox takes it."""
    return NewLetter(
        mailbox=occasion.desk.name,
        kind=letter.kind.value,
        template=template,
        message_id=letter.message_id,
        sender=letter.sender,
        recipients=letter.recipients,
        subject=letter.subject,
        raw=letter.raw,
        ticket_id=occasion.ticket.ticket_id,
        withheld=why_withheld,
    )


def _log(tx: Transaction, occasion: Occasion, now: datetime, kind: str, **detail: object) -> None:
    tickets.log(tx, Event(now, kind, "intake", detail, occasion.ticket.ticket_id, occasion.mail_id))
