"""Forgets a person: takes out of the store what they wrote, what they were written, and their address and name.

`storage.persons` knows what is theirs, `storage.erasure` what stays of it. Letters about their tickets go whole, for
they quote; so does any other letter, and any mail of a machine or of staff, that names them. Mail that other people
wrote stays as it came, also where it names them: `Forgotten.named_in` counts those. Once it is done every column of
every table is searched for them, and what is found is told.
"""

import email
import email.errors
import email.header
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import Message

from intake.settings import Settings
from rules.facts import address_key
from storage import erasure, leavings, persons, tickets
from storage.database import Database, Transaction
from storage.erasure import Erased
from storage.leavings import Left
from storage.persons import Called, Held
from storage.tickets import Event

FORGOTTEN = "forgotten"
"""The event, on each ticket of theirs and once for all. It does not say who."""


ENCODED = ("quoted-printable", "base64", "=?", "charset")
"""What a mail says that does not say everything in plain letters."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing was done, and why, with the remedy."""

    reason: str
    nothing_held: bool = False


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was taken out, or with a dry run would be."""

    held: Held
    erased: Erased
    rows: int
    """Further ones in which their address or name stood; 0 with a dry run."""
    named_in: tuple[int, ...]
    """Mails of other people that name them, and stay."""
    left: tuple[Left, ...] = ()
    """Where they are named still, other than there. Empty: that is the proof."""


@dataclass(frozen=True, slots=True)
class _Naming:
    """What names a person beside what is theirs."""

    letters: frozenset[int]
    ours: frozenset[int]
    """Mails of machines and of staff."""
    others: tuple[int, ...]


def forget(
    settings: Settings, database: Database, address: str, now: datetime, by: str, *, dry_run: bool = False
) -> Forgotten | Refusal:
    """Raises TryLater. `by`: for the log. Reads every mail and letter once, and takes as long as a backup."""
    key = address_key(address)
    if key in {address_key(one.email) for one in settings.staff}:
        return Refusal(f"{address} is on staff; take that [[staff]] table out of the configuration first")
    if key in {address_key(one.address) for one in settings.mailbox}:
        return Refusal(f"{address} is a mailbox of ours")
    with database.snapshot() as tx:
        held = persons.held(tx, address)
        if why := _unfit(tx, held):
            return Refusal(why, held.nothing)
        naming = _naming(tx, held)
        if dry_run:
            return Forgotten(held, _counted(tx, held, naming), 0, naming.others)
    staff = {address_key(one.email) for one in settings.staff}
    with database.transaction() as tx:
        held = persons.held(tx, address)
        if why := _unfit(tx, held):
            return Refusal(why, held.nothing)
        erased = _take_out(tx, held, naming, now, staff)
        rows = persons.sweep(tx, held)
        events = [Event(now, FORGOTTEN, by, {}, one) for one in (*held.opened, *held.wrote_on)]
        counts = {"tickets": erased.tickets, "mails": erased.mails, "letters": erased.letters}
        tickets.log(tx, *events, Event(now, FORGOTTEN, by, counts))
    leavings.scrub(database)
    with database.snapshot() as tx:
        left = tuple(one for one in leavings.found(tx, persons.called(held).names) if not _may_stay(one, naming))
    return Forgotten(held, erased, rows, naming.others, left)


def _unfit(tx: Transaction, held: Held) -> str:
    if held.nothing:
        return f"nothing is held on {held.address}; `intake tickets` shows addresses as they are held"
    if held.unfinished:
        some = ", ".join(held.unfinished[:10])
        return f"{some} of theirs: somebody is still owed something there; close or decline it, then forget them"
    if persons.claimed(tx, _letters(tx, held)):
        return "a letter to them is on its way at this moment; try again in a minute"
    return ""


def _letters(tx: Transaction, held: Held) -> set[int]:
    return {*held.letters, *persons.letters_on(tx, [*held.opened, *held.wrote_on])}


def _mails(tx: Transaction, held: Held, naming: _Naming) -> list[int]:
    return sorted({*held.mails, *persons.ours_on(tx, [*held.opened, *held.wrote_on]), *naming.ours})


def _take_out(tx: Transaction, held: Held, naming: _Naming, now: datetime, staff: set[str]) -> Erased:
    letters = sorted(_letters(tx, held) | naming.letters)
    return (
        erasure.mails(tx, _mails(tx, held, naming), now, staff)
        + erasure.letters(tx, letters, now)
        + erasure.openings(tx, held.opened, now, staff)
    )


def _counted(tx: Transaction, held: Held, naming: _Naming) -> Erased:
    mails, letters = _mails(tx, held, naming), sorted(_letters(tx, held) | naming.letters)
    return Erased(len(held.opened), len(mails), len(letters), persons.octets(tx, mails, letters))


def _naming(tx: Transaction, held: Held) -> _Naming:
    called = persons.called(held)
    letters = {one for one, raw in persons.every_letter(tx) if _names(raw, called, held.subjects)}
    ours, others = set[int](), list[int]()
    for mail_id, is_persons, raw in persons.every_mail(tx):
        if mail_id not in held.mails and _names(raw, called, ()):
            others.append(mail_id) if is_persons else ours.add(mail_id)
    return _Naming(frozenset(letters), frozenset(ours), tuple(others))


def _names(raw: bytes, called: Called, subjects: tuple[tuple[str, str], ...]) -> bool:
    """By address or name, or by the subject of a ticket of theirs beside its number."""
    for text in _texts(raw):
        if called.names(text):
            return True
        there = [subject for reference, subject in subjects if subject and reference in text]
        if there and any(subject in " ".join(text.split()) for subject in there):
            return True
    return False


def _texts(raw: bytes) -> Iterator[str]:
    """The bytes as they are, and what their encodings hide."""
    text = raw.decode("utf-8", "surrogateescape")
    yield text
    small = text.lower()
    if not any(sign in small for sign in ENCODED):
        return
    for part in email.message_from_bytes(raw).walk():
        yield "\n".join(map(_header, part.values()))
        if part.get_content_maintype() == "text":
            yield _decoded(part)


def _header(value: object) -> str:
    try:
        return str(email.header.make_header(email.header.decode_header(str(value))))
    except (email.errors.HeaderParseError, LookupError, UnicodeError, ValueError):
        return str(value)


def _decoded(part: Message) -> str:
    try:
        payload = part.get_payload(decode=True)
        octets = payload if isinstance(payload, bytes) else b""
        return octets.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):  # a charset or an encoding that nobody knows
        return ""


def _may_stay(left: Left, naming: _Naming) -> bool:
    return (left.table, left.column) in persons.NOT_SWEPT or (left.table == "raw_mail" and left.key in naming.others)
