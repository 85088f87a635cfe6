"""Frames: messages between two of our own processes over a socket, each with its length before it.

A frame holds a message and, behind it, octets that are handed on as they are. It goes out and comes in by as few calls
as can be: with each the interpreter's lock is given away, and in a busy daemon the way back to it takes longer than the
frame. Callers may rely on: EOFError where the other side is gone, BlockingIOError where the time of the socket itself
(SO_RCVTIMEO, SO_SNDTIMEO) is over, OSError for what else is wrong; after any of them the socket is of no more use.
"""

import socket
import struct

HEAD = struct.Struct("!IQ")
TOGETHER = 64 * 1024
"""Octets that are rather copied once than sent or asked for by a call of their own."""


def send(to: socket.socket, message: bytes, octets: bytes = b"") -> None:
    head = HEAD.pack(len(message), len(octets)) + message
    if len(octets) <= TOGETHER:
        to.sendall(head + octets)
    else:
        to.sendall(head)
        to.sendall(octets)


def receive(source: socket.socket) -> bytes:
    """The message of a frame without octets, which as a rule comes at once."""
    came = source.recv(TOGETHER)
    if len(came) < HEAD.size:
        came += _exactly(source, HEAD.size - len(came))
    length, octets = HEAD.unpack_from(came)
    assert not octets
    return came[HEAD.size :] + _exactly(source, HEAD.size + length - len(came))


def receive_octets(source: socket.socket) -> tuple[bytes, bytes]:
    """The message and the octets, which are never in memory twice."""
    length, octets = HEAD.unpack(_exactly(source, HEAD.size))
    return _exactly(source, length), _exactly(source, octets)


def _exactly(source: socket.socket, length: int) -> bytes:
    pieces: list[bytes] = []
    while length:
        piece = source.recv(length, socket.MSG_WAITALL)
        if not piece:
            raise EOFError("the other side is gone")
        pieces.append(piece)
        length -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
