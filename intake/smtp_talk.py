"""The replies of one SMTP server in the order of our commands, several of which may be under way at once (RFC 2920).

It takes over a connection that is open and logged in, and gives back for each command a whole reply, or `Broken` from
the first on that has none: no answer in time, a closed connection, words that are no reply. Whatever is said unasked
ends the connection as well: the next command would take it for its answer. What replies mean is for `intake.smtp`.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from intake.smtp_limits import share_is_used_up
from intake.trouble import one_line

LONGEST = 32_768
"""Octets of one reply."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's whole answer."""

    code: int
    text: str
    """On one line, printable."""

    @property
    def accepts(self) -> bool:
        return 200 <= self.code < 300

    @property
    def temporary(self) -> bool:
        """Worth another try; also the 5yz by which providers say that a day's share is used up."""
        return 400 <= self.code < 500 or share_is_used_up(self.code, self.text)

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


class Broken(Exception):
    """The connection ended without an answer; the message says how, in one line."""


class Talk(asyncio.Protocol):
    """One connection. Lives in the event loop that opened it; one exchange at a time."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._received = b""
        self._reply: list[bytes] = []
        """The lines of one that has more to come."""
        self._size = 0
        """Their octets."""
        self._replies: list[Reply] = []
        self._expected = 0
        self._waiting: asyncio.Future[None] | None = None
        self._broken = ""
        """Why there will be no more replies."""
        self._deadline = 0.0
        self._seconds = 0.0
        self._watch: asyncio.TimerHandle | None = None
        transport.set_protocol(self)

    @property
    def open(self) -> bool:
        return not self._broken and not self._transport.is_closing()

    async def exchange(self, data: bytes, replies: int, seconds: float) -> list[Reply | Broken]:
        """What the server says to `data`, which asks for so many replies; at most `seconds` pass before each.

        Once one of them is Broken the connection is closed.
        """
        self._replies, self._expected = [], replies
        if not self.open:
            self._broken = self._broken or "the connection is closed"
        else:
            self._transport.write(data)
            self._waiting = self._loop.create_future()
            self._allow(seconds)
            try:
                await self._waiting
            except BaseException:
                # An answer is on its way that the next letter would take for its own.
                self.close()
                raise
            finally:
                self._waiting = None
        answers: list[Reply | Broken] = [*self._replies[:replies]]
        return answers + [Broken(self._broken)] * (replies - len(answers))

    def close(self) -> None:
        """At once: what was not sent yet never will be."""
        self._broken = self._broken or "the connection is closed"
        if self._watch is not None:
            self._watch.cancel()
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._waiting is None:
            self._break("the server spoke unasked")
            return
        *whole, self._received = (self._received + data).split(b"\n")
        for line in whole:
            self._take(line)
        if len(self._received) + self._size > LONGEST:
            self._break("the server's answer was not SMTP (its answer is too long)")
        elif len(self._replies) >= self._expected:
            if len(self._replies) > self._expected or self._reply or self._received:
                self._break("the server spoke unasked")
            self._wake()
        self._deadline = self._loop.time() + self._seconds

    def connection_lost(self, exc: Exception | None) -> None:
        self._break(
            f"the server closed the connection ({one_line(exc)})" if exc else "the server closed the connection"
        )

    def _take(self, line: bytes) -> None:
        if self._broken:
            return
        if not line[:3].isdigit():
            self._break(f"the server's answer was not SMTP ({one_line(line)})")
            return
        self._reply.append(line[4:])
        self._size += len(line)
        if line[3:4] != b"-":
            text = b" ".join(self._reply).decode("utf-8", "surrogateescape")
            self._replies.append(Reply(int(line[:3]), one_line(text)))
            self._reply, self._size = [], 0

    def _break(self, why: str) -> None:
        """No more replies: nobody knows what the next one would be an answer to."""
        self._broken = self._broken or why
        self.close()
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _allow(self, seconds: float) -> None:
        """One timer watches over many exchanges: setting and cancelling one for each costs more than the exchange."""
        self._seconds, self._deadline = seconds, self._loop.time() + seconds
        if self._watch is None or self._watch.when() > self._deadline:
            if self._watch is not None:
                self._watch.cancel()
            self._watch = self._loop.call_at(self._deadline, self._look)

    def _look(self) -> None:
        self._watch = None
        if self._waiting is None:
            return
        if self._loop.time() < self._deadline:
            self._watch = self._loop.call_at(self._deadline, self._look)
        else:
            self._break("no answer in time")


def lines(commands: Iterable[str]) -> bytes:
    """Commands as they go over the wire. ValueError where one would be two: a bug of ours."""
    written = []
    for command in commands:
        if not command.isprintable():
            raise ValueError(f"this cannot be written to SMTP: {command[:100]!a}")
        written.append(command.encode() + b"\r\n")
    return b"".join(written)
