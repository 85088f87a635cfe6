"""The measured installation: one mailbox with its backlog, everything else as a configuration has it by default.

The policy is irex with a wider budget of letters. The store is a file of its own, or a database of a PostgreSQL that
syncs and has the memory that Debian's package gives it. Nobody is told of new tickets, unless one address of staff is
asked for.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from intake.settings import DaemonSettings, SmtpSettings
from storage import schema
from storage.database import Database
from tests.bench import large_store
from tests.bench.delay_proxy import DelayProxy
from tests.bench.smtp_sink import SmtpSink
from tests.bench.work import Work, WorkMail
from tests.intake.installation import Installation
from tests.servers.box import Box
from tests.servers.mailhost import Mailhost
from tests.servers.postgres import Postgres

Engine = Literal["sqlite", "postgresql"]
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
SUPPORT, STAFF = "support@example.test", "sam@example.test"
HOOK = Path(__file__).parent / "hook"
AT_ONCE, OCTETS_AT_ONCE = 200, 20_000_000
"""Mails, and octets, in one APPEND."""
CONNECTIONS: int = SmtpSettings.model_fields["connections"].default
PRODUCTION = {
    "fsync": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
    "autovacuum_naptime": "60s",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "5min",
    "max_connections": "100",
}
"""What Debian's package sets, or leaves as PostgreSQL has it."""
AS_DOCUMENTED = "CREATE DATABASE intake TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C.UTF-8'"
"""As the README has it made."""


@dataclass
class Measured(Installation):
    store_url: str = ""
    profile: Path | None = None
    """Where the daemon's threads and its workers write their profiles at SIGUSR1."""

    @property
    def url(self) -> str:
        return self.store_url

    def environment(self) -> dict[str, str]:
        profile = {"INTAKE_BENCH_PROFILE": str(self.profile)} if self.profile else {}
        return {**os.environ, "PYTHONPATH": str(HOOK), **profile}


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a run is measured under."""

    engine: Engine = "sqlite"
    notices: bool = False
    """Whether one address of staff is told of each ticket."""
    hibernate: bool = False
    """The mail host's."""
    tickets: int = 0
    """What the store holds before."""
    delay: float = 0
    """Milliseconds of a round trip to the IMAP and the SMTP server."""
    connections: int = CONNECTIONS
    """To the SMTP server."""
    profile: Path | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """An installation with its servers."""

    under: Conditions
    intake: Measured
    sink: SmtpSink
    postgres: Postgres | None
    proxy: DelayProxy | None

    def fill(self, work: Work) -> list[WorkMail]:
        """Put the backlog into the mailbox and its writers into the directory; returns the mails."""
        mails = list(work)
        box = self.intake.mailhost.box(self.intake.support)
        append(box, mails)
        if not self.under.tickets:
            self.intake.admit(*work.people(), contracts=work.contracts())
            return mails
        with box.session() as client:  # everybody who writes is in the directory of a large store
            large_store.belongs_to(self.intake.url, int(client.folder_status("INBOX", "UIDVALIDITY")[b"UIDVALIDITY"]))
        os.sync()  # what the copy left to be written is not the run's
        return mails


@contextmanager
def site(under: Conditions) -> Iterator[Site]:
    """Everything started but the daemon."""
    with (
        _mailhost(under.hibernate) as host,
        _server(under) as postgres,
        SmtpSink() as sink,
        DelayProxy(under.delay, [host.imaps, sink.port]) if under.delay else nullcontext() as proxy,
        tempfile.TemporaryDirectory() as folder,
    ):
        home = Path(folder) / "intake"
        home.mkdir()
        (home / "irex.toml").write_text(_policy())
        imaps, smtp = proxy.ports if proxy else (host.imaps, sink.port)
        intake = Measured(
            home,
            host,
            SUPPORT,
            STAFF if under.notices else "",
            smtp,
            mailbox={"policy": "irex.toml"},
            daemon={"workers": DaemonSettings().workers},
            connections=under.connections,
            store_url=_store(home / "intake.db", postgres, under.tickets),
            profile=under.profile,
        )
        intake.config.write_text(intake.config.read_text().replace(f"port = {host.imaps}", f"port = {imaps}"))
        yield Site(under, intake, sink, postgres, proxy)


def append(box: Box, mails: Iterable[WorkMail], folder: str = "INBOX") -> None:
    with box.session() as client:
        client._imap.sock.settimeout(120)
        for batch in _batches(mails):
            client.multiappend(folder, [mail.raw for mail in batch])


@contextmanager
def _mailhost(hibernate: bool) -> Iterator[Mailhost]:
    host = Mailhost(hibernate=hibernate)
    try:
        yield host
    finally:
        host.stop()


@contextmanager
def _server(under: Conditions) -> Iterator[Postgres | None]:
    """A PostgreSQL as in production, where that is the engine; in a hurry while it is yet to be filled."""
    if under.engine == "sqlite":
        yield None
        return
    postgres = Postgres(safe=True, settings=PRODUCTION | (large_store.HURRY if under.tickets else {}))
    try:
        yield postgres
    finally:
        postgres.remove()


def _policy() -> str:
    """The shipped one, but that its mailbox may write more than a thousand letters in an hour: a flood would be stopped
    there, and the backlog of a benchmark looks like one."""
    text = (Path(str(files("rules"))) / "policies/irex.toml").read_text()
    return text.replace("[budgets]\n", "[budgets]\nletters_per_mailbox_hour = 1_000_000\n")


def _store(file: Path, postgres: Postgres | None, tickets: int) -> str:
    """The URL of a store of the current schema, which holds so many tickets."""
    if tickets and not postgres:
        return large_store.at_sqlite(file, tickets)
    if postgres:
        postgres.execute(AS_DOCUMENTED)
    url = postgres.url("intake") if postgres else f"sqlite:///{file}"
    if tickets and postgres:
        large_store.fill(url, tickets)
        postgres.change(PRODUCTION)
        return url
    database = Database(url)
    schema.upgrade(database)
    database.close()
    return url


def _batches(mails: Iterable[WorkMail]) -> Iterator[list[WorkMail]]:
    batch: list[WorkMail] = []
    octets = 0
    for mail in mails:
        if batch and (len(batch) == AT_ONCE or octets + len(mail.raw) > OCTETS_AT_ONCE):
            yield batch
            batch, octets = [], 0
        batch.append(mail)
        octets += len(mail.raw)
    if batch:
        yield batch
