"""How much mail all mailboxes of a daemon have in hand together: fetched, and not yet recorded.

Each mailbox fetches ahead, which keeps fetching, understanding and recording busy at once; fifty that do so with a
backlog each would hold a gigabyte. So there is one bound for all, which one mailbox alone does not meet. It is a matter
of memory and of nothing else: who has waited long for others may go beyond it. Thread-safe.
"""

import threading
from collections import Counter

MOST = 32_000_000
"""Octets. One mailbox has three batches in hand, of 8 MB each at most where nobody configures more."""


class InHand:
    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._octets: Counter[str] = Counter()
        """By mailbox."""
        self._less = threading.Condition()

    def take(self, mailbox: str, octets: int, seconds: float = 0) -> bool:
        """Have so many more in hand; False where there is no room for them within these seconds."""
        with self._less:
            if not self._less.wait_for(lambda: self._fit(octets), seconds):
                return False
            self._octets[mailbox] += octets
            return True

    def take_all_the_same(self, mailbox: str, octets: int) -> None:
        with self._less:
            self._octets[mailbox] += octets

    def put_down(self, mailbox: str, octets: int | None = None) -> None:
        """So many, or all that this mailbox has in hand."""
        with self._less:
            self._octets[mailbox] -= self._octets[mailbox] if octets is None else octets
            self._less.notify_all()

    def _fit(self, octets: int) -> bool:
        """What is larger than all that may be in hand goes while there is nothing else."""
        taken = self._octets.total()
        return not taken or taken + octets <= self._most
