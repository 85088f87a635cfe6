"""How soon a severity 1 is decided behind a backlog: `python -m tests.bench.urgent [--mails 5000] [--engine E] …`.

The mailbox holds the backlog of `tests.bench.work` when the daemon starts, and as its last one a mail of a premier
contact whose production is down; a second such mail comes by APPEND two seconds after READY. Measured is the time until
the ticket of each is committed, from READY and from its APPEND, by the store's own word.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from rules.facts import Contact
from storage import tables
from tests.bench.installed import ENGINES, SUPPORT, Conditions, Engine, Measured, append, site
from tests.bench.throughput import said_ready
from tests.bench.work import Work
from tests.intake.installation import PREMIER, Running, mail

SECONDS = 590
LATER = 2.0
DOWN = "Hello,\n\nour production server {0} is completely down, and nobody here can work.\n\nUma Urgent\n"
WHERE = ("last in the backlog", "arriving behind the backlog")


def measure(work: Work, engine: Engine) -> dict[str, float]:
    """Seconds for each of the two."""
    with site(Conditions(engine)) as there:
        intake = there.intake
        people = [Contact(_sender(number), "Uma Urgent", PREMIER.contract) for number in (0, 1)]
        intake.admit(*work.people(), *people, contracts=[*work.contracts(), PREMIER])
        append(intake.mailhost.box(SUPPORT), work)
        intake.mailhost.append(SUPPORT, _urgent(0))
        return _run(intake, len(people))


def _run(intake: Measured, wanted: int) -> dict[str, float]:
    with intake.started("--take-backlog") as daemon:
        daemon.wait_ready()
        begun = [said_ready(daemon)]
        time.sleep(LATER)
        intake.mailhost.append(SUPPORT, _urgent(1))
        begun.append(time.time())
        decided = _decided(intake, daemon, wanted)
        daemon.kill()
    return {where: round(decided[_sender(at)] - begun[at], 2) for at, where in enumerate(WHERE)}


def _decided(intake: Measured, daemon: Running, wanted: int) -> dict[str, float]:
    """Sender -> when the ticket of severity 1 was committed, or a little later: it is looked for ten times a second."""
    ticket, found = tables.ticket, dict[str, float]()
    end = time.monotonic() + SECONDS
    asked = sa.select(ticket.c.contact).where(ticket.c.contract == PREMIER.contract, ticket.c.severity == 1)
    with intake.store() as database:
        while len(found) < wanted:
            if daemon.process.poll() is not None or time.monotonic() > end:
                raise TimeoutError(daemon.said()[-3000:])
            time.sleep(0.1)
            with database.snapshot() as tx:
                for sender in tx.execute(asked).scalars():
                    found.setdefault(sender, time.time())
    return found


def _sender(number: int) -> str:
    return f"uma{number}@urgent.example"


def _urgent(number: int) -> bytes:
    return mail(_sender(number), SUPPORT, "Production server down", DOWN.format(number)).replace(b"\n", b"\r\n")


def main(given: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.urgent")
    parser.add_argument("--mails", type=int, default=5000)
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(given)
    found = measure(Work(options.mails, SUPPORT, datetime.now(UTC)), options.engine)
    if options.json:
        print(json.dumps(found))
        return
    for where, seconds in found.items():
        print(f"a severity 1 {where} ({options.mails:,} mails) is decided after {seconds:.1f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
