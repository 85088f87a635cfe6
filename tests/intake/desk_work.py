"""A desk at work, for tests of what staff write: mails come in by the pipeline, letters go out as their bytes say.

No server takes part: what was posted is taken as sent, and every byte to a customer is kept for `private_text_in`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

from intake.desk import Desk
from intake.mail.parse import parse
from intake.pipeline import Arrival, Ended, record_batch
from intake.receipts import note_deliveries
from intake.understand import Understood
from rules.facts import Contact
from rules.reading import read
from storage import answers, checkpoints, clocks, directory, outbox, tickets
from storage.answers import Answer
from storage.clocks import Clock
from storage.database import Database
from storage.outbox import Claimed, Delivery, LetterState
from storage.tickets import Event, Ticket
from tests.intake.installation import PREMIER, STANDARD, mail
from tests.storage.samples import NOW

ANA, BEA, CARL = "ana@alder.example", "bea@birch.example", "carl@alder.example"
SAM, KIM = "Sam@example.com", "kim@example.com"
QUESTION = "Hello,\n\nwhat is the default of this setting, and where is it documented?\n\nAna\n"
TO_STAFF = ("notice", "question", "transcript", "digest")


@dataclass
class Work:
    store: Database
    desk: Desk
    now: datetime = NOW
    sent: list[Claimed] = field(default_factory=list)
    uid: int = 0

    def begin(self) -> "Work":
        with self.store.transaction() as tx:
            people = [
                Contact(ANA, "Ana Ruiz", "IR-STD"),
                Contact(CARL, "Carl Ruiz", "IR-STD"),
                Contact(BEA, "Bea", "IR-PRE"),
            ]
            directory.replace(tx, [STANDARD, PREMIER], people)
            checkpoints.start(tx, "support", 7, None)
        return self

    def arrive(self, raw: bytes) -> Ended:
        """A mail comes in and is recorded; what is due then goes out."""
        self.uid += 1
        parsed = parse(raw, authserv_id=self.desk.mailbox.authserv_id)
        arrival = Arrival(self.uid, self.now, len(raw), raw, Understood(parsed, read(parsed, self.desk.policy)))
        (ended,) = record_batch(self.store, self.desk, 7, [arrival], self.now, reached=lambda _: self.uid)
        assert ended.end is not None, ended.why
        self.deliver()
        return ended

    def asks(self, sender: str = ANA, subject: str = "A setting", text: str = QUESTION, **headers: str) -> Ended:
        return self.arrive(mail(sender, self.desk.mailbox.address, subject, text, **headers))

    def deliver(self) -> None:
        with self.store.transaction() as tx:
            claimed = outbox.claim(tx, "test", self.now, ["support"], 1000)
            ended = [(one, Delivery(one.letter_id, LetterState.SENT)) for one in claimed]
            outbox.settle(tx, [delivery for _, delivery in ended], self.now)
            note_deliveries(tx, {"support": self.desk}, ended, self.now)
        self.sent += claimed

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)

    def letters(self, kind: str) -> list[EmailMessage]:
        return [opened(one.raw) for one in self.sent if one.kind == kind]

    def to_customers(self) -> list[Claimed]:
        return [one for one in self.sent if one.kind not in (*TO_STAFF, "page")]

    def answers(self) -> list[EmailMessage]:
        return self.letters("answer")

    def notice(self, to: str = SAM) -> EmailMessage:
        """The newest to this person."""
        return [opened(one.raw) for one in self.sent if one.kind == "notice" and one.recipients == (to,)][-1]

    def ticket(self, reference: str = "EX-1") -> Ticket:
        with self.store.snapshot() as tx:
            found = tickets.by_reference(tx, reference)
        assert found is not None
        return found

    def events(self, reference: str = "EX-1") -> list[Event]:
        ticket = self.ticket(reference)
        with self.store.snapshot() as tx:
            return tickets.events(tx, ticket.ticket_id)

    def kept(self, reference: str = "EX-1") -> list[Answer]:
        ticket = self.ticket(reference)
        with self.store.snapshot() as tx:
            return answers.of_ticket(tx, ticket.ticket_id)

    def clocks(self, reference: str = "EX-1") -> list[Clock]:
        ticket = self.ticket(reference)
        with self.store.snapshot() as tx:
            return clocks.of_ticket(tx, ticket.ticket_id)


def opened(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def plain(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def reply(to: EmailMessage, sender: str, text: str, **headers: str) -> bytes:
    """An answer to a letter as a mail program writes it: the text, and below it what is answered, quoted."""
    quoted = "".join(f"> {line}\n" for line in plain(to).splitlines())
    text = f"{text}\n\nOn Fri, 13 Mar 2026 at 10:30, Example Support <support@example.com> wrote:\n\n{quoted}"
    named = {"In_Reply_To": to["Message-ID"], "References": to["Message-ID"], **headers}
    answered = named.pop("To", str(to["Reply-To"] or to["From"]))
    return mail(sender, answered, named.pop("Subject", f"Re: {to['Subject']}"), text, **named)
