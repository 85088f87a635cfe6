"""A private PostgreSQL cluster on a free port of loopback, as somebody who is not root; ready in about a second.

Its files are in a directory of its own and it ends with the thread that started it, whatever the reason (PDEATHSIG).
It syncs nothing to disk unless told to: a kill of its processes loses nothing that it committed, only the machine's end
would. Each database is a copy of a template.
"""

import functools
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg

from tests.servers import programs

OWNER = "nobody"
"""Of the cluster, where the tests run as root: PostgreSQL refuses to."""
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "autovacuum_naptime": "10s",
    "timezone": "Europe/Brussels",  # not UTC: what depends on the server's zone is to be seen
    "log_min_messages": "warning",
}
ACCESS = """
local all all                 trust
host  all guarded 127.0.0.1/32 scram-sha-256
host  all shunned 127.0.0.1/32 reject
host  all all     127.0.0.1/32 trust
"""
"""Who may log in, and how; no role is there but `intake`, the superuser."""
ORDER = ("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US")
"""Text sorts as people sort it, and not by its octets as in SQLite: what depends on that is to be seen."""
# Without synchronous_commit, what was committed in the last moments would die with any process of the server.
UNSAFE = {"fsync": "off", "full_page_writes": "off"}


@functools.cache
def programs_of_server() -> Path | None:
    """Where the newest server that is installed here has its programs; None where none is."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def obstacle() -> str:
    """Why no PostgreSQL can run here, in one line; "" where it can."""
    return "" if programs_of_server() else "postgresql not installed (python -m tests.servers.install)"


class Postgres:
    def __init__(self, *, safe: bool = False, settings: Mapping[str, str] | None = None) -> None:
        """Starts it. `safe` syncs as in production; `settings` take the place of those of this page."""
        self.home = Path(tempfile.mkdtemp(prefix="intake-pg-"))
        self._data = self.home / "data"
        self._settings = (SETTINGS if safe else SETTINGS | UNSAFE) | dict(settings or {})
        (self.port,) = programs.free_ports(1)
        self._numbers = itertools.count(1)
        if os.geteuid() == 0:
            os.chown(self.home, pwd.getpwnam(OWNER).pw_uid, -1)
        try:
            options = ["--username=intake", "--auth=trust", "--encoding=UTF8", *ORDER, "--no-sync"]
            made = self._run("initdb", "--pgdata", str(self._data), *options)
            if made.returncode:
                raise RuntimeError(f"initdb failed: {made.stdout}")
            (self._data / "pg_hba.conf").write_text(ACCESS)
            self.start()
        except BaseException:
            shutil.rmtree(self.home)
            raise

    def start(self) -> None:
        options = [f"--{name}={value}" for name, value in self._settings.items()]
        command = [*self._as_owner(), *self._program("postgres"), "-D", str(self._data), "-k", str(self.home)]
        self.server = programs.start([*command, "-p", str(self.port), *options], self.home / "log")
        self._wait()

    def stop(self) -> None:
        """At once; connections are cut."""
        if self.server.poll() is None:
            self.server.send_signal(signal.SIGINT)
        programs.stop(self.server, 10)

    def change(self, settings: Mapping[str, str]) -> None:
        """Starts it anew with these in place of what it had, after everything that it holds is on the disk."""
        self.stop()
        os.sync()
        self._settings |= settings
        self.start()

    def crash(self) -> None:
        """As a kill -9 of every one of its processes."""
        programs.kill(self.server)
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def url(self, name: str, port: int = 0) -> str:
        """`port` is a proxy's before the server."""
        return f"postgresql+psycopg://intake@127.0.0.1:{port or self.port}/{name}"

    def new(self, template: str = "template0") -> str:
        """The name of a new database."""
        name = f"t{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def drop(self, names: Sequence[str]) -> None:
        """Also under whoever is connected."""
        for name in names:
            self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def backends(self, name: str) -> list[int]:
        """Process ids of the connections to this database."""
        with self._connected() as wire:
            rows = wire.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [name])
            return [row[0] for row in rows]

    def execute(self, statement: str) -> None:
        with self._connected() as wire:
            wire.execute(statement.encode())

    def log(self) -> str:
        return (self.home / "log").read_text(errors="replace")

    def _connected(self) -> "psycopg.Connection[tuple[int]]":
        return psycopg.connect(
            f"host=127.0.0.1 port={self.port} user=intake dbname=postgres", autocommit=True, connect_timeout=10
        )

    def _wait(self, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while True:
            try:
                self._connected().close()
            except psycopg.OperationalError as error:
                if self.server.poll() is not None or time.monotonic() > end:
                    programs.kill(self.server)
                    raise RuntimeError(f"PostgreSQL does not serve port {self.port}:\n{self.log()}") from error
                time.sleep(0.02)
            else:
                return

    def _run(self, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*self._as_owner(), *self._program(program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            cwd="/",
        )

    def _program(self, name: str) -> list[str]:
        where = programs_of_server()
        assert where is not None, obstacle()
        return [str(where / name)]

    def _as_owner(self) -> list[str]:
        end = ["setpriv", "--pdeathsig=INT"]
        if os.geteuid():
            return [*end, "--"]
        owner = pwd.getpwnam(OWNER)
        return [*end, f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups", "--"]
