"""An SMTP server that records what it was sent and misbehaves as it is told, by stage and by recipient.

    with Sink() as sink:
        sink.rules.append(Rule("rcpt", "550 5.1.1 no such user", when=lambda talk: "x@" in talk.argument))
        sink.rules.append(Rule("end", LOSE, times=1))   # the mail is taken, its 250 never arrives

Rules are looked through in order at each stage; the first that fits and has `times` left is used. Every transaction
that reached DATA is in `mails`, with whether it was accepted and whether the client could know. The server lives in
a thread of its own.
"""

import asyncio
import base64
import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Self

Stage = Literal["greeting", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "body", "end", "after", "rset", "quit"]
"""`data`: the answer to DATA; `body`: once its first bytes came; `end`: the answer to the final dot; `after`: the wait
for the next command once a mail was accepted."""

DROP = "drop"
"""Close without an answer (at `end`: the mail is not accepted)."""
RESET = "reset"
LOSE = "lose"
"""At `end`: accept the mail, then close without the 250."""
HANG = "hang"
"""Say nothing for as long as the client listens (at `end`: the mail is accepted)."""


@dataclass(slots=True)
class Talk:
    """Where a connection stands when a rule is asked."""

    connection: int
    """Counted from 1."""
    stage: Stage = "greeting"
    argument: str = ""
    """What followed the verb."""
    sender: str = ""
    recipients: list[str] = field(default_factory=list)
    tls: bool = False
    user: str = ""


@dataclass(slots=True)
class Rule:
    stage: Stage
    answer: str
    """A whole reply line, or one of DROP, RESET, LOSE, HANG."""
    when: Callable[[Talk], bool] = lambda talk: True
    times: int = 1_000_000
    delay: float = 0
    """Seconds before the answer."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One transaction that reached the final dot, or broke off before it."""

    connection: int
    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    """Without dot-stuffing; what came of it where it broke off."""
    accepted: bool
    confirmed: bool
    """Whether the 250 was sent."""
    options: str
    """The parameters of MAIL."""
    at: float
    """time.monotonic()"""
    answer: str = ""
    """To the final dot, or what was done in place of one; "" where the final dot never came."""


class Sink:
    def __init__(
        self,
        *,
        extensions: tuple[str, ...] = ("PIPELINING", "SIZE 50000000", "8BITMIME", "ENHANCEDSTATUSCODES"),
        tls: ssl.SSLContext | None = None,
        implicit_tls: bool = False,
        password: str = "",
        port: int = 0,
        grants_data: bool = False,
    ) -> None:
        """`password` makes AUTH PLAIN required; `tls` offers STARTTLS, or with `implicit_tls` begins with it.

        With `grants_data` DATA is answered by 354 also where nobody is to get the mail.
        """
        self.grants_data = grants_data
        self.rules: list[Rule] = []
        self.mails: list[Taken] = []
        self.connections = 0
        self.commands: list[str] = []
        """Every line but the content of mails, as it came."""
        self._extensions, self._tls, self._implicit, self._password = extensions, tls, implicit_tls, password
        self._listening = socket.create_server(("127.0.0.1", port), backlog=200)
        self.port: int = self._listening.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="sink", daemon=True)
        self._writers: set[asyncio.StreamWriter] = set()
        self._stopping: asyncio.Event | None = None
        self._started = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait(5)
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        if self._thread.is_alive() and self._stopping:
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(5)

    def hang_up(self) -> None:
        """Closes every connection that is open now, as a server does with idle clients."""

        def close() -> None:
            for writer in list(self._writers):
                writer.close()

        self._loop.call_soon_threadsafe(close)

    @property
    def accepted(self) -> list[Taken]:
        return [mail for mail in self.mails if mail.accepted]

    def wait_for(self, count: int, seconds: float = 10) -> list[Taken]:
        """The accepted mails, once there are so many."""
        end = time.monotonic() + seconds
        while len(self.accepted) < count:
            if time.monotonic() > end:
                raise TimeoutError(f"the sink holds {len(self.accepted)} mails after {seconds} s, not {count}")
            time.sleep(0.005)
        return self.accepted

    def _serve(self) -> None:
        try:
            self._loop.run_until_complete(self._run())
        finally:
            self._loop.close()

    async def _run(self) -> None:
        self._stopping = asyncio.Event()
        tls = self._tls if self._implicit else None
        server = await asyncio.start_server(self._connected, sock=self._listening, ssl=tls, limit=1 << 20)
        self._started.set()
        await self._stopping.wait()
        server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        # Transports close one turn of the loop after they are told to.
        await asyncio.sleep(0.01)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            await _Connection(self, reader, writer, self.connections).run()
        except (OSError, EOFError, asyncio.CancelledError, _Over):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    def rule_for(self, talk: Talk) -> Rule | None:
        for rule in self.rules:
            if rule.stage == talk.stage and rule.times > 0 and rule.when(talk):
                rule.times -= 1
                return rule
        return None


class _Over(Exception):
    """The connection ends here."""


class _Connection:
    def __init__(self, sink: Sink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        self.sink, self.reader, self.writer = sink, reader, writer
        self.talk = Talk(number, tls=sink._implicit)
        self.options = ""

    async def run(self) -> None:
        await self.answer("greeting", "", "220 sink.example.test ESMTP")
        while line := await self.reader.readline():
            text = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
            self.sink.commands.append(text)
            verb, _, argument = text.partition(" ")
            await self.command(verb.upper(), argument)

    async def command(self, verb: str, argument: str) -> None:
        if verb in ("EHLO", "HELO"):
            await self.answer("ehlo", argument, self.greeting())
        elif verb == "STARTTLS" and self.sink._tls:
            await self.answer("starttls", argument, "220 2.0.0 go ahead")
            await self.writer.start_tls(self.sink._tls)
            self.talk.tls = True
        elif verb == "AUTH":
            await self.authenticate(argument)
        elif verb == "MAIL":
            await self.mail(argument)
        elif verb == "RCPT":
            recipient = argument[argument.find("<") + 1 : argument.find(">")]
            if (await self.answer("rcpt", argument, "250 2.1.5 ok")).startswith("2"):
                self.talk.recipients.append(recipient)
        elif verb == "DATA":
            await self.data()
        elif verb == "RSET":
            await self.answer("rset", argument, "250 2.0.0 ok")
            self.talk.sender, self.talk.recipients = "", []
        elif verb == "QUIT":
            await self.answer("quit", argument, "221 2.0.0 bye")
            raise _Over
        else:
            await self.say("250 2.0.0 ok" if verb == "NOOP" else "502 5.5.2 unknown command")

    def greeting(self) -> str:
        lines = ["sink.example.test", *self.sink._extensions]
        if self.sink._tls and not self.talk.tls:
            lines.append("STARTTLS")
        if self.sink._password:
            lines.append("AUTH PLAIN")
        return "\r\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"])

    async def authenticate(self, argument: str) -> None:
        _mechanism, _, token = argument.partition(" ")
        if not token:
            await self.say("334 ")
            token = (await self.reader.readline()).decode().strip()
        _, user, password = base64.b64decode(token).decode().split("\0")
        good = password == self.sink._password
        await self.answer("auth", user, "235 2.7.0 ok" if good else "535 5.7.8 wrong user or password")
        self.talk.user = user if good else ""

    async def mail(self, argument: str) -> None:
        if self.sink._password and not self.talk.user:
            await self.say("530 5.7.0 log in first")
            return
        self.talk.sender = argument[argument.find("<") + 1 : argument.find(">")]
        self.talk.recipients = []
        self.options = argument.partition("> ")[2]
        await self.answer("mail", argument, "250 2.1.0 ok")

    async def data(self) -> None:
        if not self.talk.recipients and not self.sink.grants_data:
            await self.say("554 5.5.1 no recipients")
            return
        if not (await self.answer("data", "", "354 go on")).startswith("3"):
            return
        raw = b""
        try:
            raw = line = await self.reader.readline()
            await self.misbehave("body", "")
            while line != b".\r\n":
                if not (line := await self.reader.readline()):
                    raise _Over
                raw += line
        except (OSError, _Over):
            self.record(raw, accepted=False, confirmed=False)
            raise
        raw = raw.removesuffix(b".\r\n")
        await self.end(raw.removeprefix(b".") if raw.startswith(b"..") else raw)

    async def end(self, raw: bytes) -> None:
        raw = raw.replace(b"\r\n..", b"\r\n.")
        rule = await self.rule("end", "")
        answer = rule.answer if rule else "250 2.0.0 queued"
        accepted = answer.startswith("2") or answer in (LOSE, HANG)
        confirmed = answer.startswith("2")
        self.record(raw, accepted=accepted, confirmed=confirmed, answer=answer)
        self.talk.sender, self.talk.recipients = "", []
        await self.carry_out(DROP if answer == LOSE else answer)
        if accepted:
            await self.misbehave("after", "")

    def record(self, raw: bytes, *, accepted: bool, confirmed: bool, answer: str = "") -> None:
        talk = self.talk
        whom, now = tuple(talk.recipients), time.monotonic()
        taken = Taken(talk.connection, talk.sender, whom, raw, accepted, confirmed, self.options, now, answer)
        self.sink.mails.append(taken)

    async def rule(self, stage: Stage, argument: str) -> Rule | None:
        self.talk.stage, self.talk.argument = stage, argument
        rule = self.sink.rule_for(self.talk)
        if rule and rule.delay:
            await asyncio.sleep(rule.delay)
        return rule

    async def answer(self, stage: Stage, argument: str, usual: str) -> str:
        """Says what the rules say, or else the usual; returns what was said."""
        rule = await self.rule(stage, argument)
        answer = rule.answer if rule else usual
        await self.carry_out(answer)
        return answer

    async def misbehave(self, stage: Stage, argument: str) -> None:
        if rule := await self.rule(stage, argument):
            await self.carry_out(rule.answer)

    async def carry_out(self, answer: str) -> None:
        if answer == DROP:
            raise _Over
        if answer == RESET:
            wire = self.writer.get_extra_info("socket")
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.writer.transport.abort()
            raise _Over
        if answer == HANG:
            with contextlib.suppress(OSError):
                while await self.reader.read(65536):
                    pass
            raise _Over
        await self.say(answer)
        if answer.startswith("421"):
            raise _Over

    async def say(self, answer: str) -> None:
        self.writer.write(answer.encode() + b"\r\n")
        await self.writer.drain()
