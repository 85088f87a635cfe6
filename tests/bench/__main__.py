"""All figures: `make bench`, or `python -m tests.bench [PART ...] [--runs 3] [--mails 2000]` for some of them.

Each part is a program of its own beside this file, run one after the other so that none disturbs another. Every figure
is printed beside what the project means to reach, and appended to `history.jsonl` with the machine and the commit it
belongs to. With several runs each line has them all. Nothing fails for being slow; a part that breaks, or whose proof
fails, does.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench import machine
from tests.bench.memory import MAIN_MOST, WORKER_MOST

HISTORY = Path(__file__).with_name("history.jsonl")
SECONDS = 7200


@dataclass(frozen=True, slots=True)
class Aim:
    at_least: float | None = None
    at_most: float | None = None

    def __str__(self) -> str:
        return f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}" if self.at_most else ""

    def met(self, figure: float) -> bool:
        return figure >= (self.at_least or 0) and (self.at_most is None or figure <= self.at_most)


@dataclass(frozen=True, slots=True)
class Part:
    command: Sequence[str]
    """Module below `tests.bench`, and its arguments."""
    read: Callable[[Mapping[str, Any]], dict[str, float]]
    """From what it said in JSON to figures by their names."""
    takes_mails: bool = False


def _work(name: str) -> Callable[[Mapping[str, Any]], dict[str, float]]:
    """Of a run of the whole work."""

    def read(said: Mapping[str, Any]) -> dict[str, float]:
        spent = {f"{name}, CPU ms a mail, {kind}": figure for kind, figure in said["cpu"].items() if figure >= 0.1}
        peaks = {f"{name}, peak MB, {kind}": max(said["peaks"][kind]) for kind in ("main", "workers")}
        others = {f"{name}, share of others": round(said["others"], 2)}
        allowed = {f"{name}, allowed by CPU, mails/s": said["allowed"]}
        return {f"{name}, mails/s": said["rate"], **allowed, **spent, **peaks, **others}

    return read


def _daemons(name: str) -> Callable[[Mapping[str, Any]], dict[str, float]]:
    """Of a run with many mailboxes."""

    def read(said: Mapping[str, Any]) -> dict[str, float]:
        whole = {"mails/s": said["rate"], "allowed by CPU, mails/s": said["allowed"], OURS: said["ours"]}
        idle = {f"idle, CPU ms/s, {kind}": figure for kind, figure in said["idle"].items()}
        peak = {"peak MB, main": max(said["peaks"]["main"]), "connections to PostgreSQL": said["connections"]}
        return {f"{name}, {what}": figure for what, figure in {**whole, **idle, **peak}.items()}

    return read


OURS = "CPU ms a mail, daemons and PostgreSQL"


def _helpdesk(said: Mapping[str, Any]) -> dict[str, float]:
    return {"django-helpdesk, mails/s": said["rate"], "django-helpdesk, CPU ms a mail": said["cpu"]["main"]}


def _named(name: str, unit: str = "") -> Callable[[Mapping[str, Any]], dict[str, float]]:
    return lambda said: {", ".join(filter(None, (name, what, unit))): figure for what, figure in said.items()}


PARTS: Mapping[str, Part] = {
    "sqlite": Part(("throughput", "--engine", "sqlite"), _work("sqlite"), True),
    "sqlite-english": Part(("throughput", "--engine", "sqlite", "--english"), _work("sqlite english"), True),
    "postgresql": Part(("throughput", "--engine", "postgresql"), _work("postgresql"), True),
    "postgresql-english": Part(
        ("throughput", "--engine", "postgresql", "--english"), _work("postgresql english"), True
    ),
    "helpdesk": Part(("helpdesk",), _helpdesk, True),
    "idle": Part(("latency", "idle"), _named("letter, idle", "ms")),
    "loaded": Part(("latency", "loaded", "--mails", "300"), _named("letter, 10 mails/s", "ms")),
    "urgent": Part(("urgent",), _named("severity 1", "s")),
    "large-sqlite": Part(("large", "--engine", "sqlite"), _named("large sqlite"), True),
    "large-postgresql": Part(("large", "--engine", "postgresql"), _named("large postgresql"), True),
    "delay": Part(("throughput", "--delay", "20", "--connections", "10"), _work("round trip 20 ms"), True),
    "delay-default": Part(("throughput", "--delay", "20"), _work("round trip 20 ms, default connections"), True),
    "daemons-1": Part(("daemons", "--daemons", "1"), _daemons("1 daemon"), True),
    "daemons-2": Part(("daemons", "--daemons", "2"), _daemons("2 daemons"), True),
    "daemons-4": Part(("daemons", "--daemons", "4"), _daemons("4 daemons"), True),
    "start": Part(("commands", "start"), dict),
    "explain": Part(("commands", "explain"), dict),
    "replay": Part(("commands", "replay"), dict),
    "understanding": Part(("understanding",), dict),
    "memory": Part(("memory",), dict),
}

AIMS: Mapping[str, Aim] = {
    "sqlite, mails/s": Aim(at_least=350),
    "sqlite english, mails/s": Aim(at_least=450),
    "postgresql, mails/s": Aim(at_least=300),
    "postgresql english, mails/s": Aim(at_least=400),
    "sqlite, peak MB, main": Aim(at_most=150),
    "sqlite english, peak MB, main": Aim(at_most=150),
    "postgresql, peak MB, main": Aim(at_most=150),
    "postgresql english, peak MB, main": Aim(at_most=150),
    "round trip 20 ms, mails/s": Aim(at_least=200),
    **{f"{count} daemons / 1 daemon, CPU ms a mail": Aim(at_most=1.15) for count in (2, 4)},
    "sqlite / django-helpdesk": Aim(at_least=10),
    "letter, idle, median, ms": Aim(at_most=100),
    "letter, idle, p99, ms": Aim(at_most=400),
    "severity 1, last in the backlog, s": Aim(at_most=5),
    "severity 1, arriving behind the backlog, s": Aim(at_most=5),
    **{f"large {engine}, large / empty, mails/s": Aim(at_least=0.9) for engine in ("sqlite", "postgresql")},
    **{
        f"large {engine}, {command}, s": Aim(at_most=0.3)
        for engine in ("sqlite", "postgresql")
        for command in ("tickets", "status", "held")
    },
    "start to READY, s": Aim(at_most=1.5),
    "explain, accepted, s": Aim(at_most=0.5),
    "explain, declined, s": Aim(at_most=1.2),
    "replay, mails/s": Aim(at_least=300),
    "large mail, peak MB, main": Aim(at_most=MAIN_MOST),
    "large mail, peak MB, worker": Aim(at_most=WORKER_MOST),
}


def run(part: Part, mails: int | None) -> dict[str, float]:
    """Raises RuntimeError with its words where it failed."""
    given = ["--mails", str(mails)] if mails and part.takes_mails else []
    module, *rest = part.command
    command = [sys.executable, "-m", f"tests.bench.{module}", *rest, *given, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[2:])}:\n{done.stdout[-2000:]}{done.stderr[-3000:]}")
    return part.read(json.loads(done.stdout))


def compared(figures: Mapping[str, float]) -> dict[str, float]:
    """What follows from two parts of the same run."""
    found = {}
    if "sqlite, mails/s" in figures and "django-helpdesk, mails/s" in figures:
        found["sqlite / django-helpdesk"] = round(figures["sqlite, mails/s"] / figures["django-helpdesk, mails/s"], 1)
    for count in (2, 4):
        several, one = figures.get(f"{count} daemons, {OURS}"), figures.get(f"1 daemon, {OURS}")
        if several and one:
            found[f"{count} daemons / 1 daemon, CPU ms a mail"] = round(several / one, 2)
    return found


def say(figures: Mapping[str, float]) -> None:
    for what, figure in figures.items():
        aim = AIMS.get(what, Aim())
        print(f"  {what:48}{figure:>10g}  {aim!s:>8}{'' if aim.met(figure) else '  not reached'}", flush=True)


def main(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("parts", metavar="PART", nargs="*", choices=(*PARTS, ()), default=(), help=", ".join(PARTS))
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--mails", type=int, help="of the work, by default 2000")
    options = parser.parse_args(given)
    broken = 0
    for number in range(options.runs):
        figures: dict[str, float] = {}
        for name in options.parts or PARTS:
            print(f"{name} (run {number + 1} of {options.runs})", flush=True)
            try:
                found = run(PARTS[name], options.mails)
            except (RuntimeError, subprocess.TimeoutExpired) as fault:
                print(f"  broken: {fault}", flush=True)
                broken += 1
                continue
            say(found)
            figures |= found
        say(compared(figures))
        _remember({**figures, **compared(figures)}, options.mails)
    return 1 if broken else 0


def _remember(figures: Mapping[str, float], mails: int | None) -> None:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    line = {"at": at, "commit": machine.commit(), "machine": machine.describe(), "mails": mails or 2000}
    with HISTORY.open("a") as history:
        history.write(json.dumps({**line, "figures": figures}) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
