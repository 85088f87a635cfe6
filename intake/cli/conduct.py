"""What staff do to a ticket from the shell: `severity`, `wait`, `close`, `reopen`, `assign`, `spend`, `take-back`."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from intake.cli.opening import open_database, read_settings
from intake.cli.options import Config, Json, Reference
from intake.cli.output import Refused, local, tell
from intake.cli.verdicts import account

if TYPE_CHECKING:
    from pathlib import Path

    from intake.conduct_values import Done, Impossible
    from intake.config import Settings
    from intake.desk import Desk
    from storage.database import Transaction
    from storage.tickets import Ticket

    Act = Callable[[Transaction, Desk, Ticket, str, datetime], Done | Impossible]


def severity(
    reference: Reference,
    level: Annotated[int, typer.Argument(metavar="N", help="The severity, 1 the most urgent.", show_default=False)],
    config: Config = None,
    json: Json = False,
) -> None:
    """Change a ticket's severity. Its promises follow; its customer is told where they change."""
    from intake import conduct

    _act(
        reference,
        config,
        lambda tx, desk, ticket, by, now: conduct.set_severity(tx, desk, ticket, level, by, now),
        json,
    )


def wait(
    reference: Reference,
    answered: Annotated[
        bool, typer.Option("--answered", help="They were answered: the first response is given.")
    ] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Wait for the customer. The ticket's promises stand still until they answer."""
    from intake import conduct

    def act(tx: "Transaction", desk: "Desk", ticket: "Ticket", by: str, now: datetime) -> "Done | Impossible":
        if answered and ticket.status not in ("closed", *conduct.UNDECIDED):
            return conduct.answered(tx, ticket, now, by)
        return conduct.wait(tx, ticket, by, now)

    _act(reference, config, act, json)


def close(reference: Reference, config: Config = None, json: Json = False) -> None:
    """Close a ticket. Its promises are no longer watched. The customer's next mail opens it again."""
    from intake import conduct

    _act(reference, config, lambda tx, desk, ticket, by, now: conduct.close(tx, ticket, by, now), json)


def reopen(reference: Reference, config: Config = None, json: Json = False) -> None:
    """Go on with a ticket that is closed or waits for its customer."""
    from intake import conduct

    _act(reference, config, conduct.reopen, json)


def take_back(
    reference: Reference,
    severity: Annotated[
        int | None, typer.Option(metavar="N", help="Default: that of a mail which says nothing.", show_default=False)
    ] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Take back what is with somebody else. Its promises count from now."""
    from intake import conduct

    _act(
        reference,
        config,
        lambda tx, desk, ticket, by, now: conduct.take_back(tx, desk, ticket, by, now, level=severity),
        json,
    )


def assign(
    reference: Reference,
    person: Annotated[
        str, typer.Argument(metavar="PERSON", help="A name or address of somebody on staff.", show_default=False)
    ],
    config: Config = None,
    json: Json = False,
) -> None:
    """Give a ticket to somebody on staff. They get its notices, or its queue while they are off."""
    from intake.conduct_values import Impossible
    from intake.order_places import give, named
    from rules.facts import address_key

    settings = read_settings(config)
    with open_database(settings) as database, database.transaction() as tx:
        desk, ticket = _found(tx, settings, reference)
        meant = named(desk.staff, person)
        if isinstance(meant, Impossible):
            raise Refused(meant.reason)
        done = give(tx, desk, ticket, meant, account(), datetime.now(UTC))
        if isinstance(done, Impossible):
            raise Refused(done.reason.replace("#reopen it", f"`intake reopen {ticket.reference}`"))
    told = {"ticket": ticket.reference, "status": ticket.status, "assigned": address_key(meant.email)}
    tell(told, done.said.rstrip("."), json=json)


def spend(
    reference: Reference,
    amount: Annotated[str, typer.Argument(metavar="HOURS", help="Such as 1.5h, 90m or 2.", show_default=False)],
    note: Annotated[str, typer.Option(help="What for; the contract's contacts read it.", show_default=False)] = "",
    config: Config = None,
    json: Json = False,
) -> None:
    """Book hours, or a yearly allowance, on a ticket's contract. Its contacts are told."""
    from intake import conduct_bookings
    from rules import bookings

    try:
        hours = bookings.amount(amount)
    except bookings.BadAmount as fault:
        raise typer.BadParameter(f'"{amount}" cannot be booked; {fault}') from None
    _act(
        reference,
        config,
        lambda tx, desk, ticket, by, now: conduct_bookings.book(tx, desk, ticket, hours, by, now, note),
        json,
    )


def _act(reference: str, config: "Path | None", act: "Act", json: bool) -> None:
    from intake.conduct_values import Impossible

    settings = read_settings(config)
    with open_database(settings) as database, database.transaction() as tx:
        desk, ticket = _found(tx, settings, reference)
        done = act(tx, desk, ticket, account(), datetime.now(UTC))
        if isinstance(done, Impossible):
            raise Refused(done.reason)
    tell(_as_json(done), f"{_state(done)}{_letters(done)}", json=json)


def _found(tx: "Transaction", settings: "Settings", reference: str) -> "tuple[Desk, Ticket]":
    from intake.desk import load_desks
    from storage import tickets

    desks = {desk.name: desk for desk in load_desks(settings)}
    ticket = tickets.by_reference(tx, reference)
    if ticket is None:
        raise Refused(f"there is no ticket {reference}; `intake tickets` lists them")
    if ticket.mailbox not in desks:
        raise Refused(
            f"{ticket.reference} is of mailbox {ticket.mailbox}, which the configuration does not have; put it back"
        )
    return desks[ticket.mailbox], ticket


def _state(done: "Done") -> str:
    """ "EX-1 is open with severity 1; first answer by 2026-03-13 12:00 CET (was 14:00)"."""
    ticket = done.ticket
    if done.booked:
        what = done.booked.what.replace("_", " ")
        return f"{ticket.reference}: {done.booked.amount:f} {what} booked, {done.booked.left:f} left"
    severity = f" with severity {ticket.severity}" if ticket.severity and ticket.status in ("open", "waiting") else ""
    moved = "".join(
        f"; {NAMES[one.kind]} {f'by {local(one.after)}' if one.after else 'without a fixed time'}"
        f"{f' (was {local(one.before)})' if one.before else ''}"
        for one in done.moved
    )
    return f"{ticket.reference} is {ticket.status.replace('_', ' ')}{severity}{moved}"


NAMES = {"first_response": "first answer", "resolution": "solution"}


def _letters(done: "Done") -> str:
    if done.told:
        return f"; {', '.join(done.told)} will be told"
    if done.moved or done.booked:
        return f"; no letter{f': {done.withheld.sentence}' if done.withheld else ''}"
    return ""


def _as_json(done: "Done") -> dict[str, object]:
    ticket = done.ticket
    return {
        "ticket": ticket.reference,
        "status": ticket.status,
        "severity": ticket.severity,
        "queue": ticket.queue,
        "moved": [{"promise": one.kind, "before": one.before, "after": one.after} for one in done.moved],
        "told": list(done.told),
        "booked": {"what": done.booked.what, "amount": f"{done.booked.amount:f}", "left": f"{done.booked.left:f}"}
        if done.booked
        else None,
    }
