"""`intake accept` and `intake decline`: a person's answer to what was held or declined."""

import getpass
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from intake.cli.opening import open_database, read_settings
from intake.cli.options import Config, Json, Reference
from intake.cli.output import Refused, json_line, local, say
from intake.printable import printable

if TYPE_CHECKING:
    from intake.verdicts import Impossible
    from rules.facts import Decision


def accept(
    reference: Reference,
    severity: Annotated[
        int | None, typer.Option(metavar="N", help="Overrule what the words of the mail say.", show_default=False)
    ] = None,
    note: Annotated[str, typer.Option(help="For the ticket's log.", show_default=False)] = "",
    config: Config = None,
    json: Json = False,
) -> None:
    """Accept a held or declined request. Its promises count from its arrival."""
    from intake import verdicts
    from intake.desk import load_desks

    settings = read_settings(config)
    desks = {desk.name: desk for desk in load_desks(settings)}
    with open_database(settings) as database:
        told = verdicts.accept(
            database, desks, reference, by=account(), now=datetime.now(UTC), level=severity, note=note
        )
    _tell(reference, told, json=json)


def decline(
    reference: Reference,
    reason: Annotated[str, typer.Option(help="Why, for the ticket's log.", show_default=False)],
    gate: Annotated[
        str | None,
        typer.Option(help="The gate whose letter goes out; default: the one that held it.", show_default=False),
    ] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Decline a held request. Its sender gets the letter of the gate that held it."""
    from intake import verdicts
    from intake.config_faults import nearest
    from intake.desk import load_desks
    from rules.facts import Gate

    gates = [known.value for known in Gate]
    if gate is not None and gate not in gates:
        raise typer.BadParameter(f'there is no gate "{gate}"; {nearest(gate, gates)}')
    settings = read_settings(config)
    desks = {desk.name: desk for desk in load_desks(settings)}
    with open_database(settings) as database:
        told = verdicts.decline(
            database,
            desks,
            reference,
            by=account(),
            now=datetime.now(UTC),
            reason=reason,
            gate=Gate(gate) if gate else None,
        )
    _tell(reference, told, json=json)


def account() -> str:
    """Who is at the shell, for the log."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as DynamicUser without libnss-systemd has
        return f"user {os.getuid()}"


def _tell(reference: str, told: "Decision | Impossible", *, json: bool) -> None:
    from intake.explain import as_decided
    from intake.verdicts import Impossible

    if isinstance(told, Impossible):
        raise Refused(told.reason)
    if json:
        json_line({"ticket": reference.upper(), **as_decided(told)})
        return
    letter = f"letter: {told.template}" if told.template else "no letter"
    due = f", first answer by {local(told.first_response_due)}" if told.first_response_due else ""
    severity = f", severity {told.severity}" if told.severity else ""
    outcome = told.outcome.value if told.outcome else ""
    say(printable(f"{reference.upper()} is {outcome}{severity}{due}; {letter}"))
