"""The command `intake`: what it understands, and how it ends.

Commands live in the modules beside this one and import what they need when they run, so that `--help` and `explain`
start quickly. Here each way a command can fail becomes one line on stderr and an exit status: 0 done, 1 a finding,
2 wrong usage or configuration. A traceback is shown with --debug only.
"""

import errno
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from intake import garbage
from intake.cli import (
    backup,
    check,
    conduct,
    database,
    directory,
    explain,
    init,
    mutes,
    outbox,
    parse,
    privacy,
    quarantine,
    reconcile,
    replay,
    restore,
    running,
    service,
    sign_in,
    tickets,
    verdicts,
)
from intake.cli.options import GIVEN, Config
from intake.cli.output import Refused, complain

app = typer.Typer(
    name="intake",
    help="Turns a support mailbox into tickets, promises and answers.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

# name -> what runs, or the commands below it; the order is that of --help
COMMANDS: tuple[tuple[str, Callable[..., Any] | typer.Typer], ...] = (
    ("run", running.run),
    ("demo", running.demo),
    ("init", init.init),
    ("check", check.check),
    ("sign-in", sign_in.sign_in),
    ("explain", explain.explain),
    ("parse", parse.parse),
    ("replay", replay.replay),
    ("directory", directory.app),
    ("tickets", tickets.tickets),
    ("ticket", tickets.ticket),
    ("held", tickets.held),
    ("accept", verdicts.accept),
    ("decline", verdicts.decline),
    ("severity", conduct.severity),
    ("wait", conduct.wait),
    ("close", conduct.close),
    ("reopen", conduct.reopen),
    ("assign", conduct.assign),
    ("spend", conduct.spend),
    ("take-back", conduct.take_back),
    ("quarantine", quarantine.app),
    ("outbox", outbox.app),
    ("muted", mutes.muted),
    ("unmute", mutes.unmute),
    ("pause", running.pause),
    ("resume", running.resume),
    ("status", running.status),
    ("reconcile", reconcile.reconcile),
    ("purge", privacy.purge),
    ("forget", privacy.forget),
    ("export", privacy.export),
    ("backup", backup.backup),
    ("restore", restore.restore),
    ("db", database.app),
    ("service", service.app),
)
for name, run in COMMANDS:
    if isinstance(run, typer.Typer):
        app.add_typer(run, name=name)
    else:
        app.command(name)(run)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of what fails; works anywhere.")] = False,
    config: Config = None,
) -> None:
    if config is not None:
        GIVEN.set(config)
    if version:
        from importlib.metadata import version as installed

        print(f"ticket-intake {installed('ticket-intake')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    if arguments is not None:
        return _run(list(arguments))
    garbage.loading()
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "1"  # it looks for them in all that is installed, and we bring none
    status = _run(sys.argv[1:])
    garbage.ending()
    return status


def _run(given: list[str]) -> int:
    words = given[: given.index("--")] if "--" in given else given
    debug = "--debug" in words
    if debug:
        given.remove("--debug")
    GIVEN.set(None)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal of few letters is shown the others by number
    try:
        _look_at(given)
        status = app(given, prog_name="intake", standalone_mode=False)
        sys.stdout.flush()
    except BaseException as error:
        if debug and not isinstance(error, BrokenPipeError):
            raise
        return _ended(error)
    return status if isinstance(status, int) else 0


def _look_at(words: Sequence[str]) -> None:
    """Octets that are no UTF-8 can name a file; no store keeps them as text, and neither finds anything by them."""
    for word in words:
        if any("\ud800" <= letter <= "\udfff" for letter in word) and not Path(word).exists():
            raise Refused(f"{word} is not written in UTF-8; check the terminal's locale and write it again", 2)


def _ended(error: BaseException) -> int:
    """Tell what went wrong; the exit status."""
    from rules.facts import TryLater

    match error:
        case Refused():
            complain(str(error))
            return error.status
        case TryLater():
            complain(str(error))
            return 1
        case typer.TyperException():
            complain(_usage(error))
            return 2
        case typer.Exit():
            return error.exit_code
        case KeyboardInterrupt() | typer.Abort():
            complain("interrupted")
            return 130
        case BrokenPipeError():
            # The reader (head, less) has gone; what Python still holds back must not be written at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        case OSError() if error.errno == errno.ENOSPC:
            complain("the disk is full; free some space")
            return 1
        case _:
            return _faults_or_bug(error)


def _usage(error: typer.TyperException) -> str:
    told = str(getattr(error, "format_message", error.__str__)())
    context = getattr(error, "ctx", None)
    stop = "" if told.endswith((".", "?", "!")) else "."
    return f"{told}{stop} See `{context.command_path if context else 'intake'} --help`."


def _faults_or_bug(error: BaseException) -> int:
    from intake.config_faults import ConfigFaults

    if isinstance(error, ConfigFaults):
        for fault in error.faults:
            complain(str(fault))
        return 2
    if isinstance(error, Exception):
        complain(f"a fault of intake's own ({type(error).__name__}: {error}); run it again with --debug and report it")
        return 1
    raise error
