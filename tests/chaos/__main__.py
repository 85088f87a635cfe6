"""`python -m tests.chaos --seed 7 --kills 100 --mails 500 --engine postgresql`: a chaos run; exit 1 where it found
something. The same seed is the same plan."""

import argparse
import signal
import sys
import time
from pathlib import Path

from tests.chaos import figures
from tests.chaos.run import Order, run
from tests.servers import mailhost, postgres


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.chaos", description="Break everything, and count.")
    asked.add_argument("--seed", type=int, default=int(time.time()), help="default: the time")
    asked.add_argument("--kills", type=int, default=60)
    asked.add_argument("--mails", type=int, default=300)
    asked.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    asked.add_argument("--daemons", type=int, default=1, help="more than one shares a PostgreSQL")
    asked.add_argument("--quiet", action="store_true", help="no line a fault")
    asked.add_argument("--keep", type=Path, metavar="DIR", help="put the daemons' logs there")
    options = asked.parse_args()
    if options.daemons > 1 and options.engine == "sqlite":
        asked.error("several daemons need --engine postgresql")
    if why := mailhost.obstacle() or (postgres.obstacle() if options.engine == "postgresql" else ""):
        print(why, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was set up is taken down
    order = Order(options.seed, options.kills, options.mails, options.engine, options.daemons, options.keep)
    outcome = run(order, (lambda _: None) if options.quiet else lambda words: print(words, flush=True))
    print(figures.table(outcome))
    print(figures.line(outcome))
    return 1 if outcome.findings else 0


if __name__ == "__main__":
    sys.exit(main())
