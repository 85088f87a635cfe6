"""What several daemons on one PostgreSQL do with many mailboxes: `python -m tests.bench.daemons [--daemons 2] …`.

One configuration with so many mailboxes of one Dovecot, all under one policy, and so many daemons that share them. When
all are READY, every mailbox is held and had its first mails, they are watched doing nothing; then the backlog, which
lies in a folder beside, is moved into the mailboxes at once. Measured is from there until every mail has its ticket, is
filed, and its letter was accepted. On a machine whose processors are full it is the processor time a mail that shows
whether daemons stand in each other's way. A benchmark, never a test.
"""

import argparse
import dataclasses
import json
import os
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import sqlalchemy as sa

from storage import locks, tables
from storage.database import Database
from tests.bench.figures import each, work_options
from tests.bench.installed import CONNECTIONS, ENGINES, SUPPORT, Conditions, Site, append, site
from tests.bench.processes import Processes, machine_cpu
from tests.bench.proof import Proof, before
from tests.bench.throughput import wait_until_done
from tests.bench.work import Work, WorkMail
from tests.intake.installation import Running

FIRST = 2
"""Mails of each mailbox before what is measured: what a daemon and its workers do once is no cost of a mail."""
FOLDER = "Backlog"
"""Where the mails of each mailbox lie before."""
SHARE_SECONDS = 60
"""In which the mailboxes must have found their daemons."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """What a run is made of."""

    daemons: int
    mailboxes: int
    idle: float
    """Seconds of doing nothing that are measured before."""

    @property
    def names(self) -> list[str]:
        return [f"box{number:03}" for number in range(self.mailboxes)]

    def address(self, name: str) -> str:
        return SUPPORT.replace("support", name)


@dataclass
class Found:
    mails: int
    seconds: float
    """From the moment when the backlog was there until the last mail was filed and the last letter accepted."""
    cpu: dict[str, float]
    """Kind of process -> milliseconds of processor time a mail."""
    threads: dict[str, float]
    """The same of the first daemon's threads, a mail of all."""
    idle: dict[str, float]
    """Kind of process -> milliseconds a second while nothing came."""
    held: list[int]
    """How many mailboxes each daemon had."""
    peaks: dict[str, list[int]]
    """Megabytes."""
    running: int
    """Threads of the first daemon."""
    connections: int
    """To PostgreSQL, at most."""
    turns: float
    """Of those, how many on average waited for their turn to decide."""
    others: float
    daemons: int
    faults: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.mails / self.seconds

    @property
    def ours(self) -> float:
        """Milliseconds a mail of what an installation pays for: the mail servers are others'."""
        return sum(spent for kind, spent in self.cpu.items() if kind in ("main", "workers", "PostgreSQL"))

    @property
    def allowed(self) -> float:
        """Mails a second, if nothing ever waited: each main process works on one processor at a time."""
        return 1000 / max(self.cpu["main"] / self.daemons, sum(self.cpu.values()) / (os.cpu_count() or 1))


class Wires(threading.Thread):
    """Counts the connections to PostgreSQL, twice a second."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._wire = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        self._over = threading.Event()
        self.most = 0
        self.waiting: list[int] = []

    def run(self) -> None:
        while not self._over.wait(0.5):
            row = self._wire.execute(WIRES).fetchone()
            assert row is not None
            self.most = max(self.most, row[0])
            self.waiting.append(row[1])

    def stop(self) -> None:
        self._over.set()
        self.join()
        self._wire.close()


WIRES = """
SELECT count(*), count(*) FILTER (WHERE wait_event_type = 'Lock' AND wait_event = 'advisory')
FROM pg_stat_activity WHERE datname = 'intake' AND pid <> pg_backend_pid()
"""


def measure(crowd: Crowd, work: Work, under: Conditions) -> Found:
    """One run, servers and all."""
    with site(under) as there:
        there.intake.config.write_text(_multiplied(there.intake.config.read_text(), crowd))
        return run(there, crowd, work)


def run(there: Site, crowd: Crowd, work: Work) -> Found:
    intake, sink = there.intake, there.sink
    mails = _fill(there, crowd, work)
    everyone = [mail for box in mails.values() for mail in box]
    with intake.store() as database, database.snapshot() as tx:
        begun = before(tx)
    with _daemons(there, crowd) as daemons:
        held = _shared_out(there, crowd, daemons)
        first = _let_go(there, crowd, FIRST)
        wait_until_done(there, daemons, begun, first, first)
        processes = _processes(there, daemons)
        processes.start()
        idle = _idle(processes, crowd.idle)
        wires = Wires(intake.url) if there.postgres else None
        if wires:
            wires.start()
        spent, threads, machine = processes.cpu(), processes.thread_cpu(), machine_cpu()
        began = time.time()
        measured = _let_go(there, crowd, len(everyone))
        done = wait_until_done(there, daemons, begun, len(everyone), len(everyone))
        if wires:
            wires.stop()
        processes.stop()
        machine = machine_cpu() - machine
        running = len(list(Path(f"/proc/{daemons[0].process.pid}/task").iterdir()))
    letters = sink.letters()
    assert done.last_filed is not None
    seconds = max(done.last_filed.timestamp(), letters[-1].at) - began
    addresses = [crowd.address(name) for name in crowd.names]
    faults = Proof(intake, everyone, letters, there.under.notices, begun, addresses).faults()
    with intake.store() as database:
        faults += _where_they_belong(database, mails)
    return Found(
        mails=measured,
        seconds=seconds,
        cpu=each(_kinds(processes.cpu()), _kinds(spent), measured),
        threads=each(processes.thread_cpu(), threads, measured),
        idle=idle,
        held=held,
        peaks=_peaks(processes),
        running=running,
        connections=wires.most if wires else 0,
        turns=sum(wires.waiting) / max(1, len(wires.waiting)) if wires else 0,
        others=processes.others(machine, spent, seconds),
        daemons=crowd.daemons,
        faults=faults,
    )


def _multiplied(config: str, crowd: Crowd) -> str:
    """The configuration with its one mailbox so many times."""
    head, sign, one = config.partition("[[mailbox]]")
    boxes = []
    for number, name in enumerate(crowd.names):
        box = one.replace(SUPPORT, crowd.address(name)).replace('name = "support"', f'name = "{name}"')
        boxes.append(sign + box.replace('ticket_prefix = "EX"', f'ticket_prefix = "B{number}"'))
    return head + "\n".join(boxes)


def _fill(there: Site, crowd: Crowd, work: Work) -> dict[str, list[WorkMail]]:
    """Mailbox -> its mails, which lie beside its inbox."""
    mails: dict[str, list[WorkMail]] = defaultdict(list)
    works = [dataclasses.replace(work, to=crowd.address(name)) for name in crowd.names]
    for at, number in enumerate(work.order()):
        whose = at % crowd.mailboxes
        mails[crowd.names[whose]].append(works[whose].mail(number))
    for name in crowd.names:
        box = there.intake.mailhost.box(crowd.address(name))
        with box.session() as client:
            client.create_folder(FOLDER)
        append(box, mails[name], FOLDER)
    there.intake.admit(*work.people(), contracts=work.contracts())
    return mails


def _let_go(there: Site, crowd: Crowd, most: int) -> int:
    """Move so many of each mailbox into its inbox; returns how many those are."""
    count = 0
    for name in crowd.names:
        with there.intake.mailhost.box(crowd.address(name)).session() as client:
            client.select_folder(FOLDER)
            if uids := client.search()[:most]:
                client.move(uids, "INBOX")
                count += len(uids)
    return count


@contextmanager
def _daemons(there: Site, crowd: Crowd) -> Iterator[list[Running]]:
    """All of them, ready."""
    with ExitStack() as stack:
        daemons = [
            stack.enter_context(there.intake.started(log=f"daemon-{number}.log")) for number in range(crowd.daemons)
        ]
        for daemon in daemons:
            daemon.wait_ready(SHARE_SECONDS)
        yield daemons


def _shared_out(there: Site, crowd: Crowd, daemons: Sequence[Running]) -> list[int]:
    """How many mailboxes each daemon has, once all are held and nobody has more than his share."""
    if there.postgres is None:
        return [crowd.mailboxes]
    fair = -(-crowd.mailboxes // crowd.daemons)
    end = time.monotonic() + SHARE_SECONDS
    with there.intake.store() as database:
        while True:
            with database.snapshot() as tx:
                readers = locks.readers(tx, crowd.names)
            held = Counter(int(reader.split()[1]) for reader in readers.values())
            if len(readers) == crowd.mailboxes and max(held.values()) <= fair:
                return [held[daemon.process.pid] for daemon in daemons]
            if time.monotonic() > end:
                raise TimeoutError(f"{len(readers)} of {crowd.mailboxes} mailboxes are held: {held}")
            time.sleep(0.5)


def _processes(there: Site, daemons: Sequence[Running]) -> Processes:
    roots = {f"main {number}/workers {number}": one.process.pid for number, one in enumerate(daemons)}
    roots |= {"Dovecot": there.intake.mailhost.pid, "SMTP sink": there.sink.pid}
    return Processes(roots | ({"PostgreSQL": there.postgres.server.pid} if there.postgres else {}))


def _idle(processes: Processes, seconds: float) -> dict[str, float]:
    """Kind -> milliseconds a second."""
    if not seconds:
        return {}
    time.sleep(3)  # what the start left to do
    spent = processes.cpu()
    time.sleep(seconds)
    return {kind: round(1000 * spent / seconds, 1) for kind, spent in _less(processes.cpu(), spent).items()}


def _less(after: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    was = _kinds(before)
    return {kind: spent - was.get(kind, 0) for kind, spent in _kinds(after).items()}


def _kinds(spent: Mapping[str, float]) -> dict[str, float]:
    """Of all daemons together."""
    together: dict[str, float] = defaultdict(float)
    for kind, seconds in spent.items():
        together[kind.rstrip("0123456789 ")] += seconds
    return dict(together)


def _peaks(processes: Processes) -> dict[str, list[int]]:
    together: dict[str, list[int]] = defaultdict(list)
    for kind, peaks in processes.megabytes().items():
        together[kind.rstrip("0123456789 ")] += peaks
    return dict(together)


def _where_they_belong(database: Database, mails: Mapping[str, Sequence[WorkMail]]) -> Iterator[str]:
    """Each mail once, under the mailbox that it came to."""
    mail, sighting = tables.mail, tables.sighting
    with database.snapshot() as tx:
        rows = tx.execute(sa.select(sighting.c.mailbox, mail.c.sha256).join(mail, sighting.c.mail_id == mail.c.id))
        found = Counter((row.mailbox, row.sha256) for row in rows)
    wanted = Counter((name, one.sha256) for name, box in mails.items() for one in box)
    if found != wanted:
        yield f"{len(wanted - found)} mails are not in their mailbox, {len(found - wanted)} were seen too often"


def main(given: Sequence[str]) -> int:
    parser = work_options("daemons")
    parser.add_argument("--daemons", type=int, default=1)
    parser.add_argument("--mailboxes", type=int, default=50)
    parser.add_argument("--engine", choices=ENGINES, default="postgresql")
    parser.add_argument("--idle", type=float, default=60, metavar="SECONDS", help="of doing nothing, measured before")
    parser.add_argument("--delay", type=float, default=0, metavar="MS", help="round trip to the IMAP and SMTP servers")
    parser.add_argument("--connections", type=int, default=CONNECTIONS, help="to the SMTP server, of each mailbox")
    options = parser.parse_args(given)
    if options.daemons > 1 and options.engine == "sqlite":
        parser.error("several daemons need --engine postgresql")
    work = Work(options.mails, SUPPORT, datetime.now(UTC), options.seed, options.english)
    under = Conditions(engine=options.engine, delay=options.delay, connections=options.connections)
    found = measure(Crowd(options.daemons, options.mailboxes, options.idle), work, under)
    _say(found, options)
    return 1 if found.faults else 0


def _say(found: Found, options: argparse.Namespace) -> None:
    if options.json:
        derived = {name: round(getattr(found, name), 2) for name in ("rate", "ours", "allowed")}
        print(json.dumps({**derived, **dataclasses.asdict(found)}))
        return
    print(f"{options.daemons} daemon(s) on {options.engine}, {options.mailboxes} mailboxes: {found.held} held")
    print(f"{found.rate:.0f} mails/s: {found.mails:,} mails in {found.seconds:.2f} s")
    print(f"other programs took {found.others:.0%} of the machine; processor time allows {found.allowed:.0f} mails/s")
    print(f"daemons, workers and PostgreSQL together: {found.ours:.2f} CPU ms a mail")
    print(f"at most {found.connections} connections to PostgreSQL, of which {found.turns:.1f} waited for their turn")
    print(f"{found.running} threads in the first daemon\n")
    print(f"{'process':20} {'CPU ms a mail':>14} {'idle, ms/s':>12}    peak MB")
    for kind, spent in found.cpu.items():
        peaks = " ".join(map(str, found.peaks.get(kind, [])[:8]))
        print(f"{kind:20} {spent:14.2f} {found.idle.get(kind, 0):12.1f}    {peaks}")
    print(f"\n{'thread of main 1':20} {'CPU ms a mail':>14}")
    for thread, spent in list(found.threads.items())[:8]:
        print(f"{thread:20} {spent:14.2f}")
    print("\nproved: " + ("every mail is where it belongs, once, and has its letter" if not found.faults else "NO"))
    for fault in found.faults:
        print(f"  {fault}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
