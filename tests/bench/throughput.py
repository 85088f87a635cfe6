"""How many mails a second the daemon takes from a backlog: `python -m tests.bench.throughput [--mails 2000] …`.

Real Dovecot holds the backlog of `tests.bench.work` before the daemon starts; the real daemon, configured by its
defaults, takes it in, and an SMTP server in a process of its own accepts the letters. Measured is from the daemon's
READY (its mailbox is open, nothing is fetched yet) until every mail has its ticket, is filed, and its letter was
accepted; the time before READY is printed apart. Then it is proved that the work was done. A benchmark, never a test.
"""

import argparse
import dataclasses
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.installed import STAFF, SUPPORT, Engine, Measured, fill, new_store, server, settings
from tests.bench.processes import Processes, machine_cpu
from tests.bench.proof import Proof, Standing, standing
from tests.bench.smtp_sink import SmtpSink
from tests.bench.work import Work
from tests.intake.installation import Running
from tests.servers.mailhost import Mailhost
from tests.servers.postgres import Postgres

SECONDS = 600
"""After so long a run is given up."""


@dataclass
class Figures:
    mails: int
    octets: int
    start: float
    """Seconds from the daemon's start to READY."""
    seconds: float
    """From READY until the last mail was filed and the last letter accepted."""
    first_letter: float
    cpu: dict[str, float]
    """Kind of process -> milliseconds of processor time a mail, from READY on."""
    threads: dict[str, float]
    """The same of the main process's threads, by their names without numbers."""
    peaks: dict[str, list[int]]
    """Kind of process -> megabytes at most of each."""
    others: float
    """Share of the machine's processors that went to what is no part of the run: with more than a few per cent the
    rate is not true, and only the processor time is."""
    faults: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.mails / self.seconds


def measure(work: Work, engine: Engine, *, notices: bool = False, profile: Path | None = None) -> Figures:
    """One run, servers and all."""
    host = Mailhost()
    try:
        with tempfile.TemporaryDirectory() as home, server(engine) as postgres, SmtpSink() as sink:
            place = Path(home) / "intake"
            place.mkdir()
            intake = Measured(
                place,
                host,
                SUPPORT,
                STAFF if notices else "",
                sink.port,
                store_url=new_store(place / "intake.db", postgres),
                profile=profile,
                **settings(),
            )
            return _run(intake, work, sink, postgres, notices=notices)
    finally:
        host.stop()


def _run(intake: Measured, work: Work, sink: SmtpSink, postgres: Postgres | None, *, notices: bool) -> Figures:
    mails = fill(intake, work)
    wanted = len(mails) + (sum(mail.accepted for mail in mails) if notices else 0)
    began = time.time()
    with intake.started("--take-backlog") as daemon:
        processes = _processes(intake, daemon, sink, postgres)
        daemon.wait_ready()
        ready = _said_ready(daemon)
        processes.start()
        before, threads_before, machine = processes.cpu(), processes.thread_cpu(), machine_cpu()
        done = _wait_until_done(intake, daemon, sink, len(mails), wanted)
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
        cpu=_each(cpu, before, len(mails)),
        threads=_each(threads, threads_before, len(mails)),
        peaks={kind: [round(one / 1024) for one in peaks] for kind, peaks in processes.peaks().items()},
        others=_others(machine, cpu, before, end - ready),
        faults=Proof(intake, mails, letters, notices).faults(),
    )


def _processes(intake: Measured, daemon: Running, sink: SmtpSink, postgres: Postgres | None) -> Processes:
    roots = {"main/workers": daemon.process.pid, "Dovecot": intake.mailhost.pid, "SMTP sink": sink.pid}
    if postgres:
        roots["PostgreSQL"] = postgres.server.pid
    return Processes(roots)


def _said_ready(daemon: Running) -> float:
    """By the stamp of its log."""
    line = next(line for line in daemon.said().splitlines() if '"event": "ready"' in line)
    return datetime.fromisoformat(json.loads(line)["timestamp"]).timestamp()


def _wait_until_done(intake: Measured, daemon: Running, sink: SmtpSink, mails: int, letters: int) -> Standing:
    """Looks seldom: the moments themselves are in the store, and with the SMTP server."""
    end = time.monotonic() + SECONDS
    with intake.store() as database:
        while True:
            if sink.count() >= letters:
                with database.snapshot() as tx:
                    found = standing(tx)
                if found.filed >= mails:
                    return found
            if daemon.process.poll() is not None or time.monotonic() > end:
                raise TimeoutError(f"{sink.count()} letters of {letters}; the daemon said:\n{daemon.said()[-3000:]}")
            time.sleep(0.25)


def _write_profiles(processes: Processes) -> None:
    for pid, seen in processes.seen.items():
        if seen.kind in ("main", "workers"):
            os.kill(pid, signal.SIGUSR1)
    time.sleep(3)


def _others(machine: float, cpu: Mapping[str, float], before: Mapping[str, float], seconds: float) -> float:
    ours = sum(cpu.values()) - sum(before.values())
    return max(0.0, machine - ours) / (seconds * (os.cpu_count() or 1))


def _each(after: Mapping[str, float], before: Mapping[str, float], mails: int) -> dict[str, float]:
    """Milliseconds a mail, the most first."""
    spent = {kind: round(1000 * (seconds - before.get(kind, 0)) / mails, 3) for kind, seconds in after.items()}
    return dict(sorted(spent.items(), key=lambda one: -one[1]))


def say(figures: Figures) -> None:
    """For people."""
    work = f"{figures.mails:,} mails ({figures.octets / 1e6:.0f} MB)"
    print(f"{figures.rate:.0f} mails/s: {work} in {figures.seconds:.2f} s from READY")
    print(f"start to READY {figures.start:.2f} s, READY to the first letter {figures.first_letter:.2f} s")
    print(f"other programs took {figures.others:.0%} of the machine meanwhile")
    for title, spent in (("process", figures.cpu), ("thread of main", figures.threads)):
        print(f"\n{title:20} {'CPU ms a mail':>14}{'':4}peak MB")
        for kind, milliseconds in spent.items():
            peaks = figures.peaks.get(kind, []) if title == "process" else []
            print(
                f"{kind:20} {milliseconds:14.2f}{'':4}{' '.join(map(str, peaks[:4]))}{' …' if len(peaks) > 4 else ''}"
            )
    print("\nproved: " + ("every mail has its ticket, decision and letter" if not figures.faults else "NO"))
    for fault in figures.faults:
        print(f"  {fault}")


def arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.throughput")
    parser.add_argument("--mails", type=int, default=2000)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--english", action="store_true", help="all mails in English")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--notices", action="store_true", help="one address of staff is told of each ticket")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--profile", type=Path, metavar="DIR", help="profiles of every thread and worker, for pstats")
    return parser.parse_args(given)


def main(given: Sequence[str]) -> int:
    options = arguments(given)
    if options.profile:
        options.profile = options.profile.resolve()
        options.profile.mkdir(parents=True, exist_ok=True)
    work = Work(options.mails, SUPPORT, datetime.now(UTC), options.seed, options.english)
    figures = measure(work, options.engine, notices=options.notices, profile=options.profile)
    if options.json:
        print(json.dumps({**dataclasses.asdict(figures), "rate": round(figures.rate, 1)}))
    else:
        say(figures)
    return 1 if figures.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
