"""The mails of a chaos run: one of each way that a mail can go, and where it has to end.

A mail's number stands in its sender's address, subject and Message-ID, so that every trace of it can be found again.
Some answer letters that the daemon has sent by then; where there is none yet, a question goes in their place.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TypeVar

from rules.facts import Contact, Contract
from tests.intake.desk_work import reply
from tests.intake.hostile import hostile_mails
from tests.intake.installation import LAPSED, PREMIER, STANDARD, mail
from tests.servers.sink import Taken

_One = TypeVar("_One")

LARGEST = 1_200_000
"""`max_mail_bytes` of the run."""
SPACE = b"\r\nA line that makes this mail larger than it is interesting, again and again.\r\n"


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail of the plan before it is written."""

    number: int
    kind: str
    draw: float
    """In [0, 1): which of the earlier mails or letters it has to do with."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail as it was put into a mailbox, and what is to become of it."""

    draft: Draft
    mailbox: str
    raw: bytes
    message_id: str
    """"" where it has none."""
    sender: str
    ends: frozenset[str]
    answered: bool = False
    """Whether its sender gets the letter that belongs to its end."""
    silent: bool = False
    """Whether no letter may ever go to its sender."""
    answer: str = ""
    """What a customer is to read exactly once because of it."""
    once: str = ""
    """Of all mails with these words one alone becomes a ticket."""
    again: bool = False
    """Whether it is a mail that was sent before."""
    last_line: str = ""
    """By which it is found in a folder: of a NUL or a bare CR the server makes something else."""


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    weight: float
    ends: tuple[str, ...]
    subject: str = "Question {n}"
    text: str = ""
    contract: Contract | None = None
    """Of its sender; None for a stranger."""
    headers: Mapping[str, str] | None = None
    answered: bool = False
    silent: bool = False
    mailbox: str = "support"


QUESTION = "Hello,\n\nwhat is the default of setting {n}, and where is it documented?\n\nKind regards\nA Person\n"
DOWN = "The whole production system {n} is completely down for all users, and we have no workaround.\n"
CODE = (
    "I am writing a small program {n} against your REST API. Could you review my Python code and tell me how to page?\n"
)
MIXED = "Hallo team {n}, der Server startet not, please help us with the problem, vielen Dank für your help\n"
PRICES = "Hello, I read about your product {n}. Could you tell me what the support costs for a firm of four people?\n"
COURSE = "We want to book a training for our buyers {n}.\n"
SLOW = "The search in your software is slow for one user, in shop {n}.\n"
AWAY = "I am out of the office until Monday, and read nothing of {n}.\n"
NEWS = "Our newsletter number {n} brings you the news of the month from everywhere.\n"

GOLD = Contract("GOLD", "Elm Shops", "gold", "professional", date(2020, 1, 1), date(2090, 12, 31))
ROBOT = {"Auto_Submitted": "auto-replied"}
LIST = {"List_Id": "<news.lists.example>", "Precedence": "bulk"}
NULL = {"Return_Path": "<>", "Auto_Submitted": "auto-generated"}

KINDS = (
    Kind("question", 34, ("ticket",), text=QUESTION, contract=STANDARD, answered=True),
    Kind("down", 5, ("ticket",), "Server {n} down", DOWN, PREMIER, answered=True),
    Kind("lapsed", 6, ("declined",), text=QUESTION, contract=LAPSED, answered=True),
    Kind("code", 5, ("declined",), "Our own client {n}", CODE, STANDARD, answered=True),
    Kind("mixed", 5, ("held",), "Hello {n}", MIXED, STANDARD, answered=True),
    Kind("stranger", 4, ("declined",), "Prices {n}", PRICES, answered=True),
    Kind("robot", 4, ("ignored",), "Away {n}", AWAY, STANDARD, ROBOT, silent=True),
    Kind("null", 3, ("ignored",), "Returned mail {n}", AWAY, None, NULL, silent=True),
    Kind("list", 3, ("ignored",), "News {n}", NEWS, None, LIST, silent=True),
    Kind("bulk", 2, ("ticket",), "Question {n}", QUESTION, STANDARD, LIST, silent=True),
    Kind("dead", 2, ("ticket",), text=QUESTION, contract=STANDARD, answered=True),
    Kind("course", 4, ("routed",), "A course {n}", COURSE, GOLD, answered=True, mailbox="gold"),
    Kind("kill", 0.6, ("quarantined",), text=QUESTION, silent=True, headers={"X_Chaos": "kill"}),
    Kind("hang", 0.3, ("quarantined",), text=QUESTION, silent=True, headers={"X_Chaos": "hang"}),
)
OTHERS = {
    "own": 2.0,
    "quota": 4.0,
    "follow_up": 7.0,
    "answer": 6.0,
    "note": 3.0,
    "again": 5.0,
    "road": 4.0,
    "hostile": 3.0,
    "large": 0.4,
}
"""Kinds that take more than words, see `Writer`."""
WEIGHTS = {kind.name: kind.weight for kind in KINDS} | OTHERS
BY_NAME = {kind.name: kind for kind in KINDS}
TEXT_OF = {"ticket": "acknowledgement", "declined": "decline", "held": "held", "routed": "routed"}
"""End -> kind of the letter that tells the sender of it."""
REPEATABLE = frozenset({kind.name for kind in KINDS} - {"kill", "hang"} | {"quota", "follow_up", "answer", "note"})
QUOTA_PAIR = 2


def sender_of(draft: Draft) -> str:
    return f"{draft.kind}{draft.number}@customer.example"


def people(drafts: Sequence[Draft]) -> tuple[list[Contract], list[Contact]]:
    """The directory that these mails need. Two of `quota` share a contract that is good for one incident a month."""
    contracts, contacts = [STANDARD, PREMIER, LAPSED, GOLD], []
    quota = [draft for draft in drafts if draft.kind == "quota"]
    for draft in drafts:
        kind = BY_NAME.get(draft.kind, BY_NAME["question"])
        if draft.kind != "quota" and kind.contract is not None:
            contacts.append(Contact(sender_of(draft), "A Person", kind.contract.contract))
    for place, draft in enumerate(quota):
        name = f"GOLD-{place // QUOTA_PAIR}"
        if place % QUOTA_PAIR == 0:
            contracts.append(Contract(name, "Elm Shops", "gold", "professional", GOLD.starts, GOLD.ends))
        contacts.append(Contact(sender_of(draft), "A Person", name))
    return contracts, contacts


class Writer:
    """Writes the mails of one run, one after the other."""

    def __init__(self, seed: int, drafts: Sequence[Draft], addresses: Mapping[str, str], staff: str) -> None:
        """`addresses`: mailbox -> its support address."""
        self._seed, self._addresses, self._staff = seed, addresses, staff
        self._quota = {draft.number: f"GOLD-{n // QUOTA_PAIR}" for n, draft in enumerate(_of(drafts, "quota"))}
        self._answered: set[str] = set()
        self._others: dict[str, Callable[[Draft], Sent | None]] = {
            "own": self._own,
            "quota": self._of_quota,
            "again": self._again,
            "road": self._by_another_road,
            "hostile": self._hostile,
            "large": self._large,
        }
        self.sent: list[Sent] = []

    def write(self, draft: Draft, letters: Sequence[Taken]) -> Sent:
        """`letters` are those that the mail server has accepted by now."""
        written: Sent | None
        if draft.kind in ("follow_up", "answer", "note"):
            written = self._reply(draft, letters)
        elif draft.kind in self._others:
            written = self._others[draft.kind](draft)
        else:
            written = self._plain(draft, BY_NAME[draft.kind])
        written = written or self._plain(draft, BY_NAME["question"])
        self.sent.append(written)
        return written

    def _id(self, draft: Draft) -> str:
        return f"<chaos.{self._seed}.{draft.number}@customer.example>"

    def _plain(self, draft: Draft, kind: Kind, once: str = "") -> Sent:
        to, sender = self._addresses[kind.mailbox], sender_of(draft)
        headers = {"Message_ID": self._id(draft), **(kind.headers or {})}
        raw = mail(sender, to, kind.subject.format(n=draft.number), kind.text.format(n=draft.number), **headers)
        return Sent(
            draft,
            kind.mailbox,
            _crlf(raw),
            self._id(draft),
            sender,
            frozenset(kind.ends),
            kind.answered,
            kind.silent,
            once=once,
        )

    def _own(self, draft: Draft) -> Sent:
        ours = self._addresses["support"]
        raw = mail(ours, ours, f"To ourselves {draft.number}", AWAY.format(n=draft.number), Message_ID=self._id(draft))
        return Sent(draft, "support", _crlf(raw), self._id(draft), ours, frozenset({"ignored"}), silent=True)

    def _of_quota(self, draft: Draft) -> Sent:
        ends = ("ticket", "declined", "held")
        kind = Kind("quota", 0, ends, "Slow search {n}", SLOW, GOLD, answered=True, mailbox="gold")
        return self._plain(draft, kind, once=self._quota[draft.number])

    def _hostile(self, draft: Draft) -> Sent:
        to, sender = self._addresses["support"], sender_of(draft)
        shapes = [raw for raw in hostile_mails(sender, to).values() if len(raw) < LARGEST]
        # Some have no header at all: a line of its own at the end makes each of them another mail.
        last_line = f"Number {draft.number} of {self._seed}"
        raw = _pick(shapes, draft.draw) + f"\r\n{last_line}\r\n".encode()
        ends = frozenset({"ticket", "held", "declined", "ignored", "quarantined"})
        return Sent(draft, "support", _crlf(raw), "", sender, ends, last_line=last_line)

    def _large(self, draft: Draft) -> Sent:
        small = self._plain(draft, BY_NAME["stranger"])
        raw = small.raw + SPACE * (LARGEST // len(SPACE) + 1)
        return Sent(draft, "support", raw, "", small.sender, frozenset({"quarantined"}), silent=True)

    def _again(self, draft: Draft) -> Sent | None:
        earlier = [one for one in self.sent if one.draft.kind in REPEATABLE and not one.again]
        if not earlier:
            return None
        one = _pick(earlier, draft.draw)
        return Sent(draft, one.mailbox, one.raw, one.message_id, one.sender, one.ends, again=True)

    def _by_another_road(self, draft: Draft) -> Sent | None:
        """The same mail with another server's mark on it: other bytes, and yet the same mail."""
        one = self._again(draft)
        if one is None:
            return None
        mark = b"Received: from mx%d.example by lists.example; Thu, 12 Mar 2026 10:00:00 +0000\r\n" % draft.number
        return Sent(draft, one.mailbox, mark + one.raw, one.message_id, one.sender, one.ends, again=True)

    def _reply(self, draft: Draft, letters: Sequence[Taken]) -> Sent | None:
        """A customer answers an acknowledgement; somebody on staff answers a notice, or notes something on it."""
        wanted = _is_acknowledgement if draft.kind == "follow_up" else _is_notice_of_a_question
        fits = [one for one in letters if wanted(one) and message_id_of(one.raw) not in self._answered]
        if not fits:
            return None
        letter = _opened(_pick(fits, draft.draw).raw)
        self._answered.add(str(letter["Message-ID"]))
        number, words = draft.number, ""
        if draft.kind == "follow_up":
            sender, end = str(letter["To"]), "follow_up"
            text = f"One thing more about it, number {number}: we use version 5, on two machines."
        else:
            sender, end = self._staff, "staff_action"
            text = f"#note seen, number {number}"
            if draft.kind == "answer":
                text = words = f"Hello, chapter {number} of the guide says it."
        raw = reply(letter, sender, text, Message_ID=self._id(draft), To=self._addresses["support"])
        return Sent(draft, "support", _crlf(raw), self._id(draft), sender, frozenset({end}), answer=words)


def _of(drafts: Sequence[Draft], kind: str) -> list[Draft]:
    return [draft for draft in drafts if draft.kind == kind]


def _is_acknowledgement(letter: Taken) -> bool:
    return letter.recipients[0].startswith("question") and b" acknowledgement\r\n" in letter.raw[:4000]


def _is_notice_of_a_question(letter: Taken) -> bool:
    head = letter.raw.partition(b"\r\n\r\n")[0]
    return b" notice" in head and re.search(rb"\r\nSubject: .*New ticket.*: Question \d+\r\n", head) is not None


def message_id_of(raw: bytes) -> str:
    """Of its headers alone: a notice brings along a whole mail, which may be one that breaks whoever reads it."""
    head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return str(message_from_bytes(head + b"\n\n", policy=policy.compat32)["Message-ID"] or "").strip()


def _opened(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _pick(of: Sequence[_One], draw: float) -> _One:
    return of[int(draw * len(of))]


def _crlf(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
