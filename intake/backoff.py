"""How long to wait before something is tried again: doubling, bounded, and never in step with others."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds."""

    first: float
    most: float

    def after(self, failures: int) -> float:
        """The wait after this many failures in a row (1 or more), spread by a quarter either way."""
        whole = min(self.most, self.first * 2.0 ** min(failures - 1, 30))
        return whole * random.uniform(0.75, 1.25)  # noqa: S311  (no secret)


RECONNECT = Backoff(first=1, most=60)
"""A server that does not answer."""
FULL = Backoff(first=30, most=300)
"""A store that has no room for what was fetched: each attempt fetches a batch for nothing."""
NEXT_ATTEMPT = Backoff(first=60, most=3600)
"""One letter that was put off (RFC 5321 §4.5.4.1 asks for half an hour at least in the long run)."""
FILING = Backoff(first=5, most=600)
"""A mail that would not leave its folder."""
PAGE = Backoff(first=10, most=120)
"""One page: whom it is to wake should not wait for hours."""
