"""An installation of Intake in a folder that vanishes afterwards: configuration, password, directory, mutt files.

The folder is made from the CSV files beside this module, for the policies that are shipped: one mailbox a policy. The
contracts' dates are written as days from today, so that what is valid or lapsed is so on any day.
"""

import csv
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from intake import directory_files
from intake.config import load
from intake.demo.host import HOST, MailHost
from intake.directory_files import DirectoryFaults
from intake.shipped import DirectoryPolicies
from storage import directory, schema
from storage.database import Database
from templates.render import Renderer

HERE = Path(__file__).parent
PASSWORD = "demo"
DAY = re.compile(r"\{today([+-]\d+)\}")

Record = dict[str, str]


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who has a box on the host."""

    mailboxes: tuple[Record, ...]
    staff: tuple[Record, ...]
    contacts: tuple[Record, ...]

    @property
    def addresses(self) -> tuple[str, ...]:
        mine = [mailbox["address"] for mailbox in self.mailboxes]
        return tuple(dict.fromkeys(mine + [person["email"] for person in self.staff + self.contacts]))


def people(policies: Collection[str]) -> People:
    contracts = {row["contract"] for row in _records("contracts") if row["policy"] in policies}
    return People(
        mailboxes=tuple(row for row in _records("mailboxes") if row["policy"] in policies),
        staff=tuple(_records("staff")),
        contacts=tuple(row for row in _records("contacts") if row["contract"] in contracts),
    )


@dataclass(frozen=True, slots=True)
class Installation:
    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "intake.toml"

    @property
    def contracts(self) -> Path:
        return self.folder / "contracts.csv"

    @property
    def contacts(self) -> Path:
        return self.folder / "contacts.csv"

    @property
    def log(self) -> Path:
        return self.folder / "intake.log"

    def muttrc(self, address: str) -> Path:
        return self.folder / f"{address.partition('@')[0]}.muttrc"


def install(folder: Path, host: MailHost, known: People, policies: Collection[str], today: date) -> Installation:
    """What `intake run` needs, and a muttrc for each box. `today` is what the contracts' dates count from."""
    made = Installation(folder)
    password = folder / "password"
    password.touch(mode=0o600)
    password.write_text(PASSWORD)
    made.config.write_text("\n".join(_config(host, known)), encoding="utf-8")
    contracts = (HERE / "contracts.csv").read_text(encoding="utf-8")
    dated = DAY.sub(lambda found: (today + timedelta(days=int(found[1]))).isoformat(), contracts)
    rows = [row for row in csv.DictReader(dated.splitlines()) if row["policy"] in policies]
    _write(made.contracts, rows)
    _write(made.contacts, known.contacts)
    for address in known.addresses:
        made.muttrc(address).write_text(_muttrc(host, address), encoding="utf-8")
    return made


def open_store(installation: Installation) -> Database:
    """The installation's database, with its schema."""
    database = Database(load(installation.config, secrets=False).storage.url)
    schema.upgrade(database)
    return database


def fill_directory(installation: Installation, database: Database) -> None:
    """What `intake directory import` does with the two files."""
    policies = DirectoryPolicies((), Renderer(None).letters())
    read = directory_files.read(installation.contracts, installation.contacts, policies)
    assert not isinstance(read, DirectoryFaults), read.faults
    with database.transaction() as tx:
        directory.replace(tx, read.contracts, read.contacts)


def _config(host: MailHost, known: People) -> Iterator[str]:
    yield "[storage]"
    yield 'url = "sqlite:///intake.db"'
    for mailbox in known.mailboxes:
        yield "\n[[mailbox]]"
        yield from _keys({key: mailbox[key] for key in ("name", "address", "display_name", "policy", "ticket_prefix")})
        for side, port in (("imap", host.imap_port), ("smtp", host.smtp_port)):
            yield f"[mailbox.{side}]"
            login = {"security": "none", "username": mailbox["address"], "password_file": "password"}
            yield from _keys({"host": HOST, "port": port, **login})
    for person in known.staff:
        yield "\n[[staff]]"
        yield from _keys({"name": person["name"], "email": person["email"], "queues": person["queues"].split(";")})
    yield ""


def _keys(values: Mapping[str, object]) -> Iterator[str]:
    # a string, number or list of strings of TOML is written as JSON writes one
    return (f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items())


def _muttrc(host: MailHost, address: str) -> str:
    url = f"imap://{HOST}:{host.imap_port}"
    return "\n".join(
        (
            f'set from="{address}" use_from=yes envelope_from=yes',
            f'set imap_user="{address}" imap_pass="{PASSWORD}"',
            f'set folder="{url}/" spool_file="{url}/INBOX" mail_check=3 imap_idle=yes',
            f'set smtp_url="smtp://{HOST}:{host.smtp_port}" ssl_starttls=no ssl_force_tls=no',
            "unset record postponed move",
            "",
        )
    )


def _records(name: str) -> Iterator[Record]:
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _write(file: Path, rows: Collection[Record]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, fieldnames=list(next(iter(rows), {})))
        writer.writeheader()
        writer.writerows(rows)
