"""The mails of the model: what customers, strangers, robots and staff write, and who reads it for the daemon.

`Readers` stands in for the worker processes: the same reading, in this process and once for the same bytes. A header
of the model's own makes a mail that its readers stumble over, hang on, or read so that our own code fails.
"""

import re
from collections import Counter
from concurrent.futures import Future
from enum import StrEnum
from functools import lru_cache
from typing import cast

from intake.mail.authentication import Trust
from intake.mail.parse import parse
from intake.understand import Answer, NotUnderstood, Understanding, Understood
from rules.facts import Reading, Unreadable
from rules.reading import read
from tests.model.company import SUPPORT, the_desk

MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)
ANSWERED = re.compile(rb"^In-Reply-To:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)

QUESTION = "Hello,\n\nwhat is the default of this setting, and where is it documented?\n\nThanks in advance\n"
DOWN = "Hello,\n\nour production server is completely down, nobody can log in and there is no workaround.\n"
FRENCH = "Bonjour,\n\nquelle est la valeur par défaut de ce réglage, et où est-elle documentée ?\n\nMerci\n"
MIXED = "Hallo team, der Server startet not, please help us with the problem, vielen Dank für your help\n"
"""In no language for sure: it is held."""
TEXTS = (QUESTION, DOWN, FRENCH, MIXED)
MORE = ("It happens since the update of last night, on both of our servers.", "Thank you very much!", DOWN)
SAID = (
    "Please set it to 30 in the file of the settings and start the service anew.",
    "#close",
    "#wait",
    "#reopen",
    "#severity 1",
    "#accept",
    "#decline It is no matter of ours.",
    "#note Looks like the disk.",
    "#take\n\nI look into it and write again this afternoon.",
    "#nonsense",
)


class Robot(StrEnum):
    """Who writes, and is to get no automatic letter."""

    AUTO = "Auto-Submitted: auto-replied"
    NULL = "Return-Path: <>"
    OWN = ""
    """From our own address."""
    LIST = "List-Id: <news.nowhere.example>\nPrecedence: list"
    TAGGED = "X-Intake: EX-1 acknowledgement"


class Trouble(StrEnum):
    """What becomes of a mail on its way to being understood."""

    STUMBLES = "stumbles"
    HANGS = "hangs"
    UNREADABLE = "unreadable"
    OUR_BUG = "our bug"


def written(
    number: int,
    sender: str,
    text: str,
    *,
    subject: str = "",
    message_id: str | None = "",
    answers: str = "",
    headers: str = "",
    to: str = SUPPORT,
) -> bytes:
    """A mail as a program writes it. `message_id`: None for none, "" for one of its own."""
    lines = [headers] if headers else []
    lines += [f"From: {sender}", f"To: {to}", f"Subject: {subject or f'A setting {number}'}"]
    lines.append("Date: Fri, 13 Mar 2026 10:30:00 +0100")
    if message_id is not None:
        lines.append(f"Message-ID: {message_id or f'<{number}@customer.example>'}")
    if answers:
        lines += [f"In-Reply-To: {answers}", f"References: {answers}"]
    lines += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
    return ("\n".join(lines) + "\n\n" + text).replace("\n", "\r\n").encode()


def by_another_road(raw: bytes) -> bytes:
    """The same mail with the trace of another server."""
    return b"Received: from mx2.example by mx.example; Fri, 13 Mar 2026 10:31:00 +0100\r\n" + raw


def message_id_of(raw: bytes) -> str:
    """ "" where it has none."""
    return _first(MESSAGE_ID, raw)


def answered_by(raw: bytes) -> str:
    """The Message-ID that a mail or letter answers first of all."""
    return _first(ANSWERED, raw)


def header_of(raw: bytes, name: str) -> str:
    return _first(re.compile(rb"^%b:\s*([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)" % name.encode(), re.I | re.M), raw)


def _first(pattern: re.Pattern[bytes], raw: bytes) -> str:
    found = pattern.search(raw.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0])
    return found[1].decode("utf-8", "replace") if found else ""


class Readers(Understanding):
    """Reads in this process; `tried` remembers, like the bytes themselves, what a reader has stumbled over before."""

    def __init__(self, tried: "Counter[bytes]") -> None:
        super().__init__({}, workers=0)
        self._tried = tried

    def submit(
        self,
        raw: bytes,
        *,
        policy: str,
        trust: Trust = Trust(),  # noqa: B008
        mailbox: str = "",
    ) -> "Future[Answer]":
        future: Future[Answer] = Future()
        future.set_result(self._read(raw))
        return future

    def _read(self, raw: bytes) -> Answer:
        self._tried[raw] += 1
        match header_of(raw, "X-Model"):
            case Trouble.STUMBLES if self._tried[raw] % 2:
                return NotUnderstood("the reader died", final=False)
            case Trouble.HANGS:
                return NotUnderstood("more than 20 seconds", final=False)
            case Trouble.UNREADABLE:
                return NotUnderstood("more than 100 nested parts", final=True)
            case Trouble.OUR_BUG:
                return Understood(_understood(raw).mail, cast("Reading", None))
            case _:
                try:
                    return _understood(raw)
                except Unreadable as why:
                    return NotUnderstood(str(why), final=True)


@lru_cache(4096)
def _understood(raw: bytes) -> Understood:
    mail = parse(raw)
    return Understood(mail, read(mail, the_desk().policy))
