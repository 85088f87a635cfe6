"""`intake service install`: the systemd unit where Intake did not come as a Debian package."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from intake.cli.options import GIVEN, Config, Json
from intake.cli.output import Refused, json_line, say
from intake.printable import printable

app = typer.Typer(help="The systemd unit, where no package brings it.", rich_markup_mode=None)

UNITS = Path("/etc/systemd/system")
PACKAGED = (Path("/usr/lib/systemd/system"), Path("/lib/systemd/system"))

Units = Annotated[Path, typer.Option("--directory", metavar="DIR", help="Where units are.")]


@app.callback(invoke_without_command=True)
def _group(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        say(context.get_help())


@app.command()
def install(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the unit, and write nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over another unit of that name.")] = False,
    directory: Units = UNITS,
    config: Config = None,
    json: Json = False,
) -> None:
    """Write intake.service, which runs this installation with /etc/intake/intake.toml (or --config).

    Nothing is started; what is to be done next is printed.
    """
    from intake import unit

    program, settings = _program(), (config or GIVEN.get() or Path(unit.CONFIG)).absolute()
    if why := unit.obstacle(program, Path(sys.executable), settings):
        raise Refused(why, 2)
    text = unit.adapted(program, settings)
    if dry_run:
        print(text, end="")
        return
    file = directory / unit.NAME
    if not force and (why := _in_the_way(file, text)):
        raise Refused(why, 2)
    _write(file, text)
    absent = [str(one) for one in unit.credentials(text) if not _is_there(one)]
    if json:
        json_line({"unit": str(file), "program": str(program), "config": str(settings), "missing_credentials": absent})
    else:
        _tell_next(file, settings, absent)


def _program() -> Path:
    """The command `intake` of this interpreter's environment."""
    program = Path(sys.prefix) / "bin" / "intake"
    if not program.is_file():
        raise Refused(f"there is no {program}; install ticket-intake with pip into an environment of its own", 2)
    return program


def _in_the_way(file: Path, text: str) -> str:
    for packaged in PACKAGED:
        if file.parent == UNITS and (packaged / file.name).exists():
            return f"the package brings {packaged / file.name}; change that with `systemctl edit intake`"
    try:
        there = file.read_text(encoding="utf-8") if file.exists() else text
    except (OSError, UnicodeDecodeError):
        there = ""
    if there == text:
        return ""
    return f"{file} is there and says something else; look at it beside `--dry-run`, or add --force"


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
        file.chmod(0o644)
    except OSError as error:
        remedy = "run it as root where systemd is, or print the unit with --dry-run"
        raise Refused(f"{file} cannot be written ({error.strerror}); {remedy}", 2) from None


def _is_there(credential: Path) -> bool:
    try:
        return credential.is_file()
    except OSError:
        return False


def _tell_next(file: Path, config: Path, absent: list[str]) -> None:
    say(f"{printable(str(file))} is written. Next:")
    if not config.exists():
        say(f"  intake init {printable(str(config.parent))}")
    for folder in sorted({str(Path(one).parent) for one in absent if not Path(one).parent.exists()}):
        say(f"  install -d -m 0700 {printable(folder)}")
    for credential in absent:
        say(f"  install -m 0600 /dev/stdin {printable(credential)}      (type the password, then Ctrl-D)")
    if absent:
        say(
            "    (while one of these is missing, a start ends with 243/CREDENTIALS; a server without a password wants a"
        )
        say("    drop-in by `systemctl edit intake` that clears LoadCredential= and names the other one again)")
    say("  systemctl daemon-reload")
    say("  systemctl enable --now intake")
