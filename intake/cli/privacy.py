"""`intake purge`, `forget` and `export`: how long things are kept, and what is held on a person."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from intake.cli.opening import open_database, read_settings
from intake.cli.options import Config, Json
from intake.cli.output import Refused, json_line, say, table
from intake.cli.verdicts import account

if TYPE_CHECKING:
    from intake.purge import Purged
    from storage.retention import Class

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done; change nothing.")]


def purge(dry_run: DryRun = False, config: Config = None, json: Json = False) -> None:
    """Take out what is older than [retention] keeps it.

    Raw mail, letters, words, names and addresses go; what was decided, when and how fast stays. Works beside the
    daemon, which does the same every night.
    """
    from intake.purge import kept_days
    from intake.purge import purge as take_out

    settings = read_settings(config)
    if not kept_days(settings.retention):
        raise Refused("nothing is ever purged: set days in [retention] of the configuration", 2)
    with open_database(settings) as database:
        done = take_out(settings, database, datetime.now(UTC), account(), dry_run=dry_run)
    _tell(done, kept_days(settings.retention), dry_run=dry_run, json=json)


def _tell(done: "Purged", days: "dict[Class, int]", *, dry_run: bool, json: bool) -> None:
    rows = [(of.value, days[of], one.tickets, one.mails, one.letters, one.octets) for of, one in done.by_class.items()]
    columns = ("class", "days", "tickets", "mails", "letters", "octets")
    if json:
        for row in rows:
            json_line({**dict(zip(columns, row, strict=True)), "dry_run": dry_run})
        return
    table(("class", "kept for days", *columns[2:]), [(row[0], *(f"{one:,}" for one in row[1:])) for row in rows])
    all_ = done.all
    verb = "would be taken out" if dry_run else "taken out; no byte of them is left in the database"
    say(f"{all_.tickets:,} ticket(s), {all_.mails:,} mail(s), {all_.letters:,} letter(s) {verb}")
