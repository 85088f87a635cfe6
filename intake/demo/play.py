"""The demo from its start to its end: set up, send the samples, show what becomes of them, stay up, clean up.

Everything is taken down in the reverse order, also after a signal: the daemon, then the mail host, then the folder.
"""

import sys
import tempfile
import time
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from textwrap import wrap
from uuid import uuid4

from intake.demo import client
from intake.demo.daemon import Daemon, DaemonGone
from intake.demo.farewell import how_to_go_on
from intake.demo.host import MailHost
from intake.demo.installation import PASSWORD, Installation, People, fill_directory, install, open_store, people
from intake.demo.patience import Interrupted, Patience
from intake.demo.samples import Answered, Sample, samples
from intake.demo.show import Show
from intake.printable import printable
from intake.shipped import read_policy, shipped
from rules.facts import TryLater
from storage.arrivals import Arrived, recorded_after
from storage.database import Database
from templates.render import Renderer

LINE = 80
LOST = 20.0
"""Seconds without anything new after which a sample counts as lost."""


def play(once: bool) -> int:
    """As `intake.demo.demo`."""
    good = False
    try:
        with Patience() as patience, ExitStack() as stack:
            stage = _set_up(stack, patience)
            good = _Samples(stage).play()
            if not once:
                how_to_go_on(stage.show, stage.host, stage.installation, stage.known)
                while True:
                    stage.look()
                    patience.pause()
    except Interrupted:
        print()
    except DaemonGone as gone:
        print(gone, file=sys.stderr)
        return 1
    return 0 if good else 1


@dataclass(slots=True)
class _Stage:
    """What there is once everything runs."""

    host: MailHost
    installation: Installation
    known: People
    database: Database
    daemon: Daemon
    show: Show
    patience: Patience
    samples: tuple[Sample, ...]
    last_seen: int = 0
    sent: dict[str, Sample] = field(default_factory=dict)
    """By the SHA-256 of what lies in the mailbox."""

    def look(self) -> list[Arrived]:
        """Shows what has come to its end since the last look. Raises DaemonGone."""
        self.daemon.check()
        try:
            with self.database.snapshot() as tx:
                new = recorded_after(tx, self.last_seen)
        except TryLater:
            return []
        for arrived in new:
            sample = self.sent.get(arrived.sha256)
            self.show.row(arrived, sample.sender if sample else "", sample.subject if sample else "")
            self.last_seen = arrived.mail_id
        return new


def _set_up(stack: ExitStack, patience: Patience) -> _Stage:
    policies = shipped()
    known = people(policies)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="intake-demo-")))
    host = stack.enter_context(MailHost(known.addresses, PASSWORD))
    installation = install(folder, host, known, policies, datetime.now(UTC).date())
    database = open_store(installation)
    stack.callback(database.close)
    fill_directory(installation, database)
    letters = Renderer(None).letters()
    zones = {mailbox["name"]: read_policy(mailbox["policy"], letters).policy.zone for mailbox in known.mailboxes}
    show = Show(zones)
    show.say(f"A mail host is up on this machine: IMAP on port {host.imap_port}, SMTP on port {host.smtp_port}.")
    daemon = Daemon(installation.config, installation.log)
    stack.callback(daemon.stop)
    daemon.wait_until_ready(patience)
    watched = ", ".join(mailbox["address"] for mailbox in known.mailboxes)
    for line in wrap(f"The daemon is ready, watching {watched}.", LINE):
        show.say(line)
    return _Stage(host, installation, known, database, daemon, show, patience, samples(policies))


class _Samples:
    """Sends the samples and waits for each one's end."""

    def __init__(self, stage: _Stage) -> None:
        self.stage = stage
        self.boxes = {mailbox["policy"]: mailbox["address"] for mailbox in stage.known.mailboxes}
        self.by_name = {sample.name: sample for sample in stage.samples}
        self.message_ids = {
            sample.name: f"<{sample.name}.{uuid4().hex}@{sample.sender.rpartition('@')[2]}>" for sample in stage.samples
        }
        self.ended: dict[str, Arrived] = {}

    def play(self) -> bool:
        """True when every sample ended as its file says, and the letters to show were there."""
        show, started = self.stage.show, time.monotonic()
        show.say(f"Now {len(self.stage.samples)} mails of several customers come in.\n")
        show.heading()
        self._send_and_watch()
        took = time.monotonic() - started
        if not self._judge(took):
            show.say(f"The daemon's last words:\n{self.stage.daemon.last_words()}")
            return False
        letters = [self._show_letter(sample) for sample in self.stage.samples if sample.shown]
        return all(letters)

    def _send_and_watch(self) -> None:
        waiting = deque(self.stage.samples)
        deadline = time.monotonic() + LOST
        while len(self.ended) < len(self.stage.samples) and time.monotonic() < deadline:
            moved = bool(waiting) and self._send(waiting[0])
            if moved:
                waiting.popleft()
            for arrived in self.stage.look():
                if sample := self.stage.sent.get(arrived.sha256):
                    self.ended[sample.name] = arrived
                    moved = True
            if moved:
                deadline = time.monotonic() + LOST
            self.stage.patience.pause()

    def _send(self, sample: Sample) -> bool:
        """False while the letter that it answers has not come."""
        answered = None
        if sample.answers:
            letter = self._answer_to(self.by_name[sample.answers])
            if letter is None:
                return False
            answered = Answered(str(letter["Message-ID"]), str(letter["Subject"]))
        mail = sample.filled(self.message_ids[sample.name], datetime.now(UTC), answered)
        held = client.send(self.stage.host, sample.envelope_sender, self.boxes[sample.policy], mail)
        self.stage.sent[held] = sample
        return True

    def _answer_to(self, sample: Sample) -> EmailMessage | None:
        return client.answer(self.stage.host, sample.sender, self.message_ids[sample.name])

    def _judge(self, took: float) -> bool:
        faults = [fault for sample in self.stage.samples if (fault := _fault(sample, self.ended.get(sample.name)))]
        count = len(self.stage.samples)
        self.stage.show.say(f"\n{count - len(faults)} of {count} ended as they should, in {took:.1f} s.", "bold")
        for fault in faults:
            self.stage.show.say(f"  {printable(fault)}", "red")
        return not faults

    def _show_letter(self, sample: Sample) -> bool:
        deadline = time.monotonic() + LOST
        while (letter := self._answer_to(sample)) is None:
            if time.monotonic() > deadline:
                self.stage.show.say(f"The answer to {sample.name} did not reach {sample.sender}.", "red")
                return False
            self.stage.look()
            self.stage.patience.pause()
        self.stage.show.letter(f"What {sample.sender} got", letter)
        return True


def _fault(sample: Sample, arrived: Arrived | None) -> str | None:
    """In what a sample's end differs from the one its file names."""
    if arrived is None:
        return f"{sample.name} did not come to an end"
    failed = arrived.decision.failed if arrived.decision else ()
    severity = arrived.decision.severity if arrived.decision else None
    wanted = sample.expected
    if arrived.end is not wanted.end:
        return f"{sample.name} ended as {arrived.end}, not as {wanted.end}: {arrived.reason}"
    if wanted.severity is not None and severity != wanted.severity:
        return f"{sample.name} has severity {severity}, not {wanted.severity}"
    if wanted.failed is not None and (not failed or failed[0] != wanted.failed):
        return f"{sample.name} fails {', '.join(failed) or 'no gate'}, not {wanted.failed}"
    return None
