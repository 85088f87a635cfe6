"""`intake tickets`, `ticket` and `held`: what there is, and everything about one of it."""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intake.cli.opening import only_mailbox, open_database, read_settings
from intake.cli.options import Config, Json, Limit, MailboxName, Reference
from intake.cli.output import Refused, json_line, local, say, table
from intake.printable import printable

if TYPE_CHECKING:
    from intake.config import Settings
    from intake.conversation import Said
    from storage.database import Transaction
    from storage.listings import TicketFilter, TicketLine
    from storage.tickets import Ticket

LOGGED_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?\+00:00")
COLUMNS = ("ticket", "severity", "status", "queue", "from", "organization", "subject", "arrived", "due")


def tickets(
    status: Annotated[list[str] | None, typer.Option(help="open, waiting, held, declined… (may be repeated)")] = None,
    outcome: Annotated[list[str] | None, typer.Option(help="accepted, declined, routed, held")] = None,
    contract: Annotated[str | None, typer.Option(help="Only of this contract.")] = None,
    sender: Annotated[str | None, typer.Option("--from", help="Only of this address.")] = None,
    days: Annotated[int | None, typer.Option(min=1, max=36_500, help="Only of the last days.")] = None,
    mailbox: MailboxName = None,
    limit: Limit = 50,
    config: Config = None,
    json: Json = False,
) -> None:
    """List tickets, the newest first."""
    from rules.facts import Outcome
    from rules.lifecycle import Status
    from storage.listings import TicketFilter

    wanted = TicketFilter(
        mailbox=mailbox,
        statuses=tuple(_one_of("--status", each, [one.value for one in Status]) for each in status or ()),
        outcomes=tuple(Outcome(_one_of("--outcome", each, [one.value for one in Outcome])) for each in outcome or ()),
        contract=contract,
        contact=parseaddr(sender)[1].casefold() if sender else None,
        since=datetime.now(UTC) - timedelta(days=days) if days else None,
    )
    _list(wanted, limit, config, json=json)


def held(mailbox: MailboxName = None, limit: Limit = 50, config: Config = None, json: Json = False) -> None:
    """List what waits for a person. `intake accept REF` or `intake decline REF` is the answer."""
    from rules.lifecycle import Status
    from storage.listings import TicketFilter

    _list(TicketFilter(mailbox=mailbox, statuses=(Status.HELD,)), limit, config, json=json)


def ticket(
    reference: Reference,
    mbox: Annotated[bool, typer.Option("--mbox", help="Print its mails and letters as an mbox file.")] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Show one ticket as a conversation, with all that happened."""
    from intake import conversation
    from storage import tickets as stored

    settings = read_settings(config)
    with open_database(settings) as database, database.snapshot() as tx:
        found = stored.by_reference(tx, reference)
        if found is None:
            raise Refused(f"there is no ticket {reference}; `intake tickets` lists them")
        if mbox:
            _mbox(tx, found)
            return
        told = _everything(tx, found, settings)
        if json:
            json_line(told)
        else:
            _tell(found, told)
            _tell_conversation(conversation.of_ticket(tx, found))


def _one_of(option: str, given: str, known: list[str]) -> str:
    from intake.config_faults import nearest

    if given not in known:
        raise typer.BadParameter(f'"{given}" is unknown to {option}; {nearest(given, known)}')
    return given


def _list(wanted: "TicketFilter", limit: int, config: Any, *, json: bool) -> None:
    from storage import listings

    settings = read_settings(config)
    only_mailbox(settings, wanted.mailbox)
    with open_database(settings) as database, database.snapshot() as tx:
        found = listings.tickets(tx, wanted, limit)
    if json:
        for line in found:
            json_line(asdict(line))
    elif found:
        table(COLUMNS, map(_row, found), below=("from", "organization", "queue", "subject"))
    else:
        say("none")


def _row(line: "TicketLine") -> tuple[object, ...]:
    return (
        line.reference,
        line.severity,
        line.status,
        line.queue,
        line.contact,
        line.organization,
        line.subject,
        line.opened_at,
        line.due_at,
    )


def _everything(tx: "Transaction", found: "Ticket", settings: "Settings") -> dict[str, object]:
    from intake.explain import as_decided
    from storage import answers, assignments, bookings, bounces, clocks, holds, links, listings, mergers, mutes, pauses
    from storage import tickets as stored

    fields = {name: value for name, value in asdict(found).items() if name not in ("decision", "ticket_id")}
    return {
        **fields,
        "decision": as_decided(found.decision),
        "clocks": [
            _without(asdict(clock), "ticket_id", "reference", "mailbox")
            for clock in clocks.of_ticket(tx, found.ticket_id)
        ],
        "pauses": [asdict(one) for one in pauses.of_ticket(tx, found.ticket_id)],
        "bookings": [
            _without(asdict(one), "ticket_id") | {"amount": f"{one.amount:f}"}
            for one in bookings.of_ticket(tx, found.ticket_id)
        ],
        "left": _left(tx, found, settings),
        "assigned": assignments.person_of(tx, found.ticket_id),
        "held_until": holds.until(tx, found.ticket_id),
        "merged_into": into.reference if (into := _into(tx, found)) else None,
        "merged": list(mergers.references_in(tx, found.ticket_id)),
        "answers": [_without(asdict(one), "ticket_id") for one in answers.of_ticket(tx, found.ticket_id)],
        "links": [asdict(one) for one in links.of_ticket(tx, found.ticket_id)],
        "muted": [asdict(one) for one in mutes.among(tx, sorted(stored.view(tx, found).parties))],
        "bounces": [asdict(one) for one in bounces.of_ticket(tx, found.ticket_id)],
        "mails": [_without(asdict(line), "ticket_id") for line in listings.mails_of_ticket(tx, found.ticket_id)],
        "letters": [
            _without(asdict(line), "ticket_id", "reference") for line in listings.letters_of_ticket(tx, found.ticket_id)
        ],
        "events": [_without(asdict(event), "ticket_id") for event in stored.events(tx, found.ticket_id)],
    }


def _into(tx: "Transaction", found: "Ticket") -> "Ticket | None":
    from storage import mergers
    from storage import tickets as stored

    into = mergers.into(tx, found.ticket_id)
    return stored.by_id(tx, into) if into is not None else None


def _left(tx: "Transaction", found: "Ticket", settings: "Settings") -> dict[str, str] | None:
    """What there is still to book on the ticket; None where its contract has nothing to book."""
    from intake.conduct_promises import policy_of
    from intake.desk import load_desks
    from intake.used import left_of
    from storage import directory

    contract = directory.contract_of(tx, found.contract) if found.contract else None
    if contract is None or not (contract.expert_hours or found.decision.allowance):
        return None
    desk = next((desk for desk in load_desks(settings) if desk.name == found.mailbox), None)
    if desk is None:
        return None
    there = left_of(tx, policy_of(tx, desk, found), found, contract)
    return {"what": there.what, "left": f"{there.left:f}", "of": f"{there.of:f}"}


def _without(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _tell(found: "Ticket", told: dict[str, Any]) -> None:
    say(f"{found.reference}  {found.status}  {printable(found.subject)}")
    lines = {
        "from": f"{found.contact_name} <{found.contact}>",
        "contract": ", ".join(part for part in (found.contract, found.organization, found.plan) if part),
        "outcome": f"{found.outcome.value}: {found.decision.why}",
        "severity": found.severity,
        "queue": found.queue,
        "assigned": told["assigned"],
        "on hold": f"until {local(told['held_until'])}" if told["held_until"] else "",
        "merged": f"goes on in {told['merged_into']}" if told["merged_into"] else ", ".join(told["merged"]),
        "arrived": local(found.opened_at),
        "policy": f"{found.policy} {found.policy_version[:15]}",
    }
    for name, value in lines.items():
        if value:
            say(f"  {name + ':':10}{printable(str(value), 2000)}")
    if left := told["left"]:
        say(f"  {'left:':10}{left['left']} of {left['of']} {left['what'].replace('_', ' ')}")
    for link in told["links"]:
        say(f"  {'linked:':10}{'continues' if link['earlier'] else 'continued in'} {link['reference']}")
    for mute in told["muted"]:
        status = f" ({mute['status']})" if mute["status"] else ""
        say(f"  {'muted:':10}{printable(mute['address'])} since {local(mute['since'])}, a letter came back{status}")
    if told["clocks"]:
        names = ("kind", "due_at", "paused_at", "stopped_at", "breached_at")
        columns = ("promise", "due", "paused since", "stopped", "breached")
        table(columns, [[clock[name] for name in names] for clock in told["clocks"]])
    if told["bookings"]:
        booked = [
            [one[name] for name in ("booked_at", "what", "amount", "booked_by", "note")] for one in told["bookings"]
        ]
        table(("booked", "what", "amount", "by", "note"), booked, below=("note",))


def _tell_conversation(said: "Iterable[Said]") -> None:
    """Each with its local time; what was written is set in, what merely happened stands on one line."""
    for one in said:
        detail = ", ".join(f"{name}: {_plain(value)}" for name, value in one.detail)
        if one.lines:
            say()
        say(f"{local(one.at)}  {printable(one.what, 500)}{f' ({printable(detail, 2000)})' if detail else ''}")
        for line in one.lines:
            say(f"    {printable(line.expandtabs(4), 2000)}".rstrip())
        if one.more:
            say(f"    … {one.more} more lines (`--mbox` has them)")
        if one.lines:
            say()


def _plain(value: object) -> str:
    """Times stand in the log as ISO 8601 in UTC."""
    told = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return LOGGED_TIME.sub(lambda found: local(datetime.fromisoformat(found[0])), told)


def _mbox(tx: "Transaction", found: "Ticket") -> None:
    """All mails and letters in the order of time, as mboxrd: a line that begins with "From " gets one more ">"."""
    for sender, at, raw in sorted(_correspondence(tx, found), key=lambda one: one[1]):
        lines = raw.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
        quoted = [b">" + line if line.lstrip(b">").startswith(b"From ") else line for line in lines]
        head = f"From {sender or 'MAILER-DAEMON'} {at.astimezone(UTC).ctime()}".encode()
        sys.stdout.buffer.write(b"\n".join([head, *quoted, b"", b""]))


def _correspondence(tx: "Transaction", found: "Ticket") -> Iterator[tuple[str, datetime, bytes]]:
    from storage import ledger, listings

    for line in listings.mails_of_ticket(tx, found.ticket_id):
        raw = ledger.raw(tx, line.mail_id)
        if raw is not None:
            yield line.sender, line.arrived_at, raw
    for letter in listings.letters_of_ticket(tx, found.ticket_id):
        kept = listings.letter(tx, letter.letter_id)
        if kept is not None:
            yield "", letter.created_at, kept[1]
