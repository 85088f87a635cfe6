"""Prints what a chaos run came to: a table for people and one JSON line for whoever adds runs up."""

import json
import statistics
from collections import Counter
from dataclasses import asdict, fields

from tests.chaos.run import Outcome


def table(outcome: Outcome) -> str:
    order = outcome.order
    every = [
        seconds
        for count, median, longest in outcome.recovery.values()
        for seconds in [median] * (count - 1) + [longest]
    ]
    lines = [
        f"seed {order.seed} on {order.engine}, {order.daemons} daemon(s): {outcome.sent} mails, {outcome.killed} kills",
        f"{sum(outcome.faults.values())} faults in {outcome.seconds:.0f} s, {outcome.drained_in:.0f} s of it at peace",
        "",
        f"{'kill':28}{'count':>6}{'recovery median':>18}{'longest':>10}",
    ]
    for kind, count in outcome.kills.most_common():
        lines.append(f"{kind:28}{count:6}" + _times(outcome.recovery.get(kind)))
    lines += [
        f"{'all':28}{outcome.killed:6}{statistics.median(every or [0]):17.1f}s{max(every, default=0):9.1f}s",
        "",
        "other faults   " + ", ".join(f"{name} {n}" for name, n in outcome.faults.items() if name not in outcome.kills),
        "ends           " + ", ".join(f"{end} {count}" for end, count in outcome.ends.most_common()),
        "letters        " + ", ".join(f"{what} {count}" for what, count in outcome.letters.most_common()),
        f"at the server  {outcome.accepted} accepted, {outcome.repeats} of them repeats; "
        f"{outcome.ambiguous} ambiguous ends in the outbox",
        f"processes      {outcome.starts} starts, {len(outcome.exits)} ended by themselves; "
        f"main at most {outcome.main_mb} MB, worker {outcome.worker_mb} MB",
        f"findings       {len(outcome.findings)}",
        *(f"  - {line}" for line in outcome.findings[:50]),
    ]
    return "\n".join(lines)


def _times(recovery: tuple[int, float, float] | None) -> str:
    """Empty where nothing was left to be done after any of them."""
    return f"{recovery[1]:17.1f}s{recovery[2]:9.1f}s" if recovery else ""


def line(outcome: Outcome) -> str:
    values = {one.name: getattr(outcome, one.name) for one in fields(outcome)}
    plain = {name: dict(value) if isinstance(value, Counter) else value for name, value in values.items()}
    return json.dumps(plain | {"order": asdict(outcome.order), "killed": outcome.killed}, default=str)
