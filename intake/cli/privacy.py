"""`intake purge`, `forget` and `export`: how long things are kept, and what is held on a person."""

from dataclasses import asdict
from datetime import UTC, datetime
from email.utils import parseaddr
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from intake.cli.opening import open_database, read_settings
from intake.cli.options import Config, Json
from intake.cli.output import Refused, json_line, say, table, tell
from intake.cli.verdicts import account
from intake.printable import printable

if TYPE_CHECKING:
    from intake.forget import Forgotten
    from intake.purge import Purged
    from intake.settings import Settings
    from storage.database import Database
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


def forget(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Whose.", show_default=False)],
    dry_run: DryRun = False,
    folders: Annotated[
        bool, typer.Option("--folders", help="Delete their mails from the mail server's folders, too; also later.")
    ] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Forget a person, and prove that nothing names them.

    Their mails, the letters to them, their address and name go. What was decided, when and how fast stays, and what
    other people wrote. Exit 1 where nothing is held, where somebody is still owed something on a ticket of theirs, or
    where they are named still.
    """
    from intake.forget import Refusal
    from intake.forget import forget as take_out

    settings, wanted = read_settings(config, secrets=folders), _address(address)
    with open_database(settings) as database:
        done = take_out(settings, database, wanted, datetime.now(UTC), account(), dry_run=dry_run)
        if isinstance(done, Refusal) and not (folders and done.nothing_held):
            raise Refused(done.reason)
        if not isinstance(done, Refusal):
            _tell_forgotten(done, settings, dry_run=dry_run, json=json)
        cleared = _clear(settings, database, wanted, json=json) if folders and not dry_run else True
    if not cleared or (not isinstance(done, Refusal) and done.left):
        raise typer.Exit(1)


def _clear(settings: "Settings", database: "Database", address: str, *, json: bool) -> bool:
    """Whether nothing of theirs is left in the folders."""
    from intake.filed_mail import clear

    done = [one for mailbox in settings.mailbox for one in clear(database, mailbox, address, settings.daemon)]
    for one in done:
        marked = "; the server only marked them: expunge the folder" if one.flagged_only and one.deleted else ""
        rest = f"; {one.left:,} of theirs are none that were erased, and stay" if one.left else ""
        trouble = f" NOT LOOKED AT: {one.trouble}" if one.trouble else f" {one.deleted:,} mail(s) deleted{marked}{rest}"
        tell(asdict(one), f"{one.mailbox}: {one.folder}:{trouble}", json=json)
    return not any(one.trouble or one.left or one.flagged_only for one in done)


def export(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Whose.", show_default=False)],
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE.zip", help="Default: export-DATE.zip here.", show_default=False),
    ] = None,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Write what is held on a person into a zip.

    Their mails, the letters to them, their tickets with the reasons, and where the directory has them. Only the owner
    of the file can read it. Exit 1 where nothing is held.
    """
    from intake.export import export as hand_over
    from intake.forget import Refusal

    settings, now = read_settings(config), datetime.now(UTC)
    place = file or Path(f"export-{now:%Y-%m-%d}.zip")
    with open_database(settings) as database:
        try:
            done = hand_over(database, _address(address), place, now, by=account(), dry_run=dry_run)
        except FileExistsError:
            raise Refused(f"{place} is there already; name another file") from None
        except OSError as error:
            raise Refused(f"{place} cannot be written ({error.strerror}); name another file") from error
    if isinstance(done, Refusal):
        raise Refused(done.reason)
    counts = {"tickets": len(done.held.opened), "mails": done.mails, "letters": done.letters}
    where = "" if dry_run else f" in {place}, for your eyes alone"
    sentence = f"{counts['tickets']:,} ticket(s), {done.mails:,} mail(s), {done.letters:,} letter(s){where}"
    tell({**counts, "file": None if dry_run else str(place), "dry_run": dry_run}, sentence, json=json)


def _address(said: str) -> str:
    from intake.addresses import is_address

    address = parseaddr(said)[1] or said
    if not is_address(address):
        raise Refused(f"{said} is no address, such as ana@alder.example", 2)
    return address


def _tell_forgotten(done: "Forgotten", settings: "Settings", *, dry_run: bool, json: bool) -> None:
    erased, folders = done.erased, _folders(settings)
    if json:
        told = {"tickets": erased.tickets, "mails": erased.mails, "letters": erased.letters, "octets": erased.octets}
        counts = {"contracts": done.held.contracts, "rows": done.rows, "named_in": done.named_in}
        left = [f"{one.table}.{one.column} {one.key}" for one in done.left]
        json_line({**told, **counts, "left": left, "folders": folders, "dry_run": dry_run})
        return
    would = "would be " if dry_run else ""
    say(f"{erased.tickets:,} ticket(s), {erased.mails:,} mail(s), {erased.letters:,} letter(s) {would}erased")
    if done.held.contracts:
        say(
            f"they {'stand' if dry_run else 'stood'} in the directory on {printable(', '.join(done.held.contracts))}; "
            "take them out of your contacts.csv, too, or the next import brings them back"
        )
    if done.named_in:
        some = ", ".join(map(str, done.named_in[:10]))
        say(f"{len(done.named_in):,} mail(s) of other people name them and stay as they came (mail {some})")
    if dry_run:
        return
    if done.left:
        for one in done.left[:20]:
            say(f"STILL NAMED  in {one.table}.{one.column}, row {one.key}")
    else:
        say(f"every column of every table was searched: they are named nowhere{' else' if done.named_in else ''}")
    say(f"not in the database, so not looked at: {', '.join(folders)} (`--folders` does), backups, the journal")


def _folders(settings: "Settings") -> list[str]:
    from intake.unknown_mail import folders

    return [f"{one.name}: {printable(folder)}" for one in settings.mailbox for folder in folders(one.imap)]


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
