"""What the flags of `intake init` say."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Given:
    """What the flags say; None where nothing."""

    address: str | None = None
    imap: str | None = None
    smtp: str | None = None
    username: str | None = None
    password_file: Path | None = None
    smtp_username: str | None = None
    smtp_password_file: Path | None = None
    ca_file: str | None = None
    oauth: str | None = None
    tenant: str | None = None
    client_id: str | None = None
    client_secret_file: Path | None = None
    key_file: Path | None = None
    folder: str | None = None
    processed: str | None = None
    quarantine: str | None = None
    name: str | None = None
    display_name: str | None = None
    prefix: str | None = None
    policy: str | None = None
    mode: str | None = None
    staff: str | None = None
    contracts: Path | None = None
    contacts: Path | None = None
    trial: str | None = None
    database: str | None = None
