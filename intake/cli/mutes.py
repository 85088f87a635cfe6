"""`intake muted` and `unmute`: the addresses from which a letter came back for good, and a person's word against it."""

from dataclasses import asdict
from datetime import UTC, datetime
from email.utils import parseaddr
from typing import Annotated

import typer

from intake.cli.opening import open_database, read_settings
from intake.cli.options import Config, Json, Limit
from intake.cli.output import Refused, json_line, say, table, tell
from intake.cli.verdicts import account
from intake.printable import printable

COLUMNS = ("address", "since", "status", "ticket")


def muted(limit: Limit = 50, config: Config = None, json: Json = False) -> None:
    """List the addresses that get no automatic letter. One came back from there for good."""
    from storage import mutes

    with open_database(read_settings(config)) as database, database.snapshot() as tx:
        found = mutes.newest(tx, limit)
    if json:
        for one in found:
            json_line(asdict(one))
    elif found:
        table(COLUMNS, [(one.address, one.since, one.status, one.reference) for one in found])
    else:
        say("none")


def unmute(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="As `intake muted` shows it.", show_default=False)],
    config: Config = None,
    json: Json = False,
) -> None:
    """Let automatic letters go to an address again.

    Also to one that was in a loop. Somebody who writes from it unmutes it, too.
    """
    from rules.facts import address_key, mailbox_key
    from storage import breakers, mutes, tickets
    from storage.breakers import Scope
    from storage.tickets import Event

    key = address_key(parseaddr(address)[1] or address)
    with open_database(read_settings(config)) as database, database.transaction() as tx:
        there = mutes.among(tx, [key])
        if not breakers.close(tx, Scope.ADDRESS, mailbox_key(key)) and not there:
            raise Refused(f"{printable(address)} is not muted; `intake muted` lists who is")
        mutes.unmute(tx, key)
        ticket = tickets.by_reference(tx, there[0].reference) if there and there[0].reference else None
        if ticket is not None:
            tickets.log(tx, Event(datetime.now(UTC), "unmuted", account(), {"address": key}, ticket.ticket_id))
    tell({"address": key, "muted": False}, f"automatic letters go to {printable(key)} again", json=json)
