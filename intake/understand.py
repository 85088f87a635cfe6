"""The worker processes in which mail is understood: bytes in, `Mail` and `Reading` out, or why not.

Each worker is a process of its own, started afresh (never forked: the daemon has threads), with a limit on memory and,
for each mail, on time. A mail that hangs, crashes or bloats its worker takes that worker with it and no other mail; a
new worker takes its place. Workers ignore the daemon's signals and die with the daemon, whatever it dies of.
Callers may rely on: every future ends; `submit` may be called from any thread; an idle pool adds under a millisecond.
What becomes of a mail that was not understood, and how often it is tried, is the caller's business.
"""

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from intake.mail.authentication import Trust
from intake.turns import Turns
from intake.worker import Answer, NotUnderstood, Understood, Work, Worker, understand
from rules.facts import TryLater

if TYPE_CHECKING:
    from rules.policy import Policy

__all__ = ["Answer", "NotUnderstood", "Understanding", "Understood"]

NOBODY = Trust()
PAUSE = 2.0
"""Seconds between two attempts to start a worker that did not come up."""
ATTEMPTS = 3
"""Starts that fail in a row before the mails that wait are handed back."""


@dataclass(frozen=True, slots=True)
class _Job:
    raw: bytes
    policy: str
    trust: Trust
    future: "Future[Answer]" = field(default_factory=Future)


class Understanding:
    """A pool of workers. `seconds` is wall-clock time for one mail, `memory` octets of address space for one worker."""

    def __init__(
        self,
        policies: Mapping[str, "Policy"],
        *,
        workers: int,
        seconds: float = 20,
        memory: int = 400 * 1024 * 1024,
        work: Work = understand,
        mailboxes: int = 1,
        came_up: Callable[[], None] = lambda: None,
        begun: Sequence[Worker] = (),
    ) -> None:
        """`mailboxes` is how many share the pool: of several none may have all the workers at once.

        `came_up` is called from a thread of the pool as soon as a worker is ready for the first mail. `begun` are
        workers that are loading already, made by a thread that lives as long as the pool; they are its own from here.
        """
        self._policies = dict(policies)
        self._seconds = seconds
        self._memory = memory
        self._work = work
        self._line: Turns[_Job] = Turns(workers, mailboxes)
        self._closed = threading.Event()
        self.up = threading.Event()
        """Set once a worker was ready for a mail, or none could be started however often it was tried."""
        self._came_up = came_up
        self._begun = list(begun)
        self._keepers = [
            threading.Thread(target=self._keep, name=f"understand-{number}", daemon=True) for number in range(workers)
        ]
        self._workers: dict[str, Worker] = {}
        for keeper in self._keepers:
            keeper.start()

    def submit(self, raw: bytes, *, policy: str, trust: Trust = NOBODY, mailbox: str = "") -> "Future[Answer]":
        """Mails of one `mailbox` wait in line behind each other, and not behind another's.

        The future raises `TryLater` where no worker could be started or the pool was closed meanwhile.
        """
        job = _Job(raw, policy, trust)
        if not self._line.put(mailbox, job):
            _settle(job, TryLater("the workers are stopping"))
        return job.future

    def reload(self, policies: Mapping[str, "Policy"]) -> None:
        """Mails that a worker begins from now on are read under these policies."""
        self._policies = dict(policies)

    def close(self) -> None:
        """End the workers at once. What they were at is handed back as `TryLater`."""
        self._closed.set()
        left = self._line.close()
        for worker in list(self._workers.values()):
            worker.process.kill()
        for keeper in self._keepers:
            keeper.join()
        for worker in self._begun:
            worker.end()
        for job in left:
            _settle(job, TryLater("the workers are stopping"))

    def _keep(self) -> None:
        """The life of one worker after another, in a thread of its own. A worker's parent is this very thread."""
        worker: Worker | None = None
        failures = 0
        while not self._closed.is_set():
            if worker is None:
                worker = self._started()
                failures = 0 if worker is not None else failures + 1
                self._tell_up(worker, failures)
                if worker is None and failures < ATTEMPTS:
                    self._closed.wait(PAUSE)
                    continue
            turn = self._line.take()
            if turn is None:
                break
            mailbox, job = turn
            try:
                worker = self._attend(worker, job)
            finally:
                self._line.done(mailbox)
        if worker is not None:
            worker.end()

    def _tell_up(self, worker: Worker | None, failures: int) -> None:
        if not self.up.is_set() and (worker is not None or failures >= ATTEMPTS):
            self.up.set()
            self._came_up()

    def _attend(self, worker: Worker | None, job: _Job) -> Worker | None:
        """Has the job done; returns the worker, where it lives on."""
        if not job.future.set_running_or_notify_cancel():
            return worker
        if worker is not None and worker.process.poll() is not None:  # it died idle: no mail is to blame
            worker.end()
            worker = self._started()
        if worker is None:
            _settle(job, TryLater("no worker process could be started; the log has its last words"))
            return None
        answer, alive = worker.answer(job.raw, job.policy, job.trust, self._policies, self._seconds)
        if not alive:
            worker.end()
        _settle(job, TryLater("the workers are stopping") if self._closed.is_set() and not alive else answer)
        return worker if alive else None

    def _started(self) -> "Worker | None":
        try:
            worker = self._next_worker()
        except OSError:  # no process, memory or descriptor to be had just now
            return None
        self._workers[threading.current_thread().name] = worker
        if self._closed.is_set() or not worker.ready(self._policies, self._memory):
            worker.end()
            return None
        return worker

    def _next_worker(self) -> Worker:
        with contextlib.suppress(IndexError):
            return self._begun.pop()
        return Worker(self._work)


def _settle(job: _Job, answer: Answer | TryLater) -> None:
    with contextlib.suppress(InvalidStateError):  # a caller cancelled it while it waited
        if isinstance(answer, TryLater):
            job.future.set_exception(answer)
        else:
            job.future.set_result(answer)
