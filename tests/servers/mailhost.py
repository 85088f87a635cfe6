"""A whole mail host on loopback: Postfix takes mail in and relays for those who log in, Dovecot keeps the mailboxes.

Ready in well under a second. Any address is a mailbox with the one `password`; `someone()` hands out addresses that
no other test uses. The servers need root, so they live in a process of their own (`tests.servers.host`), which a sudo
that asks no password may start; it ends them when this process ends, whatever the reason.
"""

import functools
import itertools
import json
import smtplib
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.servers import install
from tests.servers.box import Box
from tests.servers.dovecot import PASSWORD
from tests.servers.pki import Pki

DOMAIN = "example.test"
ROOT = Path(__file__).parents[2]


@functools.cache
def obstacle() -> str:
    """Why no mail host can run here, in one line; "" where it can."""
    if absent := install.missing():
        return f"{', '.join(absent)} not installed (python -m tests.servers.install)"
    if install.elevation() is None:
        return "Postfix runs only as root, and sudo would ask for a password"
    return ""


class Mailhost:
    host = "127.0.0.1"
    """In the certificate."""
    password = PASSWORD

    def __init__(self, *, hibernate: bool = False, narrow: bool = False, oauth2: tuple[str, str] | None = None) -> None:
        """Starts it.

        `hibernate` takes off the half second that Dovecot otherwise waits before it tells an idling client of new mail:
        who has been idle for a second is parked in a process that knows no such delay. Leave 1.3 s between mails.
        `narrow` allows a login one connection, and two megabytes of mail. `oauth2` names a token server and the
        certificate of its authority: then access tokens are taken as well.
        """
        command = [*(install.elevation() or []), sys.executable, "-m", "tests.servers.host"]
        self._program = subprocess.Popen(
            [
                *command,
                *(["--hibernate"] if hibernate else []),
                *(["--narrow"] if narrow else []),
                *(["--oauth2", *oauth2] if oauth2 else []),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            start_new_session=True,
        )
        self.pid = self._program.pid
        self._numbers = itertools.count(1)
        whereabouts = self._answer()
        home = Path(whereabouts["home"])
        self.home = home
        self.pki = Pki(home / "pki/ca.pem", home / "pki/server.pem", home / "pki/server.key")
        self.ca_file = str(self.pki.ca)
        self._trust = self.pki.client()
        ports: dict[str, int] = whereabouts["ports"]
        self.imap = ports["imap"]
        """With STARTTLS."""
        self.imaps = ports["imaps"]
        self.smtp = ports["smtp"]
        """The MX: no AUTH, no TLS needed."""
        self.submission = ports["submission"]
        """With STARTTLS and AUTH, both required."""
        self.smtps = ports["smtps"]
        """TLS from the first byte, and AUTH."""

    def stop(self) -> None:
        self._program.communicate()

    def someone(self, name: str = "someone") -> str:
        """An address whose mailbox is empty and stays with the test that asked."""
        return f"{name}.{next(self._numbers)}@{DOMAIN}"

    def deliver(self, raw: bytes, to: str, sender: str = f"customer@{DOMAIN}") -> None:
        """By SMTP to the MX, as mail from outside comes; `sender` is the envelope's."""
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=10) as wire:
            wire.sendmail(sender, [to], raw)

    def box(self, address: str) -> Box:
        return Box(address, PASSWORD, self.imaps, self._trust)

    def append(self, address: str, raw: bytes, folder: str = "INBOX", when: datetime | None = None) -> int:
        """Puts a mail there with `when` as its INTERNALDATE; returns its UID."""
        return self.box(address).append(raw, folder, when)

    def stop_dovecot(self) -> None:
        self._order("stop_dovecot")

    def start_dovecot(self) -> None:
        self._order("start_dovecot")

    def restart_dovecot(self) -> None:
        self.stop_dovecot()
        self.start_dovecot()

    def kill_imap_sessions(self) -> int:
        """As a crash would, with SIGKILL; says how many processes that were."""
        return int(self._order("kill_imap_sessions"))

    def new_uidvalidity(self, address: str) -> None:
        """Forgets all UIDs of this user's folders, as a restore from a file backup does; every session ends."""
        self._order("new_uidvalidity", address)

    def stop_postfix(self) -> None:
        self._order("stop_postfix")

    def start_postfix(self) -> None:
        self._order("start_postfix")

    def log(self) -> str:
        """What both servers logged so far."""
        return str(self._order("log"))

    def _order(self, command: str, *arguments: str) -> Any:
        assert self._program.stdin is not None
        self._program.stdin.write(json.dumps({"command": command, "arguments": arguments}) + "\n")
        self._program.stdin.flush()
        answer = self._answer()
        if "fault" in answer:
            raise RuntimeError(answer["fault"])
        return answer["answer"]

    def _answer(self) -> dict[str, Any]:
        assert self._program.stdout is not None
        line = self._program.stdout.readline()
        if not line:
            self._program.communicate()
            raise RuntimeError(f"the mail host ended with status {self._program.returncode}; see its words on stderr")
        answer: dict[str, Any] = json.loads(line)
        return answer
