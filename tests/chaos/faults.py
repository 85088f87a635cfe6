"""The faults of a chaos run: a table of what can break, how often it does, and how it is done.

Each takes the world and its draws, each in [0, 1), and says how many processes it killed. What it breaks for a while
it mends by `world.later`; `peace` mends whatever is left.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import psycopg
from imapclient.exceptions import IMAPClientError

from tests.chaos.daemon_process import DaemonProcess
from tests.chaos.world import DISK_FLOOR, World
from tests.servers.cutproxy import How, Way
from tests.servers.sink import DROP, HANG, LOSE, RESET, Rule, Stage, Talk

Draws = tuple[float, float, float]
_One = TypeVar("_One")

START_SECONDS = 3.0
"""About as long as a daemon takes to be ready: its kill falls anywhere in it."""
SENDING: tuple[tuple[Stage, str], ...] = (
    ("end", "250 2.0.0 queued"),
    ("end", LOSE),
    ("body", DROP),
    ("rcpt", "250 2.1.5 ok"),
)
SENDING_SECONDS = 4.0
"""How long to wait for a letter while there is mail that will be answered."""
IDLE_SECONDS = 0.3
"""The same while there is none."""
TARGET_SECONDS = 2.0
"""How long to wait for something to kill."""


@dataclass(frozen=True, slots=True)
class Fault:
    name: str
    weight: float
    act: Callable[[World, Draws], int]
    kills: bool = False
    needs: str = ""
    """An ability of the world; "" for none."""
    at_once: bool = False
    """It waits for work itself."""


def kill_daemon(world: World, draws: Draws) -> int:
    return int(_pick(world.daemons, draws[0]).kill())


def kill_starting(world: World, draws: Draws) -> int:
    """While it starts: killed, started, and killed again within the seconds that it needs to be ready."""
    daemon = _pick(world.daemons, draws[0])
    killed = int(daemon.kill())
    daemon.start()
    daemon.wait(draws[1] * START_SECONDS)
    return killed + int(daemon.kill())


def kill_sending(world: World, draws: Draws) -> int:
    """At the very moment when the mail server has a letter, or half of it, and has not said so yet."""
    daemon = _pick(world.daemons, draws[0])
    stage, answer = _pick(SENDING, draws[1])
    killed: list[int] = []

    def strike(_talk: Talk) -> bool:
        if not killed:
            killed.append(int(daemon.strike()))
        return True

    rule = Rule(stage, answer, when=strike, times=1)
    world.sink.rules.insert(0, rule)
    end = time.monotonic() + (SENDING_SECONDS if world.busy() else IDLE_SECONDS)
    while not killed and time.monotonic() < end:
        world.attend()
        time.sleep(0.01)
    rule.times = 0
    return sum(killed)


def kill_stopping(world: World, draws: Draws) -> int:
    """While it takes itself down."""
    daemon = _pick(world.daemons, draws[0])
    daemon.signal(signal.SIGCONT)
    if not daemon.signal(signal.SIGTERM):
        return 0
    daemon.wait(draws[1] * 0.6)
    return int(daemon.kill())


def stop_daemon(world: World, draws: Draws) -> int:
    """As an admin does: it has to end by itself, and in time."""
    daemon = _pick(world.daemons, draws[0])
    daemon.signal(signal.SIGCONT)
    if daemon.signal(signal.SIGTERM) and daemon.wait(20) is None:
        raise AssertionError("a daemon did not stop within 20 s of SIGTERM")
    return 0


def reload_daemon(world: World, draws: Draws) -> int:
    _pick(world.daemons, draws[0]).reload()
    return 0


def freeze_daemon(world: World, draws: Draws) -> int:
    daemon = _pick(world.daemons, draws[0])
    if (pid := daemon.pid) is not None:
        _freeze(world, pid, 0.2 + 3 * draws[1])
    return 0


def kill_worker(world: World, draws: Draws) -> int:
    worker = _worker(world, draws[0])
    return _kill(worker) if worker else 0


def freeze_worker(world: World, draws: Draws) -> int:
    if worker := _worker(world, draws[0]):
        _freeze(world, worker, 0.2 + 3 * draws[1])
    return 0


def kill_imap(world: World, draws: Draws) -> int:
    """Every session that Dovecot has open, at once."""
    return int(world.host.kill_imap_sessions() > 0)


def crash_dovecot(world: World, draws: Draws) -> int:
    world.host.stop_dovecot()
    world.progress.wait(1, draws[0])
    world.host.start_dovecot()
    return 1


def cut(world: World, draws: Draws, *, what: str) -> int:
    """One connection breaks after so many bytes, by RST, FIN or silence."""
    proxy = {"imap": world.imap, "smtp": world.smtp}.get(what) or _pick(world.databases, draws[0])
    how: How = _pick(("rst", "rst", "fin", "stall"), draws[0] * 7 % 1)
    way: Way = "up" if draws[1] < 0.5 else "down"
    proxy.arm(int(20 * 500 ** draws[2]), way=way, how=how)
    if how == "stall":
        world.later(1 + 2 * draws[1], proxy.let_go)
    return 0


def partition(world: World, draws: Draws) -> int:
    """One daemon and the database hear nothing of each other for a while; its sibling goes on."""
    proxy = _pick(world.databases, draws[0])
    proxy.hold()
    world.later(1 + 12 * draws[1], proxy.let_go)
    return 0


def terminate_backends(world: World, draws: Draws) -> int:
    """One or all of the daemons' connections, as an admin or a fail-over does it."""
    return _on_backends(world, draws, "SELECT pg_terminate_backend(%s)")


def kill_backend(world: World, draws: Draws) -> int:
    """By SIGKILL, whereupon PostgreSQL ends every connection and recovers."""
    backends = _backends(world)
    if not backends:
        return 0
    killed = _kill(_pick(backends, draws[0]))
    _wait_for_postgres(world)
    return killed


def crash_postgres(world: World, draws: Draws) -> int:
    assert world.postgres is not None
    world.postgres.crash()
    world.progress.wait(1, draws[0])
    world.postgres.start()
    return 1


def fill_disk(world: World, draws: Draws) -> int:
    """No byte is left where the store is, or about as many as the daemon asks for, until somebody tidies up."""
    assert world.disk is not None
    ballast = world.disk / "ballast"
    free = os.statvfs(world.disk)
    spared = 0 if draws[1] < 0.4 else int(2 * DISK_FLOOR * draws[2])
    with contextlib.suppress(OSError), ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, free.f_bavail * free.f_frsize - spared))
    world.later(0.3 + draws[0], partial(ballast.unlink, missing_ok=True))
    return 0


def jump_clock(world: World, draws: Draws) -> int:
    """By minutes to hours, forward or back, never further from the truth than six hours."""
    seconds = int(60 * 240 ** draws[0]) * (1 if draws[1] < 0.6 else -1)
    world.set_clock(max(-6 * 3600, min(6 * 3600, world.wall + seconds)))
    return 0


def new_uidvalidity(world: World, draws: Draws) -> int:
    world.host.new_uidvalidity(_pick(list(world.addresses.values()), draws[0]))
    return 0


def meddle(world: World, draws: Draws) -> int:
    """A person moves, deletes or copies a mail that waits in the mailbox."""
    address = _pick(list(world.addresses.values()), draws[0])
    with contextlib.suppress(OSError, IMAPClientError), world.host.box(address).session() as client:
        client.select_folder("INBOX")
        if not (uids := client.search()):
            return 0
        uid = _pick(uids, draws[1])
        if draws[2] < 0.4:
            client.copy([uid], "INBOX")
            return 0
        header = client.fetch([uid], ["BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"]).get(uid, {})
        said = b"".join(value for value in header.values() if isinstance(value, bytes)).decode()
        world.taken_away.add(said.partition(":")[2].strip())
        if draws[2] < 0.7:
            client.move([uid], "Sent")
        else:
            client.delete_messages([uid])
            client.uid_expunge([uid])
    return 0


SMTP = (
    Rule("body", DROP),
    Rule("end", DROP),
    Rule("end", LOSE),
    Rule("end", LOSE),
    Rule("end", RESET),
    Rule("data", RESET),
    Rule("mail", "451 4.3.0 not now"),
    Rule("rcpt", "450 4.2.0 not now"),
    Rule("end", "452 4.3.1 not now"),
    Rule("end", "554 5.6.0 never"),
    Rule("mail", "421 4.7.0 too much"),
    Rule("end", "421 4.7.0 too much"),
    Rule("greeting", "421 4.7.0 too much"),
    Rule("greeting", DROP),
    Rule("end", HANG),
    Rule("data", HANG),
    Rule("rcpt", "250 2.1.5 in a while", delay=0.5),
    Rule("end", "250 2.0.0 in a while", delay=0.5),
)


def break_smtp(world: World, draws: Draws) -> int:
    """The mail server does one of these to the next one to three letters."""
    chosen = _pick(SMTP, draws[0])
    rule = Rule(chosen.stage, chosen.answer, times=1 + int(draws[1] * 3), delay=chosen.delay)
    world.sink.rules.append(rule)
    if chosen.answer == HANG:
        world.later(0.5 + draws[2], partial(_end_hang, world, rule))
    return 0


def _end_hang(world: World, rule: Rule) -> None:
    rule.times = 0
    world.sink.hang_up()


FAULTS = (
    Fault("kill daemon", 4, kill_daemon, kills=True),
    Fault("kill daemon that starts", 1.5, kill_starting, kills=True),
    Fault("kill daemon that sends", 2, kill_sending, kills=True, at_once=True),
    Fault("kill daemon that stops", 1, kill_stopping, kills=True),
    Fault("kill worker", 6, kill_worker, kills=True),
    Fault("kill imap sessions", 6, kill_imap, kills=True),
    Fault("crash dovecot", 0.5, crash_dovecot, kills=True),
    Fault("terminate backends", 6, terminate_backends, kills=True, needs="postgresql"),
    Fault("kill backend", 2, kill_backend, kills=True, needs="postgresql"),
    Fault("crash postgresql", 0.7, crash_postgres, kills=True, needs="postgresql"),
    Fault("stop daemon", 0.7, stop_daemon),
    Fault("reload daemon", 1, reload_daemon),
    Fault("freeze daemon", 0.7, freeze_daemon),
    Fault("freeze worker", 0.7, freeze_worker),
    Fault("cut imap", 2, partial(cut, what="imap")),
    Fault("cut smtp", 2, partial(cut, what="smtp")),
    Fault("cut postgresql", 3, partial(cut, what="postgresql"), needs="postgresql"),
    Fault("partition", 4, partition, needs="siblings"),
    Fault("break smtp", 6, break_smtp),
    Fault("fill disk", 1, fill_disk, needs="disk"),
    Fault("jump clock", 2, jump_clock, needs="clock"),
    Fault("new uidvalidity", 0.7, new_uidvalidity),
    Fault("meddle", 2, meddle),
)
BY_NAME = {fault.name: fault for fault in FAULTS}


def possible(abilities: frozenset[str]) -> dict[str, float]:
    """Name -> weight of those that can be done here."""
    return {fault.name: fault.weight for fault in FAULTS if not fault.needs or fault.needs in abilities}


def kill_share(faults: dict[str, float]) -> float:
    """How many of a hundred faults kill something, as a share of one."""
    return sum(weight for name, weight in faults.items() if BY_NAME[name].kills) / sum(faults.values())


def _pick(of: Sequence[_One], draw: float) -> _One:
    return of[int(draw * len(of))]


def _kill(pid: int) -> int:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return 0
    return 1


def _freeze(world: World, pid: int, seconds: float) -> None:
    def thaw() -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
        world.later(seconds, thaw)


def _worker(world: World, draw: float) -> int | None:
    end = time.monotonic() + TARGET_SECONDS
    while time.monotonic() < end:
        if workers := _pick(world.daemons, draw).workers():
            return _pick(workers, draw * 31 % 1)
        world.attend()
        time.sleep(0.02)
    return None


def _backends(world: World) -> list[int]:
    """Of the daemons' connections, which alone are open while nothing here looks into the store."""
    assert world.postgres is not None
    with contextlib.suppress(psycopg.OperationalError):
        return world.postgres.backends(world.store_url.rpartition("/")[2])
    return []


def _on_backends(world: World, draws: Draws, statement: str) -> int:
    assert world.postgres is not None
    backends = _backends(world)
    chosen = backends if draws[0] < 0.3 else [_pick(backends, draws[1])] if backends else []
    plain = world.postgres.url("postgres").replace("+psycopg", "")
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(plain, autocommit=True) as wire:
        for pid in chosen:
            wire.execute(statement, [pid])
        return int(bool(chosen))
    return 0


def _wait_for_postgres(world: World) -> None:
    """It ends its other connections first, and takes new ones when it has recovered."""
    assert world.postgres is not None
    plain = world.postgres.url("postgres").replace("+psycopg", "")
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(plain, connect_timeout=5).close()
            return
        time.sleep(0.02)


__all__ = ["BY_NAME", "FAULTS", "DaemonProcess", "Fault", "kill_share", "possible"]
