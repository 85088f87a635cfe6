"""Finds the secrets that the configuration names and never writes down itself.

A relative file name is looked up in $CREDENTIALS_DIRECTORY (systemd's LoadCredential), then beside the configuration,
then in `credentials/` beside it, where the unit takes them from. What comes back is a `SecretStr`; no message, fault
or log line ever holds a secret.
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class Missing:
    """There is no such secret, and what to do about it."""

    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Found:
    secret: SecretStr
    warning: str = ""


def from_file(name: str, beside: Path, environ: Mapping[str, str] = os.environ) -> Found | Missing:
    """The secret in the file called `name`; one newline at its end does not belong to it."""
    places = _places(name, beside, environ)
    for path in places:
        try:
            text = path.read_text(encoding="utf-8")
            mode = path.stat().st_mode
        except FileNotFoundError:
            continue
        except UnicodeDecodeError:
            return Missing(f"{path} is not UTF-8 text", "write the password into it as plain text")
        except OSError as error:
            return Missing(f"{path} cannot be read ({error.strerror})", "let the user that runs intake read it")
        secret = text.removesuffix("\n").removesuffix("\r")
        if not secret:
            return Missing(f"{path} is empty", "write the password into it")
        given_by_systemd = environ.get("CREDENTIALS_DIRECTORY") == str(path.parent)
        exposed = mode & (stat.S_IROTH | stat.S_IWOTH) and not given_by_systemd
        return Found(SecretStr(secret), f"every user of this machine can read {path}" if exposed else "")
    tried = ", ".join(str(place) for place in places)
    return Missing(f"there is no such file (looked for {tried})", "write the password into one of them, mode 0600")


def from_environment(name: str, environ: Mapping[str, str] = os.environ) -> Found | Missing:
    if secret := environ.get(name):
        return Found(SecretStr(secret))
    return Missing(f"the environment variable {name} is not set", "set it, or use password_file")


def _places(name: str, beside: Path, environ: Mapping[str, str]) -> list[Path]:
    given = Path(name)
    if given.is_absolute():
        return [given]
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    return [*([Path(credentials) / given] if credentials else []), beside / given, beside / "credentials" / given]
