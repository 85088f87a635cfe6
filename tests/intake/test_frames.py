"""Frames over a socket: what goes in at one end comes out at the other, in one piece, or its end is told."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from intake import frames

Ends = tuple[socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        yield ours, theirs


@pytest.mark.parametrize("octets", [0, 1, frames.TOGETHER, frames.TOGETHER + 1, 3_000_000], ids=str)
@pytest.mark.parametrize("message", [0, 5, 1_000_000], ids=str)
def test_a_frame_comes_as_it_went(ends: Ends, message: int, octets: int) -> None:
    ours, theirs = ends
    said = b"m" * message, b"o" * octets
    for _ in range(2):
        sender = threading.Thread(target=frames.send, args=(ours, *said))
        sender.start()
        assert frames.receive_octets(theirs) == said
        sender.join()


@pytest.mark.parametrize("message", [0, 5, frames.TOGETHER, 1_000_000], ids=str)
def test_a_message_alone_comes_whole(ends: Ends, message: int) -> None:
    ours, theirs = ends
    sender = threading.Thread(target=frames.send, args=(ours, b"m" * message))
    sender.start()
    assert frames.receive(theirs) == b"m" * message
    sender.join()


def test_a_frame_that_drips_comes_whole(ends: Ends) -> None:
    ours, theirs = ends
    frame = frames.HEAD.pack(3, 0) + b"abc"

    def drip() -> None:
        for octet in frame:
            ours.sendall(bytes([octet]))

    sender = threading.Thread(target=drip)
    sender.start()
    assert frames.receive(theirs) == b"abc"
    sender.join()


@pytest.mark.parametrize("said", [b"", b"\0", frames.HEAD.pack(5, 0), frames.HEAD.pack(5, 0) + b"abc"], ids=len)
def test_a_frame_that_breaks_off_is_an_end(ends: Ends, said: bytes) -> None:
    ours, theirs = ends
    ours.sendall(said)
    ours.shutdown(socket.SHUT_WR)
    with pytest.raises(EOFError):
        frames.receive(theirs)


@pytest.mark.parametrize("said", [b"", frames.HEAD.pack(5, 0) + b"abc"], ids=len)
def test_the_time_of_the_socket_is_kept(ends: Ends, said: bytes) -> None:
    ours, theirs = ends
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 1000))
    ours.sendall(said)
    with pytest.raises(BlockingIOError):
        frames.receive(theirs)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 0, 1000))
    with pytest.raises(BlockingIOError):
        frames.send(ours, b"", b"o" * 10_000_000)
