"""Starts and stops the servers' programs, finds free ports and waits for a server's greeting.

Every program gets a process group of its own, no stdin and a clean environment; `stop` leaves nothing of it alive.
"""

import contextlib
import os
import random
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path


def start(command: list[str], log: Path, **environment: str) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", **environment},
        )


def stop(program: subprocess.Popen[bytes], seconds: float = 3) -> None:
    """Asks, waits, then kills whatever is left of the group: Dovecot's children outlive their master for a while."""
    with contextlib.suppress(ProcessLookupError):
        program.send_signal(signal.SIGCONT)
        program.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        program.wait(seconds)
    kill(program)


def kill(program: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGKILL)
    program.wait(5)


def children(pid: int, title: str) -> list[int]:
    """Child processes whose command line begins with this title."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            command = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            if command.split(" ")[0] == title:
                found.append(int(child))
    return found


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, all different.

    They lie below those that the kernel gives to outgoing connections (32768 on Linux): a server that restarts on its
    port has found a client of somebody else's on it.
    """
    found: list[int] = []
    chance = random.SystemRandom()
    while len(found) < count:
        port = chance.randrange(15_000, 32_000)
        if port not in found and _is_free(port):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def wait_for_greeting(
    program: subprocess.Popen[bytes],
    port: int,
    greeting: bytes,
    log: Callable[[], str],
    tls: ssl.SSLContext | None = None,
    seconds: float = 10,
) -> None:
    """Fails with the server's own log when it ends, or is silent for too long."""
    end = time.monotonic() + seconds
    while not greets(port, greeting, tls):
        if program.poll() is not None or time.monotonic() > end:
            stop(program)
            raise RuntimeError(f"{program.args!r} does not serve port {port}:\n{log()}")
        time.sleep(0.01)


def greets(port: int, greeting: bytes, tls: ssl.SSLContext | None = None) -> bool:
    """Whether the server on this port opens with these bytes."""
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as plain:
            wire = tls.wrap_socket(plain, server_hostname="127.0.0.1") if tls else plain
            with wire:
                return wire.recv(200).startswith(greeting)
    except OSError:
        return False
