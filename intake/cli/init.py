"""`intake init DIR`: an installation by a conversation at a terminal, by flags, or as samples to edit.

Asks in `init_talk`, writes all or nothing by `first_files`, and then does with the commands there are what an admin
would do next: makes the store, imports the directory, looks over the configuration.
"""

import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intake.cli.options import Json
from intake.cli.output import Refused, complain, json_line, say
from intake.printable import printable

if TYPE_CHECKING:
    from intake.cli.given import Given
    from intake.first_answers import Answers

NEXT = (
    "intake check",
    "intake db upgrade",
    "intake directory import contracts.csv contacts.csv",
    "intake check --connect",
    "intake run",
)
UNITS = (Path("/etc/systemd/system/intake.service"), Path("/lib/systemd/system/intake.service"))
SERVED = Path("/etc/intake")

ANSWERS = "Answers (what is missing is asked for at a terminal, else its default is taken)"


def _flag(name: str, meaning: str, metavar: str = "TEXT") -> Any:
    return typer.Option(name, metavar=metavar, help=meaning, rich_help_panel=ANSWERS, show_default=False)


def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Made where it does not exist.", show_default=False)],
    address: Annotated[str | None, _flag("--address", "What customers write to.", "ADDRESS")] = None,
    imap: Annotated[str | None, _flag("--imap", "Where it is read; found by the address.", "HOST[:PORT]")] = None,
    smtp: Annotated[str | None, _flag("--smtp", "Where letters go; found likewise.", "HOST[:PORT]")] = None,
    username: Annotated[str | None, _flag("--username", "The log-in; default the address.", "NAME")] = None,
    password_file: Annotated[Path | None, _flag("--password-file", "File with its password.", "FILE")] = None,
    smtp_username: Annotated[str | None, _flag("--smtp-username", "If another; - for none.", "NAME")] = None,
    smtp_password_file: Annotated[Path | None, _flag("--smtp-password-file", "If another.", "FILE")] = None,
    ca_file: Annotated[str | None, _flag("--ca-file", "A private authority, PEM.", "FILE")] = None,
    oauth: Annotated[str | None, _flag("--oauth", "microsoft | google | none; by the server.", "PROVIDER")] = None,
    tenant: Annotated[str | None, _flag("--tenant", "Microsoft: directory (tenant) ID.", "ID")] = None,
    client_id: Annotated[str | None, _flag("--client-id", "Microsoft: application (client) ID.", "ID")] = None,
    client_secret_file: Annotated[
        Path | None, _flag("--client-secret-file", "Microsoft: file with the client secret.", "FILE")
    ] = None,
    key_file: Annotated[Path | None, _flag("--key-file", "Google: the service account's key.", "FILE")] = None,
    folder: Annotated[str | None, _flag("--folder", "Where mail arrives; INBOX.", "FOLDER")] = None,
    processed: Annotated[str | None, _flag("--processed", "Where recorded mail goes; - leaves it.", "FOLDER")] = None,
    quarantine: Annotated[str | None, _flag("--quarantine", "Where unreadable mail goes.", "FOLDER")] = None,
    name: Annotated[str | None, _flag("--name", "The mailbox in logs and commands; support.", "NAME")] = None,
    display_name: Annotated[str | None, _flag("--display-name", "Beside the address in letters.", "NAME")] = None,
    prefix: Annotated[str | None, _flag("--prefix", "EX for tickets EX-1042.", "LETTERS")] = None,
    policy: Annotated[str | None, _flag("--policy", "A shipped one, or a file; irex.", "NAME|FILE")] = None,
    mode: Annotated[str | None, _flag("--mode", "observe (default) | live.", "MODE")] = None,
    staff: Annotated[str | None, _flag("--staff", "Who answers: 'Name <address>'.", "PERSON")] = None,
    contracts: Annotated[Path | None, _flag("--contracts", "contracts.csv to import.", "FILE")] = None,
    contacts: Annotated[Path | None, _flag("--contacts", "contacts.csv; default beside the other.", "FILE")] = None,
    trial: Annotated[str | None, _flag("--trial", "Without these: one customer to try with.", "ADDRESS")] = None,
    database: Annotated[str | None, _flag("--database", "Where all is remembered; SQLite.", "URL")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing; take the default of what no flag answers.")] = False,
    no_connect: Annotated[bool, typer.Option("--no-connect", help="Neither look for servers nor log in.")] = False,
    sample: Annotated[bool, typer.Option("--sample", help="Ask nothing, write samples to edit.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
    json: Json = False,
) -> None:
    """Set Intake up in a directory, by questions or by flags.

    At a terminal it asks; flags answer in advance, --yes takes the rest for granted. Servers are found and log-ins
    tried. Where nobody can be asked and nothing is answered, samples are written. With the commented configuration
    come CSV files, copies of the templates and the shipped policies, and the reference of the policy language.
    """
    given = _given(locals())
    answered = any(getattr(given, field.name) is not None for field in fields(given))
    at_terminal = sys.stdin.isatty() and sys.stdout.isatty() and not json
    if sample and (answered or yes):
        raise Refused("--sample takes no answers; leave it out to have them written", 2)
    if sample or not (answered or yes or at_terminal):
        _samples(directory, force=force, json=json)
        return
    asking = at_terminal and not yes
    _converse(directory, given, asking=asking, connect=not no_connect, force=force, json=json)


def _given(flags: dict[str, object]) -> "Given":
    from intake.cli.given import Given

    names = {field.name for field in fields(Given)}
    return Given(**{name: value for name, value in flags.items() if name in names})  # type: ignore[arg-type]


# --- samples ---


def _samples(directory: Path, *, force: bool, json: bool) -> None:
    from intake.first_files import samples

    texts = samples()
    _refuse_to_overwrite(directory, dict(texts), force=force)
    _write(directory, dict(texts))
    if json:
        json_line({"directory": str(directory), "files": list(texts)})
        return
    say(f"{printable(str(directory))} now holds intake.toml, contracts.csv, contacts.csv, credentials/ and templates/;")
    say("policy-reference.md says how to write a support policy of your own; shipped/ holds some to copy.")
    say("Next, there: edit intake.toml and the CSV files; write the passwords into credentials/imap-password and")
    say("credentials/smtp-password, mode 0600; then")
    for step in NEXT:
        say(f"  {step}")


def _refuse_to_overwrite(directory: Path, texts: dict[str, str], *, force: bool) -> None:
    from intake.first_files import in_the_way

    there = in_the_way(directory, texts)
    if there and not force:
        raise Refused(f"{directory} holds {', '.join(there[:3])} already; name another directory, or add --force", 2)


def _write(directory: Path, texts: "dict[str, str] | dict[str, str | bytes]") -> None:
    from intake.first_files import write

    try:
        write(directory, dict(texts))
    except OSError as error:
        where = error.filename or directory
        raise Refused(f"{where} cannot be written ({error.strerror}); name a directory that is yours", 2) from None


# --- with answers ---


def _converse(directory: Path, given: "Given", *, asking: bool, connect: bool, force: bool, json: bool) -> None:
    from intake.cli.init_talk import Conversation
    from intake.cli.questions import Questions
    from intake.first_answers import OAUTH_FILES, texts
    from intake.first_files import SECRETS, samples
    from intake.server_lookups import Network

    secrets = {f"{SECRETS}/{name}": "" for name in ("imap-password", "smtp-password", *OAUTH_FILES.values())}
    usual = samples()
    _refuse_to_overwrite(directory, usual | secrets, force=force)  # before anybody answers questions for nothing
    questions = Questions(asking=asking, quiet=json)
    if asking:
        questions.tell(f"This sets up Intake in {directory}. Each question has its default in [brackets].")
        questions.tell("Nothing is written before the end; Ctrl-C leaves everything as it is.")
        questions.tell()
    talk = Conversation(questions, given, Network(), connect=connect)
    answers = talk.hold(directory)
    if asking:
        questions.tell()
    if not questions.yes(f"Write all this to {directory}", default=True):
        raise Refused("nothing was written")
    written: dict[str, str | bytes] = {**usual, **texts(answers)}
    _write(directory, written)
    questions.tell(f"{directory} now holds intake.toml, credentials/, the CSV files, templates/ and shipped/.")
    _carry_on(directory, answers, connect=connect, old=talk.old, json=json)
    if json:
        json_line({"directory": str(directory), "files": list(written)})


def _carry_on(directory: Path, answers: "Answers", *, connect: bool, old: int, json: bool) -> None:
    """What an admin would do next. What fails is told with the command that does it later."""
    config = directory / "intake.toml"
    left: list[str] = []
    if not answers.oauth and not answers.imap_password:
        left.append(f"write the password into {directory}/credentials/imap-password and smtp-password, mode 0600")
    if answers.oauth:
        left += _signed_in_later(directory, answers, connect=connect, json=json)
    if _store(config, json=json):
        _import(directory, config, answers, left, json=json)
    else:
        left.append(f"intake db upgrade{_with(config)}")
        left.append(_import_command(directory, config))
    if not json:
        _tell_findings(config, secrets=bool(answers.imap_password or answers.oauth_secret))
        _tell_next(config, answers, left, old=old)


def _store(config: Path, *, json: bool) -> bool:
    """Made, or brought up to date."""
    from intake.cli.database import upgrade
    from intake.cli.opening import read_settings
    from intake.config_checks import SQLITE
    from rules.facts import TryLater

    url = read_settings(config).storage.url
    try:
        if url.startswith(SQLITE):
            Path(url.removeprefix(SQLITE)).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        upgrade(config=config, json=json)
    except OSError as error:
        complain(f"the database could not be made ({error.strerror}: {error.filename}); run it as root later")
    except (TryLater, Refused) as trouble:
        complain(str(trouble))
    else:
        return True
    return False


def _import(directory: Path, config: Path, answers: "Answers", left: list[str], *, json: bool) -> None:
    from intake.cli.directory import import_directory

    if not answers.contracts:
        left.append(f"edit contracts.csv and contacts.csv in {directory}; without them every customer is a stranger")
        left.append(_import_command(directory, config))
        return
    try:
        import_directory(directory / "contracts.csv", directory / "contacts.csv", config=config, json=json)
    except Refused as refused:
        complain(str(refused))
        left.append(_import_command(directory, config))


def _import_command(directory: Path, config: Path) -> str:
    return f"intake directory import {directory / 'contracts.csv'} {directory / 'contacts.csv'}{_with(config)}"


def _signed_in_later(directory: Path, answers: "Answers", *, connect: bool, json: bool) -> list[str]:
    """Tries the log-ins by token, where there is what it takes; else what is to do."""
    from intake.config import load
    from intake.config_faults import ConfigFaults
    from intake.connect import connections

    if not answers.oauth_secret or answers.oauth.get("client_id") == "CLIENT-ID":
        files = [answers.oauth[key] for key in ("client_secret_file", "key_file") if key in answers.oauth]
        return [
            f"fill in [mailbox.oauth] of {directory}/intake.toml",
            f"write {directory}/credentials/{files[0]}, mode 0600",
            f"intake check --connect{_with(directory / 'intake.toml')}",
        ]
    if connect and not json:
        try:
            settings = load(directory / "intake.toml")
        except ConfigFaults as told:
            for fault in told.faults:
                complain(str(fault))
            return []
        for tried in connections(settings):
            if tried.part != "database":
                say(f"{'good' if tried.well else 'fault':8} {printable(tried.part)}: {printable(tried.told, 2000)}")
    return []


def _tell_findings(config: Path, *, secrets: bool) -> None:
    from intake.checkup import check

    found = check(config)
    for level, faults in (("fault", found.faults if secrets else []), ("warning", found.warnings)):
        for fault in faults:
            say(f"{level:8} {printable(str(fault), 2000)}")


def _tell_next(config: Path, answers: "Answers", left: list[str], *, old: int) -> None:
    if answers.mode == "observe":
        say('It only observes: customers get letters once mode = "live" stands in intake.toml.')
    served = config.parent.absolute() == SERVED and any(unit.exists() for unit in UNITS)
    if old:
        say(f"{answers.folder} holds {old} mail(s) older than a day: --from-now leaves older mail alone,")
        say("--take-backlog answers it too.")
    choice = " --from-now" if old else ""
    say()
    say("Next:")
    for step in left:
        say(f"  {printable(step, 2000)}")
    if served:
        if old:
            say("  systemctl set-environment INTAKE_OPTIONS=--from-now      # for the first start alone")
        say("  systemctl enable --now intake")
        say("  intake status")
        return
    say(f"  intake run{choice}{_with(config)}")
    say(f"  intake status{_with(config)}      # at another terminal")


def _with(config: Path) -> str:
    """How a command is told of it; "" where it looks there anyway."""
    return "" if config.parent.absolute() in (Path.cwd(), SERVED) else f" --config {config}"
