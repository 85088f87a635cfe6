"""Where a chaos run takes place: the mail host, the mail server that breaks, the store, the proxies and the daemons.

Everything that can be broken has its handle here; what breaks when is the plan's, how is `faults`'. `peace` mends all
of it and waits until the daemons have done their work. One thread drives it.
"""

import contextlib
import os
import shutil
import smtplib
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from imapclient.exceptions import IMAPClientError

from storage import directory, schema, tables
from storage.database import Database
from tests.chaos.daemon_process import DaemonProcess
from tests.chaos.mails import LARGEST, Draft, Sent, Writer, people
from tests.chaos.progress import Progress
from tests.intake.installation import Installation
from tests.servers.cutproxy import CutProxy
from tests.servers.mailhost import Mailhost
from tests.servers.postgres import Postgres
from tests.servers.sink import Rule, Sink

DISK_MEGABYTES = 128
DISK_FLOOR = 300_000
UNDERSTAND_SECONDS = 6.0
UNDERSTAND_BYTES = 1_000_000_000
NETWORK_SECONDS = 3.0
DRAIN_SECONDS = 120.0
RELOAD_SECONDS = 10.0
"""Between two reloads at peace, which make a daemon try again at once; each costs it a second of a busy machine."""
DEAD = "550 5.1.1 no such user here"
"""What the mail server says of recipients whose address begins with "dead"."""


@dataclass
class World:
    engine: str
    host: Mailhost
    home: Path
    sink: Sink
    imap: CutProxy
    smtp: CutProxy
    library: Path | None
    """What is preloaded into the daemons; None where there is no C compiler."""
    disk: Path | None
    """A small file system of the store's own; None where none can be mounted."""
    postgres: Postgres | None
    installation: Installation
    store_url: str
    """Past every proxy."""
    daemons: list[DaemonProcess] = field(default_factory=list)
    databases: list[CutProxy] = field(default_factory=list)
    """One before PostgreSQL for each daemon."""
    sent: list[Sent] = field(default_factory=list)
    taken_away: set[str] = field(default_factory=set)
    """Message-IDs of mails that a person moved or deleted; "" for one without."""
    mended: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    wall: int = 0
    """Seconds by which the daemons' wall clocks are off."""
    _progress: Progress | None = None

    @property
    def progress(self) -> Progress:
        assert self._progress is not None
        return self._progress

    @property
    def abilities(self) -> frozenset[str]:
        able = {self.engine}
        able |= {"clock"} if self.library else set()
        able |= {"disk"} if self.disk and self.engine == "sqlite" else set()
        able |= {"siblings"} if len(self.daemons) > 1 else set()
        return frozenset(able)

    @property
    def addresses(self) -> dict[str, str]:
        """Mailbox -> its support address."""
        return {"support": self.installation.support, **self.installation.further}

    # What happens beside the faults

    def later(self, seconds: float, mend: Callable[[], None]) -> None:
        """A fault ends by itself after so long."""
        self.mended.append((time.monotonic() + seconds, mend))

    def attend(self, all_now: bool = False) -> None:
        """What ends by itself ends, and a daemon that is dead is started, as its supervisor would."""
        now = time.monotonic()
        due = [mend for at, mend in self.mended if all_now or at <= now]
        self.mended = [] if all_now else [(at, mend) for at, mend in self.mended if at > now]
        for mend in due:
            mend()
        for daemon in self.daemons:
            daemon.keep_alive()

    def busy(self) -> bool:
        """Whether mail stands in a mailbox. Asked of Dovecot's files: a session of ours would be killed with others."""
        maildirs = [self.host.home / "dovecot/mail" / address / "Maildir" for address in self.addresses.values()]
        return any(_holds_something(maildir / folder) for maildir in maildirs for folder in ("new", "cur"))

    def put_in(self, mails: Sequence[Sent], by_lmtp: bool) -> None:
        """The mails stand in their mailboxes afterwards, whatever happens to the connection meanwhile."""
        for one in mails:
            self.sent.append(one)
            socket = self.host.home / "dovecot/run/lmtp"
            # Hostile shapes are put in as they are: a server on the way would mend or refuse some.
            if by_lmtp and one.message_id and os.access(socket, os.W_OK) and self._by_lmtp(socket, one):
                continue
            self._by_imap(one)

    def _by_lmtp(self, socket: Path, one: Sent) -> bool:
        try:
            with smtplib.LMTP(str(socket)) as wire:
                wire.sendmail("someone@customer.example", [self.addresses[one.mailbox]], one.raw)
        except (smtplib.SMTPException, OSError):
            return False  # it may be there all the same: then it comes twice, and is one mail
        return True

    def _by_imap(self, one: Sent) -> None:
        for _ in range(50):
            with contextlib.suppress(OSError, IMAPClientError, IndexError):
                self.host.append(self.addresses[one.mailbox], one.raw)
                return
            time.sleep(0.05)
        raise AssertionError(f"mail {one.draft.number} cannot be put into its mailbox")

    # The end

    def peace(self) -> float:
        """Everything is mended and let go; returns the seconds until nothing was left to do, or raises."""
        began = time.monotonic()
        self.attend(all_now=True)
        self.sink.rules[:] = [rule for rule in self.sink.rules if rule.answer == DEAD]
        for proxy in (self.imap, self.smtp, *self.databases):
            proxy.let_go()
        self.sink.hang_up()
        self.set_clock(0)
        quiet, nudged, reloaded = 0, 0.0, time.monotonic() - RELOAD_SECONDS + 3
        while quiet < 2:
            if time.monotonic() - began > DRAIN_SECONDS:
                raise AssertionError(f"not drained after {DRAIN_SECONDS:g} s: {self.left()}")
            self.attend()
            if time.monotonic() - nudged > 2:
                nudged = time.monotonic()
                self.hurry()
            if time.monotonic() - reloaded > RELOAD_SECONDS:
                reloaded = time.monotonic()
                for daemon in self.daemons:
                    daemon.reload()
            quiet = 0 if self.left() else quiet + 1
            self.progress.wait(1, 0.3)
        return time.monotonic() - began

    def hurry(self) -> None:
        """Whatever waits for its next attempt may have it now: time passes without anybody sleeping."""
        past = datetime(2020, 1, 1, tzinfo=UTC)
        letters = sa.update(tables.outbox).where(tables.outbox.c.state == "waiting")
        unfiled = sa.update(tables.sighting).where(tables.sighting.c.filed_at.is_(None))
        with self.store() as database, database.transaction() as tx:
            tx.execute(letters.values(next_try_at=past))
            tx.execute(unfiled.values(file_after=past))

    def left(self) -> dict[str, int]:
        """What is not done yet; nothing when all is."""
        states = ("waiting", "claimed")
        open_letters = sa.select(sa.func.count()).where(tables.outbox.c.state.in_(states))
        with self.store() as database, database.snapshot() as tx:
            left = {"letters": tx.execute(open_letters).scalar_one()}
        for name, address in self.addresses.items():
            left[name] = len(self.host.box(address).uids())
        return {what: count for what, count in left.items() if count}

    @contextlib.contextmanager
    def store(self) -> Iterator[Database]:
        database = Database(self.store_url)
        try:
            yield database
        finally:
            database.close()

    def set_clock(self, seconds: int) -> None:
        self.wall = seconds
        if self.library:
            self.library.with_name("wall.new").write_text(str(seconds))
            self.library.with_name("wall.new").rename(self.library.with_name("wall"))


@contextlib.contextmanager
def world(engine: str, drafts: Sequence[Draft], daemons: int = 1) -> Iterator[World]:
    """Set up, with the daemons not started yet; everything ends with it, and its processes are gone."""
    with contextlib.ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="intake-chaos-"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        host = Mailhost()
        stack.callback(host.stop)
        sink = stack.enter_context(Sink())
        imap, smtp = stack.enter_context(CutProxy(host.imaps)), stack.enter_context(CutProxy(sink.port))
        disk = _small_disk(home, stack) if engine == "sqlite" else None
        postgres = _cluster(stack) if engine == "postgresql" else None
        url = postgres.url(postgres.new()) if postgres else f"sqlite:///{disk or home}/intake.db"
        support, gold = host.someone("support"), host.someone("gold")
        installation = Place(home, host, support, host.someone("sam"), smtp.port, further={"gold": gold}, store_url=url)
        made = World(engine, host, home, sink, imap, smtp, _library(home), disk, postgres, installation, url)
        sink.rules.append(Rule("rcpt", DEAD, when=lambda talk: talk.argument.startswith("TO:<dead")))
        _fill_directory(made, drafts)
        for number in range(daemons):
            stack.enter_context(_daemon(made, number))
        made._progress = stack.enter_context(
            Progress(lambda: [one.log for one in made.daemons], lambda: [p for one in made.daemons if (p := one.pid)])
        )
        yield made


def writer(of: World, seed: int, drafts: Sequence[Draft]) -> Writer:
    return Writer(seed, drafts, of.addresses, of.installation.staff)


@dataclass
class Place(Installation):
    """An installation whose store is not one of the tests' own."""

    store_url: str = ""
    daemon: Any = field(
        default_factory=lambda: {
            "workers": 2,
            "batch_count": 8,
            "max_mail_bytes": LARGEST,
            "understand_seconds": UNDERSTAND_SECONDS,
            "understand_bytes": UNDERSTAND_BYTES,
            "network_seconds": NETWORK_SECONDS,
            "stop_seconds": 3.0,
            "disk_floor_bytes": DISK_FLOOR,
        }
    )

    @property
    def url(self) -> str:
        return self.store_url


def _holds_something(folder: Path) -> bool:
    try:
        with os.scandir(folder) as there:
            return next(there, None) is not None
    except OSError:
        return False


def _fill_directory(of: World, drafts: Sequence[Draft]) -> None:
    contracts, contacts = people(drafts)
    with of.store() as database:
        schema.upgrade(database)
        with database.transaction() as tx:
            directory.replace(tx, contracts, contacts)


@contextlib.contextmanager
def _daemon(of: World, number: int) -> Iterator[DaemonProcess]:
    """With a configuration of its own, in which every server is behind a proxy."""
    text = of.installation.config.read_text().replace(f"port = {of.host.imaps}", f"port = {of.imap.port}")
    with contextlib.ExitStack() as stack:
        if of.postgres:
            proxy = stack.enter_context(CutProxy(of.postgres.port))
            of.databases.append(proxy)
            text = text.replace(f":{of.postgres.port}/", f":{proxy.port}/")
        config = of.home / f"daemon{number}.toml"
        config.write_text(text)
        daemon = DaemonProcess(config, of.home / f"daemon{number}.log", of.library)
        of.daemons.append(daemon)
        stack.callback(daemon.end)
        yield daemon


def _small_disk(home: Path, stack: contextlib.ExitStack) -> Path | None:
    small = home / "small"
    small.mkdir()
    if os.geteuid() != 0:
        return None
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", str(small)]
    if subprocess.run(mount, capture_output=True).returncode:
        return None
    stack.callback(subprocess.run, ["umount", "--lazy", str(small)], check=True)
    return small


def _cluster(stack: contextlib.ExitStack) -> Postgres:
    started = Postgres()
    stack.callback(started.remove)
    return started


def _library(home: Path) -> Path | None:
    compiler = shutil.which("cc")
    if not compiler:
        return None
    source, made = Path(__file__).with_name("walljump.c"), home / "walljump.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", str(made), str(source), "-ldl"], check=True)
    made.with_name("wall").write_text("0")
    return made
