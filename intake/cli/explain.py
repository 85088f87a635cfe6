"""`intake explain`: what would happen to a mail and why. Touches nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intake.cli.messages import read_all
from intake.cli.opening import mailbox_named, open_database, read_settings
from intake.cli.options import Config, Json, MailboxName, Messages
from intake.cli.output import Refused, json_line, local, say, table
from intake.printable import printable

if TYPE_CHECKING:
    from intake.directory_files import DirectoryFile
    from intake.explain import Question
    from rules.policy import Policy


def _instant(text: str) -> datetime:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time; write it as 2026-03-11T10:00:00+01:00") from None
    if when.tzinfo is None:
        raise typer.BadParameter(f"{text!r} lacks its offset; add Z or +01:00")
    if not 1970 <= when.year < 2200:
        raise typer.BadParameter(f"{text!r} is no time when mail arrives; correct the year")
    return when.astimezone(UTC)


def _hours(text: str) -> Decimal:
    try:
        hours = Decimal(text)
    except InvalidOperation:
        raise typer.BadParameter(f"{text!r} is no number of hours; write it as 7.5") from None
    if not hours.is_finite() or hours < 0:
        raise typer.BadParameter(f"{text!r} is no number of hours")
    return hours


PolicyOption = Annotated[
    str | None,
    typer.Option("--policy", metavar="NAME|FILE", help="Judge by this policy.", show_default=False),
]
DirectoryOption = Annotated[
    Path | None,
    typer.Option(
        "--directory",
        metavar="DIR",
        help="Take contracts.csv and contacts.csv from here; default: the database.",
        show_default=False,
    ),
]
At = Annotated[
    datetime | None,
    typer.Option(
        "--at",
        metavar="TIME",
        parser=_instant,
        help="When the mail arrived, ISO 8601 with offset; default: the mail's own word.",
        show_default=False,
    ),
]
Incidents = Annotated[
    int | None,
    typer.Option("--incidents", metavar="N", min=0, help="Tickets this month before this mail.", show_default=False),
]
HoursSpent = Annotated[
    Decimal | None,
    typer.Option(
        "--hours-spent", metavar="H", parser=_hours, help="Expert hours spent before this mail.", show_default=False
    ),
]


def explain(
    messages: Messages,
    policy: PolicyOption = None,
    directory: DirectoryOption = None,
    at: At = None,
    incidents: Incidents = None,
    hours_spent: HoursSpent = None,
    mailbox: MailboxName = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Show what would happen to these mails and why; touch nothing."""
    from intake.explain import Counted
    from intake.explain import explain as explain_mail

    with _question(policy, directory, mailbox, config) as standing:
        question = replace(standing, at=at, counted=Counted(incidents, hours_spent))
        for name, raw in read_all(messages, "explaining"):
            told = explain_mail(name, raw, question, datetime.now(UTC))
            if json:
                json_line(told)
            else:
                _tell(told, question.policy)


@contextmanager
def _question(
    policy: str | None, directory: Path | None, mailbox: str | None, config: Path | None
) -> Iterator["Question"]:
    """The policy and the ground that the options name. The database is opened only where no files are given."""
    from intake.explain import OnFiles, Question
    from intake.shipped import read_policy
    from templates.render import Renderer

    letters = Renderer(None).letters()
    if directory is not None:
        name = policy or mailbox_named(read_settings(config), mailbox).policy
        chosen = read_policy(name, letters).policy
        yield Question(chosen, OnFiles(_files(directory, chosen, letters), chosen))
        return
    from intake.desk import load_desks
    from intake.explain_stored import OnDatabase

    settings = read_settings(config)
    box = mailbox_named(settings, mailbox)
    desk = next(desk for desk in load_desks(settings) if desk.name == box.name)
    if policy is not None:
        read = read_policy(policy, desk.renderer.letters())
        desk = replace(desk, policy=read.policy, policy_text=read.text)
    with open_database(settings) as database, database.snapshot() as tx:
        ground = OnDatabase(tx, desk)
        yield Question(desk.policy, ground, box.authserv_id, own_mailboxes=desk.own_mailboxes)


def _files(directory: Path, policy: "Policy", letters: frozenset[str]) -> "DirectoryFile":
    from intake.directory_files import DirectoryFaults, read
    from intake.shipped import DirectoryPolicies

    found = read(directory / "contracts.csv", directory / "contacts.csv", DirectoryPolicies([policy], letters))
    if isinstance(found, DirectoryFaults):
        more = f" (and {len(found.faults) - 1} more)" if len(found.faults) > 1 else ""
        raise Refused(f"{found.faults[0]}{more}; correct the directory", 2)
    return found


def _tell(told: dict[str, Any], policy: "Policy") -> None:
    say(f"{printable(told['message'])}: {_verdict(told)}")
    person = [told[key] for key in ("sender", "contact", "organization", "contract", "plan") if told[key]]
    lines = {
        "from": ", ".join(person),
        "why": told["why"],
        "means": policy.severity_meaning(told["severity"]) if told["severity"] else "",
        **_words(told),
        "letter": told["template"],
        "topic": told["topic"],
        "goes to": ", ".join([*([told["queue"]] if told["queue"] else []), *told["also_notice"]]),
        "forwarded to": told["forward_to"],
        "flags": ", ".join(told["flags"]),
        "first answer": local(told["first_response_due"]) if told["first_response_due"] else "",
        "resolution": local(told["resolution_due"]) if told["resolution_due"] else "",
        "reminders": ", ".join(f"{one['to']} {local(one['at'])}" for one in told["reminders"]),
        "defects": "; ".join(told["defects"]),
    }
    for name, value in lines.items():
        if value:
            say(f"  {name + ':':14}{printable(value, 2000)}")
    if told["gates"]:
        gates = [(one["gate"], one["verdict"], one["why"]) for one in told["gates"]]
        table(("gate", "verdict", "why"), gates, below=("why",))


def _words(told: dict[str, Any]) -> dict[str, str]:
    """What spoke for the severity, what the mail says beside it, and the single words that tipped the scales."""
    from rules.tone import TONE

    lines: dict[str, dict[str, None]] = {f"for {told['severity']}": {}, "beside it": {}, "tone": {}}
    for one in told["severity_why"]:
        if one["facet"].startswith(f"{TONE}="):
            lines["tone"][one["phrase"]] = None
        elif one["severity"] == told["severity"]:
            lines[f"for {told['severity']}"][f"“{one['phrase']}” ({one['facet'].partition('=')[0]})"] = None
        else:
            lines["beside it"][f"“{one['phrase']}” ({one['facet'].partition('=')[0]})"] = None
    return {name: "; ".join(said) for name, said in lines.items()}


def _verdict(told: dict[str, Any]) -> str:
    kind = str(told["kind"]).replace("_", " ")
    if told["outcome"] is None:
        return f"{kind} of {told['ticket']}" if told["ticket"] else kind
    severity = f", severity {told['severity']}" if told["severity"] else ""
    failed = f" ({', '.join(told['failed'])})" if told["failed"] else ""
    return f"{kind}, {told['outcome']}{failed}{severity}"
