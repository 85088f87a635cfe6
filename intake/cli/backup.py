"""`intake backup`: the whole store in one file, while the daemon runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from intake.cli.database import show_proof
from intake.cli.opening import private_files, read_settings
from intake.cli.options import Config, Json
from intake.cli.output import Refused, cell, progress, say

if TYPE_CHECKING:
    from storage.database import Database


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write; `intake restore` reads it.")],
    force: Annotated[bool, typer.Option("--force", help="Replace FILE once the new one is whole.")] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Write the whole store into one file, also while the daemon runs.

    The file is proved to hold the same, and restores into SQLite and PostgreSQL alike.
    """
    from intake.store import opened, there
    from storage import backups
    from storage.copying import NotCopied

    with private_files(), opened(read_settings(config).storage.url) as database:
        there(database)
        _look_at(file, database, force=force)
        with progress("copying and proving", backups.work(database)) as step:
            proof = backups.write(database, file, lambda _, count: step(count))
    if isinstance(proof, NotCopied):
        raise Refused(proof.reason)
    show_proof(proof, json=json)
    if not json:
        say(f"{cell(str(file))}: {file.stat().st_size:,} bytes, {proof.rows:,} rows, the same as in the store")


def _look_at(file: Path, database: "Database", *, force: bool) -> None:
    if file.is_dir():
        raise Refused(f"{file} is a directory; name a file in it", 2)
    if file.exists() and not force:
        raise Refused(f"{file} is there already; name another file, or --force replaces it")
    place = Path(database.place)
    if database.is_sqlite and file.resolve() in {place.with_name(place.name + end).resolve() for end in OF_THE_STORE}:
        raise Refused(f"{file} is the store itself; name another file", 2)


OF_THE_STORE = ("", "-wal", "-shm", ".lock")
