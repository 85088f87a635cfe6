"""One mailbox's trouble never slows another's: whatever its servers do, the neighbour's mail is answered."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rules.facts import Contact
from tests.intake.installation import Installation, Running, mail
from tests.servers.cutproxy import CutProxy
from tests.servers.mailhost import Mailhost
from tests.servers.sink import HANG, Rule, Sink

pytestmark = pytest.mark.mailhost

ANA = "ana@customer.example"
QUESTION = "Hi,\n\na quick question about setting {}: what is its default value, and where is it documented?\n\nAna\n"
USUAL = 8.0
"""Seconds: a fraction of one where the machine has nothing else to do; a server is given up after thirty."""


@contextmanager
def neighbours(mailhost: Mailhost, home: Path, letters: int, *, imap: int = 0, smtp: int = 0) -> Iterator[Installation]:
    """Two mailboxes of one daemon, `support` with an IMAP or an SMTP server of its own, and `irex` beside it."""
    calm = mailhost.someone("calm")
    intake = Installation(
        home / "intake",
        mailhost,
        mailhost.someone("support"),
        mailhost.someone("sam"),
        smtp_port=letters,
        daemon={"workers": 2, "network_seconds": 30.0, "stop_seconds": 1.0},
        further={"irex": calm},
    )
    head, first, rest = intake.config.read_text().split("[[mailbox]]", 2)
    if imap:
        first = first.replace(f"port = {mailhost.imaps}", f"port = {imap}")
    if smtp:
        first = first.replace(f"port = {letters}", f"port = {smtp}")
    intake.config.write_text(f"{head}[[mailbox]]{first}[[mailbox]]{rest}")
    intake.admit(Contact(ANA, "Ana", "IR-STD"))
    yield intake


def answered(intake: Installation, sink: Sink, number: int) -> float:
    """Seconds from a mail's arrival in the calm mailbox to the server's word that it has the acknowledgement."""
    text = intake.config.read_text()
    calm = re.findall(r'^address = "(calm[^"]+)"', text, re.MULTILINE)[0]
    taken = len(acknowledged(sink, calm))
    began = time.monotonic()
    intake.mailhost.box(calm).append(mail(ANA, calm, f"A question {number}", QUESTION.format(number)))
    while len(acknowledged(sink, calm)) == taken:
        assert time.monotonic() - began < 30, "not answered at all"
        time.sleep(0.005)
    return time.monotonic() - began


def acknowledged(sink: Sink, sender: str) -> list[bytes]:
    return [one.raw for one in sink.accepted if one.sender == sender and one.recipients == (ANA,)]


def worst(intake: Installation, sink: Sink, count: int = 3) -> float:
    return max(answered(intake, sink, number) for number in range(count))


def until(daemon: Running, holds: object, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < end, daemon.said()[-3000:]
        time.sleep(0.01)


def test_a_server_that_falls_silent_in_the_middle_of_a_mail_holds_up_its_own_mailbox_alone(
    mailhost: Mailhost, tmp_path: Path
) -> None:
    with (
        Sink() as sink,
        CutProxy(mailhost.imaps, cut=400_000, how="stall") as proxy,
        neighbours(mailhost, tmp_path, sink.port, imap=proxy.port) as intake,
        intake.running() as daemon,
    ):
        log = "Please see this log.\n" + ("y" * 75 + "\n") * 9000
        mailhost.box(intake.support).append(mail(ANA, intake.support, "A log", log))
        until(daemon, lambda: proxy.passed["down"] >= 400_000)
        assert worst(intake, sink) < USUAL
        assert proxy.connections == 1, "it hangs still"


def test_a_mail_server_that_hangs_in_data_holds_up_its_own_letters_alone(mailhost: Mailhost, tmp_path: Path) -> None:
    with Sink() as sink, Sink() as stuck:
        stuck.rules.append(Rule("end", HANG))
        with neighbours(mailhost, tmp_path, sink.port, smtp=stuck.port) as intake, intake.running() as daemon:
            for number in range(6):
                mailhost.box(intake.support).append(mail(ANA, intake.support, f"Q {number}", QUESTION.format(number)))
            until(daemon, lambda: len(stuck.mails) == 2)
            assert worst(intake, sink) < USUAL
            assert len(stuck.mails) == 2, "both connections hang still"
