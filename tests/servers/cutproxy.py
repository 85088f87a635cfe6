"""A TCP proxy that breaks connections: after so many bytes one way, by FIN, RST or silence; or trickles.

    with CutProxy(mailhost.imaps, cut=30_000, how="rst", times=1) as proxy:
        ...  # connect to proxy.port instead

`down` is from server to client. The first `times` connections are hurt, later ones pass whole. It works below TLS.
`arm` breaks a connection that is already open; `hold` is a partition, and `let_go` its end.
"""

import socket
import struct
import threading
import time
from dataclasses import dataclass
from typing import Literal, Self

How = Literal["fin", "rst", "stall"]
Way = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class _Armed:
    cut: int
    way: Way
    how: How


class CutProxy:
    def __init__(
        self,
        target: int,
        *,
        cut: int = 0,
        way: Way = "down",
        how: How = "rst",
        times: int = 1_000_000,
        rate: int = 0,
    ) -> None:
        """`cut`: bytes that pass before the break, 0 for none; `rate`: bytes a second that trickle down, 0 for all, and
        may be set at any time."""
        self.target, self.cut, self.way, self.how, self.times, self.rate = target, cut, way, how, times, rate
        self.passed = {"up": 0, "down": 0}
        """Bytes of the latest connection."""
        self.connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port: int = self._listening.getsockname()[1]
        self._wires: list[socket.socket] = []
        self._over = threading.Event()
        self._armed: _Armed | None = None
        self._arming = threading.Lock()
        self._flowing = threading.Event()
        self._flowing.set()
        self._stalled: list[threading.Event] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="cutproxy", daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self.let_go()
        # Only shutdown wakes a thread that sits in accept or recv.
        for wire in [self._listening, *list(self._wires)]:
            _end(wire, socket.SHUT_RDWR)
            wire.close()

    def arm(self, cut: int, *, way: Way = "down", how: How = "rst") -> None:
        """Break one connection more: that one over which so many bytes have gone, counted for each from now on.

        One that stalls goes on with what it holds back at `let_go`.
        """
        with self._arming:
            self._armed = _Armed(max(cut, 1), way, how)

    def hold(self) -> None:
        """Nothing passes either way, of any connection; new ones are taken and hear nothing."""
        self._flowing.clear()

    def let_go(self) -> None:
        """What was held back or stalled goes on, and nothing is armed any more."""
        with self._arming:
            self._armed = None
            stalled, self._stalled = self._stalled, []
        self._flowing.set()
        for one in stalled:
            one.set()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            self.passed = {"up": 0, "down": 0}
            hurt = self.connections <= self.times
            try:
                server = socket.create_connection(("127.0.0.1", self.target), 5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            self._wires += [client, server]
            ended: list[str] = []
            for way, source, sink in (("up", client, server), ("down", server, client)):
                arguments = (way, source, sink, hurt, self.passed, ended)
                threading.Thread(target=self._pump, args=arguments, name=f"cutproxy-{way}", daemon=True).start()

    def _pump(
        self,
        way: str,
        source: socket.socket,
        sink: socket.socket,
        hurt: bool,
        passed: dict[str, int],
        ended: list[str],
    ) -> None:
        self._carry(way, source, sink, hurt, passed)
        ended.append(way)
        if len(ended) == 2:  # hundreds of connections in one test would use up what a process may have open
            for wire in (source, sink):
                wire.close()
                self._wires.remove(wire)

    def _carry(self, way: str, source: socket.socket, sink: socket.socket, hurt: bool, passed: dict[str, int]) -> None:
        armed, counted = None, 0
        try:
            while data := source.recv(65536):
                self._flowing.wait()
                if self._armed is not armed:
                    armed, counted = self._armed, 0
                if armed is not None and armed.way == way:
                    counted += len(data)
                    if counted >= armed.cut and self._disarmed(armed):
                        begin = len(data) - (counted - armed.cut)
                        sink.sendall(data[:begin])
                        if armed.how != "stall":
                            self._break(source, sink, armed.how)
                            return
                        self._wait_for_release()
                        data = data[begin:]
                if hurt and self.cut and way == self.way and passed[way] + len(data) >= self.cut:
                    sink.sendall(data[: self.cut - passed[way]])
                    passed[way] = self.cut
                    self._break(source, sink, self.how)
                    return
                if self.rate and way == "down" and hurt:
                    self._trickle(data, sink)
                else:
                    sink.sendall(data)
                passed[way] += len(data)
        except OSError:
            pass
        _end(sink, socket.SHUT_WR)

    def _trickle(self, data: bytes, sink: socket.socket) -> None:
        piece = max(1, self.rate // 20)
        for start in range(0, len(data), piece):
            sink.sendall(data[start : start + piece])
            time.sleep(0.05)

    def _disarmed(self, armed: _Armed) -> bool:
        """Whether this connection is the one that is broken."""
        with self._arming:
            if self._armed is not armed:
                return False
            self._armed = None
            return True

    def _wait_for_release(self) -> None:
        released = threading.Event()
        with self._arming:
            self._stalled.append(released)
        released.wait()

    def _break(self, source: socket.socket, sink: socket.socket, how: How) -> None:
        if how == "stall":
            self._over.wait()
            return
        for wire in (source, sink):
            if how == "rst":
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            # The other direction's thread still sits in recv, which keeps a merely closed socket open.
            _end(wire, socket.SHUT_RD if how == "rst" else socket.SHUT_RDWR)
            wire.close()


def _end(wire: socket.socket, how: int) -> None:
    try:
        wire.shutdown(how)
    except OSError:
        return
