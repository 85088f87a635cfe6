"""Options that several commands share, so that they are called and explained alike."""

from contextvars import ContextVar
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
