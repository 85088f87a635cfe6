"""The benchmark's work: a backlog of support mails, made of real sentences by a seed, and who writes them.

Of the mails 70 % are plain texts of 1 to 4 kB, 20 % have an HTML alternative, 10 % bring files of 0.2 to 1 MB. Half of
the senders write English and half one of six other languages; all are contacts of contracts that the irex policy
serves. The same seed gives the same bytes, and no two mails of a run are alike, not even in a paragraph.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from random import Random

from rules.facts import Contact, Contract
from tests.bench.mail_programs import PROGRAMS, Enclosed, Written
from tests.bench.sentences import ENGLISH, OTHERS, Tongue

SENDERS = 500
PER_CONTRACT = 10
SHAPES = ("plain", "html", "plain", "files", "plain", "plain", "html", "plain", "plain", "plain")
LEAST, MOST = 200, 2_000
"""Characters of a text: with its headers a plain mail has about 1 to 4 kB."""
LEAST_FILE, MOST_FILE = 200_000, 1_000_000
FILES = (
    ("screen-{}.png", "image/png"),
    ("photo-{}.jpg", "image/jpeg"),
    ("report-{}.pdf", "application/pdf"),
    ("logs-{}.zip", "application/zip"),
)
HOSTS = ("irexsrv", "video", "nvr", "archive", "site", "gate")
MESSAGE_ID = re.compile(rb"(?im)^Message-ID: (<.+>)")
LOG_WORDS = ("timed out", "was refused", "took too long", "returned nothing", "had to be repeated")


@dataclass(frozen=True, slots=True)
class WorkMail:
    sender: str
    message_id: str
    """With its angle brackets."""
    language: str
    raw: bytes

    @property
    def accepted(self) -> bool:
        """Whether the irex policy takes it in, by what the generator knows of it."""
        return self.language == "en"

    @property
    def sha256(self) -> str:
        return sha256(self.raw).hexdigest()


@dataclass(frozen=True, slots=True)
class Work:
    """So many mails to one address; `at` is when the newest was written, the others in the twelve hours before."""

    mails: int
    to: str
    at: datetime
    seed: int = 1
    english: bool = False

    def __iter__(self) -> Iterator[WorkMail]:
        return map(self.mail, self.order())

    def order(self) -> list[int]:
        """The numbers of all mails, mixed."""
        numbers = list(range(self.mails))
        Random(f"order {self.seed}").shuffle(numbers)
        return numbers

    def people(self) -> list[Contact]:
        """Who writes: every one a contact, so many that the policy's budget of letters holds nobody's back."""
        return [Contact(_address(one), self._name(one), _contract(one)) for one in range(self._senders)]

    def contracts(self) -> list[Contract]:
        names = dict.fromkeys(_contract(one) for one in range(self._senders))
        plans = ("standard", "premier")
        return [
            Contract(name, f"Organization {name}", "irex", plans[at % 2], date(2020, 1, 1), date(2090, 12, 31))
            for at, name in enumerate(names)
        ]

    @property
    def _senders(self) -> int:
        return max(SENDERS, self.mails // 4)

    def _tongue(self, sender: int) -> Tongue:
        return ENGLISH if self.english or sender % 2 == 0 else OTHERS[sender // 2 % len(OTHERS)]

    def _name(self, sender: int) -> str:
        return Random(f"name {self.seed} {sender}").choice(self._tongue(sender).names)

    def mail(self, number: int) -> WorkMail:
        """One of them, by its number from 0 on."""
        chance = Random(f"mail {self.seed} {number}")
        sender = number % self._senders
        tongue = self._tongue(sender)
        # Twelve mails in a row have every language of the other half: so each has its share of each shape.
        shape = SHAPES[number // 12 % len(SHAPES)]
        slots = _Slots(tongue, chance)
        written = Written(
            sender=_address(sender),
            name=self._name(sender),
            to=self.to,
            subject=slots.fill(tongue.subjects),
            text=_text(slots, self._name(sender)),
            charset=tongue.charset,
            language=tongue.code,
            at=self.at - timedelta(seconds=chance.randrange(12 * 3600)),
            token=sha256(f"{self.seed} {number}".encode()).hexdigest()[:40],
            with_html=shape == "html",
            enclosed=_files(chance) if shape == "files" else (),
        )
        raw = chance.choice(PROGRAMS)(written)
        return WorkMail(written.sender, MESSAGE_ID.findall(raw)[0].decode(), tongue.code, raw)


@dataclass(slots=True)
class _Slots:
    tongue: Tongue
    chance: Random

    def fill(self, sentences: Sequence[str]) -> str:
        chance = self.chance
        filled = chance.choice(sentences).format(
            part=chance.choice(self.tongue.parts),
            host=f"{chance.choice(HOSTS)}-{chance.randrange(100, 1000)}",
            hour=chance.randrange(6, 23),
            count=chance.randrange(100, 10_000),
            number=chance.randrange(10, 60),
        )
        return filled[0].upper() + filled[1:]


def _text(slots: _Slots, name: str) -> str:
    tongue, chance = slots.tongue, slots.chance
    length = chance.randrange(LEAST, MOST)
    paragraphs = [chance.choice(tongue.greetings), slots.fill(tongue.openings)]
    if chance.random() < 0.15:
        paragraphs.append("\n".join(_log_line(chance) for _ in range(chance.randrange(2, 7))))
    while sum(map(len, paragraphs)) < length:
        paragraphs.append("\n".join(slots.fill(tongue.details) for _ in range(chance.randrange(1, 5))))
    paragraphs.append(slots.fill(tongue.questions))
    ending = f"{chance.choice(tongue.closings)}\n{name}"
    if chance.random() < 0.5:
        ending += f"\n\n-- \n{name}\n+32 2 555 {chance.randrange(10, 100)} {chance.randrange(10, 100)}"
    return "\n\n".join([*paragraphs, ending]) + "\n"


def _log_line(chance: Random) -> str:
    when = f"2026-11-{chance.randrange(10, 23)} {chance.randrange(10, 24)}:{chance.randrange(10, 60)}:04"
    return f"{when} WARN [req-{chance.randrange(100)}] call {chance.getrandbits(32):08x} {chance.choice(LOG_WORDS)}"


def _files(chance: Random) -> Sequence[Enclosed]:
    left = chance.randrange(LEAST_FILE, MOST_FILE)
    sizes = [left] if chance.random() < 0.7 else [left // 3, left - left // 3]
    found = []
    for size in sizes:
        name, kind = chance.choice(FILES)
        found.append(Enclosed(name.format(chance.randrange(10_000)), kind, chance.randbytes(size)))
    return found


def _address(sender: int) -> str:
    return f"person{sender}@customer{sender // PER_CONTRACT}.example"


def _contract(sender: int) -> str:
    return f"IR-{sender // PER_CONTRACT:05}"
