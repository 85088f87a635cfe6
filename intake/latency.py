"""How long something took, counted into buckets as a histogram of Prometheus has them."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

BOUNDS = (0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14400.0)
"""Seconds: usually a letter is on its way within one, in a flood or behind a server that is away it takes hours."""


class Latency:
    """Observed by one thread, read by any."""

    def __init__(self, bounds: Sequence[float] = BOUNDS) -> None:
        """`bounds` ascend; the last bucket is open."""
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self.total = 0.0
        """Of all that was observed, in seconds."""

    def observe(self, seconds: float) -> None:
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self.total += max(0.0, seconds)

    def buckets(self) -> list[tuple[str, int]]:
        """Each upper bound ("+Inf" is the last), and how many took no longer than that."""
        return list(zip([*map(str, self._bounds), "+Inf"], accumulate(tuple(self._counts)), strict=True))
