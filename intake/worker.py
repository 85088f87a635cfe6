"""One worker process: the handle by which the daemon holds it, and what it does on its own side.

It is started afresh, loads what reading needs, is told the policies, takes one mail after another through its socket,
ignores the signals meant for the daemon, and dies with the daemon, whatever that dies of. Callers may rely on: `answer`
returns in about the seconds it is given, whatever the mail does; memory is limited before the first mail is read.
"""

import contextlib
import ctypes
import importlib
import os
import pickle
import resource
import signal
import socket
import struct
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from intake import frames, garbage
from rules.facts import Mail, Reading, Sent, Unreadable

if TYPE_CHECKING:
    from intake.mail.authentication import Trust
    from intake.mail.dkim_opinion import Keys
    from rules.policy import Policy

START_SECONDS = 60.0
"""How long a worker may take to import what it needs; a busy machine takes seconds, a healthy one less than two."""
PR_SET_PDEATHSIG = 1
READY = b"ready"


@dataclass(frozen=True, slots=True)
class Understood(Sent):
    mail: Mail
    reading: Reading


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    reason: str
    final: bool
    """True: the mail itself cannot be read. False: it hung, crashed or met a bug of ours, and may be tried again."""
    trace: str = field(default="", compare=False)
    """The traceback of a bug, for the log; it may hold words of the mail."""


Answer = Understood | NotUnderstood
Work = Callable[[bytes, "Policy", "Trust"], Understood]


def understand(raw: bytes, policy: "Policy", trust: "Trust") -> Understood:
    """What a worker does with one mail. Raises `Unreadable`."""
    from intake.mail.parse import parse
    from rules.reading import read

    mail = parse(raw, authserv_id=trust.authserv_id)
    if trust.dkim:
        from intake.mail.dkim_opinion import with_second_opinion

        mail = with_second_opinion(mail, raw, _keys())
    return Understood(mail, read(mail, policy))


@cache
def _keys() -> "Keys":
    """What this worker knows of the keys of signers."""
    from intake.mail.dkim_opinion import Keys, from_dns

    return Keys(from_dns)


class Worker:
    """One worker process and our end of its socket. Used by its keeper alone, but for `process.kill`.

    It lives no longer than the thread that makes it.
    """

    def __init__(self, work: Work = understand) -> None:
        """It begins to load. Raises OSError where the system has no process, memory or descriptor to give."""
        ours, theirs = socket.socketpair()
        with theirs, contextlib.ExitStack() as failed:
            failed.callback(ours.close)
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", f"from intake.worker import serve; serve({theirs.fileno()})"],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # a terminal's Ctrl-C is for the daemon, who ends its workers when it is done
            )
            failed.pop_all()
        ours.settimeout(None)
        self._socket = ours
        self._limited = 0.0
        self._policies: Mapping[str, Policy] = {}
        with contextlib.suppress(OSError):  # it died already: `ready` will tell
            frames.send(ours, pickle.dumps((sys.path, os.getpid(), (work.__module__, work.__qualname__))))

    def ready(self, policies: Mapping[str, "Policy"], memory: int) -> bool:
        """Tell it the policies, and how many octets of address space it may have; True once it takes mails."""
        self._policies = policies
        self._limit(START_SECONDS)
        try:
            frames.send(self._socket, pickle.dumps((memory, policies)))
            return frames.receive(self._socket) == READY
        except (OSError, EOFError):
            return False

    def answer(
        self, raw: bytes, policy: str, trust: "Trust", policies: Mapping[str, "Policy"], seconds: float
    ) -> tuple[Answer, bool]:
        """The answer, and whether the worker lives on."""
        self._limit(seconds)
        began = time.monotonic()
        try:
            changed = policies if policies is not self._policies else None
            frames.send(self._socket, pickle.dumps((policy, trust, changed)), raw)
            self._policies = policies
            left = seconds - (time.monotonic() - began)
            if left < seconds / 2:
                self._limit(max(left, 0.001))
            answer, alive = pickle.loads(frames.receive(self._socket))  # noqa: S301 - from our own process
        except BlockingIOError:
            return NotUnderstood(f"not done after {seconds:g} s", final=False), False
        except (OSError, EOFError, pickle.UnpicklingError):
            if time.monotonic() - began >= seconds:
                return NotUnderstood(f"not done after {seconds:g} s", final=False), False
            return NotUnderstood(f"its worker died ({self._death()})", final=False), False
        else:
            return answer, alive

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self._socket.close()

    def _limit(self, seconds: float) -> None:
        """A worker that is stopped, or half dead, must not block us for ever in a read or a write."""
        if seconds == self._limited:
            return
        self._limited = seconds
        limit = struct.pack("ll", int(seconds), int(seconds % 1 * 1_000_000))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)

    def _death(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self.process.wait(5)
            return signal.Signals(-code).name if code < 0 else f"status {code}"
        return "no answer"


@contextlib.contextmanager
def begun(number: int) -> Iterator[list[Worker]]:
    """So many workers, or as many as the system gives now, that load while their maker does other things.

    They live no longer than this, or than the thread that calls it.
    """
    workers: list[Worker] = []
    with contextlib.suppress(OSError):  # the pool tries again
        while len(workers) < number:
            workers.append(Worker())
    try:
        yield workers
    finally:
        for one in workers:
            one.end()


def serve(descriptor: int) -> None:
    """The worker's side: one mail after another until the daemon closes the socket, or dies in the middle of a word."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with socket.socket(fileno=descriptor) as daemons:
        _serve(daemons)


def _serve(daemons: socket.socket) -> None:
    try:
        path, daemon, (module, name) = pickle.loads(_told(daemons))  # noqa: S301
    except (EOFError, OSError):
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != daemon:  # it died before the line above
        return
    sys.path[:] = path
    garbage.loading()
    work = getattr(importlib.import_module(module), name)
    _load(work)
    try:
        memory, policies = pickle.loads(_told(daemons))  # noqa: S301
    except (EOFError, OSError):
        return
    _warm(work, policies)
    garbage.loaded()
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    with contextlib.suppress(EOFError, OSError):  # of the socket: whatever the work raises is its answer
        _answer_all(daemons, work, policies)


def _told(daemons: socket.socket) -> bytes:
    """One frame alone: the next one may be there already."""
    return frames.receive_octets(daemons)[0]


def _answer_all(daemons: socket.socket, work: Work, policies: Any) -> None:
    frames.send(daemons, READY)
    while True:
        asked, raw = frames.receive_octets(daemons)
        policy, trust, changed = pickle.loads(asked)  # noqa: S301
        policies = changed if changed is not None else policies
        answer, healthy = _answer(work, raw, policies, policy, trust)
        del raw
        frames.send(daemons, pickle.dumps((answer, healthy), pickle.HIGHEST_PROTOCOL))
        if not healthy:
            return


def _answer(work: Work, raw: bytes, policies: Any, policy: str, trust: "Trust") -> tuple[Answer, bool]:
    try:
        return work(raw, policies[policy], trust), True
    except Unreadable as refused:
        return NotUnderstood(str(refused), final=True), True
    except MemoryError:
        return NotUnderstood("its worker ran out of memory", final=False), False
    except Exception as fault:  # noqa: BLE001 - a bug of ours, or of a library, is told and counted by the caller
        reason = f"{type(fault).__name__}: {fault}"[:300]
        return NotUnderstood(reason, final=False, trace=traceback.format_exc()[-8000:]), True


HEAD = b"From: a@example.com\r\nSubject: ready\r\n"


def _load(work: Work) -> None:
    """What reading needs of libraries and models, whatever the policy: the first mail waits for nothing."""
    if work is not understand:
        return
    from intake.mail.parse import parse
    from rules import language
    from rules.reading import read  # noqa: F401  (what a policy is made of, with all that reads by one)

    parse(HEAD + b"Content-Type: text/html\r\n\r\n<p>The server does not answer.</p>")
    parse(HEAD + b"\r\n" + "Сервер с утра не отвечает, помогите.\r\n".encode("koi8-r"))
    language.judge("", "The server does not answer since this morning.", ())


def _warm(work: Work, policies: Mapping[str, "Policy"]) -> None:
    """The phrases of the policies."""
    if work is not understand:
        return
    from intake.mail.authentication import Trust

    for policy in policies.values():
        understand(HEAD + b"\r\nThe server does not answer since this morning.\r\n", policy, Trust())
