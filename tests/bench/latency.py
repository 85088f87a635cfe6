"""How long a customer waits for the letter: `python -m tests.bench.latency [idle|loaded] [--mails 100] [--json]`.

Real Postfix and Dovecot bring the mail in, the real daemon answers, an SMTP server takes the letter. Measured is the
time from the MX's 250 for the mail to the server's for its letter.

*idle*: one mail at a time. Dovecot waits 500 ms before it tells an idle client of new mail; a client that has idled for
a second is parked in a process without that delay, so the mails here come further apart than that, and no poll restarts
the idling meanwhile: of a mail that comes in its first second the parked client hears only at the next poll.

*loaded*: ten mails a second, as many as come. Of Dovecot's 500 ms most mails wait for a part, which is in the figure.
"""

import argparse
import itertools
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from tests.bench.installed import SUPPORT, Conditions, Measured, site
from tests.bench.smtp_sink import SmtpSink
from tests.bench.work import Work, WorkMail

APART = {"idle": 1.3, "loaded": 0.1}
"""Seconds between two mails; of an idle daemon the time after which Dovecot parks an idle client, and some."""
QUANTILES = {"median": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
SECONDS = 60
"""After so long without a letter a run is given up."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Milliseconds, in order."""

    milliseconds: Sequence[float]

    def quantiles(self) -> dict[str, float]:
        last = len(self.milliseconds) - 1
        return {name: round(self.milliseconds[min(last, int(share * (last + 1)))]) for name, share in QUANTILES.items()}


def measure(how: str, count: int) -> Waits:
    with site(Conditions(hibernate=how == "idle")) as there:
        return _run(there.intake, there.sink, how, count)


def _run(intake: Measured, sink: SmtpSink, how: str, count: int) -> Waits:
    config = intake.config.read_text().replace("[mailbox.imap]", "[mailbox.imap]\npoll_seconds = 3600")
    intake.config.write_text(config)
    work = Work(count, SUPPORT, datetime.now(UTC))
    intake.admit(*work.people(), contracts=work.contracts())
    taken: dict[str, float] = {}
    with intake.running():
        for mail, _ in zip(_small(count), _turns(how, sink), strict=False):
            intake.mailhost.deliver(mail.raw, intake.support, mail.sender)
            taken[mail.message_id] = time.time()
        _wait_for(sink, count)
    letters = {letter.in_reply_to: letter.at for letter in sink.letters()}
    return Waits(sorted(1000 * (letters[name] - at) for name, at in taken.items()))


def _turns(how: str, sink: SmtpSink) -> Iterator[None]:
    """When each mail may go: a time after the one before, or after its letter where the daemon is to be idle again."""
    due = time.monotonic()
    for number in itertools.count():
        if how == "idle":
            _wait_for(sink, number)
            due = time.monotonic()
        due += APART[how]
        time.sleep(max(0.0, due - time.monotonic()))
        yield


def _small(count: int) -> list[WorkMail]:
    """Mails of the work without files: how long a megabyte takes over the network is no matter of ours."""
    work = Work(2 * count, SUPPORT, datetime.now(UTC))
    return list(islice((mail for mail in work if len(mail.raw) < 100_000), count))


def _wait_for(sink: SmtpSink, count: int) -> None:
    end = time.monotonic() + SECONDS
    while sink.count() < count:
        if time.monotonic() > end:
            raise TimeoutError(f"{sink.count()} letters of {count}")
        time.sleep(0.02)


def main(given: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.latency")
    parser.add_argument("how", choices=APART, nargs="?", default="idle")
    parser.add_argument("--mails", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(given)
    found = measure(options.how, options.mails).quantiles()
    if options.json:
        print(json.dumps(found))
        return
    said = "   ".join(f"{name} {value:.0f}" for name, value in found.items())
    print(f"mail to letter, {options.how} daemon, {options.mails} mails, in ms: {said}")


if __name__ == "__main__":
    main(sys.argv[1:])
