"""`intake quarantine`: mail that could not be read, and another try for it."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from intake.cli.opening import only_mailbox, open_database, read_settings
from intake.cli.options import GIVEN, LARGEST_NUMBER, Config, Json, Limit, MailboxName
from intake.cli.output import Refused, json_line, say, table, tell
from intake.cli.verdicts import account
from intake.printable import printable

app = typer.Typer(help="Mail that could not be read.", rich_markup_mode=None)

Number = Annotated[
    int, typer.Argument(metavar="MAIL", max=LARGEST_NUMBER, help="Its number in `intake quarantine list`.")
]


@app.callback(invoke_without_command=True)
def default(context: typer.Context, config: Config = None, json: Json = False) -> None:
    if config is not None:
        GIVEN.set(config)
    if context.invoked_subcommand is None:
        list_mails(json=json)


@app.command("list")
def list_mails(mailbox: MailboxName = None, limit: Limit = 50, config: Config = None, json: Json = False) -> None:
    """List the mails in quarantine with the reason, the newest first."""
    from storage import listings

    settings = read_settings(config)
    only = only_mailbox(settings, mailbox)
    with open_database(settings) as database, database.snapshot() as tx:
        found = listings.quarantined(tx, limit, only)
    if json:
        for line in found:
            json_line(asdict(line))
    elif found:
        rows = [(one.mail_id, one.mailbox, one.arrived_at, f"{one.size:,}", one.reason) for one in found]
        table(("mail", "mailbox", "arrived", "bytes", "why"), rows, below=("why",))
    else:
        say("none")


@app.command()
def show(
    mail: Number,
    raw: Annotated[bool, typer.Option("--raw", help="Its bytes as they came, and nothing else.")] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Show a mail in quarantine, harmless to a terminal. --raw gives its bytes for a file."""
    from storage import ledger, listings

    with open_database(read_settings(config)) as database, database.snapshot() as tx:
        line, content = listings.mail_line(tx, mail), ledger.raw(tx, mail)
    if line is None:
        raise Refused(f"there is no mail {mail}; `intake quarantine list` lists them")
    if raw:
        if content is None:
            raise Refused(f"mail {mail} was too large to fetch; it is in the quarantine folder of {line.mailbox}")
        sys.stdout.buffer.write(content)
    elif json:
        json_line({**asdict(line), "raw": None if content is None else content.decode("utf-8", "backslashreplace")})
    else:
        say(f"mail {line.mail_id} of {line.mailbox}, {line.size:,} bytes: {printable(line.reason, 2000)}")
        for text in (content or b"").decode("utf-8", "backslashreplace").splitlines()[:200]:
            say(f"| {printable(text)}")


@app.command()
def retry(mail: Number, config: Config = None, json: Json = False) -> None:
    """Read a mail again, and decide about it if that succeeds."""
    from intake.desk import load_desks
    from intake.second_reading import retry as read_again
    from intake.verdicts import Impossible

    settings = read_settings(config)
    desks = {desk.name: desk for desk in load_desks(settings)}
    with open_database(settings) as database:
        told = read_again(database, desks, settings.daemon, mail, by=account(), now=datetime.now(UTC))
    if isinstance(told, Impossible):
        raise Refused(told.reason)
    sentence = f"mail {mail}: {told.end.value}{f' {told.reference}' if told.reference else ''}: {told.why}"
    tell({"mail_id": mail, **asdict(told)}, sentence, json=json)
