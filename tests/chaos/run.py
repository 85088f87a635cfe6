"""One chaos run from its seed to its verdict: mails go in while things break, then peace, then the judge."""

import json
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos import faults, judge
from tests.chaos.daemon_process import left_alive
from tests.chaos.judge import Evidence
from tests.chaos.mails import Writer, message_id_of
from tests.chaos.plan import Plan, Step, draw
from tests.chaos.world import UNDERSTAND_BYTES, World, world, writer

PATIENCE = 5.0
"""Seconds to wait for work to be done before something breaks all the same; a daemon needs three to start."""
IDLE_PATIENCE = 0.3
"""The same where no mail waits: letters may."""
WORKER_MARGIN = 50_000
"""kB of address space beyond its limit that a worker may show: what it had when the limit was set."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Order:
    seed: int
    kills: int
    mails: int
    engine: str
    daemons: int = 1
    keep: Path | None = None
    """Where the daemons' logs go in the end."""


@dataclass(slots=True)
class Outcome:
    order: Order
    findings: list[str] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    letters: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    repeats: int = 0
    ambiguous: int = 0
    starts: int = 0
    exits: list[int] = field(default_factory=list)
    seconds: float = 0
    drained_in: float = 0
    recovery: dict[str, tuple[int, float, float]] = field(default_factory=dict)
    """Kind of kill -> how many, median and longest seconds until something was done again."""
    main_mb: int = 0
    worker_mb: int = 0

    @property
    def killed(self) -> int:
        return sum(self.kills.values())


def run(order: Order, say: Say) -> Outcome:
    began = time.monotonic()
    outcome = Outcome(order)
    # The mails of a seed are the same whatever can be broken here, so the directory may be made of them first.
    drafts = draw(order.seed, order.mails, 1, {"": 1.0}, 1).drafts
    with world(order.engine, drafts, order.daemons) as here:
        possible = faults.possible(here.abilities)
        plan = draw(order.seed, order.mails, order.kills, possible, faults.kill_share(possible))
        assert plan.drafts == drafts
        say(f"seed {order.seed}: {order.mails} mails, {order.kills} kills, {', '.join(sorted(here.abilities))}")
        try:
            _break_it(here, plan, order, outcome, say)
            outcome.drained_in = here.peace()
        except AssertionError as fault:
            outcome.findings.append(str(fault))
        _end(here, outcome)
        outcome.findings += _gaps(here)
        evidence = _evidence(here, outcome)
        outcome.findings += judge.findings(evidence)
        _count(here, evidence, outcome)
        if outcome.findings:
            say("".join(f"\n--- {daemon.log.name}\n{_tail(daemon.log.read_text())}" for daemon in here.daemons))
        if order.keep is not None:
            for daemon in here.daemons:
                shutil.copy(daemon.log, order.keep)
    outcome.seconds = time.monotonic() - began
    return outcome


def _break_it(here: World, plan: Plan, order: Order, outcome: Outcome, say: Say) -> None:
    pen = writer(here, order.seed, plan.drafts)
    here.attend()
    for step in plan.steps:
        if outcome.killed >= order.kills and len(pen.sent) == len(plan.drafts):
            return
        here.attend()
        _feed(here, pen, step)
        if outcome.killed >= order.kills:
            continue
        fault = faults.BY_NAME[step.fault]
        if not fault.at_once:
            here.progress.wait(step.work, PATIENCE if here.busy() else IDLE_PATIENCE)
            time.sleep(step.pause)
        busy = here.busy()
        killed = fault.act(here, step.draws)
        outcome.faults[step.fault] += 1
        if killed:
            outcome.kills[step.fault] += killed
            if busy:
                here.progress.hurt(step.fault)
        say(f"{step.number:4} {step.fault}{f' ({killed})' if killed else ''} at {len(pen.sent)} mails")


def _feed(here: World, pen: Writer, step: Step) -> None:
    if step.mails:
        letters = here.sink.accepted
        written = [pen.write(mail, letters) for mail in step.mails]
        here.put_in(written, by_lmtp=step.draws[0] < 0.3)


def _end(here: World, outcome: Outcome) -> None:
    """The daemons end in good order, with all their workers."""
    for daemon in here.daemons:
        # One that was killed as the last thing of all may still be loading: it ends as any other process does.
        good = {0} if daemon.handles(signal.SIGTERM) else {0, -signal.SIGTERM}
        if daemon.signal(signal.SIGTERM) and (status := daemon.wait(20)) not in good:
            outcome.findings.append(f"a daemon that was told to stop ended with {status}")
        daemon.end()
        outcome.starts += daemon.starts
        outcome.exits += daemon.exits
        alive = list(left_alive(daemon.config))
        if alive:  # the kernel needs a moment to end what has lost its parent
            time.sleep(0.5)
            alive = list(left_alive(daemon.config))
        outcome.findings += judge.still_alive(alive)
    # A store that cannot be opened is a reason to end by oneself; nothing else is.
    if odd := [status for status in outcome.exits if status != 1]:
        outcome.findings.append(f"daemons ended by themselves with {odd}")
    sizes = here.progress.sizes
    if sizes.worker_space > UNDERSTAND_BYTES // 1024 + WORKER_MARGIN:
        outcome.findings.append(f"a worker had {sizes.worker_space} kB of address space")


def _gaps(here: World) -> list[str]:
    """What Intake's own proof says of the folders and the ledger."""
    config = str(here.daemons[0].config)
    command = [sys.executable, "-m", "intake", "reconcile", "--json", "--config", config]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    gaps = [f"reconcile: {one['what']} ({one['remedy']})" for one in found if one["type"] == "gap"]
    if done.returncode and not gaps:
        gaps.append(f"reconcile ended with {done.returncode}: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    return gaps


def _evidence(here: World, outcome: Outcome) -> Evidence:
    with here.store() as database:
        mails, unfinished, tickets, letters = judge.read_store(database)
    folders = [
        raw
        for address in here.addresses.values()
        for folder in ("Intake/Processed", "Intake/Quarantine")
        for raw in here.host.box(address).raws(folder)
    ]
    harmful = sum(one.draft.kind in ("kill", "hang") for one in here.sent) if here.library else 0
    reader_faults = outcome.faults["kill worker"] + outcome.faults["freeze worker"] + 3 * harmful
    return Evidence(
        sent=here.sent,
        taken_away=frozenset(here.taken_away),
        mails=mails,
        unfinished_sightings=unfinished,
        tickets=tickets,
        letters=letters,
        taken=here.sink.mails,
        ours=frozenset(here.addresses.values()),
        folders=folders,
        logs=[daemon.log.read_text(errors="replace") for daemon in here.daemons],
        reader_faults=reader_faults,
    )


def _count(here: World, evidence: Evidence, outcome: Outcome) -> None:
    outcome.sent = len(evidence.sent)
    outcome.ends = Counter(row.end for row in evidence.mails)
    outcome.letters = Counter(f"{letter.kind} {letter.state}" for letter in evidence.letters)
    outcome.accepted = len(evidence.accepted)
    copies = Counter((message_id_of(one.raw), to) for one in evidence.accepted for to in one.recipients)
    outcome.repeats = sum(count - 1 for count in copies.values())
    outcome.ambiguous = sum(letter.ambiguous for letter in evidence.letters)
    for kind in outcome.kills:
        if waits := [seconds for name, seconds in here.progress.recoveries if name == kind]:
            outcome.recovery[kind] = (len(waits), statistics.median(waits), max(waits))
    outcome.main_mb = here.progress.sizes.main_rss // 1024
    outcome.worker_mb = here.progress.sizes.worker_rss // 1024


def _tail(text: str) -> str:
    return "\n".join(line[:300] for line in text.splitlines()[-12:])
