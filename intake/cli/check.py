"""`intake check`: every fault of configuration, policies and templates; with --connect also of the servers."""

from typing import TYPE_CHECKING, Annotated

import typer

from intake.cli.opening import config_file
from intake.cli.options import Config, Json
from intake.cli.output import json_line, say
from intake.printable import printable

if TYPE_CHECKING:
    from intake.checkup import Checkup
    from intake.config_faults import Fault


def check(
    connect: Annotated[
        bool, typer.Option("--connect", help="Also log in to IMAP, SMTP and the database of every mailbox.")
    ] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Validate configuration, policies and templates. Exit 1 when something is wrong."""
    from intake.checkup import check as look_over

    found = look_over(config_file(config), connect=connect)
    _tell(found, json=json)
    well = not found.faults
    if connect and found.settings is not None:
        well &= _connect(found, json=json)
    if not well:
        raise typer.Exit(1)


def _tell(found: "Checkup", *, json: bool) -> None:
    for level, faults in (("fault", found.faults), ("warning", found.warnings), ("note", found.notes)):
        for fault in faults:
            if json:
                json_line({"level": level, **_fields(fault)})
            else:
                say(f"{level:8} {printable(str(fault), 2000)}")
    if not json and not found.faults and found.settings is not None:
        boxes = ", ".join(f"{box.name} ({found.policies[box.name].name}, {box.mode})" for box in found.settings.mailbox)
        say(f"good     {printable(str(found.file))}: {boxes}")


def _fields(fault: "Fault") -> dict[str, object]:
    return {
        "file": str(fault.file),
        "line": fault.line,
        "key": fault.key,
        "problem": fault.problem,
        "remedy": fault.remedy,
    }


def _connect(found: "Checkup", *, json: bool) -> bool:
    from intake.connect import connections

    well = True
    if found.settings is None:
        return False
    for tried in connections(found.settings):
        well &= tried.well
        if json:
            json_line({"level": "good" if tried.well else "fault", "part": tried.part, "problem": tried.told})
        else:
            say(f"{'good' if tried.well else 'fault':8} {printable(tried.part)}: {printable(tried.told, 2000)}")
    return well
