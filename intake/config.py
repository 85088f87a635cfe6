"""Reads `intake.toml` into `Settings`: typed, checked as a whole, and passed on; nothing imports a global.

`find` says which file, `load` reads it, `inspect` also tells what is worth a look. All faults come together in one
`ConfigFaults`. Policies and templates are looked into by `intake.shipped`, not here.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from intake.config_checks import Finding, absolute, contradictions, plain_passwords, with_passwords
from intake.config_faults import ConfigFaults, Fault, Location, dotted, explain_error, key_lines, line_of
from intake.config_places import with_places
from intake.oauth import checks as oauth_checks
from intake.settings import (
    DaemonSettings,
    ImapSettings,
    LoginSettings,
    MailboxSettings,
    Queue,
    Settings,
    SmtpSettings,
    StaffMember,
    StorageSettings,
    section_of,
)

__all__ = [
    "ConfigFaults",
    "DaemonSettings",
    "Fault",
    "ImapSettings",
    "Loaded",
    "LoginSettings",
    "MailboxSettings",
    "Queue",
    "Settings",
    "SmtpSettings",
    "StaffMember",
    "StorageSettings",
    "find",
    "inspect",
    "load",
]

DEFAULT_PLACES = (Path("intake.toml"), Path("/etc/intake/intake.toml"))


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings that can be used, and what is nevertheless worth a look."""

    settings: Settings
    warnings: tuple[Fault, ...]


def find(given: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """The configuration file: the one given, $INTAKE_CONFIG, ./intake.toml, /etc/intake/intake.toml, in this order.

    Raises ConfigFaults when there is none.
    """
    if given is not None:
        return given
    if named := environ.get("INTAKE_CONFIG"):
        return Path(named)
    for place in DEFAULT_PLACES:
        if place.is_file():
            return place
    remedy = "name one with --config or $INTAKE_CONFIG, or make one with `intake init DIR`"
    raise ConfigFaults([Fault(DEFAULT_PLACES[-1], None, "", "there is no configuration file", remedy)])


def load(path: Path, *, secrets: bool = True, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of one file, paths made absolute and passwords filled in. Raises ConfigFaults with all faults.

    `secrets=False` leaves every password empty: for commands that log in nowhere, which an admin may run outside the
    unit that holds the credentials.
    """
    return inspect(path, secrets=secrets, environ=environ).settings


def inspect(path: Path, *, secrets: bool = True, environ: Mapping[str, str] = os.environ) -> Loaded:
    """As `load`, with the warnings."""
    text = _text(path)
    lines = key_lines(text)

    def placed(finding: Finding) -> Fault:
        return Fault(path, line_of(lines, finding.key), finding.key, finding.problem, finding.remedy)

    raw = _toml(path, text)
    findings = list(plain_passwords(raw))
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        findings += _findings(error, {finding.key for finding in findings})
        raise ConfigFaults(map(placed, findings)) from None
    beside = path.absolute().parent
    settings = absolute(settings, beside)
    findings += contradictions(settings)
    findings += oauth_checks.contradictions(settings)
    if secrets:
        settings, about_secrets = with_passwords(settings, beside, environ)
        findings += about_secrets
        settings, about_grants = oauth_checks.with_grants(settings, beside, environ)
        findings += about_grants
        settings, about_places = with_places(settings, beside, environ)  # slow: it asks Apprise, where there are any
        findings += about_places
    if any(finding.grave for finding in findings):
        raise ConfigFaults(placed(finding) for finding in findings if finding.grave)
    return Loaded(settings, tuple(map(placed, findings)))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        remedy = "check the name, or make one with `intake init DIR`"
        raise ConfigFaults([Fault(path, None, "", f"cannot be read ({error.strerror})", remedy)]) from None
    except UnicodeDecodeError:
        raise ConfigFaults([Fault(path, None, "", "is not UTF-8 text", "save it as UTF-8")]) from None


def _toml(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(found[1]) if found else None
        problem = str(error).partition(" (at ")[0]
        fault = Fault(path, line, "", f"is not TOML: {problem[:1].lower()}{problem[1:]}", "correct that line")
        raise ConfigFaults([fault]) from None


def _findings(error: ValidationError, already: set[str]) -> list[Finding]:
    return [
        Finding(key, *explain_error(found, _known(found["loc"])))
        for found in error.errors(include_url=False)
        if (key := dotted(found["loc"])) not in already
    ]


def _known(location: Location) -> list[str]:
    """The keys allowed in the table that holds `location`."""
    model: type[BaseModel] = Settings
    for part in location[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            model = section_of(model.model_fields[part].annotation) or model
    return [name for name, field in model.model_fields.items() if not field.exclude]
