"""How many mails a second the daemon takes from a backlog: `python -m tests.bench.throughput [--mails 2000] …`.

Real Dovecot holds the backlog of `tests.bench.work` before the daemon starts; the real daemon, configured by its
defaults, takes it in, and an SMTP server in a process of its own accepts the letters. Measured is from the daemon's
READY (its mailbox is open, nothing is fetched yet) until every mail has its ticket, is filed, and its letter was
accepted; the time before READY is printed apart. Then it is proved that the work was done. A benchmark, never a test.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.figures import Figures, each, finish, work_options
from tests.bench.installed import CONNECTIONS, ENGINES, SUPPORT, Conditions, Site, site
from tests.bench.large_store import TICKETS
from tests.bench.processes import Processes, machine_cpu
from tests.bench.proof import Before, Proof, Standing, before, standing
from tests.bench.work import Work
from tests.intake.installation import Running

SECONDS = 600
"""After so long a run is given up."""
QUIET = 5
"""Seconds without a letter, after which there may be none to come: then the proof says which are missing."""


def measure(work: Work, under: Conditions) -> Figures:
    """One run, servers and all."""
    with site(under) as there:
        return run(there, work)


def run(there: Site, work: Work) -> Figures:
    """One run on a site where everything else is started."""
    intake, sink = there.intake, there.sink
    mails = there.fill(work)
    with intake.store() as database, database.snapshot() as tx:
        begun = before(tx)
    wanted = len(mails) + (sum(mail.accepted for mail in mails) if there.under.notices else 0)
    began = time.time()
    with intake.started("--take-backlog") as daemon:
        processes = _processes(there, daemon)
        daemon.wait_ready()
        ready = said_ready(daemon)
        processes.start()
        spent, threads_spent, machine = processes.cpu(), processes.thread_cpu(), machine_cpu()
        done = wait_until_done(there, [daemon], begun, len(mails), wanted)
        processes.stop()
        machine = machine_cpu() - machine
        if intake.profile:
            _write_profiles(processes)
        cpu, threads = processes.cpu(), processes.thread_cpu()
    letters = sink.letters()
    assert done.last_filed is not None
    end = max(done.last_filed.timestamp(), letters[-1].at)
    return Figures(
        mails=len(mails),
        octets=sum(len(mail.raw) for mail in mails),
        start=ready - began,
        seconds=end - ready,
        first_letter=letters[0].at - ready,
        cpu=each(cpu, spent, len(mails)),
        threads=each(threads, threads_spent, len(mails)),
        peaks=processes.megabytes(),
        others=processes.others(machine, spent, end - ready),
        faults=Proof(intake, mails, letters, there.under.notices, begun).faults(),
    )


def _processes(there: Site, daemon: Running) -> Processes:
    roots = {"main/workers": daemon.process.pid, "Dovecot": there.intake.mailhost.pid, "SMTP sink": there.sink.pid}
    if there.postgres:
        roots["PostgreSQL"] = there.postgres.server.pid
    if there.proxy:
        roots["delay proxy"] = there.proxy.pid
    return Processes(roots)


def said_ready(daemon: Running) -> float:
    """By the stamp of its log."""
    line = next(line for line in daemon.said().splitlines() if '"event": "ready"' in line)
    return datetime.fromisoformat(json.loads(line)["timestamp"]).timestamp()


def wait_until_done(there: Site, daemons: Sequence[Running], begun: Before, mails: int, letters: int) -> Standing:
    """Looks seldom: the moments themselves are in the store, and with the SMTP server."""
    end = time.monotonic() + SECONDS
    count, since = 0, time.monotonic()
    with there.intake.store() as database:
        while True:
            last, count = count, there.sink.count()
            since = since if count == last else time.monotonic()
            if count >= letters or time.monotonic() > since + QUIET:
                with database.snapshot() as tx:
                    found = standing(tx, begun)
                if found.filed >= mails and not found.open_letters:
                    return found
            if any(one.process.poll() is not None for one in daemons) or time.monotonic() > end:
                said = "\n".join(one.said()[-3000:] for one in daemons)
                raise TimeoutError(f"{count} letters of {letters}; said was:\n{said}")
            time.sleep(0.25)


def _write_profiles(processes: Processes) -> None:
    for pid, seen in processes.seen.items():
        if seen.kind in ("main", "workers"):
            os.kill(pid, signal.SIGUSR1)
    time.sleep(3)


def main(given: Sequence[str]) -> int:
    parser = work_options("throughput")
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("--notices", action="store_true", help="one address of staff is told of each ticket")
    parser.add_argument("--profile", type=Path, metavar="DIR", help="profiles of every thread and worker, for pstats")
    parser.add_argument("--delay", type=float, default=0, metavar="MS", help="round trip to the IMAP and SMTP servers")
    parser.add_argument("--connections", type=int, default=CONNECTIONS, help="to the SMTP server")
    parser.add_argument(
        "--large",
        type=int,
        nargs="?",
        const=TICKETS,
        default=0,
        metavar="TICKETS",
        help="on a store that holds so many",
    )
    options = parser.parse_args(given)
    if options.profile:
        options.profile = options.profile.resolve()
        options.profile.mkdir(parents=True, exist_ok=True)
    work = Work(options.mails, SUPPORT, datetime.now(UTC), options.seed, options.english)
    under = Conditions(
        engine=options.engine,
        notices=options.notices,
        tickets=options.large,
        delay=options.delay,
        connections=options.connections,
        profile=options.profile,
    )
    return finish(measure(work, under), options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
