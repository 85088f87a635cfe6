"""The systemd unit that is shipped, with the paths of this installation in place of those of the Debian package.

Pure apart from reading that file. What the unit's sandbox hides from the daemon is told before it is installed: systemd
itself would only say 203/EXEC.
"""

import re
from importlib.resources import files
from pathlib import Path

NAME = "intake.service"
PROGRAM = "/opt/ticket-intake/bin/intake"
CONFIG = "/etc/intake/intake.toml"
MANUAL = "Documentation=man:"
HOMES = (Path("/home"), Path("/root"), Path("/run/user"), Path("/tmp"), Path("/var/tmp"))  # noqa: S108
"""Directories that ProtectHome= and PrivateTmp= of the unit show empty."""
PLAIN = re.compile(r"/[A-Za-z0-9._+/-]*")
"""What systemd reads as it stands, without quotes and specifiers."""


def shipped() -> str:
    return (files("intake") / NAME).read_text(encoding="utf-8")


def adapted(program: Path, config: Path) -> str:
    """The unit that runs `program` with `config`, whose credentials are in `credentials/` beside it.

    The manual pages that it names come with the package alone, and `systemd-analyze verify` would miss them.
    """
    lines = [line for line in shipped().splitlines(keepends=True) if not line.startswith(MANUAL)]
    text = "".join(lines).replace(PROGRAM, str(program)).replace(CONFIG, str(config))
    return text.replace(f"{Path(CONFIG).parent}/credentials", f"{config.parent}/credentials")


def credentials(text: str) -> list[Path]:
    """The files that a unit takes credentials from."""
    return [Path(one) for one in re.findall(r"^LoadCredential=[^:\n]+:(\S+)$", text, re.MULTILINE)]


def obstacle(program: Path, interpreter: Path, config: Path) -> str:
    """Why a service could not run these, with the remedy; "" where it could. `interpreter` is what Python runs as."""
    for path in (program, config):
        if not PLAIN.fullmatch(str(path)):
            return f"{path} has letters that a unit cannot name as they are; install to a plain path"
    for path, what in ((program, "the program"), (interpreter.resolve(), "its Python"), (config, "the configuration")):
        for home in HOMES:
            if path.is_relative_to(home):
                return f"{what} {path} lies in {home}, which the unit's sandbox hides; {_remedy(path == config)}"
    return ""


def _remedy(config: bool) -> str:
    if config:
        return f"put it into {CONFIG}"
    return "install into /opt/ticket-intake (`/usr/bin/python3 -m venv /opt/ticket-intake`, then its bin/pip)"
