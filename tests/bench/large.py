"""The same work on a store of years: `python -m tests.bench.large [--engine E] [--tickets 1000000] [--mails 2000] …`.

First on an empty store, then on one with so many tickets (see `large_store`), so that the two can be compared whatever
the machine does that day; and there the commands that an admin types every day, and the daemon's start.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from tests.bench.commands import start, timed
from tests.bench.figures import Figures
from tests.bench.installed import ENGINES, SUPPORT, Conditions, Engine, site
from tests.bench.large_store import TICKETS
from tests.bench.throughput import measure, run
from tests.bench.work import Work

COMMANDS = ("tickets", "status", "held")
OURS = ("main", "workers", "PostgreSQL")
RUNS = 5


def compare(work: Work, engine: Engine, tickets: int) -> dict[str, float]:
    """Figures by their names; the rates, and what a mail costs, as large / empty."""
    empty = measure(work, Conditions(engine))
    with site(Conditions(engine, tickets=tickets)) as there:
        full = run(there, work)
        found: dict[str, float] = {}
        for name in COMMANDS:
            found[f"{name}, s"], found[f"{name}, CPU s"] = timed(partial(there.intake.run, name), RUNS)
        found |= start(there, work)
    runs = (("empty", empty), ("large", full))
    for _, one in runs:
        if one.faults:
            raise RuntimeError("\n".join(one.faults))
    return {
        "empty, mails/s": empty.rate,
        "large, mails/s": full.rate,
        "large / empty, mails/s": full.rate / empty.rate,
        "empty, CPU ms a mail": _cost(empty),
        "large, CPU ms a mail": _cost(full),
        "large / empty, CPU": _cost(full) / _cost(empty),
        **{f"{name}, CPU ms a mail, {kind}": one.cpu[kind] for name, one in runs for kind in OURS if kind in one.cpu},
        "empty, share of others": empty.others,
        "large, share of others": full.others,
        **found,
    }


def _cost(figures: Figures) -> float:
    """Of the daemon and its database."""
    return sum(figures.cpu.get(kind, 0) for kind in OURS)


def main(given: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.large")
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("--tickets", type=int, default=TICKETS)
    parser.add_argument("--mails", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(given)
    found = compare(Work(options.mails, SUPPORT, datetime.now(UTC)), options.engine, options.tickets)
    rounded = {what: round(figure, 3) for what, figure in found.items()}
    print(json.dumps(rounded) if options.json else "\n".join(f"{what}: {one:g}" for what, one in rounded.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
