"""The line in which mails wait for a worker: one from each mailbox in turn.

Where several mailboxes share the workers, none may have all of them at once, so that mails which hang every worker
that they get cost the other mailboxes nothing. One mailbox alone has all. Thread-safe; `close` wakes everybody.
"""

import threading
from collections import Counter, deque
from typing import Generic, TypeVar

Job = TypeVar("Job")


class Turns(Generic[Job]):
    def __init__(self, workers: int, mailboxes: int) -> None:
        """`mailboxes` is how many share these workers."""
        self._most = max(1, workers - 1) if mailboxes > 1 else max(1, workers)
        self._waiting: dict[str, deque[Job]] = {}
        """By mailbox; whose turn is next comes first."""
        self._taken: Counter[str] = Counter()
        self._closed = False
        self._changed = threading.Condition()

    def put(self, mailbox: str, job: Job) -> bool:
        """False where the line is closed: the job is not in it."""
        with self._changed:
            if self._closed:
                return False
            self._waiting.setdefault(mailbox, deque()).append(job)
            self._changed.notify()
        return True

    def take(self) -> tuple[str, Job] | None:
        """The next job and its mailbox, once there is one; None where the line is closed. Say `done` when it is."""
        with self._changed:
            while not self._closed:
                mailbox = next((one for one in self._waiting if self._taken[one] < self._most), None)
                if mailbox is not None:
                    return mailbox, self._next_of(mailbox)
                self._changed.wait()
        return None

    def done(self, mailbox: str) -> None:
        with self._changed:
            self._taken[mailbox] -= 1
            self._changed.notify()

    def close(self) -> list[Job]:
        """What was in the line and nobody will take."""
        with self._changed:
            self._closed = True
            left = [job for jobs in self._waiting.values() for job in jobs]
            self._waiting = {}
            self._changed.notify_all()
        return left

    def _next_of(self, mailbox: str) -> Job:
        jobs = self._waiting.pop(mailbox)
        job = jobs.popleft()
        if jobs:
            self._waiting[mailbox] = jobs  # behind all the others
        self._taken[mailbox] += 1
        return job
