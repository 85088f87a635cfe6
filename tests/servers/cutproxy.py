"""A TCP proxy that breaks connections: after so many bytes one way, by FIN, RST or silence; or trickles.

    with CutProxy(mailhost.imaps, cut=30_000, how="rst", times=1) as proxy:
        ...  # connect to proxy.port instead

`down` is from server to client. The first `times` connections are hurt, later ones pass whole. It works below TLS.
"""

import socket
import struct
import threading
import time
from typing import Literal, Self

How = Literal["fin", "rst", "stall"]


class CutProxy:
    def __init__(
        self,
        target: int,
        *,
        cut: int = 0,
        way: Literal["up", "down"] = "down",
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

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="cutproxy", daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        # Only shutdown wakes a thread that sits in accept or recv.
        for wire in [self._listening, *self._wires]:
            _end(wire, socket.SHUT_RDWR)
            wire.close()

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
            for way, source, sink in (("up", client, server), ("down", server, client)):
                arguments = (way, source, sink, hurt, self.passed)
                threading.Thread(target=self._pump, args=arguments, name=f"cutproxy-{way}", daemon=True).start()

    def _pump(self, way: str, source: socket.socket, sink: socket.socket, hurt: bool, passed: dict[str, int]) -> None:
        try:
            while data := source.recv(65536):
                if hurt and self.cut and way == self.way and passed[way] + len(data) >= self.cut:
                    sink.sendall(data[: self.cut - passed[way]])
                    passed[way] = self.cut
                    self._break(source, sink)
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

    def _break(self, source: socket.socket, sink: socket.socket) -> None:
        if self.how == "stall":
            self._over.wait()
            return
        for wire in (source, sink):
            if self.how == "rst":
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            # The other direction's thread still sits in recv, which keeps a merely closed socket open.
            _end(wire, socket.SHUT_RD if self.how == "rst" else socket.SHUT_RDWR)
            wire.close()


def _end(wire: socket.socket, how: int) -> None:
    try:
        wire.shutdown(how)
    except OSError:
        return
