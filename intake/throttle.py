"""How hard one mailbox's mail server may be asked: from when on again, and over how many connections.

It knows no wire and no clock: times are handed in. A server that cannot be reached is tried again after a second, then
two, up to a minute. One that limits us gets half the connections at once and a pause, longer each time; after ten quiet
minutes twice as many connections may be open again, until there are as many as are configured. What one refusal means
is `smtp_limits`' to say; the first of several that come together counts.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from intake.backoff import RECONNECT, Backoff
from intake.limits import Limit

QUIET = timedelta(minutes=10)
"""Without a limit: then the connections double."""
WAITS = {
    Limit.RATE: Backoff(first=60, most=1800),
    Limit.BUSY: Backoff(first=15, most=900),
    Limit.CONNECTIONS: Backoff(first=60, most=900),
}
LONGEST = timedelta(hours=1)
FEWER = Backoff(first=5, most=5)
"""Too many connections, and we have several: fewer will do, without much of a pause."""


class Throttle:
    def __init__(self, configured: int, spread: Callable[[Backoff, int], float] = Backoff.after) -> None:
        self._configured = configured
        self._allowed = configured
        self._changed_at: datetime | None = None
        """From when on a quiet time counts."""
        self._limited_at: datetime | None = None
        self._limited = False
        self._why = ""
        self._spread = spread
        self.failures = 0
        """In a row."""
        self.trouble = ""
        """What the server last said, or did not; "" since a letter came through."""
        self.not_before: datetime | None = None

    def must_wait(self, now: datetime) -> bool:
        """A wait that is longer than any was begun before the clock went back, and is over."""
        return self.not_before is not None and now < self.not_before <= now + LONGEST

    def connections(self, now: datetime) -> int:
        """How many may be used now; at least one."""
        while self._changed_at is not None and now - self._changed_at >= QUIET:
            self._changed_at += QUIET
            self._allowed = min(2 * self._allowed, self._configured)
            if self._allowed == self._configured:
                self._changed_at = None
        return self._allowed

    def put_off(self, limit: Limit | None, why: str, now: datetime) -> bool:
        """The server limits us, or (None) was not reached. False where that is known already."""
        if self.must_wait(now):
            return False
        self.failures, self.trouble, self._limited = self.failures + 1, why, limit is not None
        wait = RECONNECT if limit is None else WAITS[limit]
        if limit is not None:
            if limit is Limit.CONNECTIONS and self.connections(now) > 1:
                wait = FEWER
            self._allowed = max(1, self.connections(now) // 2)
            self._limited_at, self._why = now, why
        self.not_before = now + timedelta(seconds=self._spread(wait, self.failures))
        if self._allowed < self._configured and limit is not None:
            self._changed_at = self.not_before  # a pause proves nothing
        return True

    def answered(self, now: datetime) -> int:
        """The server dealt with a letter; returns how many failures went before.

        What a connection has under way while another is told to slow down does not end the pause.
        """
        if self._limited and self.must_wait(now):
            return 0
        failed, self.failures, self.trouble, self.not_before = self.failures, 0, "", None
        return failed

    def hurry(self) -> None:
        """The settings are others now: what was said of the old ones does not hold."""
        self.not_before = None

    def said(self, now: datetime) -> str:
        """For `status`, while letters are taken."""
        if (allowed := self.connections(now)) == self._configured or self._limited_at is None:
            return "letters are taken"
        since = f"{self._limited_at:%Y-%m-%d %H:%M} UTC"
        return f"letters are taken, over {allowed} of {self._configured} connections since {since}: {self._why}"
