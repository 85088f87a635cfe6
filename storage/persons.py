"""What the store holds on one person, known by an address: their mails, tickets, letters, and wherever they are named.

`held` finds it, `sweep` takes their address and name out of every column that is left, whatever the table is about, so
that a table of tomorrow is swept as well. What they wrote is taken out before, by `storage.erasure`.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa

from rules.facts import MailKind, address_key
from storage.database import Transaction
from storage.erasure import FORGOTTEN
from storage.outbox import LetterState
from storage.tables import contact, correspondent, mail, metadata, outbox, policy, raw_mail, signing_key, ticket

_One = TypeVar("_One", int, str)
DONE = ("closed", "declined", "routed")
"""Of tickets on which nobody is owed anything."""
PERSONS = (MailKind.REQUEST.value, MailKind.FOLLOW_UP.value, MailKind.BULK.value, MailKind.UNREADABLE.value)
"""Kinds of mail that customers write; all others are machines' and our own."""
NOT_SWEPT = {
    (policy.name, "text"),  # the admin's own, and its hash is its name
    (signing_key.name, "name"),
    (mail.name, "message_id"),  # of other people's mail
}


@dataclass(frozen=True, slots=True)
class Held:
    """By number, as far as it was not erased before."""

    address: str
    """Its key."""
    names: tuple[str, ...]
    """That they go by."""
    mails: tuple[int, ...]
    """That they sent."""
    opened: tuple[int, ...]
    """Tickets that are theirs."""
    wrote_on: tuple[int, ...]
    """Other tickets that they wrote on."""
    on: tuple[int, ...]
    """Further tickets that they may write to."""
    letters: tuple[int, ...]
    """That went to them."""
    contracts: tuple[str, ...]
    """That the directory has them on."""
    unfinished: tuple[str, ...]
    """References of their tickets on which somebody is owed something yet."""
    subjects: tuple[tuple[str, str], ...]
    """Reference and subject of theirs."""

    @property
    def nothing(self) -> bool:
        return not (self.mails or self.opened or self.on or self.letters or self.contracts)


def held(tx: Transaction, address: str) -> Held:
    """What is held on whoever has this address. Reads the ledger once."""
    key = address_key(address)
    senders = [one for one in tx.execute(sa.select(mail.c.sender).distinct()).scalars() if address_key(one) == key]
    mails = tx.execute(sa.select(mail.c.id, mail.c.ticket_id).where(mail.c.sender.in_(senders)).order_by(mail.c.id))
    sent = {row.id: row.ticket_id for row in mails}
    opened = tx.execute(sa.select(ticket).where(ticket.c.contact == key).order_by(ticket.c.id)).all()
    theirs = {row.id for row in opened}
    on = tx.execute(sa.select(correspondent.c.ticket_id).where(correspondent.c.address == key)).scalars()
    contacts = tx.execute(sa.select(contact).where(contact.c.address == key)).all()
    wrote_on = {one for one in sent.values() if one is not None} - theirs
    return Held(
        address=key,
        names=tuple(sorted({row.contact_name for row in opened} | {row.name for row in contacts} - {""})),
        mails=tuple(sent),
        opened=tuple(sorted(theirs)),
        wrote_on=tuple(sorted(wrote_on)),
        on=tuple(sorted(set(on) - theirs - wrote_on)),
        letters=tuple(_letters_to(tx, key)),
        contracts=tuple(sorted(row.contract for row in contacts)),
        unfinished=tuple(row.reference for row in opened if row.status not in DONE),
        subjects=tuple((row.reference, row.subject) for row in opened),
    )


@dataclass(frozen=True, slots=True)
class Called:
    """Finds in a text where a person is named: by address, or by a name of two words or more."""

    pattern: re.Pattern[str]
    hints: tuple[str, ...]
    """In small letters; a text without any of them is not looked at more closely, which is most of the time."""

    def names(self, text: str) -> bool:
        small = text.lower()
        return any(hint in small for hint in self.hints) and self.pattern.search(text) is not None


def called(wanted: Held) -> Called:
    """Where they are named, though not within a longer address or word."""
    names = [one for one in wanted.names if len(one.split()) > 1]
    words = "|".join([_words(one) for one in names])
    address = written(wanted.address).pattern
    pattern = rf"{address}|(?<!\w)(?:{words})(?!\w)" if words else address
    hints = (wanted.address, *(max(one.lower().split(), key=len) for one in names))
    return Called(re.compile(pattern, re.IGNORECASE), hints)


def written(address: str) -> re.Pattern[str]:
    """An address in a text, not within a longer one."""
    return re.compile(rf"(?<![\w.+%-]){re.escape(address)}(?![\w-]|\.\w)", re.IGNORECASE)


def letters_on(tx: Transaction, tickets: Collection[int]) -> list[int]:
    """Every letter on these tickets that was not erased."""
    found = sa.select(outbox.c.id).where(outbox.c.erased_at.is_(None))
    rows = (tx.execute(found.where(outbox.c.ticket_id.in_(some))).scalars() for some in _portions(tickets))
    return [one for ids in rows for one in ids]


def ours_on(tx: Transaction, tickets: Collection[int]) -> list[int]:
    """Mails on these tickets that no customer wrote: staff's and machines', which quote."""
    found = sa.select(mail.c.id).where(mail.c.kind.not_in(PERSONS), mail.c.erased_at.is_(None))
    rows = (tx.execute(found.where(mail.c.ticket_id.in_(some))).scalars() for some in _portions(tickets))
    return [one for ids in rows for one in ids]


def claimed(tx: Transaction, letters: Collection[int]) -> int:
    """How many of these letters are on their way at this moment."""
    going = sa.select(sa.func.count()).where(outbox.c.state == LetterState.CLAIMED.value)
    return sum(int(tx.execute(going.where(outbox.c.id.in_(some))).scalar_one()) for some in _portions(letters))


def erased(tx: Transaction, hashes: Collection[str]) -> set[str]:
    """Which of these hashes are of mails that were erased."""
    there = sa.select(mail.c.sha256).where(mail.c.erased_at.is_not(None))
    return {one for some in _portions(hashes) for one in tx.execute(there.where(mail.c.sha256.in_(some))).scalars()}


def octets(tx: Transaction, mails: Collection[int], letters: Collection[int]) -> int:
    """Of these mails and letters together."""
    came, sent = sa.func.sum(sa.func.length(raw_mail.c.raw)), sa.func.sum(sa.func.length(outbox.c.raw))
    sums = [tx.execute(sa.select(came).where(raw_mail.c.mail_id.in_(some))).scalar_one() for some in _portions(mails)]
    sums += [tx.execute(sa.select(sent).where(outbox.c.id.in_(some))).scalar_one() for some in _portions(letters)]
    return sum(int(one or 0) for one in sums)


def every_letter(tx: Transaction) -> Iterator[tuple[int, bytes]]:
    """Each letter with its bytes, one at a time."""
    ids = list(tx.execute(sa.select(outbox.c.id).where(outbox.c.erased_at.is_(None)).order_by(outbox.c.id)).scalars())
    for some in _portions(ids, 20):
        for row in tx.execute(sa.select(outbox.c.id, outbox.c.raw).where(outbox.c.id.in_(some))):
            yield row.id, bytes(row.raw)


def every_mail(tx: Transaction) -> Iterator[tuple[int, bool, bytes]]:
    """Each mail with whether a customer wrote it, and its bytes, a few at a time."""
    ids = list(tx.execute(sa.select(raw_mail.c.mail_id).order_by(raw_mail.c.mail_id)).scalars())
    for some in _portions(ids, 5):
        columns = sa.select(mail.c.id, mail.c.kind, raw_mail.c.raw).join(raw_mail, raw_mail.c.mail_id == mail.c.id)
        for row in tx.execute(columns.where(mail.c.id.in_(some))):
            yield row.id, row.kind in PERSONS, bytes(row.raw)


def sweep(tx: Transaction, wanted: Held) -> int:
    """Take their address and name out of every column but of other people's mail; returns how many rows changed.

    A row that is about the address itself (a contact, a mute) goes.
    """
    name = called(wanted).pattern
    likes = {word.lower() for word in (wanted.address, *wanted.names)}
    changed = 0
    for table in reversed(metadata.sorted_tables):
        columns = [one for one in table.columns if _is_text(one) and (table.name, one.name) not in NOT_SWEPT]
        if columns:
            changed += _sweep_table(tx, table, columns, name, likes)
    return changed


def _sweep_table(
    tx: Transaction, table: sa.Table, columns: "list[sa.Column[Any]]", name: re.Pattern[str], likes: Collection[str]
) -> int:
    keys = list(table.primary_key.columns)
    hit = sa.or_(*(_contains(column, word) for column in columns for word in likes))
    rows = tx.execute(sa.select(*keys, *(one for one in columns if one not in keys)).where(hit)).all()
    changed = 0
    for row in rows:
        values = {one.name: _without(row._mapping[one], name) for one in columns}
        new = {column: value for column, value in values.items() if value != row._mapping[table.c[column]]}
        this = sa.and_(*(one == row._mapping[one] for one in keys))
        if any(key.name in new for key in keys):
            tx.execute(sa.delete(table).where(this))
        elif new:
            tx.execute(sa.update(table).where(this).values(**new))
        changed += bool(new)
    return changed


def _contains(column: "sa.Column[Any]", word: str) -> sa.ColumnElement[bool]:
    """A first sieve; what it lets through is looked at again."""
    text = sa.cast(column, sa.Text) if isinstance(column.type, sa.JSON) else column
    forms = {word, json.dumps(word)[1:-1]} if isinstance(column.type, sa.JSON) else {word}
    if not word.isascii():
        ascii_part = max(re.split(r"[^\x21-\x7e]+", word), key=len)
        forms = {ascii_part.lower()}  # SQLite knows the small letters of ASCII alone
    return sa.or_(*(sa.func.lower(text).contains(form, autoescape=True) for form in forms))


def _without(value: Any, name: re.Pattern[str]) -> Any:
    match value:
        case str():
            return name.sub(FORGOTTEN, value)
        case list():
            return [_without(one, name) for one in value]
        case Mapping():
            return {key: _without(one, name) for key, one in value.items()}
    return value


def _is_text(column: "sa.Column[Any]") -> bool:
    return isinstance(column.type, sa.String | sa.JSON)


def _letters_to(tx: Transaction, key: str) -> Iterator[int]:
    maybe = sa.select(outbox.c.id, outbox.c.recipients).where(
        outbox.c.erased_at.is_(None), _contains(outbox.c.recipients, key)
    )
    for row in tx.execute(maybe.order_by(outbox.c.id)):
        if any(address_key(one) == key for one in row.recipients):
            yield row.id


def _words(name: str) -> str:
    return r"\s+".join(map(re.escape, name.split()))


def _portions(ids: Collection[_One], size: int = 500) -> Iterator[list[_One]]:
    rest = iter(ids)
    while some := list(islice(rest, size)):
        yield some
