"""`intake directory import`: replaces contracts and contacts in one transaction, after showing what changes."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from intake.cli.opening import open_database, read_settings
from intake.cli.options import Config, Json
from intake.cli.output import Refused, complain, json_line, say
from intake.printable import printable

if TYPE_CHECKING:
    from intake.config import Settings
    from intake.directory_files import DirectoryFile
    from storage.directory import Change

app = typer.Typer(help="Contracts and their contacts.", rich_markup_mode=None)

MOST_VANISHING = 0.2
"""Share of the contacts that an import may drop without --force: a truncated export must not lock customers out."""
SHOWN = 10
FEW = 3


@app.callback(invoke_without_command=True)
def _group(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        say(context.get_help())


@app.command("import")
def import_directory(
    contracts: Annotated[Path, typer.Argument(metavar="CONTRACTS.csv")],
    contacts: Annotated[Path, typer.Argument(metavar="CONTACTS.csv")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also when many contacts vanish, or all of them.")] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Replace the directory by these two files. A faulty file changes nothing."""
    from storage import directory

    settings = read_settings(config)
    files = _read(contracts, contacts, settings)
    for warning in files.warnings:
        complain(f"warning: {warning}")
    for note in files.notes[:SHOWN]:
        complain(f"note: {note}")
    if len(files.notes) > SHOWN:
        complain(f"note: and {len(files.notes) - SHOWN} more contracts without a distributor or support partner")
    with open_database(settings) as database:
        if dry_run:
            with database.snapshot() as tx:
                change = directory.compare(tx, files.contracts, files.contacts)
        else:
            with database.transaction() as tx:
                change = directory.compare(tx, files.contracts, files.contacts)
                if not force:
                    _guard(change, files)
                directory.replace(tx, files.contracts, files.contacts)
    _tell(change, dry_run=dry_run, json=json)
    if dry_run and not force:
        _guard(change, files)


def preview(contracts: Path, contacts: Path, policy: str, tell: Callable[[str], None]) -> list[str]:
    """Tells what these files hold, for an import under one policy; the faults if it would be refused."""
    from intake.directory_files import DirectoryFaults, read
    from intake.shipped import DirectoryPolicies, read_policy
    from templates.render import Renderer

    letters = Renderer(None).letters()
    found = read(contracts, contacts, DirectoryPolicies([read_policy(policy, letters).policy], letters))
    if isinstance(found, DirectoryFaults):
        return [str(fault) for fault in found.faults]
    for warning in found.warnings:
        tell(f"  warning: {warning}")
    for what, names in (
        ("contracts", [one.contract for one in found.contracts]),
        ("contacts", [f"{one.email} ({one.contract})" for one in found.contacts]),
    ):
        more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
        tell(f"  {len(names)} {what}: {', '.join(names[:FEW])}{more}")
    return [] if found.contacts else [f"{contacts}: names no contact, so every customer would be a stranger"]


def _read(contracts: Path, contacts: Path, settings: "Settings") -> "DirectoryFile":
    from intake.desk import load_desks
    from intake.directory_files import DirectoryFaults, read
    from intake.shipped import DirectoryPolicies

    desks = load_desks(settings)
    known = DirectoryPolicies([desk.policy for desk in desks], desks[0].renderer.letters())
    found = read(contracts, contacts, known)
    if isinstance(found, DirectoryFaults):
        for fault in found.faults:
            complain(str(fault))
        raise Refused(f"{len(found.faults)} fault(s); nothing was changed. Correct the file and import it again")
    return found


def _guard(change: "Change", files: "DirectoryFile") -> None:
    gone = len(change.contacts_gone)
    if not files.contacts:
        raise Refused(
            "the file names no contact, so every customer would be a stranger; --force imports it all the same"
        )
    if gone > MOST_VANISHING * change.contacts_before:
        share = f"{gone} of {change.contacts_before} contacts would vanish"
        raise Refused(f"{share}, over {MOST_VANISHING:.0%}; check the export, or add --force")


def _tell(change: "Change", *, dry_run: bool, json: bool) -> None:
    if json:
        json_line({**asdict(change), "dry_run": dry_run})
        return
    for what in ("contracts", "contacts"):
        for how in ("added", "changed", "gone"):
            _list(f"{what} {how}", getattr(change, f"{what}_{how}"))
    say("nothing was changed (--dry-run)" if dry_run else "the directory is these files now")


def _list(what: str, names: Sequence[str]) -> None:
    if names:
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        say(f"{what + ':':19}{len(names):5}  {printable(', '.join(names[:SHOWN]), 2000)}{more}")
