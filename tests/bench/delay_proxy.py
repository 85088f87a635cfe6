"""A network that takes its time, in a process of its own: every byte arrives half a round trip after it was sent.

    with DelayProxy(20, [mailhost.imaps, sink.port]) as proxy:
        ...  # connect to proxy.ports instead, in the same order

Bandwidth is without limit, nothing is lost. It works below TLS. The handshake of TCP itself is not delayed.
"""

import asyncio
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]


class DelayProxy:
    def __init__(self, milliseconds: float, targets: Sequence[int]) -> None:
        """`milliseconds` of a whole round trip."""
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.delay_proxy", str(milliseconds), *map(str, targets)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert self._program.stdout is not None
        self.pid = self._program.pid
        self.ports = [int(port) for port in self._program.stdout.readline().split()]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._program.communicate()


class Way(asyncio.Protocol):
    """One direction of one connection; what it reads goes to `other` later."""

    def __init__(self, seconds: float, target: int = 0, other: "Way | None" = None) -> None:
        self._seconds, self._target, self._other = seconds, target, other
        self._loop = asyncio.get_running_loop()
        self._under_way: deque[tuple[float, bytes]] = deque()
        self._transport: asyncio.Transport | None = None
        self._opening: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._other is None:
            self._opening = self._loop.create_task(self._open())

    def data_received(self, data: bytes) -> None:
        self._send_later(data)

    def connection_lost(self, trouble: Exception | None) -> None:
        self._transport = None
        self._send_later(b"")

    def arrive(self, data: bytes) -> None:
        """At this end, from the other one; nothing for its end."""
        if self._transport is not None:
            self._transport.write(data) if data else self._transport.close()

    async def _open(self) -> None:
        _, self._other = await self._loop.create_connection(
            lambda: Way(self._seconds, other=self), "127.0.0.1", self._target
        )
        if self._under_way:
            self._loop.call_at(self._under_way[0][0], self._deliver)

    def _send_later(self, data: bytes) -> None:
        due = self._loop.time() + self._seconds
        self._under_way.append((due, data))
        if self._other is not None and len(self._under_way) == 1:
            self._loop.call_at(due, self._deliver)

    def _deliver(self) -> None:
        """What is due by now, in the order in which it came."""
        assert self._other is not None
        while self._under_way and self._under_way[0][0] <= self._loop.time():
            self._other.arrive(self._under_way.popleft()[1])
        if self._under_way:
            self._loop.call_at(self._under_way[0][0], self._deliver)


async def serve(seconds: float, targets: Sequence[int]) -> None:
    loop = asyncio.get_running_loop()
    ports = []
    for target in targets:
        server = await loop.create_server(partial(Way, seconds, target), "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
    print(*ports, flush=True)
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    await orders.read()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]) / 2000, [int(port) for port in sys.argv[2:]]))
