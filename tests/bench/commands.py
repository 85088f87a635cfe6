"""How long the program's own commands take: `python -m tests.bench.commands [start|explain|replay] [--json]`.

*start*: the daemon from its first moment to READY, on an empty mailbox. *explain*: one mail that is accepted, and one
whose decline for language has to be confirmed. *replay*: mails a second over a store that the daemon has filled.
Each is the median of several runs, by the clock, and the processor time beside it. A benchmark, never a test.
"""

import argparse
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from tests.bench.installed import SUPPORT, Conditions, Site, site
from tests.bench.throughput import said_ready
from tests.bench.work import Work

RUNS = 5
REPLAYED = 1000


def start(there: Site, _: Work) -> dict[str, float]:
    """Seconds to READY."""
    taken = []
    for number in range(RUNS):
        began = time.time()
        with there.intake.started("--from-now", log=f"{number}.log") as daemon:
            daemon.wait_ready()
            taken.append(said_ready(daemon) - began)
    return {"start to READY, s": statistics.median(taken)}


def explain(there: Site, work: Work) -> dict[str, float]:
    found: dict[str, float] = {}
    for title, accepted in (("accepted", True), ("declined", False)):
        mail = next(mail for mail in work if mail.accepted is accepted and len(mail.raw) < 10_000)
        file = there.intake.home / f"{title}.eml"
        file.write_bytes(mail.raw)
        seconds, cpu = timed(partial(there.intake.run, "explain", str(file)), RUNS)
        found |= {f"explain, {title}, s": seconds, f"explain, {title}, CPU s": cpu}
    return found


def replay(there: Site, work: Work) -> dict[str, float]:
    """With the start of the command and of its workers."""
    mails = len(there.fill(work))
    filled = there.intake.once("--take-backlog")
    assert filled.returncode == 0, filled.stderr
    seconds, cpu = timed(partial(there.intake.run, "replay", "--policy", "irex", seconds=600), 1)
    return {"replay, mails/s": mails / seconds, "replay, CPU ms a mail": 1000 * cpu / mails}


PARTS: Mapping[str, Callable[[Site, Work], dict[str, float]]] = {
    "start": start,
    "explain": explain,
    "replay": replay,
}


def measure(part: str) -> dict[str, float]:
    work = Work(REPLAYED, SUPPORT, datetime.now(UTC))
    with site(Conditions()) as there:
        there.intake.admit(*work.people(), contracts=work.contracts())
        return {what: round(figure, 3) for what, figure in PARTS[part](there, work).items()}


def timed(command: Callable[[], object], runs: int) -> tuple[float, float]:
    """Seconds by the clock, and of processor time with its children's; medians."""
    clock, processor = [], []
    for _ in range(runs):
        began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        command()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        clock.append(time.monotonic() - began)
        processor.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(clock), statistics.median(processor)


def main(given: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.commands")
    parser.add_argument("parts", metavar="PART", choices=(*PARTS, ()), nargs="*", default=())
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(given)
    for part in options.parts or PARTS:
        found = measure(part)
        print(json.dumps(found) if options.json else "\n".join(f"{what}: {one:.2f}" for what, one in found.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
