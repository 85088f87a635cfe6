"""The same work done by django-helpdesk, for comparison: `python -m tests.bench.helpdesk [--mails 2000] [--json] …`.

It is installed by pip into an environment of its own (`.bench/helpdesk`, made at the first run), keeps its tickets in
SQLite as its demo project does, reads the backlog from the same Dovecot by its `get_email`, and answers through the
same SMTP server. Measured is from its first letter, so that neither its start nor its first mail counts, until it has
emptied the mailbox and ended. It has no policy: it takes every mail in, whatever its language.
"""

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.figures import Figures, each, finish, work_options
from tests.bench.installed import SUPPORT, append
from tests.bench.processes import Processes, machine_cpu
from tests.bench.smtp_sink import SmtpSink
from tests.bench.work import Work
from tests.servers.mailhost import Mailhost

ROOT = Path(__file__).parents[2]
PLACE = ROOT / ".bench/helpdesk"
REQUIREMENTS = Path(__file__).with_name("helpdesk.txt")
SITE = "tests.bench.helpdesk_site"
SECONDS = 3600


def python() -> Path:
    """The interpreter of its environment, which is made where it is not there or is another version's."""
    program, done = PLACE / "bin/python", PLACE / "installed.txt"
    if not done.exists() or done.read_text() != REQUIREMENTS.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(PLACE)], check=True)
        pip = [str(program), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "-r", str(REQUIREMENTS)], check=True, stderr=subprocess.DEVNULL)
        done.write_text(REQUIREMENTS.read_text())
    return program


def measure(work: Work) -> Figures:
    program = python()
    host = Mailhost()
    try:
        with tempfile.TemporaryDirectory() as home, SmtpSink() as sink:
            environment = {
                **os.environ,
                "DJANGO_SETTINGS_MODULE": SITE,
                "HELPDESK_HOME": home,
                "HELPDESK_IMAP": str(host.imaps),
                "HELPDESK_SMTP": str(sink.port),
                "HELPDESK_LOGIN": f"{SUPPORT} {host.password}",
            }
            subprocess.run([str(program), "-m", SITE], check=True, env=environment, cwd=ROOT)
            return _run(work, program, environment, host, sink)
    finally:
        host.stop()


def _run(work: Work, program: Path, environment: Mapping[str, str], host: Mailhost, sink: SmtpSink) -> Figures:
    mails = list(work)
    append(host.box(SUPPORT), mails)
    began, machine = time.time(), machine_cpu()
    with (Path(environment["HELPDESK_HOME"]) / "log").open("wb") as log:
        command = [str(program), "-m", "django", "get_email", "--debug_to_stdout"]
        running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, cwd=ROOT)
    processes = Processes({"main/workers": running.pid, "Dovecot": host.pid, "SMTP sink": sink.pid})
    processes.start()
    before = {**processes.cpu(), "main": 0.0}
    try:
        running.wait(SECONDS)
    finally:
        running.kill()
        end = time.time()
    processes.stop()
    cpu, letters = processes.cpu(), sink.letters()
    if not letters:
        raise RuntimeError((Path(environment["HELPDESK_HOME"]) / "log").read_text())
    first = letters[0].at
    return Figures(
        mails=len(mails),
        octets=sum(len(mail.raw) for mail in mails),
        start=first - began,
        seconds=(end - first) * len(mails) / max(1, len(mails) - 1),
        first_letter=0,
        cpu=each(cpu, before, len(mails)),
        threads={},
        peaks=processes.megabytes(),
        others=processes.others(machine_cpu() - machine, before, end - began),
        faults=_faults(Path(environment["HELPDESK_HOME"]), mails, letters, host),
    )


def _faults(home: Path, mails: Sequence[object], letters: Sequence[object], host: Mailhost) -> list[str]:
    with closing(sqlite3.connect(home / "helpdesk.db")) as store:
        (tickets,) = store.execute("SELECT count(*) FROM helpdesk_ticket").fetchone()
    left = len(host.box(SUPPORT).uids())
    found = Counter({"tickets": tickets, "letters": len(letters), "mails filed": len(mails) - left})
    return [f"{count} {what} of {len(mails)}" for what, count in found.items() if count != len(mails)]


def main(given: Sequence[str]) -> int:
    options = work_options("helpdesk").parse_args(given)
    work = Work(options.mails, SUPPORT, datetime.now(UTC), options.seed, options.english)
    return finish(measure(work), options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
