"""A whole mail host on loopback: Postfix takes mail in and relays for those who log in, Dovecot keeps the mailboxes.

Ready in well under a second. Any address is a mailbox with the one `password`; `someone()` hands out addresses that
no other test uses. Nothing is shared with the machine's own mail system.
"""

import itertools
import os
import shutil
import smtplib
import tempfile
from datetime import datetime
from pathlib import Path

from tests.servers import install, pki
from tests.servers.box import Box
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.postfix import HOST, Postfix

DOMAIN = "example.test"


def obstacle(*, smtp: bool = True) -> str:
    """Why no mail host (or, without smtp, no Dovecot) can run here, in one line; "" where it can."""
    if absent := install.missing():
        return f"{', '.join(absent)} not installed (python -m tests.servers.install)"
    if smtp and os.geteuid() != 0:
        return "Postfix runs only as root"
    return ""


class Mailhost:
    host = "127.0.0.1"
    """In the certificate."""
    password = PASSWORD

    def __init__(self, *, hibernate: bool = False) -> None:
        """`hibernate`: who idles for a second is parked in a Dovecot process that knows no notify delay."""
        self.home = Path(tempfile.mkdtemp(prefix="intake-host-"))
        self.home.chmod(0o755)
        self.pki = pki.make(self.home / "pki", HOST)
        self.ca_file = str(self.pki.ca)
        self.dovecot = Dovecot(self.home / "dovecot", self.pki, client="postfix", hibernate=hibernate)
        self.postfix = Postfix(self.home / "postfix", self.dovecot)
        self._numbers = itertools.count(1)

    @property
    def imap(self) -> int:
        """Port with STARTTLS."""
        return self.dovecot.imap

    @property
    def imaps(self) -> int:
        return self.dovecot.imaps

    @property
    def smtp(self) -> int:
        """Port of the MX: no AUTH, no TLS needed."""
        return self.postfix.smtp

    @property
    def submission(self) -> int:
        """Port with STARTTLS and AUTH, both required."""
        return self.postfix.submission

    @property
    def smtps(self) -> int:
        """Port with TLS from the first byte, and AUTH."""
        return self.postfix.smtps

    def start(self) -> None:
        self.dovecot.start()
        self.postfix.start()

    def stop(self) -> None:
        self.postfix.stop()
        self.dovecot.stop()
        shutil.rmtree(self.home)

    def someone(self, name: str = "someone") -> str:
        """An address whose mailbox is empty and stays with the test that asked."""
        return f"{name}.{next(self._numbers)}@{DOMAIN}"

    def deliver(self, raw: bytes, to: str, sender: str = f"customer@{DOMAIN}") -> None:
        """By SMTP to the MX, as mail from outside comes; `sender` is the envelope's."""
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=10) as wire:
            wire.sendmail(sender, [to], raw)

    def box(self, address: str) -> Box:
        return self.dovecot.box(address)

    def append(self, address: str, raw: bytes, folder: str = "INBOX", when: datetime | None = None) -> int:
        return self.box(address).append(raw, folder, when)

    def stop_dovecot(self) -> None:
        self.dovecot.stop()

    def start_dovecot(self) -> None:
        self.dovecot.start()

    def restart_dovecot(self) -> None:
        self.dovecot.restart()

    def kill_imap_sessions(self) -> int:
        return self.dovecot.kill_sessions()

    def new_uidvalidity(self, address: str) -> None:
        self.dovecot.new_uidvalidity(address)

    def stop_postfix(self) -> None:
        self.postfix.stop()

    def start_postfix(self) -> None:
        self.postfix.start()
