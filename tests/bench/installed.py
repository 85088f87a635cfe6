"""The measured installation: one mailbox with its backlog, everything else as a configuration has it by default.

The policy is irex with a wider budget of letters. The store is a file of its own, or a database of a PostgreSQL that
syncs and has the memory that Debian's package gives it. Nobody is told of new tickets, unless one address of staff is
asked for.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from intake.settings import DaemonSettings, SmtpSettings
from storage import schema
from storage.database import Database
from tests.bench import large_store
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
DEBIAN = {"shared_buffers": "128MB", "autovacuum_naptime": "60s", "max_connections": "100"}


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
class Site:
    """An installation with its servers."""

    intake: Measured
    sink: SmtpSink
    postgres: Postgres | None
    large: bool
    """Whether the store was filled before, with everybody who writes in its directory."""

    def fill(self, work: Work) -> list[WorkMail]:
        """Put the backlog into the mailbox and its writers into the directory; returns the mails."""
        mails = list(work)
        box = self.intake.mailhost.box(self.intake.support)
        append(box, mails)
        if not self.large:
            self.intake.admit(*work.people(), contracts=work.contracts())
            return mails
        with box.session() as client:
            large_store.belongs_to(self.intake.url, int(client.folder_status("INBOX", "UIDVALIDITY")[b"UIDVALIDITY"]))
        os.sync()  # what the copy left to be written is not the run's
        return mails


@contextmanager
def site(
    engine: Engine = "sqlite",
    *,
    notices: bool = False,
    hibernate: bool = False,
    profile: Path | None = None,
    tickets: int = 0,
) -> Iterator[Site]:
    """Everything started but the daemon. `hibernate` is the mail host's; `tickets` is how many the store holds."""
    with (
        _mailhost(hibernate) as host,
        _server(engine) as postgres,
        SmtpSink() as sink,
        tempfile.TemporaryDirectory() as folder,
    ):
        home = Path(folder) / "intake"
        home.mkdir()
        (home / "irex.toml").write_text(_policy())
        intake = Measured(
            home,
            host,
            SUPPORT,
            STAFF if notices else "",
            sink.port,
            mailbox={"policy": "irex.toml"},
            daemon={"workers": DaemonSettings().workers},
            connections=SmtpSettings.model_fields["connections"].default,
            store_url=_store(home / "intake.db", postgres, tickets),
            profile=profile,
        )
        yield Site(intake, sink, postgres, bool(tickets))


def append(box: Box, mails: Iterable[WorkMail]) -> None:
    with box.session() as client:
        client._imap.sock.settimeout(120)
        for batch in _batches(mails):
            client.multiappend("INBOX", [mail.raw for mail in batch])


@contextmanager
def _mailhost(hibernate: bool) -> Iterator[Mailhost]:
    host = Mailhost(hibernate=hibernate)
    try:
        yield host
    finally:
        host.stop()


@contextmanager
def _server(engine: Engine) -> Iterator[Postgres | None]:
    """A PostgreSQL as in production, where that is the engine."""
    if engine == "sqlite":
        yield None
        return
    postgres = Postgres(safe=True, settings=DEBIAN)
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
    url = postgres.url(postgres.new()) if postgres else f"sqlite:///{file}"
    if tickets:
        large_store.fill(url, tickets)
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
