"""`intake run`, `demo`, `pause`, `resume` and `status`: the daemon and how it does."""

import os
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from intake.cli.opening import config_file, mailbox_named, only_mailbox, open_database, private_files, read_settings
from intake.cli.options import Config, Json, MailboxName
from intake.cli.output import Refused, complain, json_line, local, say, table, tell
from intake.printable import printable

if TYPE_CHECKING:
    from storage.conditions import Condition
    from storage.figures import Figures
    from storage.outbox import LetterState

LATELY = timedelta(hours=24)
"""Of what is never gone, such as mails and sent letters, so much is counted."""
DEMO_NEEDS = ("aiosmtpd", "pymap")


def run(
    once: Annotated[bool, typer.Option("--once", help="Take in what is there, send what is due, and end.")] = False,
    from_now: Annotated[bool, typer.Option("--from-now", help="First run: leave older mail alone.")] = False,
    take_backlog: Annotated[bool, typer.Option("--take-backlog", help="First run: answer older mail too.")] = False,
    config: Config = None,
) -> None:
    """Run the daemon in the foreground. SIGTERM stops it, SIGHUP rereads policies, templates and staff."""
    if from_now and take_backlog:
        raise Refused("--from-now and --take-backlog contradict each other; give one of them", 2)
    settings = read_settings(config, secrets=True)
    from intake import worker

    # they load beside us: without them nothing can be read
    with worker.begun(settings.daemon.workers) as begun, private_files():
        from intake import log
        from intake.config import load
        from intake.start import run as run_daemon

        file = config_file(config)
        log.configure(settings.daemon)
        finish = run_daemon(
            settings,
            once=once,
            from_now=from_now,
            take_backlog=take_backlog,
            reread=lambda: load(file),
            give_up=partial(os._exit, 1),
            begun=begun,
        )
    for complaint in finish.complaints:
        complain(complaint)
    raise typer.Exit(finish.status)


def demo(once: Annotated[bool, typer.Option("--once", help="End after the sample mails.")] = False) -> None:
    """Show the whole thing on this machine; nothing to configure."""
    try:
        from intake.demo import demo as run_demo
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in DEMO_NEEDS:
            raise
        raise Refused(f"the demo needs {error.name}; install it with `pip install ticket-intake[demo]`", 2) from error
    raise typer.Exit(run_demo(once))


def pause(mailbox: MailboxName = None, config: Config = None, json: Json = False) -> None:
    """Stop outgoing letters; intake goes on."""
    _set_pause(mailbox, config, datetime.now(UTC), json=json)


def resume(mailbox: MailboxName = None, config: Config = None, json: Json = False) -> None:
    """Let outgoing letters go again."""
    _set_pause(mailbox, config, None, json=json)


def _set_pause(mailbox: str | None, config: Config, at: datetime | None, *, json: bool) -> None:
    from storage import checkpoints

    settings = read_settings(config)
    names = [mailbox_named(settings, mailbox).name] if mailbox else [one.name for one in settings.mailbox]
    with open_database(settings) as database, database.transaction() as tx:
        for name in names:
            checkpoints.pause(tx, name, at)
    for name in names:
        sentence = f"letters of {name} {'wait until `intake resume`' if at else 'go out again'}"
        tell({"mailbox": name, "paused_at": at}, sentence, json=json)


def status(mailbox: MailboxName = None, config: Config = None, json: Json = False) -> None:
    """Show mailboxes, outbox, promises and the last errors. Exit 1 when something is wrong."""
    from intake.standing import is_daemon, problems
    from rules.loops import QUIET
    from storage import conditions, locks
    from storage.figures import figures

    settings, now = read_settings(config), datetime.now(UTC)
    only = only_mailbox(settings, mailbox)
    names = [one.name for one in settings.mailbox if only in (None, one.name)]
    others = {one.name for one in settings.mailbox} - set(names)
    with open_database(settings) as database, database.snapshot() as tx:
        counted = figures(tx, now - QUIET, now - LATELY, only)
        told = conditions.current(tx)
        parts = [one for one in told if is_daemon(one.part) or one.part.partition(" ")[2] not in others]
        readers = locks.readers(tx, names)
    wrong = problems(counted, parts, names, now)
    if json:
        json_line(
            {
                "well": not wrong,
                "problems": wrong,
                **asdict(counted),
                "conditions": [asdict(one) for one in parts],
                "read_by": readers,
            }
        )
    else:
        _tell(counted, parts, readers, wrong)
    if wrong:
        raise typer.Exit(1)


def _tell(counted: "Figures", parts: "list[Condition]", readers: "Mapping[str, str]", wrong: list[str]) -> None:
    columns = ("mailbox", "mails in 24 h", "latest", "in the folder", "failing", "letters")
    rows = [
        (one.name, one.mails, one.last_mail_at, one.unfiled, one.struck, "paused" if one.paused_at else "go out")
        for one in counted.mailboxes
    ]
    table(columns, rows)
    if readers:
        table(("mailbox", "read by"), sorted(readers.items()))
    heard = [(one.part, one.well, one.since, one.at, one.detail) for one in parts]
    table(("part", "well", "since", "last heard of", "detail"), heard, below=("detail",))
    say(f"letters:     {_letters(counted.letters)}")
    say(f"held:        {counted.held}{_oldest(counted.oldest_held_at)}")
    say(f"quarantine:  {counted.quarantined}")
    due = f", next due {local(counted.next_due_at)}" if counted.next_due_at else ""
    say(f"promises:    {counted.clocks_running} running{due}, {counted.overdue} overdue")
    if counted.loops:
        shown = [(one.scope, one.key, one.since, one.last_at, one.count, one.reference) for one in counted.loops]
        table(("loop stopped", "of", "since", "last", "times", "ticket"), shown)
    for problem in wrong:
        say(f"PROBLEM      {printable(problem, 2000)}")
    if not wrong:
        say("all is well")


def _letters(letters: "Mapping[LetterState, int]") -> str:
    from storage.backlogs import UNDER_WAY

    told = {state: f"{number} {state.value}" for state, number in sorted(letters.items())}
    waiting = [one for state, one in told.items() if state in UNDER_WAY]
    done = [one for state, one in told.items() if state not in UNDER_WAY]
    return f"{', '.join(waiting) or 'none waiting'}; of the last 24 hours {', '.join(done) or 'no others'}"


def _oldest(when: datetime | None) -> str:
    return f", the oldest of {local(when)}" if when else ""
