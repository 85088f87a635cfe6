"""What is true of the store and the servers after every step, whatever happened: the invariants of the design.

Each check is told what the store holds now and what it held before, and says what is wrong in a sentence. The numbers
are those of the list in the design; `peace` is what must be true once everything has run until nothing was left.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from rules.facts import End, address_key, mailbox_key
from storage import tables
from storage.database import Transaction
from storage.outbox import NOT_AUTOMATIC, LetterState
from tests.model import mails
from tests.model.company import BUDGETS, SUPPORT, the_desk
from tests.model.mailbox import INBOX, Message
from tests.model.store import Store
from tests.model.world import TO_STAFF, World

OPENING = (End.TICKET, End.DECLINED, End.HELD, End.ROUTED)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Rows = dict[Any, Any]


@dataclass
class Seen:
    """What the store held at one time."""

    mails: Rows
    sightings: Rows
    tickets: Rows
    clocks: Rows
    letters: Rows
    checkpoint: Any
    parties: dict[int, set[str]]
    raws: dict[int, bytes]
    """Bytes of letters."""


@dataclass
class Invariants:
    world: World
    broken: list[str] = field(default_factory=list)
    """What was found while the daemon was at work."""
    before: Seen | None = None
    _known: tuple[int, ...] = ()

    def check(self) -> None:
        """Raises AssertionError with all that is wrong."""
        known = (Store.commits, len(self.world.exchange.accepted), len(self.world.exchange.attempted), len(self.broken))
        if known == self._known:
            return
        self._known, now = known, self._look()
        wrong = list(self.broken)
        for holds in CHECKS:
            wrong += holds(self.world, now, self.before or now)
        self.before = now
        assert not wrong, "\n".join(wrong)

    def peace(self) -> None:
        """The same for what must be true in the end."""
        self.check()
        assert self.before is not None
        wrong = [one for holds in AT_PEACE for one in holds(self.world, self.before)]
        assert not wrong, "\n".join(wrong)

    def waiting(self) -> bool:
        """Whether a letter is to go out."""
        return self.before is not None and any(
            one.state in (LetterState.WAITING, LetterState.CLAIMED) for one in self.before.letters.values()
        )

    def fresh(self) -> bool:
        """Whether a mail in the inbox has no end yet."""
        validity, seen = self.world.mailbox.validity, self.before.sightings if self.before else {}
        return any((validity, uid) not in seen for uid in self.world.mailbox.inbox())

    def filing(self, world: World, message: Message, validity: int, uid: int, folder: str) -> None:
        """1: nothing leaves the inbox before its record is committed, and then for the folder of its end."""
        with world.store.snapshot() as tx:
            columns = (tables.sighting.c.end, tables.mail.c.sha256, tables.mail.c.size)
            here = (tables.sighting.c.uidvalidity == validity) & (tables.sighting.c.uid == uid)
            found = tx.execute(sa.select(*columns).outerjoin(tables.mail).where(here)).one_or_none()
        imap = the_desk().mailbox.imap
        if found is None:
            self.broken.append(f"UID {validity}/{uid} left the inbox without a record")
        elif folder != (imap.quarantine_folder if found.end == End.QUARANTINED else imap.processed_folder):
            self.broken.append(f"UID {validity}/{uid} ended as {found.end} and was filed to {folder}")
        elif found.end != End.QUARANTINED and not _is(message, found):
            self.broken.append(f"UID {validity}/{uid} was recorded as another mail than the one that was filed")

    def _look(self) -> Seen:
        old = self.before.raws if self.before else {}
        with self.world.store.snapshot() as tx:
            columns = [one for one in tables.outbox.c if one.name != "raw"]
            letters = {one.id: one for one in tx.execute(sa.select(*columns).order_by(tables.outbox.c.id))}
            fresh = sa.select(tables.outbox.c.id, tables.outbox.c.raw).where(tables.outbox.c.id > max(old, default=0))
            raws = old | {one.id: bytes(one.raw) for one in tx.execute(fresh)}
            return Seen(
                {one.id: one for one in tx.execute(sa.select(tables.mail).order_by(tables.mail.c.id))},
                {(one.uidvalidity, one.uid): one for one in tx.execute(sa.select(tables.sighting))},
                {one.id: one for one in tx.execute(sa.select(tables.ticket))},
                {one.id: one for one in tx.execute(sa.select(tables.clock))},
                letters,
                tx.execute(sa.select(tables.mailbox)).one_or_none(),
                _parties(tx),
                raws,
            )


def _parties(tx: Transaction) -> dict[int, set[str]]:
    on = sa.select(tables.ticket.c.id, tables.ticket.c.contact.label("address"))
    contacts = sa.select(tables.ticket.c.id, tables.contact.c.address).join(
        tables.contact, tables.contact.c.contract == tables.ticket.c.contract
    )
    others = sa.select(tables.correspondent.c.ticket_id, tables.correspondent.c.address)
    found: dict[int, set[str]] = {}
    for ticket_id, address in tx.execute(sa.union(on, contacts, others)):
        found.setdefault(ticket_id, set()).add(address)
    return found


def _is(message: Message, mail: Any) -> bool:
    """Whether a mail of the ledger is this one: by its bytes; one that is too long has none there."""
    return bool(mail.size == message.size if message.claimed_size else mail.sha256 == _sha(message.raw))


def _sha(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


# ---- after every step

Check = Callable[[World, Seen, Seen], Iterator[str]]


def a_sighting_is_for_ever(world: World, now: Seen, before: Seen) -> Iterator[str]:
    """1. Each UID ended once, as the mail that it was shown as."""
    for place, one in before.sightings.items():
        kept = now.sightings.get(place)
        if kept is None or (kept.end, kept.mail_id) != (one.end, one.mail_id):
            yield f"UID {place} ended as {one.end} (mail {one.mail_id}), and now {kept and (kept.end, kept.mail_id)}"
    for place, one in now.sightings.items():
        shown = world.mailbox.shown.get(place)
        if shown is None and one.end != End.BEFORE_START:
            yield f"UID {place} was sighted and never shown"
        if one.end == End.BEFORE_START and shown is not None and shown.arrived > (world.begun or shown.arrived):
            yield f"UID {place} arrived after the start, and is left alone as if it had been before"
        if shown is None or one.mail_id is None:
            if one.end != End.BEFORE_START:
                yield f"UID {place} ended as {one.end} without a mail"
            continue
        mail = now.mails[one.mail_id]
        if one.end != End.QUARANTINED and not _is(shown, mail):
            yield f"UID {place} counts as mail {mail.id}, whose bytes are others"
        if one.end == End.DUPLICATE and mail.end != End.DUPLICATE and _first_of(now, mail.id) == place:
            yield f"UID {place} is called a duplicate and is the first of its mail"


def _first_of(now: Seen, mail_id: int) -> Any:
    """The place of a mail's only sighting; None where it has several."""
    places = [place for place, one in now.sightings.items() if one.mail_id == mail_id]
    return places[0] if len(places) == 1 else None


def a_mail_has_one_row_and_at_most_one_ticket(_: World, now: Seen, before: Seen) -> Iterator[str]:
    """2, 3. By its bytes; and a ticket has one mail that opened it."""
    for what, times in Counter(one.sha256 for one in now.mails.values()).items():
        if times > 1:
            yield f"{times} rows of the ledger have the hash {what[:12]}"
    opened = Counter(one.ticket_id for one in now.mails.values() if one.end in OPENING)
    if wrong := {ticket for ticket in opened.keys() | now.tickets.keys() if opened[ticket] != 1}:
        yield f"tickets {wrong} were not opened by one mail each: {opened}"
    for gone in before.mails.keys() - now.mails.keys():
        yield f"mail {gone} is gone from the ledger"


def the_checkpoint_passes_nothing(world: World, now: Seen, _: Seen) -> Iterator[str]:
    """1. Every UID below it that is there has its end."""
    if now.checkpoint is None or not now.checkpoint.uidvalidity:
        return
    validity, last = now.checkpoint.uidvalidity, now.checkpoint.last_uid
    for message in world.mailbox.messages:
        uid = message.uids.get(validity, last + 1)
        if message.folder == INBOX and uid <= last and (validity, uid) not in now.sightings:
            yield f"the checkpoint stands at {validity}/{last}, and UID {uid} has no end"


def letters_go_out_once(world: World, now: Seen, before: Seen) -> Iterator[str]:
    """2. Once for each recipient, and once more for each end that nobody knew; always the same bytes."""
    by_id = {one.message_id: one for one in now.letters.values()}
    for (message_id, recipient), times in world.exchange.times.items():
        letter = by_id.get(message_id)
        if letter is None:
            yield f"a letter {message_id} went out that is not in the outbox"
        elif times > 1 + letter.ambiguous:
            yield f"letter {letter.id} ({letter.kind}) went to {recipient} {times} times, {letter.ambiguous} in doubt"
    for message_id, raws in world.exchange.attempted.items():
        known = by_id.get(message_id)
        if len(raws) > 1 or (known is not None and raws != {now.raws[known.id]}):
            yield f"{message_id} was sent with other bytes than it was written with"
    for number, one in before.letters.items():
        if now.letters[number].message_id != one.message_id:
            yield f"letter {number} was {one.message_id} and is {now.letters[number].message_id}"
        if one.state in (LetterState.SENT, LetterState.REFUSED) and now.letters[number].state != one.state:
            yield f"letter {number} was {one.state} and is {now.letters[number].state}"


def one_acknowledgement(_: World, now: Seen, __: Seen) -> Iterator[str]:
    """2. A ticket is acknowledged once."""
    written = Counter(one.ticket_id for one in now.letters.values() if one.kind == "acknowledgement")
    if twice := [ticket for ticket, times in written.items() if times > 1]:
        yield f"tickets {twice} have more than one acknowledgement"


def nobody_is_written_to_who_should_not_be(world: World, now: Seen, _: Seen) -> Iterator[str]:
    """4, 5. No robot, no null sender, not ourselves; on a ticket nobody who is not on it."""
    for one in now.letters.values():
        if one.state == LetterState.WITHHELD or one.kind in TO_STAFF:
            continue
        people = {address_key(each) for each in one.recipients}
        if not people or "" in people or SUPPORT in {mailbox_key(each) for each in people}:
            yield f"letter {one.id} ({one.kind}) goes to {one.recipients}"
        if one.ticket_id is None or not people <= now.parties[one.ticket_id]:
            yield f"letter {one.id} ({one.kind}) goes to {one.recipients}, who are not on ticket {one.ticket_id}"
        answers = mails.answered_by(now.raws[one.id])
        if answers in world.unanswered and one.kind not in NOT_AUTOMATIC and one.id in now.raws:
            yield f"letter {one.id} ({one.kind}) answers {answers}, which nobody is to answer"


def budgets_hold(_: World, now: Seen, __: Seen) -> Iterator[str]:
    """4. Each letter found room in the budgets when it was written."""
    earlier: list[Any] = []
    for one in now.letters.values():
        if one.state == LetterState.WITHHELD or one.kind in NOT_AUTOMATIC:
            continue
        hour = [each for each in earlier if each.created_at > one.created_at - HOUR]
        to_it = [each for each in earlier if each.addressee == one.addressee]
        stranger = one.kind == "decline" and now.tickets[one.ticket_id].contract is None
        strangers = [each for each in hour if stranger and each.template == one.template]
        for what, count, most in (
            ("of the mailbox", len(hour), BUDGETS.letters_per_mailbox_hour),
            ("an hour", len([each for each in to_it if each in hour]), BUDGETS.letters_per_address_hour),
            ("a day", sum(each.created_at > one.created_at - DAY for each in to_it), BUDGETS.letters_per_address_day),
            ("to strangers", len(strangers), BUDGETS.stranger_letters_hour),
        ):
            if count >= most:
                yield f"letter {one.id} ({one.kind} to {one.addressee}) is one too many: {what}"
        earlier.append(one)


def clocks_are_right(world: World, now: Seen, before: Seen) -> Iterator[str]:
    """8. A ticket's clocks start when its mail reached the mailbox; what is stopped is missed no more."""
    arrived: dict[str, set[Any]] = {}
    for message in world.mailbox.shown.values():
        arrived.setdefault(_sha(message.raw), set()).add(message.arrived)
    opened = {one.ticket_id: one for one in now.mails.values() if one.end in OPENING}
    for ticket in now.tickets.values():
        mail = opened.get(ticket.id)
        if mail and (ticket.opened_at != mail.arrived_at or mail.arrived_at not in arrived.get(mail.sha256, ())):
            yield f"ticket {ticket.id} counts from {ticket.opened_at}, its mail arrived {mail.arrived_at}"
    for number, clock in now.clocks.items():
        if clock.started_at != now.tickets[clock.ticket_id].opened_at or clock.due_at < clock.started_at:
            yield f"clock {number} runs from {clock.started_at} to {clock.due_at}"
        was = before.clocks.get(number)
        if was and was.stopped_at and clock.stopped_at and clock.breached_at and not was.breached_at:
            yield f"clock {number} was stopped at {was.stopped_at} and missed afterwards"


CHECKS: tuple[Check, ...] = (
    a_sighting_is_for_ever,
    a_mail_has_one_row_and_at_most_one_ticket,
    the_checkpoint_passes_nothing,
    letters_go_out_once,
    one_acknowledgement,
    nobody_is_written_to_who_should_not_be,
    budgets_hold,
    clocks_are_right,
)


# ---- in the end

Last = Callable[[World, Seen], Iterator[str]]


def every_mail_has_its_end(world: World, now: Seen) -> Iterator[str]:
    """1. What the mailbox shows, and nobody took away, ended; what ended has left the inbox, but for what was there
    before. Where UIDs were counted anew, the new ones count."""
    for uid in world.mailbox.inbox():
        one = now.sightings.get((world.mailbox.validity, uid))
        if one is None or one.end != End.BEFORE_START:
            yield f"UID {world.mailbox.validity}/{uid} still stands in the inbox: {one}"
    kept = {one.sha256 for one in now.mails.values()}
    processed = the_desk().mailbox.imap.processed_folder
    for message in world.mailbox.messages:
        if message.folder == processed and not message.claimed_size and _sha(message.raw) not in kept:
            yield f"a mail that arrived {message.arrived} was filed, and the ledger does not have it"


def every_letter_went_out(world: World, now: Seen) -> Iterator[str]:
    """2. Or was refused for good, or was not to be sent."""
    for one in now.letters.values():
        accepted = any((one.message_id, each) in world.exchange.times for each in one.recipients)
        if one.state not in (LetterState.SENT, LetterState.REFUSED, LetterState.WITHHELD):
            yield f"letter {one.id} ({one.kind}) is still {one.state}"
        if one.state == LetterState.SENT and not accepted:
            yield f"letter {one.id} is said to be sent, and nobody has it"
        refused = one.message_id in world.exchange.turned_away or "given up" in one.last_error
        if one.state == LetterState.REFUSED and not refused:
            yield f"letter {one.id} is said to be refused, and nobody refused it: {one.last_error}"


def every_decision_has_its_letter(_: World, now: Seen) -> Iterator[str]:
    """2. A decision that calls for a letter has one in the outbox, even if it is only withheld."""
    written = {(one.ticket_id, one.template) for one in now.letters.values()}
    for mail in now.mails.values():
        template = (mail.decision or {}).get("template")
        if mail.end in OPENING and template and (mail.ticket_id, template) not in written:
            yield f"mail {mail.id} calls for {template}, and there is none on ticket {mail.ticket_id}"


def what_is_kept_is_what_came(world: World, now: Seen) -> Iterator[str]:
    """3. The bytes themselves."""
    with world.store.snapshot() as tx:
        for mail_id, raw in tx.execute(sa.select(tables.raw_mail)):
            if _sha(bytes(raw)) != now.mails[mail_id].sha256:
                yield f"mail {mail_id} is kept with other bytes"


AT_PEACE: tuple[Last, ...] = (
    every_mail_has_its_end,
    every_letter_went_out,
    every_decision_has_its_letter,
    what_is_kept_is_what_came,
)
