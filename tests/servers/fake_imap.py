r"""A scripted IMAP server, for the few faults that no real server produces on demand.

It answers LOGIN, SELECT and the like as an empty INBOX would; `script` names the answers that matter:

    with FakeImap({"IDLE": [b"+ idling\r\n* 1 EXISTS\r\n"]}) as server: ...

A key is the command (for UID commands with its second word, "UID FETCH"), the value a list of answers for the first,
second … time; the last one stays. An answer is sent as it stands, `{tag}` replaced; a list sends its pieces as separate
segments, a number in it waits so many seconds, and CLOSE ends the connection.
"""

import socket
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Self

CLOSE = "close"
Piece = bytes | float | str
Answer = bytes | Sequence[Piece]

USUAL: dict[str, bytes] = {
    "CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE\r\n{tag} OK done\r\n",
    "LOGIN": b"{tag} OK in\r\n",
    "LIST": b'* LIST () "/" "INBOX"\r\n{tag} OK done\r\n',
    "CREATE": b"{tag} OK done\r\n",
    "SELECT": (
        b"* 0 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 1] ok\r\n"
        b"* OK [PERMANENTFLAGS (\\Deleted \\*)] ok\r\n{tag} OK [READ-WRITE] done\r\n"
    ),
    "UID SEARCH": b"* SEARCH\r\n{tag} OK done\r\n",
    "IDLE": b"+ idling\r\n",
    "DONE": b"{idle} OK done\r\n",
    "NOOP": b"{tag} OK done\r\n",
    "LOGOUT": b"* BYE\r\n{tag} OK done\r\n",
}


class FakeImap:
    def __init__(
        self, script: Mapping[str, Sequence[Answer]] | None = None, greeting: bytes = b"* OK hello\r\n"
    ) -> None:
        self.script = {key: list(answers) for key, answers in (script or {}).items()}
        self.commands: list[str] = []
        self._greeting = greeting
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._wires: list[socket.socket] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="fake-imap", daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        for wire in [self._listening, *self._wires]:
            try:
                wire.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
            finally:
                wire.close()

    def push(self, data: bytes) -> None:
        """Sends this on the latest connection, unasked."""
        self._wires[-1].sendall(data)

    def _accept(self) -> None:
        while True:
            try:
                wire, _ = self._listening.accept()
            except OSError:
                return
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._wires.append(wire)
            threading.Thread(target=self._talk, args=(wire,), name="fake-imap-client", daemon=True).start()

    def _talk(self, wire: socket.socket) -> None:
        idle = b""
        try:
            wire.sendall(self._greeting)
            for line in wire.makefile("rb"):
                words = line.decode().split()
                self.commands.append(line.decode().rstrip())
                if words == ["DONE"]:
                    self._send(wire, "DONE", b"", idle)
                    continue
                if len(words) < 2:
                    # What a client says in answer to a "+".
                    continue
                tag, verb = words[0].encode(), words[1].upper()
                key = f"{verb} {words[2].upper()}" if verb == "UID" else verb
                idle = tag if verb == "IDLE" else idle
                self._send(wire, key, tag, idle)
        except (OSError, _Closed):
            return
        finally:
            wire.close()

    def _send(self, wire: socket.socket, key: str, tag: bytes, idle: bytes) -> None:
        answers = self.script.get(key)
        answer: Answer = USUAL.get(key, b"{tag} BAD unknown\r\n")
        if answers:
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
        for piece in [answer] if isinstance(answer, bytes) else answer:
            if isinstance(piece, bytes):
                wire.sendall(piece.replace(b"{tag}", tag).replace(b"{idle}", idle))
            elif isinstance(piece, str):
                wire.shutdown(socket.SHUT_RDWR)
                raise _Closed
            else:
                time.sleep(piece)


class _Closed(Exception):
    """The script says that the connection ends here."""
