"""Tells staff, once, of what keeps the whole of it from working: by pager and chat, and by mail where mail still goes.

An alarm bears the same Message-IDs however often it is raised, so that the outbox itself knows what was told, also
after a restart and beside other daemons. When to raise one, and what it says, is the caller's.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256

import structlog

from intake.compose import Letter, LetterKind, LetterOrder, PolicyWording, compose, compose_page
from intake.crowding import ON_CALL
from intake.desk import Desk
from intake.letter_bytes import new_message_id
from rules.facts import Address, Mail, MailKind
from rules.undecided import undecided
from storage import outbox
from storage.database import Transaction
from storage.outbox import NewLetter

log = structlog.get_logger()

LETTER, PAGE = "alarm", "alarm_page"


def raise_alarm(
    tx: Transaction,
    desks: Iterable[Desk],
    event: str,
    key: str,
    why: str,
    now: datetime,
    *,
    mail: bool = True,
    told_by: Sequence[str] = (),
) -> int:
    """Tell those on the queues of these desks, each once; returns how many had not been told.

    `event` is the headline's name, `key` says which alarm it is: letters, digits, dots. With `mail=False` only pages.
    Who was told of one of the alarms `told_by` knows of this one.
    """
    done: set[str] = set()
    told = 0
    for desk in desks:
        queues = (desk.policy.queue, *([ON_CALL] if ON_CALL in desk.queues else []))
        whom = desk.told_about(queues, now)
        wanted = [(LetterKind.PAGE, PAGE, place) for place in whom.pages]
        wanted += [(LetterKind.NOTICE, LETTER, address) for address in whom.addresses if mail]
        for kind, template, to in wanted:
            order = _order(desk, kind, template, to, event, _message_id(desk, key, kind, to), why, now)
            known = [order.message_id, *(_message_id(desk, other, kind, to) for other in told_by)]
            if to not in done and not any(outbox.is_ours(tx, one) for one in known):
                outbox.post(tx, [_row(desk, template, _composed(desk, order))], now)
                told += 1
            done.add(to)
    if told:
        log.error("alarm", about=event, told=told, why=why)
    return told


def _message_id(desk: Desk, key: str, kind: LetterKind, to: str) -> str:
    whom = sha256(f"{kind} {to}".encode()).hexdigest()[:16]
    return new_message_id(f"alarm.{key}", desk.mailbox.address, whom)


def _composed(desk: Desk, order: LetterOrder) -> Letter:
    return (compose_page if order.kind is LetterKind.PAGE else compose)(order, desk.renderer)


def _order(
    desk: Desk, kind: LetterKind, template: str, to: str, event: str, message_id: str, why: str, now: datetime
) -> LetterOrder:
    """A letter has a decision and a mail that it is about; this one is about the machine."""
    return LetterOrder(
        kind=kind,
        decision=undecided(MailKind.STAFF, desk.policy),
        mail=Mail(None, None, subject="", text="", new_text="", sha256="", size=0),
        reference="",
        mailbox=Address(desk.mailbox.address, desk.mailbox.display_name),
        letter=template,
        language="en",
        wording=PolicyWording(zone=desk.policy.zone),
        at=now,
        arrival=now,
        message_id=message_id,
        recipients=(Address(to),),
        event=event,
        note=why,
    )


def _row(desk: Desk, template: str, letter: Letter) -> NewLetter:
    return NewLetter(
        mailbox=desk.name,
        kind=letter.kind.value,
        template=template,
        message_id=letter.message_id,
        sender=letter.sender,
        recipients=letter.recipients,
        subject=letter.subject,
        raw=letter.raw,
    )
