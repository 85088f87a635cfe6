"""An installation of Intake in a folder of its own: config, directory, store, and the real daemon as a process.

For tests of the whole path. The daemon is `python -m intake run` as an admin would start it; what it did is read from
its store and from the mailboxes, never from its memory.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import sqlalchemy as sa

from intake.config import load
from intake.daemon import Daemon
from intake.desk import load_desks
from intake.finish import Finish
from intake.first_run import Backlog
from rules.facts import Contact, Contract
from storage import directory, schema, tables
from storage.database import Database
from tests.servers.mailhost import Mailhost
from tests.stores import exists, new_store, url_at

TAKE = Backlog(take=True)
STAFF = """
[[staff]]
name = "Sam Field"
email = "{}"
queues = ["support", "senior"]
"""
STANDARD = Contract("IR-STD", "Alder Security", "irex", "standard", date(2020, 1, 1), date(2090, 12, 31))
PREMIER = Contract("IR-PRE", "Birch Airports", "irex", "premier", date(2020, 1, 1), date(2090, 12, 31))
LAPSED = Contract("IR-OLD", "Cedar Malls", "irex", "standard", date(2020, 1, 1), date(2021, 12, 31))


@dataclass
class Installation:
    home: Path
    mailhost: Mailhost
    support: str
    """The support address; its mailbox is this installation's alone."""
    staff: str
    """Sam Field's address, who is all of staff; "" for no staff, so that nobody hears of a ticket."""
    smtp_port: int = 0
    """Another SMTP server than the mail host's, without TLS and log-in; 0 for the mail host's submission."""
    mailbox: Mapping[str, object] = field(default_factory=dict)
    daemon: Mapping[str, object] = field(default_factory=dict)
    connections: int = 2
    further: Mapping[str, str] = field(default_factory=dict)
    """Policy to the support address of a further mailbox, named after the policy like its ticket prefix."""
    queues: str = ""
    """Tables of `[queues]`, as they stand in the file."""

    def __post_init__(self) -> None:
        self.home.mkdir(exist_ok=True)
        (self.home / "password").write_text(self.mailhost.password)
        (self.home / "password").chmod(0o600)
        self.write_config()

    @property
    def config(self) -> Path:
        return self.home / "intake.toml"

    @property
    def url(self) -> str:
        """The store, made when it is not there yet."""
        file = self.home / "intake.db"
        return url_at(file) if exists(file) else new_store(file)

    def write_config(self) -> None:
        host = self.mailhost
        login = f'username = "{self.support}"\npassword_file = "password"\nca_file = "{host.ca_file}"'
        smtp = (
            f'host = "127.0.0.1"\nport = {self.smtp_port}\nsecurity = "none"'
            if self.smtp_port
            else f'host = "{host.host}"\nport = {host.submission}\nsecurity = "starttls"\n{login}'
        )
        connections = f'[mailbox.imap]\nhost = "{host.host}"\nport = {host.imaps}\n{login}\n[mailbox.smtp]\n{smtp}'
        first = {"name": "support", "policy": "irex", "ticket_prefix": "EX", **self.mailbox}
        mailboxes = [(self.support, first)] + [
            (address, {**self.mailbox, "name": policy, "policy": policy, "ticket_prefix": policy[:2].upper()})
            for policy, address in self.further.items()
        ]
        self.config.write_text(
            f"""
[storage]
url = "{self.url}"
[daemon]
{_keys({"workers": 1, **self.daemon})}
{"".join(_mailbox(address, keys, connections, self) for address, keys in mailboxes)}
{STAFF.format(self.staff) if self.staff else ""}
{self.queues}
"""
        )

    @contextmanager
    def store(self, url: str = "") -> Iterator[Database]:
        database = Database(url or self.url)
        try:
            if url and schema.state(database) is schema.SchemaState.EMPTY:
                schema.upgrade(database)
            yield database
        finally:
            database.close()

    def admit(
        self, *contacts: Contact, url: str = "", contracts: Sequence[Contract] = (STANDARD, PREMIER, LAPSED)
    ) -> None:
        """The directory is these contacts from now on, on these contracts."""
        with self.store(url) as database, database.transaction() as tx:
            directory.replace(tx, contracts, contacts)

    def environment(self) -> dict[str, str]:
        """Of the daemon."""
        return {**os.environ, "PYTHONWARNINGS": "default"}

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "intake", *arguments, "--config", str(self.config)]

    def run(self, *arguments: str, seconds: float = 60) -> "subprocess.CompletedProcess[str]":
        """One command of this installation, to its end."""
        return subprocess.run(
            self.command(*arguments), capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL
        )

    def once(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return self.run("run", "--once", *arguments)

    def at(self, now: datetime, backlog: Backlog = TAKE) -> Finish:
        """`run --once` in this process, at a time of the test's own: mail is taken in, what is due then goes out."""
        settings = load(self.config)

        async def once(database: Database) -> Finish:
            return await Daemon(settings, load_desks(settings), database, backlog, now=lambda: now).once()

        with self.store() as database:
            return asyncio.run(once(database))

    @contextmanager
    def started(self, *arguments: str, log: str = "daemon.log") -> Iterator["Running"]:
        """The daemon from its first moment on; stopped with SIGTERM at the end if it still runs."""
        running = Running(self, arguments, log)
        try:
            yield running
        finally:
            running.stop()

    @contextmanager
    def running(self, *arguments: str) -> Iterator["Running"]:
        """The daemon, ready."""
        with self.started(*arguments) as running:
            running.wait_ready()
            yield running

    def ends(self) -> dict[str, int]:
        """How many sightings ended where."""
        return self._counted(tables.sighting.c.end)

    def mail_ends(self) -> dict[str, int]:
        """How many mails, each counted once whatever its UIDs, ended where."""
        return self._counted(tables.mail.c.end)

    def letters(self) -> dict[str, int]:
        """How many letters are in which state."""
        return self._counted(tables.outbox.c.state)

    def tickets(self) -> int:
        return sum(self._counted(tables.ticket.c.outcome).values())

    def due_now(self) -> None:
        """Every letter that waits for its next attempt may have it now: time passes without anybody sleeping."""
        with self.store() as database, database.transaction() as tx:
            tx.execute(sa.update(tables.outbox).values(next_try_at=datetime(2020, 1, 1, tzinfo=UTC)))

    def _counted(self, column: "sa.Column[str]") -> dict[str, int]:
        with self.store() as database, database.snapshot() as tx:
            return {row[0]: row[1] for row in tx.execute(sa.select(column, sa.func.count()).group_by(column))}


class Running:
    """A daemon process of an installation."""

    def __init__(self, installation: Installation, arguments: tuple[str, ...], log: str) -> None:
        self.installation = installation
        self.log = installation.home / log
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                installation.command("run", *arguments),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=installation.environment(),
            )

    def wait_ready(self, seconds: float = 30) -> None:
        self.wait_log('"event": "ready"', seconds)

    def wait_log(self, words: str, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while words not in self.said():
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"no {words!r}; exit {self.process.poll()}; it said:\n{self.said()[-4000:]}")
            time.sleep(0.01)

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self, seconds: float = 15) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


def mail(sender: str, to: str, subject: str, text: str, **headers: str) -> bytes:
    """A plain mail as a customer's program writes it."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = format_datetime(datetime.now(UTC) - timedelta(seconds=1))
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    if "Message_ID" not in headers:
        message["Message-ID"] = f"<{time.time_ns()}@customer.example>"
    message.set_content(text)
    return message.as_bytes()


def _mailbox(address: str, keys: Mapping[str, object], connections: str, of: Installation) -> str:
    return f"""
[[mailbox]]
address = "{address}"
display_name = "Example Support"
{_keys(keys)}
{connections.replace(of.support, address)}
connections = {of.connections}
"""


def _keys(values: Mapping[str, object]) -> str:
    return "\n".join(
        f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value}" for key, value in values.items()
    )
