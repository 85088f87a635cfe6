"""That a measured run did all of its work, and rightly: compared with what the generator and the SMTP server know.

Speed that loses a mail or a letter is none: `faults` says in one line each what is wrong, and a benchmark with a fault
has no figure.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from storage import tables
from storage.database import Database, Transaction
from tests.bench.smtp_sink import Letter
from tests.bench.work import WorkMail
from tests.intake.installation import Installation

AUTOMATIC = ("acknowledgement", "decline")
"""The kinds of the letters, for a mail that is taken in and for one that is declined."""


@dataclass(frozen=True, slots=True)
class Before:
    """What the store held when the run began, by the highest number of each."""

    mails: int
    tickets: int
    letters: int


def before(tx: Transaction) -> Before:
    highest = (
        tx.execute(sa.select(sa.func.max(one.c.id))).scalar_one() for one in (tables.mail, tables.ticket, tables.outbox)
    )
    return Before(*(number or 0 for number in highest))


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the run is."""

    filed: int
    last_filed: datetime | None
    open_letters: int
    """That wait or are under way."""


def standing(tx: Transaction, begun: Before) -> Standing:
    sighting, letter = tables.sighting, tables.outbox
    done = (sighting.c.mail_id > begun.mails, sighting.c.filed_at.is_not(None))
    filed, last = tx.execute(sa.select(sa.func.count(), sa.func.max(sighting.c.filed_at)).where(*done)).one()
    unsent = (letter.c.id > begun.letters, letter.c.state.in_(("waiting", "claimed")))
    return Standing(filed, last, tx.execute(sa.select(sa.func.count()).where(*unsent)).scalar_one())


@dataclass(frozen=True, slots=True)
class Proof:
    intake: Installation
    mails: Sequence[WorkMail]
    letters: Sequence[Letter]
    notices: bool
    begun: Before
    addresses: Sequence[str] = ()
    """Of several mailboxes; none for the installation's one."""
    found: list[str] = field(default_factory=list)

    def faults(self) -> list[str]:
        with self.intake.store() as database, database.snapshot() as tx:
            self._say(*self._tickets(tx), *self._kept(tx), *self._sent(tx), *self._durable(database, tx))
        self._say(*self._folders())
        return self.found

    def _say(self, *lines: str) -> None:
        self.found.extend(lines)

    def _tickets(self, tx: Transaction) -> Iterator[str]:
        mail, ticket = tables.mail, tables.ticket
        rows = tx.execute(
            sa.select(mail.c.message_id, ticket.c.outcome, ticket.c.decision["failed"], mail.c.end)
            .join_from(mail, ticket, mail.c.ticket_id == ticket.c.id, isouter=True)
            .where(mail.c.id > self.begun.mails)
        ).all()
        tickets = tx.execute(sa.select(sa.func.count()).where(ticket.c.id > self.begun.tickets)).scalar_one()
        if not len(rows) == len(self.mails) == tickets:
            yield f"{len(rows)} mails in the ledger for {len(self.mails)}, or not as many tickets"
        wanted = {one.message_id.strip("<>"): one for one in self.mails}
        wrong: Counter[str] = Counter()
        for message_id, outcome, failed, end in rows:
            one = wanted.get((message_id or "").strip("<>"))
            right = ("accepted", [], "ticket") if one and one.accepted else ("declined", ["language"], "declined")
            if one is None or (outcome, failed, end) != right:
                wrong[f"{one.language if one else 'unknown'}: {outcome} {failed} {end}"] += 1
        yield from (f"{count} mails ended otherwise than they ought to: {what}" for what, count in wrong.items())

    def _kept(self, tx: Transaction) -> Iterator[str]:
        """The bytes of each mail, under their hash."""
        mail, raw = tables.mail, tables.raw_mail
        new = sa.select(mail.c.sha256).join(raw, raw.c.mail_id == mail.c.id).where(mail.c.id > self.begun.mails)
        kept = set(tx.execute(new).scalars())
        if kept != {one.sha256 for one in self.mails}:
            yield "what is kept are not the bytes that came"
        for table, what in ((tables.event, "events"), (tables.clock, "clocks")):
            count = sa.select(sa.func.count(sa.distinct(table.c.ticket_id)))
            with_one = tx.execute(count.where(table.c.ticket_id > self.begun.tickets)).scalar_one()
            wanted = len(self.mails) if table is tables.event else sum(one.accepted for one in self.mails)
            if with_one != wanted:
                yield f"{with_one} tickets have {what}, not {wanted}"

    def _sent(self, tx: Transaction) -> Iterator[str]:
        outbox = tables.outbox
        new = sa.select(outbox.c.kind, outbox.c.state, outbox.c.message_id).where(outbox.c.id > self.begun.letters)
        rows = tx.execute(new).all()
        if states := {row.state for row in rows} - {"sent"}:
            yield f"letters are {', '.join(sorted(states))}"
        taken = Counter(letter.message_id.strip("<>") for letter in self.letters)
        if twice := [name for name, count in taken.items() if count > 1]:
            yield f"{len(twice)} letters were accepted more than once"
        if taken.keys() != {row.message_id.strip("<>") for row in rows}:
            yield "the letters that the SMTP server has are not those of the outbox"
        to_customers = [row for row in rows if row.kind != "notice"]
        if not self.notices and len(to_customers) != len(rows):
            yield f"{len(rows) - len(to_customers)} notices, although nobody is to be told"
        senders = {one.message_id: one.sender for one in self.mails}
        answers = Counter(one.in_reply_to for one in self.letters if one.recipients == (senders.get(one.in_reply_to),))
        if answers != Counter(senders.keys()):
            yield f"{len(answers)} of {len(senders)} mails have their letter, to whom wrote and in one piece"

    def _durable(self, database: Database, tx: Transaction) -> Iterator[str]:
        """By a connection of the same making as the daemon's."""
        wanted: Mapping[str, object] = (
            {"PRAGMA journal_mode": "wal", "PRAGMA synchronous": 2}
            if database.is_sqlite
            else {"SHOW fsync": "on", "SHOW synchronous_commit": "on", "SHOW full_page_writes": "on"}
        )
        for question, answer in wanted.items():
            if (found := tx.exec_driver_sql(question).scalar_one()) != answer:
                yield f"{question} says {found}"

    def _folders(self) -> Iterator[str]:
        left = filed = bad = 0
        for address in self.addresses or [self.intake.support]:
            box = self.intake.mailhost.box(address)
            left, filed = left + len(box.uids()), filed + len(box.uids("Intake/Processed"))
            bad += len(box.uids("Intake/Quarantine")) if "Intake/Quarantine" in box.folders() else 0
        if left or filed != len(self.mails):
            yield f"{left} mails are left in INBOX, {filed} are filed"
        if bad:
            yield f"{bad} mails are in quarantine"
