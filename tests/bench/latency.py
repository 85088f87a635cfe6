"""How long a customer waits for the acknowledgement while the daemon is idle: `python -m tests.bench.latency [MAILS]`.

Real Postfix and Dovecot bring the mail in, the real daemon answers, a recording SMTP server takes the letter. Measured
is the time from the MX's 250 for the mail to the server's for its acknowledgement. Dovecot waits 500 ms before it tells
an idle client of new mail; a client that has idled for a second is parked in a process without that delay, so the mails
here come further apart than that, and no poll restarts the idling meanwhile: of a mail that comes in its first second
the parked client hears only at the next poll. A benchmark, never a test: it prints, and asserts nothing.
"""

import sys
import tempfile
import time
from pathlib import Path

from rules.facts import Contact
from tests.intake.installation import Installation, mail
from tests.servers.mailhost import Mailhost
from tests.servers.sink import Sink

APART = 1.3
"""Seconds between two mails: the time after which Dovecot parks an idle client, and some."""
QUESTION = "Hello,\n\nwhat is the default of setting {0}, and where is it documented?\n\nKind regards\nA Person\n"


def main(count: int) -> None:
    host = Mailhost(hibernate=True)
    try:
        with tempfile.TemporaryDirectory() as home, Sink() as sink:
            waits = _measure(
                Installation(Path(home) / "intake", host, "support@example.test", "sam@example.test", sink.port),
                sink,
                count,
            )
    finally:
        host.stop()
    waits.sort()
    figures = {"median": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    said = "   ".join(f"{name} {_quantile(waits, share):.0f}" for name, share in figures.items())
    print(f"mail to acknowledgement at an idle daemon, {count} mails, in ms: {said}")


def _measure(intake: Installation, sink: Sink, count: int) -> list[float]:
    settings = intake.config.read_text().replace("[mailbox.imap]", "[mailbox.imap]\npoll_seconds = 3600")
    intake.config.write_text(settings)
    people = [f"person{number}@customer.example" for number in range(count)]
    intake.admit(*(Contact(person, "A Person", "IR-STD") for person in people))
    waits = []
    with intake.running():
        for number, person in enumerate(people):
            time.sleep(APART)
            intake.mailhost.deliver(
                mail(person, intake.support, "A question", QUESTION.format(number)), intake.support, person
            )
            taken = time.monotonic()
            waits.append(1000 * (_acknowledged(sink, person) - taken))
    return waits


def _acknowledged(sink: Sink, person: str) -> float:
    """When the letter to this person was taken, by the monotonic clock."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        for one in reversed(sink.accepted):
            if one.recipients == (person,):
                return one.at
        time.sleep(0.002)
    raise TimeoutError(f"no acknowledgement for {person}")


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
