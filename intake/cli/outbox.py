"""`intake outbox`: letters that wait, were refused for good, or were withheld; and another try for a refused one."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from intake.cli.opening import only_mailbox, open_database, read_settings
from intake.cli.options import GIVEN, LARGEST_NUMBER, Config, Json, Limit, MailboxName
from intake.cli.output import Refused, json_line, local, say, table, tell
from intake.printable import printable

app = typer.Typer(help="Letters that wait, were refused for good, or were withheld.", rich_markup_mode=None)

Letter = Annotated[
    int, typer.Argument(metavar="LETTER", max=LARGEST_NUMBER, help="Its number in `intake outbox list`.")
]


@app.callback(invoke_without_command=True)
def default(context: typer.Context, config: Config = None, json: Json = False) -> None:
    if config is not None:
        GIVEN.set(config)
    if context.invoked_subcommand is None:
        list_letters(json=json)


@app.command("list")
def list_letters(
    everything: Annotated[bool, typer.Option("--all", help="Sent and withheld letters too.")] = False,
    mailbox: MailboxName = None,
    limit: Limit = 50,
    config: Config = None,
    json: Json = False,
) -> None:
    """List letters that are not sent yet or were refused. The newest first."""
    from storage import listings
    from storage.outbox import LetterState

    states = () if everything else (LetterState.WAITING, LetterState.CLAIMED, LetterState.REFUSED)
    settings = read_settings(config)
    only = only_mailbox(settings, mailbox)
    with open_database(settings) as database, database.snapshot() as tx:
        found = listings.letters(tx, states, limit, only)
    if json:
        for line in found:
            json_line(asdict(line))
    elif found:
        columns = ("letter", "ticket", "kind", "to", "state", "tries", "next", "last word of the server")
        rows = [
            (
                one.letter_id,
                one.reference,
                one.kind,
                ", ".join(one.recipients),
                one.state,
                one.attempts,
                one.next_try_at if one.state in (LetterState.WAITING, LetterState.CLAIMED) else None,
                one.last_error,
            )
            for one in found
        ]
        table(columns, rows, below=("to", "last word of the server"))
    else:
        say("none")


@app.command()
def show(letter: Letter, config: Config = None, json: Json = False) -> None:
    """Show a letter as it is or was sent."""
    from storage import listings

    with open_database(read_settings(config)) as database, database.snapshot() as tx:
        found = listings.letter(tx, letter)
    if found is None:
        raise Refused(f"there is no letter {letter}; `intake outbox list --all` lists them")
    line, raw = found
    if json:
        json_line({**asdict(line), "raw": raw.decode("utf-8", "replace")})
        return
    say(f"letter {line.letter_id}: {line.kind}, {line.state.value}, written {local(line.created_at)}")
    if line.last_error:
        say(f"  {printable(line.last_error, 2000)}")
    for text in raw.decode("utf-8", "replace").splitlines():
        say(f"| {printable(text, 2000)}")


@app.command()
def resend(
    letter: Annotated[
        int | None, typer.Argument(metavar="LETTER", max=LARGEST_NUMBER, help="Its number in `intake outbox list`.")
    ] = None,
    restored: Annotated[
        bool, typer.Option("--restored", help="All that `intake restore` withheld, in place of one letter.")
    ] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Try a refused letter again, or send what a restore withheld. It is the same letter with the same Message-ID."""
    from storage import corrections, restoration

    if (letter is None) is not restored:
        raise Refused("name one letter, or --restored for all that `intake restore` withheld", 2)
    now = datetime.now(UTC)
    with open_database(read_settings(config)) as database, database.transaction() as tx:
        if letter is None:
            sent = restoration.send(tx, now)
            tell({"letters": sent, "state": "waiting"}, f"{sent} letter(s) wait for delivery again", json=json)
            return
        if not corrections.resend(tx, letter, now) and not restoration.send(tx, now, [letter]):
            raise Refused(f"letter {letter} is not a refused one; `intake outbox list` shows its state")
    tell({"letter_id": letter, "state": "waiting"}, f"letter {letter} waits for delivery again", json=json)
