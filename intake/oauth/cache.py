"""Keeps a token in a file of its own, readable by its owner alone, so that a start, or a token endpoint that is away,
finds the one that still holds.

A file that is written is whole or not there. One that cannot be read, or is another grant's, counts as none; one that
cannot be written is no reason to stop: the token is in memory.
"""

import json
import os
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

VERSION = 1
DEFAULT_DIRECTORY = Path("/var/lib/intake")
"""The unit's StateDirectory: commands of root meet the daemon there."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token."""

    value: str = field(repr=False)
    got_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """What the file holds."""

    token: Token | None
    memory: str = field(default="", repr=False)
    """What the provider's library wants to find again: refresh tokens, the account."""


def load(path: Path, fingerprint: str) -> Kept | None:
    """None where there is nothing for this grant."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["version"] != VERSION or found["for"] != fingerprint:
            return None
        token = found["token"]
        held = Token(token["value"], _time(token["got_at"]), _time(token["expires_at"])) if token else None
        return Kept(held, str(found["memory"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save(path: Path, fingerprint: str, kept: Kept) -> str:
    """Why it could not be kept, in one line; "" where it is."""
    token = kept.token
    told = {
        "version": VERSION,
        "for": fingerprint,
        "token": token
        and {
            "value": token.value,
            "got_at": token.got_at.isoformat(),
            "expires_at": token.expires_at.isoformat(),
        },
        "memory": kept.memory,
    }
    beside = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    try:
        _write(beside, json.dumps(told).encode())
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        return f"{path} cannot be written ({error.strerror}); name a place for it with cache_file in [mailbox.oauth]"
    return ""


def state_of(path: Path) -> tuple[int, int] | None:
    """Changes when another process keeps a token there; None where there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def exposed(path: Path) -> bool:
    """Whether others than its owner can read it."""
    try:
        return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
    except OSError:
        return False


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
        owner = path.parent.stat()
        if os.geteuid() == 0 and owner.st_uid != 0:
            # Root's commands leave it to whom the directory belongs: under systemd that is the daemon's own user.
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
