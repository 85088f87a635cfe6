"""Runs `intake` in this process, as the installed script would, and keeps what it printed; and a house to run it in."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from intake.cli import main
from intake.config import load
from intake.desk import Desk, load_desks
from intake.pipeline import Arrival, record_batch
from intake.worker import NotUnderstood, Understood, understand
from rules.facts import Unreadable
from storage import checkpoints
from storage.database import Database
from tests.stores import ENGINE, empty_store, new_store

MAIL = b"""\
From: Ana Ruiz <ana@alder.example>
To: support@example.com
Subject: Search is slow
Date: Thu, 12 Mar 2026 09:00:00 +0000
Message-ID: <1@alder.example>

The search on our production server is very slow since this morning.
"""

BESIDE = "sqlite:///intake.db"
CONFIG = f"""\
[storage]
url = "{BESIDE}"

[[mailbox]]
name = "support"
address = "support@example.com"
policy = "irex"
ticket_prefix = "EX"
[mailbox.imap]
host = "127.0.0.1"
port = 1
security = "none"
username = "support@example.com"
password_file = "password"
[mailbox.smtp]
host = "127.0.0.1"
port = 1
security = "none"

[[staff]]
name = "Sam Field"
email = "sam@example.com"
queues = ["support", "senior"]
"""

CONTRACTS = """\
contract,organization,policy,plan,starts,ends,paid,version
IR-STD,Alder Security,irex,standard,2020-01-01,2039-12-31,yes,
"""
CONTACTS = """\
email,name,contract,role
ana@alder.example,Ana Ruiz,IR-STD,admin
ben@alder.example,Ben Okoro,IR-STD,end_user
"""


@dataclass(frozen=True, slots=True)
class Ended:
    status: int
    out: str
    err: str
    raw: bytes
    """Standard output as it was written."""

    @property
    def objects(self) -> list[dict[str, Any]]:
        """Standard output as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


def intake(*arguments: object) -> Ended:
    written, err = io.BytesIO(), io.StringIO()
    with io.TextIOWrapper(written, encoding="utf-8", newline="", write_through=True) as out:
        with redirect_stdout(out), redirect_stderr(err):
            status = main([str(argument) for argument in arguments])
        raw = written.getvalue()
    return Ended(status, raw.decode(), err.getvalue(), raw)


def house(directory: Path, config: str = CONFIG) -> Path:
    """A configuration, its password, directory files and a mail; returns the configuration.

    Its store is not there yet: no file, or an empty database.
    """
    password = directory / "password"
    password.write_text("secret", encoding="utf-8")
    password.chmod(0o600)
    (directory / "contracts.csv").write_text(CONTRACTS, encoding="utf-8")
    (directory / "contacts.csv").write_text(CONTACTS, encoding="utf-8")
    (directory / "mail.eml").write_bytes(MAIL)
    path = directory / "intake.toml"
    if ENGINE != "sqlite" and BESIDE in config:
        config = config.replace(BESIDE, empty_store(directory / "intake.db"))
    path.write_text(config, encoding="utf-8")
    return path


HELD = MAIL.replace(b"<1@", b"<2@").replace(
    b"The search on our production server is very slow since this morning.",
    b"Server IREX Kamera login Fehler camera timeout error restart",
)
"""Neither surely English nor surely not: a person decides."""

STRANGER = MAIL.replace(b"<1@", b"<3@").replace(b"ana@alder.example>", b"eve@elsewhere.example>", 1)
ARRIVED = datetime(2026, 3, 11, 9, 0, tzinfo=UTC)


def opened(directory: Path, *raws: bytes, config: str = CONFIG) -> Path:
    """A house whose store has the schema, the directory, and these mails, recorded as the daemon records them."""
    path = house(directory, config.replace(BESIDE, new_store(directory / "intake.db")))
    files = (directory / "contracts.csv", directory / "contacts.csv")
    assert intake("directory", "import", *files, "--config", path).status == 0
    settings = load(path, secrets=False)
    (desk,) = load_desks(settings)
    database = Database(settings.storage.url)
    with database.transaction() as tx:
        checkpoints.start(tx, desk.name, 1, None)
    arrivals = [Arrival(uid, ARRIVED, len(raw), raw, _read(raw, desk)) for uid, raw in enumerate(raws, start=1)]
    record_batch(database, desk, 1, arrivals, ARRIVED, reached=lambda _: len(raws))
    database.close()
    return path


def _read(raw: bytes, desk: Desk) -> Understood | NotUnderstood:
    try:
        return understand(raw, desk.policy, desk.trust)
    except Unreadable as reason:
        return NotUnderstood(str(reason), final=True)
