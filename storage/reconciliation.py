"""What the ledger says against itself: a mail without its one end, an end that promises what is not there.

Pure questions, portion by portion of the mails' and the tickets' numbers, so that a million mails take no more memory
than twenty thousand, and no read lasts long. What is written in one transaction is looked at in one, so a daemon that
works meanwhile makes no finding. What stands in the folders is `intake.reconcile`'s to compare.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from rules.facts import End, MailKind
from storage.database import Transaction
from storage.outbox import LetterState
from storage.tables import event, mail, mailbox, outbox, raw_mail, sighting, strike, ticket

PORTION = 20_000
"""Numbers looked at by one question."""
NO_UIDVALIDITY = 0
"""Of the UIDs under which a restore took mail in again; no folder has it (RFC 3501 section 2.3.1.1)."""


class GapKind(StrEnum):
    """What cannot be accounted for. The first ones are the store's, the last ones the folders'."""

    NO_END = "no_end"
    UNSEEN = "unseen"
    SEEN_TWICE = "seen_twice"
    END_DIFFERS = "end_differs"
    NO_MAIL = "no_mail"
    NO_ORIGINAL = "no_original"
    NO_BYTES = "no_bytes"
    NO_TICKET = "no_ticket"
    NO_LETTER = "no_letter"
    NO_REASON = "no_reason"
    NO_OPENING = "no_opening"
    OPENED_TWICE = "opened_twice"
    CLAIMED = "claimed"
    FAILING = "failing"
    PASSED_OVER = "passed_over"
    UNFILED = "unfiled"
    CHECKPOINT = "checkpoint"
    LOST = "lost"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that cannot be accounted for."""

    mailbox: str
    kind: GapKind
    key: str
    """What it is about; with mailbox and kind the same whenever it is found."""
    about: str = ""
    """For people: whose mail, which letter. Text of mails, not yet harmless."""
    mail_id: int | None = None
    place: tuple[int, int] | None = None
    """UIDVALIDITY and UID in a folder of filed mail."""


@dataclass(frozen=True, slots=True)
class Counted:
    """So many mails, or UIDs, of a mailbox have this end."""

    mailbox: str
    end: str
    number: int


LETTER_OF = {End.TICKET: "acknowledgement", End.DECLINED: "decline", End.ROUTED: "routed", End.HELD: "held"}
"""Ends that open a ticket, with the kind of the letter that says so."""
OPENING = [end.value for end in LETTER_OF]
ON_A_TICKET = [*OPENING, End.FOLLOW_UP.value]
LATER: dict[End, Collection[End]] = {
    End.HELD: (End.TICKET, End.DECLINED),
    End.DECLINED: (End.TICKET,),
    End.FOLLOW_UP: (End.TICKET, End.DECLINED, End.ROUTED, End.HELD),
    End.QUARANTINED: [end for end in End if end is not End.BEFORE_START],
    End.DUPLICATE: [end for end in End if end is not End.BEFORE_START],
}
"""What a mail's end may be by now where a UID ended otherwise: a person has decided since, or it was one more copy."""


def last_mail(tx: Transaction) -> int:
    """The highest number of a mail, by the mails or by what refers to them; 0 for none."""
    mails, seen = sa.select(sa.func.max(mail.c.id)), sa.select(sa.func.max(sighting.c.mail_id))
    return max(int(tx.execute(asked).scalar_one() or 0) for asked in (mails, seen))


def last_ticket(tx: Transaction) -> int:
    return int(tx.execute(sa.select(sa.func.max(ticket.c.id))).scalar_one() or 0)


def mail_ends(tx: Transaction, after: int, to: int) -> list[Counted]:
    """How the mails of these numbers ended."""
    counted = sa.select(mail.c.mailbox, mail.c.end, sa.func.count()).where(mail.c.id > after, mail.c.id <= to)
    return [Counted(*row) for row in tx.execute(counted.group_by(mail.c.mailbox, mail.c.end))]


def uid_ends(tx: Transaction, after: int, to: int) -> list[Counted]:
    """How the UIDs of these mails ended, further copies among them."""
    of_mails = sa.and_(sighting.c.mail_id > after, sighting.c.mail_id <= to)
    return _uid_ends(tx, of_mails)


def uids_left_alone(tx: Transaction) -> list[Counted]:
    """UIDs without a mail of the ledger: what had arrived before the first run."""
    return _uid_ends(tx, sighting.c.mail_id.is_(None))


def filed(tx: Transaction, name: str) -> int:
    """UIDs of a mailbox that were moved out of the folder, whenever that was."""
    moved = sa.select(sa.func.count()).where(
        sighting.c.mailbox == name, sighting.c.filed_at.is_not(None), sighting.c.end != End.BEFORE_START.value
    )
    return int(tx.execute(moved).scalar_one())


def of_mails(tx: Transaction, after: int, to: int) -> Iterator[Finding]:
    """What cannot be accounted for about the mails of these numbers."""
    for ask in MAIL_QUESTIONS:
        yield from ask(tx, after, to)


def of_tickets(tx: Transaction, after: int, to: int) -> Iterator[Finding]:
    """Tickets that no mail opened, or more than one; those that staff opened by hand have none."""
    opener = (mail.c.ticket_id == ticket.c.id) & mail.c.end.in_(OPENING)
    openers = sa.func.count(mail.c.id)
    odd = (
        sa.select(ticket.c.id, openers.label("openers"))
        .outerjoin(mail, opener)
        .where(ticket.c.id > after, ticket.c.id <= to)
        .group_by(ticket.c.id)
        .having(openers != 1)
        .subquery()
    )
    columns = (ticket.c.mailbox, ticket.c.reference, ticket.c.contact, odd.c.openers)
    kind = ticket.c.decision["kind"].as_string().label("kind")
    for row in tx.execute(sa.select(*columns, kind).join(odd, odd.c.id == ticket.c.id).order_by(ticket.c.id)):
        if row.openers:
            yield Finding(row.mailbox, GapKind.OPENED_TWICE, row.reference, f"{row.openers} mails")
        elif row.kind != MailKind.STAFF.value:
            yield Finding(row.mailbox, GapKind.NO_OPENING, row.reference, f"of {row.contact}")


def of_uids_without_mail(tx: Transaction, limit: int) -> Iterator[Finding]:
    """UIDs that are said to have ended, as no mail."""
    stray = sa.select(sighting).where(sighting.c.mail_id.is_(None), sighting.c.end != End.BEFORE_START.value)
    for row in tx.execute(stray.limit(limit)):
        yield Finding(row.mailbox, GapKind.NO_MAIL, f"{row.uidvalidity}/{row.uid}", f"ended as {row.end}")


def of_letters(tx: Transaction, is_alive: Callable[[str], bool], limit: int) -> Iterator[Finding]:
    """Letters that nobody will send, and that nobody gave a reason for. `is_alive` knows the owners of claims."""
    columns = sa.select(outbox.c.id, outbox.c.mailbox, outbox.c.kind, outbox.c.addressee, outbox.c.claimed_by)
    claimed = columns.where(outbox.c.state == LetterState.CLAIMED.value).order_by(outbox.c.id)
    owners: dict[str, bool] = {}
    for row in tx.execute(claimed):
        owner = row.claimed_by or ""
        if not owners.setdefault(owner, is_alive(owner)):
            about = f"{row.kind} to {row.addressee}, claimed by {owner or 'nobody'}"
            yield Finding(row.mailbox, GapKind.CLAIMED, str(row.id), about)
    mute = (outbox.c.state == LetterState.WITHHELD.value) & (outbox.c.last_error == "")
    unknown = outbox.c.state.not_in([state.value for state in LetterState])
    for row in tx.execute(columns.where(mute | unknown).order_by(outbox.c.id).limit(limit)):
        yield Finding(row.mailbox, GapKind.NO_REASON, str(row.id), f"{row.kind} to {row.addressee}")


def of_failing(tx: Transaction, since: datetime, limit: int) -> Iterator[Finding]:
    """Mails that failed, have no end, and have not been tried again since then."""
    ended = sa.exists().where(
        sighting.c.mailbox == strike.c.mailbox,
        sighting.c.uidvalidity == strike.c.uidvalidity,
        sighting.c.uid == strike.c.uid,
    )
    rows = tx.execute(
        sa.select(strike)
        .join(mailbox, (mailbox.c.name == strike.c.mailbox) & (mailbox.c.uidvalidity == strike.c.uidvalidity))
        .where(~ended, strike.c.last_at < since)
        .order_by(strike.c.mailbox, strike.c.uid)
        .limit(limit)
    )
    for row in rows:
        key = f"{row.uidvalidity}/{row.uid}"
        yield Finding(row.mailbox, GapKind.FAILING, key, f"{row._mapping['count']} failure(s), the last: {row.reason}")


def _uid_ends(tx: Transaction, where: sa.ColumnElement[bool]) -> list[Counted]:
    counted = sa.select(sighting.c.mailbox, sighting.c.end, sa.func.count()).where(where)
    return [Counted(*row) for row in tx.execute(counted.group_by(sighting.c.mailbox, sighting.c.end))]


def _without_end(tx: Transaction, after: int, to: int) -> Iterator[Finding]:
    unknown = mail.c.end.not_in([end.value for end in End if end is not End.BEFORE_START])
    for row in tx.execute(_mails(after, to).where(unknown)):
        yield _about(row, GapKind.NO_END, f", end {row.end!r}")


def _seen_once(tx: Transaction, after: int, to: int) -> Iterator[Finding]:
    """A mail is first seen under one UID, and is a duplicate under every other; a copy by another road always is."""
    firsts = sa.func.sum(sa.case((sighting.c.end != End.DUPLICATE.value, 1), else_=0))
    seen = sa.func.count(sighting.c.uid)
    copy = mail.c.end == End.DUPLICATE.value
    rows = tx.execute(
        _mails(after, to)
        .add_columns(firsts.label("firsts"), seen.label("seen"))
        .outerjoin(sighting, _seen_under(after, to))
        .group_by(mail.c.id)
        .having(sa.case((copy, sa.or_(seen == 0, firsts != 0)), else_=firsts != 1))
    )
    for row in rows:
        if row.firsts > 1 or (row.end == End.DUPLICATE.value and row.seen):
            yield _about(row, GapKind.SEEN_TWICE, f", {row.firsts} times")
        else:
            yield _about(row, GapKind.UNSEEN)


def _same_end(tx: Transaction, after: int, to: int) -> Iterator[Finding]:
    changed = [(sighting.c.end == was.value) & mail.c.end.in_([end.value for end in now]) for was, now in LATER.items()]
    rows = tx.execute(
        _mails(after, to)
        .add_columns(sighting.c.uidvalidity, sighting.c.uid, sighting.c.end.label("seen_end"))
        .join(sighting, _seen_under(after, to))
        .where(sighting.c.end != mail.c.end, ~sa.or_(*changed))
    )
    for row in rows:
        yield _about(row, GapKind.END_DIFFERS, f": UID {row.uid} ended as {row.seen_end}, the mail as {row.end}")


def _refers_to_a_mail(tx: Transaction, after: int, to: int) -> Iterator[Finding]:
    absent = ~sa.exists().where(mail.c.id == sighting.c.mail_id)
    for row in tx.execute(sa.select(sighting).where(sighting.c.mail_id > after, sighting.c.mail_id <= to, absent)):
        about = f"ended as {row.end}, mail {row.mail_id}"
        yield Finding(row.mailbox, GapKind.NO_MAIL, f"{row.uidvalidity}/{row.uid}", about, row.mail_id)


def _has_bytes(tx: Transaction, after: int, to: int) -> Iterator[Finding]:
    """What was too large to fetch, or was not handed over, is known by its place, and has none; nor has what was erased
    since."""
    rows = tx.execute(
        _mails(after, to)
        .add_columns(mail.c.sha256)
        .outerjoin(
            raw_mail,
            (raw_mail.c.mail_id == mail.c.id) & (raw_mail.c.mail_id > after) & (raw_mail.c.mail_id <= to),
        )
        .where(raw_mail.c.mail_id.is_(None), mail.c.erased_at.is_(None))
    )
    for row in rows:
        places = tx.execute(sa.select(sighting).where(sighting.c.mail_id == row.id)).all()
        if any(one.uidvalidity == NO_UIDVALIDITY for one in places):
            continue  # a restore took it in again, from another place
        known_by = {f"{one.mailbox} {one.uidvalidity} {one.uid}" for one in places}
        if row.sha256 not in {hashlib.sha256(place.encode()).hexdigest() for place in known_by}:
            yield _about(row, GapKind.NO_BYTES)


def _has_original(tx: Transaction, after: int, to: int) -> Iterator[Finding]:
    """A copy by another road has the mail that it is a copy of."""
    names = sa.select(mailbox.c.name).scalar_subquery()
    first = mail.alias("first")
    original = sa.exists().where(
        first.c.mailbox.in_(names),
        # of what was erased the Message-ID is hidden
        sa.or_(first.c.message_id == mail.c.message_id, first.c.erased_at.is_not(None), mail.c.erased_at.is_not(None)),
        first.c.content == mail.c.content,
        first.c.id < mail.c.id,
    )
    for row in tx.execute(_mails(after, to).where(mail.c.end == End.DUPLICATE.value, ~original)):
        yield _about(row, GapKind.NO_ORIGINAL)


def _is_on_a_ticket(tx: Transaction, after: int, to: int) -> Iterator[Finding]:
    rows = tx.execute(
        _mails(after, to)
        .outerjoin(ticket, ticket.c.id == mail.c.ticket_id)
        .where(mail.c.end.in_(ON_A_TICKET), ticket.c.id.is_(None))
    )
    for row in rows:
        yield _about(row, GapKind.NO_TICKET, f", ended as {row.end}")


def _is_answered(tx: Transaction, after: int, to: int) -> Iterator[Finding]:
    """The letter that an end promises is in the outbox, or the log says why there is none."""
    kind = sa.case({end.value: letter for end, letter in LETTER_OF.items()}, value=mail.c.end)
    written = sa.exists().where(outbox.c.ticket_id == mail.c.ticket_id, outbox.c.kind == kind)
    unwritten = event.c.detail["template"].as_string().is_(None)  # no letter can be addressed to the sender
    told_why = sa.exists().where(event.c.mail_id == mail.c.id, event.c.kind == "letter_withheld", unwritten)
    rows = tx.execute(
        _mails(after, to)
        .add_columns(mail.c.decision["template"].as_string().label("template"), ticket.c.reference)
        .join(ticket, ticket.c.id == mail.c.ticket_id)
        .where(mail.c.end.in_(OPENING), mail.c.sender != "", ~written, ~told_why)
    )
    for row in rows:
        if row.template:  # a list, or a stranger whom nobody vouches for, is not written to
            yield _about(row, GapKind.NO_LETTER, f", {row.reference}: {row.template}")


MAIL_QUESTIONS = (
    _without_end,
    _seen_once,
    _same_end,
    _refers_to_a_mail,
    _has_bytes,
    _has_original,
    _is_on_a_ticket,
    _is_answered,
)


def _seen_under(after: int, to: int) -> sa.ColumnElement[bool]:
    """The range stands on both sides: PostgreSQL concludes none by itself, and would walk through the whole table."""
    return (sighting.c.mail_id == mail.c.id) & (sighting.c.mail_id > after) & (sighting.c.mail_id <= to)


def _mails(after: int, to: int) -> sa.Select[Any]:
    columns = (mail.c.id, mail.c.mailbox, mail.c.sender, mail.c.arrived_at, mail.c.end)
    return sa.select(*columns).where(mail.c.id > after, mail.c.id <= to)


def _about(row: sa.Row[Any], kind: GapKind, more: str = "") -> Finding:
    whose = f"from {row.sender or 'nobody'}, arrived {row.arrived_at:%Y-%m-%d %H:%M} UTC"
    return Finding(row.mailbox, kind, str(row.id), whose + more, row.id)
