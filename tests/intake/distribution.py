"""A desk whose policy forwards: a customer, the contract's distributor and support partner, and short mails."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache
from pathlib import Path

import structlog

from intake.desk import Desk, load_desks
from intake.mail.parse import parse
from intake.pipeline import Arrival, Ended, record_batch
from intake.settings import ImapSettings, MailboxSettings, Settings, SmtpSettings, StaffMember, StorageSettings
from intake.understand import Understood
from rules.facts import Contact, Contract
from rules.reading import read
from storage import checkpoints, directory, outbox, tickets
from storage.database import Database
from storage.outbox import Claimed
from storage.tickets import Event, Ticket
from tests.intake.installation import mail
from tests.storage.samples import HOUR, NOW
from tests.stores import new_store

ANA, BEN, DIST, PARTNER = "ana@clinic.example", "ben@clinic.example", "help@dist.example", "desk@partner.example"
SUPPORT, SAM = "support@maker.example", "sam@maker.example"
CONTRACT = Contract(
    *("O-1", "Clinic", "onyxceph", "maintenance", date(2020, 1, 1), date(2090, 12, 31)),
    distributor=DIST,
    support_partner=PARTNER,
)
LEVEL_0 = "Hello,\n\nhow do we install the client on the new computer of the reception?\n\nAna\n"
USAGE = "Hello,\n\nhow do I use the tracing of a cephalogram? We would like a training.\n\nAna\n"


@cache
def desk_of(policy: str = "onyxceph", **mailbox: object) -> Desk:
    fields = {
        "name": "support",
        "address": SUPPORT,
        "display_name": "Maker Support",
        "policy": policy,
        "ticket_prefix": "ON",
        "imap": ImapSettings(host="127.0.0.1", username="support"),
        "smtp": SmtpSettings(host="127.0.0.1"),
    }
    staff = (StaffMember(name="Sam Field", email=SAM, queues=("support",)),)
    box = MailboxSettings(**(fields | mailbox))  # type: ignore[arg-type]
    return load_desks(Settings(storage=StorageSettings(url="sqlite://"), mailbox=(box,), staff=staff))[0]


@contextmanager
def house_in(directory: Path, policy: str = "onyxceph", **mailbox: object) -> Iterator["House"]:
    """A house whose store is a file there, with nothing logged to the terminal."""
    database = Database(new_store(directory / "intake.db"))
    try:
        with structlog.testing.capture_logs():
            yield House(database, desk_of(policy, **mailbox))
    finally:
        database.close()


@dataclass
class House:
    """A store with the directory, and the mails that come into it one after the other."""

    database: Database
    desk: Desk
    now: datetime = NOW
    uid: int = 0

    def __post_init__(self) -> None:
        self.admit(CONTRACT, Contact(ANA, "Ana Ruiz", "O-1"), Contact(BEN, "Ben Okoro", "O-1"))
        with self.database.transaction() as tx:
            checkpoints.start(tx, "support", 7, None)

    def admit(self, contract: Contract, *contacts: Contact) -> None:
        with self.database.transaction() as tx:
            directory.replace(tx, [contract], contacts)

    def comes(self, sender: str, text: str = LEVEL_0, subject: str = "Client", **headers: str) -> Ended:
        return self.comes_raw(mail(sender, SUPPORT, subject, text, **headers).replace(b"\n", b"\r\n"))

    def comes_raw(self, raw: bytes) -> Ended:
        self.uid += 1
        parsed = parse(raw, authserv_id=self.desk.mailbox.authserv_id)
        arrival = Arrival(self.uid, self.now, len(raw), raw, Understood(parsed, read(parsed, self.desk.policy)))
        (ended,) = record_batch(self.database, self.desk, 7, [arrival], self.now, reached=lambda _: self.uid)
        return ended

    def replies(self, to: Claimed, sender: str, text: str, **headers: str) -> Ended:
        headers = {"In_Reply_To": to.message_id, "References": to.message_id, **headers}
        return self.comes(sender, text, "Re: [ON-1] Client", **headers)

    def sent(self) -> list[Claimed]:
        """What would go out, since the last time."""
        with self.database.transaction() as tx:
            return outbox.claim(tx, "test", self.now + 1000 * HOUR, ["support"], 1000)

    def ticket(self, reference: str = "ON-1") -> Ticket:
        with self.database.snapshot() as tx:
            found = tickets.by_reference(tx, reference)
        assert found is not None
        return found

    def events(self, reference: str = "ON-1") -> list[Event]:
        with self.database.snapshot() as tx:
            return tickets.events(tx, self.ticket(reference).ticket_id)

    def forwarded(self) -> Claimed:
        """The letter to the distributor about a request of Ana's that has just come."""
        self.comes(ANA)
        (letter,) = [one for one in self.sent() if one.kind == "forward"]
        return letter

    def under(self, desk: Desk) -> "House":
        self.desk = desk
        return self


def kinds(letters: Sequence[Claimed]) -> list[tuple[str, str]]:
    return [(one.kind, one.recipients[0]) for one in letters]


def words(letter: Claimed) -> str:
    """The text of a letter, its lines joined."""
    message = message_from_bytes(letter.raw, policy=default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


def contract(**changes: object) -> Contract:
    return replace(CONTRACT, **changes)  # type: ignore[arg-type]
