"""Options that several commands share, so that they are called and explained alike."""

from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

LARGEST_NUMBER = 999_999_999
"""Of a letter or a mail; a store could not even look for a number of twenty digits."""
GIVEN: ContextVar[Path | None] = ContextVar("config", default=None)
"""The --config that stands before the command or its group."""

Config = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="The configuration; default $INTAKE_CONFIG, then ./intake.toml, then /etc/intake/intake.toml.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON Lines, one object a line.")]
Reference = Annotated[str, typer.Argument(metavar="REF", help="A ticket, such as EX-1042.")]
MailboxName = Annotated[
    str | None, typer.Option("--mailbox", metavar="NAME", help="Only this mailbox.", show_default=False)
]
Messages = Annotated[
    list[str], typer.Argument(metavar="MESSAGE.eml…", help="Files with one mail each; - is standard input.")
]
Limit = Annotated[int, typer.Option(metavar="N", min=1, max=1_000_000, help="At most so many, the newest first.")]


def moment(text: str) -> datetime:
    """A day (from its midnight on this machine's clock), or an instant with its offset."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time; write 2026-03-11 or 2026-03-11T10:00:00+01:00") from None
    if not 1970 <= when.year < 2200:
        raise typer.BadParameter(f"{text!r} is no time when mail arrives; correct the year")
    if when.tzinfo is None and len(text) > len("2026-03-11"):
        raise typer.BadParameter(f"{text!r} lacks its offset; add Z or +01:00")
    return when.astimezone(UTC)
