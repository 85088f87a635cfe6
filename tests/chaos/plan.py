"""What a chaos run does, all of it drawn from one seed before anything happens: mails, faults, and how long between.

A plan knows no clock and no process, so the same seed on a machine of the same abilities is the same plan. What a draw
comes to (which session, which letter) is known only when its turn comes; the draw itself stands here.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.chaos.mails import WEIGHTS, Draft

BURST = (1, 1, 2, 3, 5, 8, 16)
"""How many mails come at once; mostly few."""


@dataclass(frozen=True, slots=True)
class Step:
    """Mails come, some work is done, something breaks."""

    number: int
    mails: tuple[Draft, ...]
    work: int
    """So many mails or letters are to be done first, or none within a while."""
    pause: float
    """Seconds more: no event of ours falls between two lines of the daemon."""
    fault: str
    draws: tuple[float, float, float]
    """Each in [0, 1)."""


@dataclass(frozen=True, slots=True)
class Plan:
    seed: int
    drafts: tuple[Draft, ...]
    steps: tuple[Step, ...]
    """More than are needed: a fault that finds nothing to break costs nothing."""


def draw(seed: int, mails: int, kills: int, faults: Mapping[str, float], kill_share: float) -> Plan:
    """`faults`: name -> weight; `kill_share` of them are kills, of which so many are to be reached."""
    chance = random.Random(seed)
    kinds, weights = list(WEIGHTS), list(WEIGHTS.values())
    drafts = tuple(Draft(n, chance.choices(kinds, weights)[0], chance.random()) for n in range(1, mails + 1))
    wanted = max(1, round(kills / kill_share)) if kill_share else 1
    bursts = _bursts(chance, drafts, wanted)
    return Plan(seed, drafts, tuple(_step(chance, n, faults, bursts) for n in range(1, 3 * wanted + 1)))


def _step(chance: random.Random, number: int, faults: Mapping[str, float], bursts: Iterator[Sequence[Draft]]) -> Step:
    fault = chance.choices(list(faults), list(faults.values()))[0]
    draws = (chance.random(), chance.random(), chance.random())
    return Step(number, tuple(next(bursts, ())), chance.randrange(6), chance.uniform(0, 0.05), fault, draws)


def _bursts(chance: random.Random, drafts: Sequence[Draft], steps: int) -> Iterator[Sequence[Draft]]:
    """All mails within so many steps."""
    fed = 0
    for step in range(steps):
        due = len(drafts) * (step + 1) // steps
        if due > fed:
            # Mostly about as many as are due; now and then a crowd, and then quiet for a while.
            size = max(1, min(len(drafts) - fed, chance.choice(BURST), 2 * (due - fed)))
            yield drafts[fed : fed + size]
            fed += size
        else:
            yield ()
    yield drafts[fed:]
