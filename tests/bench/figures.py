"""What a run of the work measured, as the runs of the daemon and of what it is compared with say it alike."""

import argparse
import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Figures:
    mails: int
    octets: int
    start: float
    """Seconds from the program's start to where the measuring begins."""
    seconds: float
    """From there until the last mail was filed and the last letter accepted."""
    first_letter: float
    """Seconds from there to the first letter."""
    cpu: dict[str, float]
    """Kind of process -> milliseconds of processor time a mail, from there on."""
    threads: dict[str, float]
    """The same of the main process's threads, by their names without numbers."""
    peaks: dict[str, list[int]]
    """Kind of process -> megabytes at most of each, over its whole life."""
    others: float
    """Share of the machine's processors that went to what is no part of the run: with more than a few per cent the
    rate is not true, and only the processor time is."""
    faults: list[str] = field(default_factory=list)
    """What was not done as it ought to be; such a run has no figure."""

    @property
    def rate(self) -> float:
        """Mails a second."""
        return self.mails / self.seconds

    @property
    def allowed(self) -> float:
        """Mails a second that the processor time would allow on this machine if nothing ever waited: the main process
        works on one processor at a time, all together on all there are."""
        return 1000 / max(self.cpu.get("main", 0), sum(self.cpu.values()) / (os.cpu_count() or 1))


def each(after: Mapping[str, float], before: Mapping[str, float], mails: int) -> dict[str, float]:
    """Milliseconds a mail, the most first, of seconds in all."""
    spent = {kind: round(1000 * (seconds - before.get(kind, 0)) / mails, 3) for kind, seconds in after.items()}
    return dict(sorted(spent.items(), key=lambda one: -one[1]))


def work_options(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m tests.bench.{name}")
    parser.add_argument("--mails", type=int, default=2000)
    parser.add_argument("--english", action="store_true", help="all mails in English")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one line for programs")
    return parser


def finish(figures: Figures, options: argparse.Namespace) -> int:
    """Say it as the options want it; returns the exit status."""
    if options.json:
        print(
            json.dumps(
                {"rate": round(figures.rate, 1), "allowed": round(figures.allowed, 1), **dataclasses.asdict(figures)}
            )
        )
    else:
        _say(figures)
    return 1 if figures.faults else 0


def _say(figures: Figures) -> None:
    work = f"{figures.mails:,} mails ({figures.octets / 1e6:.0f} MB)"
    print(f"{figures.rate:.0f} mails/s: {work} in {figures.seconds:.2f} s")
    print(f"before that, to start: {figures.start:.2f} s; to the first letter: {figures.first_letter:.2f} s")
    print(
        f"other programs took {figures.others:.0%} of the machine; processor time allows {figures.allowed:.0f} mails/s"
    )
    for title, spent in (("process", figures.cpu), ("thread of main", figures.threads)):
        print(f"\n{title:20} {'CPU ms a mail':>14}{'':4}peak MB")
        for kind, milliseconds in spent.items():
            peaks = figures.peaks.get(kind, []) if title == "process" else []
            print(
                f"{kind:20} {milliseconds:14.2f}{'':4}{' '.join(map(str, peaks[:4]))}{' …' if len(peaks) > 4 else ''}"
            )
    print("\nproved: " + ("every mail is where it belongs, and has its letter" if not figures.faults else "NO"))
    for fault in figures.faults:
        print(f"  {fault}")
