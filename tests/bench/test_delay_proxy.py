"""The slow network: what is sent arrives whole, in its order, and not before half a round trip has passed."""

import socket
import time

from tests.bench.delay_proxy import DelayProxy

ROUND_TRIP = 0.1


def test_it_delays_both_ways_and_keeps_the_order() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        DelayProxy(1000 * ROUND_TRIP, [listening.getsockname()[1]]) as proxy,
        socket.create_connection(("127.0.0.1", proxy.ports[0]), 10) as client,
    ):
        server, _ = listening.accept()
        with server:
            began = time.monotonic()
            for word in (b"one ", b"two ", b"three"):
                client.sendall(word)
            assert server.recv(13, socket.MSG_WAITALL) == b"one two three"
            server.sendall(b"answer")
            assert client.recv(6, socket.MSG_WAITALL) == b"answer"
            assert time.monotonic() - began >= ROUND_TRIP


def test_the_end_of_one_side_reaches_the_other_after_what_it_said() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        DelayProxy(1000 * ROUND_TRIP, [listening.getsockname()[1]]) as proxy,
        socket.create_connection(("127.0.0.1", proxy.ports[0]), 10) as client,
    ):
        server, _ = listening.accept()
        server.sendall(b"last words")
        server.close()
        assert client.recv(20, socket.MSG_WAITALL) == b"last words"
