"""Writes the digest: one mail a day to those on staff who ask for it, in place of notices that can wait.

It tells what happened on which ticket since the last one, and their open tickets with the time left. Each ticket has a
link that begins an answer to its customer, sealed for this reader as a notice is. A digest that a stopped daemon missed
is given once; nothing to tell is no mail. Who asks for none any more is told at once what still waited for them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from intake import own_letters
from intake.briefing import seal
from intake.compose import LetterKind, PolicyWording, bare_subject
from intake.desk import Desk
from intake.digests import daily_of
from intake.letter_order import Digest, Due, News
from intake.order_lists import mine
from intake.order_values import Mine
from intake.settings import StaffMember
from rules.digests import latest
from rules.facts import address_key
from storage import digests, tickets
from storage.database import Transaction
from storage.digests import Entry
from storage.tickets import Ticket

TEMPLATE = "digest"
MOST_NEWS = 60


def due(tx: Transaction, desks: Mapping[str, Desk], now: datetime) -> list[StaffMember]:
    """Those whose digest is due; whoever asks for one for the first time, too."""
    people = {address_key(one.email): one for desk in desks.values() for one in desk.staff}
    asking = {key: daily for key, one in people.items() if (daily := daily_of(one))}
    last = digests.last(tx, asking)
    found = [
        key
        for key, daily in asking.items()
        if key not in last or ((at := latest(daily, now)) is not None and last[key] < at)
    ]
    left = digests.waited_for(tx) - set(asking)
    return [people[key] for key in dict.fromkeys((*found, *sorted(left))) if key in people]


def tell(tx: Transaction, desks: Mapping[str, Desk], person: StaffMember, now: datetime) -> bool:
    """Write it; False where there is nothing to tell."""
    key = address_key(person.email)
    since = digests.last(tx, [key]).get(key)
    if daily_of(person):
        digests.gave(tx, key, now)
        if since is None:  # from now on; what waits by then is told by the first one
            return False
    news = digests.take(tx, key)
    open_tickets, more = _mine(tx, desks, person)
    if not news and not open_tickets:
        return False
    told = Digest(since, _news(tx, desks, person, news, now), _open(tx, desks, person, open_tickets, now), more)
    desk = next(iter(desks.values()))
    letter = own_letters.order(desk, LetterKind.DIGEST, TEMPLATE, person.email, now)
    wording = PolicyWording(zone=ZoneInfo(person.timezone or desk.policy.timezone))
    own_letters.post(tx, desk, replace(letter, wording=wording, digest=told))
    return True


def _mine(tx: Transaction, desks: Mapping[str, Desk], person: StaffMember) -> tuple[list[Mine], int]:
    """Of all mailboxes; those of one desk have the same ones."""
    found: dict[str, Mine] = {}
    more = 0
    for doors in {tuple(sorted(desk.doors)): desk for desk in desks.values()}.values():
        theirs, left = mine(tx, doors, person)
        found |= {one.reference: one for one in theirs}
        more += left
    return list(found.values()), more


def _news(
    tx: Transaction, desks: Mapping[str, Desk], person: StaffMember, entries: Iterable[Entry], now: datetime
) -> tuple[News, ...]:
    """Ticket by ticket, each event once with how often it happened."""
    told: dict[str, list[Entry]] = {}
    for entry in entries:
        told.setdefault(entry.reference, []).append(entry)
    return tuple(
        News(
            reference=reference,
            subject=of_one[0].subject,
            sender=of_one[0].contact,
            events=tuple((event, [one.event for one in of_one].count(event)) for event in _each(of_one)),
            notes=tuple(dict.fromkeys(one.note for one in of_one if one.note))[-3:],
            answer=_answer(tx, desks, person, reference, now),
        )
        for reference, of_one in list(told.items())[:MOST_NEWS]
    )


def _each(entries: list[Entry]) -> list[str]:
    return list(dict.fromkeys(one.event for one in entries))


def _open(
    tx: Transaction, desks: Mapping[str, Desk], person: StaffMember, found: list[Mine], now: datetime
) -> tuple[tuple[Due, str], ...]:
    return tuple(
        (
            Due(one.reference, one.status, one.due_at, one.subject, one.severity, one.assigned),
            _answer(tx, desks, person, one.reference, now),
        )
        for one in found
    )


def _answer(tx: Transaction, desks: Mapping[str, Desk], person: StaffMember, reference: str, now: datetime) -> str:
    """A mail that answers the ticket's customer, as a URL (RFC 6068); its seal is where a reply to a notice has it."""
    ticket = tickets.by_reference(tx, reference)
    desk = desks.get(ticket.mailbox) if ticket else None
    sealed = seal(tx, desk, ticket, person.email, now) if desk and ticket else None
    if desk is None or ticket is None or sealed is None:
        return ""
    to = quote(sealed.reply_to or desk.mailbox.address, safe="@+")
    return f"mailto:{to}?subject={quote(_subject(ticket))}&In-Reply-To={quote(sealed.message_id)}"


def _subject(ticket: Ticket) -> str:
    return f"Re: [{ticket.reference}] {bare_subject(ticket.subject, ticket.reference)[:60]}".strip()
