"""How much memory the daemon takes: `python -m tests.bench.memory [--mails 20000] [--megabytes 50] [--json]`.

Real Dovecot holds a backlog of small mails, one large mail that max_mail_bytes just allows, and one beyond it; the real
daemon takes it all in, a recording SMTP server takes the letters. Measured is the peak of each process's resident
memory (VmHWM), over its whole life. `INTAKE_TEST_ENGINE` names the engine. A benchmark, never a test: it prints, and
asserts nothing.
"""

import argparse
import base64
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rules.facts import Contact
from tests.intake.installation import Installation, Running, mail
from tests.servers.mailhost import Mailhost
from tests.servers.sink import Sink

AT_ONCE = 500
"""Mails in one APPEND."""
TEXT = "Hello,\n\nwhat is the default of setting {0}, and where is it documented?\n\nKind regards\nA Person\n"
MAIN_MOST, WORKER_MOST = 250, 200
"""Megabytes that no process may take."""


@dataclass
class Peaks:
    """Of a daemon and its workers, seen a few times a second: a peak outlives the moment, but not the process."""

    daemon: int
    main: int = 0
    """Kilobytes."""
    workers: dict[int, int] = field(default_factory=dict)
    """Process -> kilobytes."""
    _over: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> threading.Thread:
        thread = threading.Thread(target=self._watch, daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        self._over.set()

    def look(self) -> None:
        self.main = peak(self.daemon) or self.main
        for child in children(self.daemon):
            self.workers[child] = peak(child) or self.workers.get(child, 0)

    @property
    def worker(self) -> int:
        """Kilobytes of the largest."""
        return max(self.workers.values(), default=0)

    def _watch(self) -> None:
        while not self._over.wait(0.1):
            self.look()


def peak(process: int) -> int:
    """VmHWM in kilobytes; 0 of a process that is gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


def children(process: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found += [int(word) for word in task.read_text().split()]
        except OSError:
            continue
    return found


def small(number: int, people: int, to: str) -> bytes:
    return mail(f"person{number % people}@customer.example", to, f"Question {number}", TEXT.format(number))


def large(to: str, octets: int) -> bytes:
    """With an attachment, as mail programs encode one; of about so many octets."""
    content = base64.encodebytes(random.Random(1).randbytes(octets * 3 // 4 * 76 // 78)).replace(b"\n", b"\r\n")
    head = (
        f"From: person0@customer.example\r\nTo: {to}\r\nSubject: The log of {octets}\r\n"
        f"Message-ID: <{octets}@c.example>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=part\r\n\r\n--part\r\n"
        "Content-Type: text/plain\r\n\r\nHello,\r\n\r\nhere is the log. What does it say?\r\n\r\n--part\r\n"
        "Content-Type: application/zip; name=log.zip\r\nContent-Transfer-Encoding: base64\r\n"
        "Content-Disposition: attachment; filename=log.zip\r\n\r\n"
    )
    return head.encode() + content + b"--part--\r\n"


def fill(intake: Installation, mails: int, larges: list[int], people: int = 500) -> None:
    """Put the backlog into the mailbox, the large ones in its midst."""
    intake.admit(*(Contact(f"person{number}@customer.example", "A Person", "IR-STD") for number in range(people)))
    with intake.mailhost.box(intake.support).session() as client:
        client._imap.sock.settimeout(120)
        _append(client, intake.support, range(mails // 2), people)
        for octets in larges:
            client.append("INBOX", large(intake.support, octets))
        _append(client, intake.support, range(mails // 2, mails), people)


def _append(client: Any, to: str, numbers: range, people: int) -> None:
    for start in numbers[::AT_ONCE]:
        client.multiappend("INBOX", [small(one, people, to) for one in numbers if start <= one < start + AT_ONCE])


def measure(intake: Installation, mails: int, seconds: float) -> Peaks:
    """Run the daemon until so many mails have their end and no letter waits."""
    with intake.running("--take-backlog") as daemon:
        peaks = Peaks(daemon.process.pid)
        watching = peaks.watch()
        try:
            until(lambda: sum(intake.ends().values()) >= mails, daemon, seconds)
            until(lambda: not {"waiting", "claimed"} & set(intake.letters()), daemon, seconds)
        finally:
            peaks.look()
            peaks.stop()
            watching.join()
    return peaks


def until(holds: Callable[[], bool], daemon: Running, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end or daemon.process.poll() is not None:
            raise TimeoutError(daemon.said()[-2000:])
        time.sleep(0.25)


def peaks_of(mails: int, megabytes: int) -> tuple[Peaks, float]:
    """The peaks, and the seconds that it took."""
    octets = megabytes * 1_000_000
    host = Mailhost()
    try:
        with tempfile.TemporaryDirectory() as home, Sink() as sink:
            settings = {"workers": 2, "max_mail_bytes": octets + 1_000_000}
            place = Path(home) / "intake"
            intake = Installation(place, host, "support@example.test", "sam@example.test", sink.port, daemon=settings)
            fill(intake, mails, [octets, octets + 5_000_000])
            began = time.monotonic()
            return measure(intake, mails + 2, 3600), time.monotonic() - began
    finally:
        host.stop()


def main(given: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.memory")
    parser.add_argument("--mails", type=int, default=20_000)
    parser.add_argument("--megabytes", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(given)
    peaks, seconds = peaks_of(options.mails, options.megabytes)
    if options.json:
        print(
            json.dumps(
                {"large mail, peak MB, main": peaks.main // 1000, "large mail, peak MB, worker": peaks.worker // 1000}
            )
        )
        return
    print(f"{options.mails:,} mails, one of {options.megabytes} MB and one beyond the limit, in {seconds:.0f} s")
    print(f"{'process':10} {'peak MB':>8} {'may be':>8}")
    print(f"{'main':10} {peaks.main / 1000:8.0f} {MAIN_MOST:8}")
    for number, kilobytes in enumerate(peaks.workers.values(), 1):
        print(f"{f'worker {number}':10} {kilobytes / 1000:8.0f} {WORKER_MOST:8}")


if __name__ == "__main__":
    main(sys.argv[1:])
