"""Turns what a person answered `intake init` into the files of an installation: configuration, directory, secrets.

Pure: it neither asks nor writes. `intake.first_files` writes what comes out.
"""

import csv
import io
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from intake.config_sample import QUEUE, sample
from intake.first_files import CONTACT_COLUMNS, CONTRACT_COLUMNS, SECRETS
from intake.oauth.settings import Provider
from intake.server_search import Server

OAUTH_FILES = {"client_secret_file": "client-secret", "key_file": "google-key.json"}


@dataclass(slots=True)
class Answers:
    """Everything that was asked, or taken for granted."""

    address: str
    name: str = "support"
    display_name: str = ""
    prefix: str = "EX"
    imap: Server = field(default_factory=lambda: Server("", 993, "tls"))
    smtp: Server = field(default_factory=lambda: Server("", 587, "starttls"))
    """With the user name that they are logged in to with; "" for an SMTP server without a log-in."""
    imap_password: str = ""
    smtp_password: str = ""
    ca_file: str = ""
    oauth: dict[str, str] = field(default_factory=dict)
    """Keys of [mailbox.oauth]; none where passwords are taken."""
    oauth_secret: bytes = b""
    """The client secret, or the key of a service account; empty where it was not at hand."""
    folder: str = "INBOX"
    processed: str = "Intake/Processed"
    quarantine: str = "Intake/Quarantine"
    policy: str = "irex"
    mode: str = "observe"
    staff_name: str = ""
    staff_email: str = ""
    queues: tuple[str, ...] = ()
    database: str = ""
    contracts: bytes = b""
    """CSV files as they are; empty for samples."""
    contacts: bytes = b""

    @property
    def provider(self) -> Provider:
        return "microsoft" if self.oauth.get("provider") == "microsoft" else "google" if self.oauth else ""


def texts(answers: Answers) -> dict[str, str | bytes]:
    """The files with what was answered, by their place below the directory."""
    told: dict[str, str | bytes] = {"intake.toml": configuration(answers)}
    if answers.contracts:
        told |= {"contracts.csv": answers.contracts, "contacts.csv": answers.contacts}
    if not answers.oauth and answers.imap_password:
        told[f"{SECRETS}/imap-password"] = answers.imap_password + "\n"
    if not answers.oauth and answers.smtp.username and answers.smtp_password:
        told[f"{SECRETS}/smtp-password"] = answers.smtp_password + "\n"
    for key, name in OAUTH_FILES.items():
        if answers.oauth_secret and answers.oauth.get(key) == name:
            told[f"{SECRETS}/{name}"] = answers.oauth_secret
    return told


def configuration(answers: Answers) -> str:
    """The whole intake.toml: every key with its meaning, as in the sample."""
    auth = "xoauth2" if answers.oauth else "password"
    values: dict[str, object] = {
        "storage.url": answers.database,
        "mailbox.name": answers.name,
        "mailbox.address": answers.address,
        "mailbox.display_name": answers.display_name,
        "mailbox.policy": answers.policy,
        "mailbox.mode": answers.mode,
        "mailbox.ticket_prefix": answers.prefix,
        "mailbox.imap.folder": answers.folder,
        "mailbox.imap.processed_folder": answers.processed,
        "mailbox.imap.quarantine_folder": answers.quarantine,
        "staff.name": answers.staff_name or answers.staff_email,
        "staff.email": answers.staff_email,
        "staff.queues": answers.queues,
        "staff.hours": (),
        "staff.timezone": "",
    }
    for side, server in (("imap", answers.imap), ("smtp", answers.smtp)):
        table = f"mailbox.{side}"
        values |= {
            f"{table}.host": server.host,
            f"{table}.port": server.port,
            f"{table}.security": server.security,
            f"{table}.ca_file": answers.ca_file,
            f"{table}.username": server.username,
            f"{table}.password_file": "" if answers.oauth or not server.username else f"{side}-password",
            f"{table}.auth": auth,
        }
    values |= {f"mailbox.oauth.{key}": value for key, value in answers.oauth.items()}
    without = {f"queues.{QUEUE}", f"queues.{QUEUE}.shift", *(() if answers.staff_email else ("staff",))}
    return sample(values, without)


def trial(customer: str, policy: str, plan: str, today: date, *, account_manager: str = "") -> tuple[bytes, bytes]:
    """A contract of a year, and the one address that it is for: to try it all with. Contracts, then contacts."""
    row = ["TRIAL-1", "Trial", policy, plan, today.isoformat(), (today + timedelta(days=365)).isoformat(), "yes"]
    contract = dict(zip(CONTRACT_COLUMNS.split(","), row, strict=False)) | {"account_manager": account_manager}
    contact = {"email": customer, "contract": "TRIAL-1", "role": "admin"}
    return _csv(CONTRACT_COLUMNS, contract), _csv(CONTACT_COLUMNS, contact)


def _csv(columns: str, row: dict[str, str]) -> bytes:
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, columns.split(","), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerow(row)
    return written.getvalue().encode()


def database_for(directory: Path) -> str:
    """Where the service keeps its state, for the configuration that the service reads; else beside it."""
    return "sqlite:////var/lib/intake/intake.db" if directory == Path("/etc/intake") else "sqlite:///intake.db"
