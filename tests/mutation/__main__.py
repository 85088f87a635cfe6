"""Mutation testing of the rules that promise and refuse: `python -m tests.mutation [MODULE ...] [--jobs N]`.

Faults are put into a module one at a time, and its tests must notice. What survives either wants a test or changes
nothing that anybody can see; the latter stands in survivors.toml, with why. The run fails where 5 % of a module's
mutants survive, where a survivor is not listed, and where one is listed that is there no more. It takes minutes, and
is no part of the tests.
"""

import argparse
import os
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from tests.mutation.mutants import SUITES, Mutant, Trial, tried

SURVIVORS = Path(__file__).with_name("survivors.toml")
MOST = 0.05
"""The share of survivors that a module stays below. Of mutants that run out of time, too: a few end never, but where
many do, the machine was too busy to say anything."""


def main(modules: Sequence[str], jobs: int) -> int:
    known = {mutant: why for mutant, why in listed().items() if mutant.module in modules}
    trials = tried(modules, jobs)
    print(f"\n{'module':16}{'mutants':>9}{'killed':>9}{'timed out':>11}{'survived':>10}{'':>9}")
    for trial in trials:
        _print_row(trial)
    print()
    for trial in trials:
        for mutant in trial.alive:
            _print_survivor(mutant, known.get(mutant, "NOT LISTED"))
    faults = list(_faults(trials, known))
    print("\n".join(faults) or "Every survivor is a known one.")
    return 1 if faults else 0


def listed() -> dict[Mutant, str]:
    """The survivors that are known, and why each is none that a test could notice."""
    entries = tomllib.loads(SURVIVORS.read_text("utf-8"))["survivor"]
    return {Mutant(one["module"], one["function"], one["was"], one["became"]): one["why"] for one in entries}


def _print_row(trial: Trial) -> None:
    lives = len(trial.alive)
    killed = trial.mutants - lives - trial.timed_out
    share = lives / trial.mutants if trial.mutants else 1.0
    print(f"{trial.module:16}{trial.mutants:9}{killed:9}{trial.timed_out:11}{lives:10}{share:9.1%}")


def _print_survivor(mutant: Mutant, why: str) -> None:
    print(f"{mutant.module}: {mutant.function}\n  - {mutant.was}\n  + {mutant.became}\n  {why}\n")


def _faults(trials: Sequence[Trial], known: dict[Mutant, str]) -> list[str]:
    faults = []
    for trial in trials:
        if not trial.mutants:
            faults.append(f"{trial.module}: there is nothing to try")
        if len(trial.alive) >= MOST * trial.mutants:
            faults.append(f"{trial.module}: {len(trial.alive)} of {trial.mutants} survive, and {MOST:.0%} is the bound")
        if trial.timed_out >= MOST * trial.mutants:
            faults.append(f"{trial.module}: {trial.timed_out} ran out of time; try again while the machine is idle")
    alive = {mutant for trial in trials for mutant in trial.alive}
    faults += [
        f"{new.module}: {new.function}: kill it by a test, or list it: {new.became}" for new in alive - known.keys()
    ]
    faults += [f"{old.module}: {old.function}: listed, and killed now: {old.became}" for old in known.keys() - alive]
    return sorted(faults)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("modules", nargs="*", choices=[*SUITES, []], metavar="MODULE", help="of rules/; all of them")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="mutants at a time (all processors)")
    given = parser.parse_args()
    sys.exit(main(given.modules or list(SUITES), given.jobs))
