"""An SMTP server that takes every letter, in a process of its own so that its work is told apart from the daemon's.

It offers PIPELINING, 8BITMIME and SIZE, keeps of each letter who wrote to whom, when it was accepted and which mail it
answers, and nothing of its text. `SmtpSink` starts it and asks it; it ends with whoever started it.
"""

import asyncio
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]
OFFERS = b"250-sink.example\r\n250-PIPELINING\r\n250-SIZE 50000000\r\n250 8BITMIME\r\n"
ANSWERS = {b"MAIL": b"250 2.1.0 ok\r\n", b"RCPT": b"250 2.1.5 ok\r\n", b"RSET": b"250 ok\r\n", b"NOOP": b"250 ok\r\n"}
HEADERS = re.compile(rb"(?im)^(Message-ID|In-Reply-To):\s*(<[^>]*>)")
BRACKETS = re.compile(rb"<([^>]*)>")


@dataclass(frozen=True, slots=True)
class Letter:
    at: float
    """When the server said that it has it: time.time()."""
    recipients: tuple[str, ...]
    message_id: str
    in_reply_to: str
    size: int


class SmtpSink:
    def __init__(self) -> None:
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.smtp_sink"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self.pid = self._program.pid
        self.port = int(self._answer())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._program.communicate()

    def count(self) -> int:
        return int(self._ask("count"))

    def letters(self) -> list[Letter]:
        """All that were accepted, in the order in which they were."""
        return [Letter(at, tuple(recipients), *rest) for at, recipients, *rest in json.loads(self._ask("letters"))]

    def _ask(self, order: str) -> str:
        assert self._program.stdin is not None
        self._program.stdin.write(order + "\n")
        self._program.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        assert self._program.stdout is not None
        line = self._program.stdout.readline()
        if not line:
            raise RuntimeError(f"the SMTP sink ended with status {self._program.wait()}")
        return line


accepted: list[tuple[float, list[str], str, str, int]] = []


class Session(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.buffer = bytearray()
        self.searched = 0
        self.in_data = False
        self.recipients: list[str] = []
        transport.write(b"220 sink.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while self._content() if self.in_data else self._command():
            pass

    def _command(self) -> bool:
        end = self.buffer.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self.buffer[:end])
        del self.buffer[: end + 2]
        verb = line[:4].upper()
        if verb == b"RCPT":
            self.recipients += [one.decode() for one in BRACKETS.findall(line)]
        elif verb in (b"RSET", b"MAIL"):
            self.recipients = []
        if verb == b"DATA":
            self.in_data = True
            self.buffer[:0] = b"\r\n"  # of the command's line: the final dot may be the content's only line
            self.searched = 0
            self.transport.write(b"354 go on\r\n")
        elif verb == b"QUIT":
            self.transport.write(b"221 bye\r\n")
            self.transport.close()
        else:
            self.transport.write(OFFERS if verb in (b"EHLO", b"HELO") else ANSWERS.get(verb, b"500 unknown\r\n"))
        return True

    def _content(self) -> bool:
        end = self.buffer.find(b"\r\n.\r\n", self.searched)
        if end < 0:
            self.searched = max(0, len(self.buffer) - 4)
            return False
        head = bytes(self.buffer[: self.buffer.find(b"\r\n\r\n") + 2])
        found = {name.lower(): value.decode() for name, value in HEADERS.findall(head)}
        names = found.get(b"message-id", ""), found.get(b"in-reply-to", "")
        accepted.append((time.time(), self.recipients, *names, end))
        del self.buffer[: end + 5]
        self.in_data = False
        self.recipients = []
        self.transport.write(b"250 2.0.0 taken\r\n")
        return True


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Session, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while order := await orders.readline():
        print(len(accepted) if order == b"count\n" else json.dumps(accepted), flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())
