"""Tells staff, once, of what keeps the whole of it from working: by pager and chat, and by mail where mail still goes.

An alarm bears the same Message-IDs however often it is raised, so that the outbox itself knows what was told, also
after a restart and beside other daemons. When to raise one, and what it says, is the caller's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

import structlog

from intake import own_letters
from intake.compose import LetterKind
from intake.crowding import ON_CALL
from intake.desk import Desk
from intake.letter_bytes import new_message_id
from storage import outbox
from storage.database import Transaction

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
            message_id = _message_id(desk, key, kind, to)
            known = [message_id, *(_message_id(desk, other, kind, to) for other in told_by)]
            if to not in done and not any(outbox.is_ours(tx, one) for one in known):
                letter = own_letters.order(desk, kind, template, to, now, event=event, note=why)
                own_letters.post(tx, desk, replace(letter, message_id=message_id))
                told += 1
            done.add(to)
    if told:
        log.error("alarm", about=event, told=told, why=why)
    return told


def _message_id(desk: Desk, key: str, kind: LetterKind, to: str) -> str:
    whom = sha256(f"{kind} {to}".encode()).hexdigest()[:16]
    return new_message_id(f"alarm.{key}", desk.mailbox.address, whom)
