"""Asks the network about a domain's mail servers, for `intake.server_search`: the DNS, web servers, and a knock.

Nothing is raised: what cannot be had is missing. Nothing secret is sent, so a knock takes any certificate: the log-in
that follows it checks. The DNS is asked where dnspython is there (the extra "dkim").
"""

import http.client
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Literal

from intake.server_search import Wire
from intake.setting_values import Security

SECONDS = 3.0
"""For each answer of the network."""
PATIENCE = 5.0
"""For all that is asked together: resolving a name cannot be given a time of its own."""
LARGEST = 100_000
GREETING: dict[Wire, bytes] = {"imap": b"* OK", "smtp": b"220"}
OFFERS: dict[Wire, bytes] = {"imap": b"a CAPABILITY\r\n", "smtp": b"EHLO localhost\r\n"}
QUIET = 1.5
"""Seconds after which a server that says nothing is taken for one that waits for TLS."""


class Network:
    def records(self, name: str, kind: Literal["MX", "SRV"]) -> Sequence[tuple[str, int]]:
        if find_spec("dns") is None:
            return ()
        import dns.exception
        import dns.resolver

        try:
            answer = dns.resolver.resolve(name, kind, lifetime=SECONDS)
        except (dns.exception.DNSException, OSError, ValueError):
            return ()
        if kind == "MX":
            return [(str(one.exchange), 0) for one in sorted(answer, key=lambda one: int(one.preference))]
        ranked = sorted(answer, key=lambda one: (int(one.priority), -int(one.weight)))
        return [(str(one.target), int(one.port)) for one in ranked]

    def document(self, url: str) -> bytes | None:
        try:
            with urllib.request.urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 - `search` asks by HTTPS alone
                # a redirection away from HTTPS would let anybody on the way name the server that gets the password
                return bytes(answer.read(LARGEST)) if answer.geturl().startswith("https://") else None
        except (OSError, ValueError, http.client.HTTPException):
            return None

    def security(self, host: str, port: int, wire: Wire) -> Security | None:
        ways = (_by_tls, _in_plain_text) if port in (993, 465) else (_in_plain_text, _by_tls)
        for way in ways:
            try:
                if found := way(host, port, wire):
                    return found
            except TimeoutError:
                continue
            except ssl.SSLError:
                continue
            except (OSError, UnicodeError):
                return None
        return None

    def together(self, asked: Sequence[Callable[[], object]]) -> list[object]:
        answers: list[object] = [None] * len(asked)

        def ask(number: int) -> None:
            answers[number] = asked[number]()

        # Daemons: a look-up that hangs must not hold up the end of the command.
        threads = [threading.Thread(target=ask, args=(number,), daemon=True) for number in range(len(asked))]
        for thread in threads:
            thread.start()
        end = time.monotonic() + PATIENCE
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
        return list(answers)


def _by_tls(host: str, port: int, wire: Wire) -> Security | None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((host, port), SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as wrapped,
    ):
        return "tls" if wrapped.recv(1000).startswith(GREETING[wire]) else None


def _in_plain_text(host: str, port: int, wire: Wire) -> Security | None:
    with socket.create_connection((host, port), SECONDS) as plain:
        plain.settimeout(QUIET)
        if not plain.recv(1000).startswith(GREETING[wire]):
            return None
        plain.settimeout(SECONDS)
        plain.sendall(OFFERS[wire])
        return "starttls" if b"STARTTLS" in _answer(plain, wire) else "none"


def _answer(plain: socket.socket, wire: Wire) -> bytes:
    """The lines up to the last of the answer."""
    said = b""
    while len(said) < LARGEST:
        part = plain.recv(4000)
        said += part
        last = said.removesuffix(b"\r\n").rpartition(b"\r\n")[2]
        if not part or (said.endswith(b"\r\n") and (last.startswith(b"a ") if wire == "imap" else last[3:4] == b" ")):
            break
    return said
