"""A cheap look at the mails of a long line, by their headers: known senders and urgent words are taken in first.

It orders the line and decides nothing; every mail is read and decided as any other. What a header cannot say, or a
server would not show, leaves a mail in its place.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from intake.desk import Desk
from intake.imap import Imap
from intake.mail.addresses import mailboxes
from intake.mail.header_block import fields_from, value_of
from intake.mail.headers import text_of
from rules.facts import TryLater, Unreadable
from rules.urgency import sounds_urgent
from storage import directory
from storage.database import Database


class Rank(IntEnum):
    """Who goes first."""

    URGENT = 0
    """Of somebody we know, and it sounds urgent."""
    KNOWN = 1
    """Of a contact of a contract, or of staff."""
    OTHERS = 2


@dataclass(frozen=True, slots=True)
class Head:
    sender: str
    """The key of the address in From; "" for none."""
    subject: str
    important: bool
    """Its sender marked it so (Importance of RFC 4021, X-Priority)."""


NOTHING = Head("", "", important=False)


def ranks(imap: Imap, desk: Desk, database: Database, uids: Collection[int]) -> dict[int, Rank]:
    """Of those of these mails that the server shows. Raises TryLater where the connection or the store is gone."""
    try:
        shown = imap.headers(uids)
    except TryLater:
        if not imap.connected:
            raise
        return {}
    heads = {uid: head_of(raw) for uid, raw in shown.items()}
    known = _known(desk, database, (head.sender for head in heads.values()))
    return {uid: _rank(head, known, desk) for uid, head in heads.items()}


def head_of(raw: bytes) -> Head:
    try:
        fields, _ = fields_from(raw, 0, [])
    except Unreadable:
        return NOTHING
    senders = mailboxes(value_of(fields, "from"))
    high = value_of(fields, "importance").strip().lower() == b"high"
    first = value_of(fields, "x-priority").strip()[:1] in (b"1", b"2")
    return Head(senders[0].key if senders else "", text_of(value_of(fields, "subject")), high or first)


def _known(desk: Desk, database: Database, senders: Iterable[str]) -> frozenset[str]:
    asked = {one for one in senders if one}
    with database.snapshot() as tx:
        found: Mapping[str, Collection[object]] = directory.memberships(tx, desk.policy.name, asked) if asked else {}
    return frozenset(one for one in asked if found[one] or desk.is_staff(one))


def _rank(head: Head, known: Collection[str], desk: Desk) -> Rank:
    if head.sender not in known:
        return Rank.OTHERS
    return Rank.URGENT if head.important or sounds_urgent(head.subject, desk.policy) else Rank.KNOWN
