"""`intake restore`: puts a backup into the place of the store, and takes in again what came since it was made."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from intake.cli.opening import private_files, read_settings
from intake.cli.options import Config, Json, moment
from intake.cli.output import Refused, cell, json_line, local, progress, say, table, tell

if TYPE_CHECKING:
    from intake.config import Settings
    from intake.recovery import Recovered
    from storage.database import Database
    from storage.restoring import Restored


def restore(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A backup; it may be of an older version.", show_default=False)
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="In place of a store with something in it; its file is kept beside it.")
    ] = False,
    send_waiting: Annotated[
        bool, typer.Option("--send-waiting", help="Let letters go that waited when the backup was made.")
    ] = False,
    recover: Annotated[
        bool, typer.Option("--recover", help="Without FILE: take in what the mailboxes' folders hold since the backup.")
    ] = False,
    answered_until: Annotated[
        datetime | None,
        typer.Option(
            metavar="TIME",
            parser=moment,
            help="When the old daemon ended: what was in the inbox by then is not answered again.",
            show_default=False,
        ),
    ] = None,
    skip_recovery: Annotated[
        bool, typer.Option("--skip-recovery", help="Let the daemon start without looking into the folders.")
    ] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Put a backup in the place of the store. The daemon must be stopped.

    What came since is taken in again from the mailboxes' folders. Nobody is written to twice: letters that waited are
    withheld, and mail that was answered since becomes tickets again without a letter.
    """
    if file is None and not recover and not skip_recovery:
        raise Refused("name a backup, or --recover for a store that was restored already", 2)
    if recover and skip_recovery:
        raise Refused("--recover and --skip-recovery contradict each other; give one of them", 2)
    from intake.store import at_rest, opened, usable

    settings = read_settings(config, secrets=not skip_recovery)
    url, now = settings.storage.url, datetime.now(UTC)
    with private_files():
        with opened(url) as database, at_rest(database):
            if file is not None:
                _restore(file, database, now, force=force, send_waiting=send_waiting, json=json)
        with usable(url) as database, at_rest(database):
            _recover(settings, database, now, answered_until, skip=skip_recovery, json=json)


def _restore(file: Path, database: "Database", now: datetime, *, force: bool, send_waiting: bool, json: bool) -> None:
    from datetime import datetime as instant

    from storage import outbox, restoration, restoring
    from storage.database import Transaction
    from storage.restoring import NotRestored

    withheld = 0

    def settle(tx: Transaction, made_at: instant) -> None:
        nonlocal withheld
        restoration.begin(tx, made_at)
        outbox.release(tx, now)
        withheld = 0 if send_waiting else restoration.withhold(tx, now)

    with progress("restoring and proving", restoring.work(file)) as step:
        done = restoring.restore(file, database, settle, now, force=force, progress=lambda _, count: step(count))
    if isinstance(done, NotRestored):
        raise Refused(done.reason)
    _tell_restored(done, withheld, json=json)


def _tell_restored(done: "Restored", withheld: int, *, json: bool) -> None:
    if json:
        told = {"made_at": done.made_at, "upgraded": done.upgraded, "kept": done.kept, "withheld": withheld}
        json_line({"restored": {**told, "tables": [asdict(one) for one in done.proof.tables]}})
        return
    older = ", of an older version and brought to this one" if done.upgraded else ""
    say(f"restored {done.proof.rows:,} rows of a backup of {local(done.made_at)}{older}")
    if done.kept:
        say(f"the store that was there is {cell(str(done.kept))} now")
    if withheld:
        say(f"{withheld} letter(s) waited then and may have gone out since: they are withheld, and")
        say("`intake outbox list --all` lists them, `intake outbox resend LETTER` (or --restored, for all) sends them")


def _recover(
    settings: "Settings",
    database: "Database",
    now: datetime,
    answered_until: datetime | None,
    *,
    skip: bool,
    json: bool,
) -> None:
    from intake import recovery
    from intake.desk import load_desks

    desks = load_desks(settings)
    if skip:
        recovery.skip(database, desks, now)
        sentence = "the daemon may be started; what was filed since the backup stays unknown"
        tell({"recovered": None}, sentence, json=json)
        return
    told = recovery.recover(
        database, desks, settings.daemon, now, answered_until=answered_until, looking=_tell_that_it_looks
    )
    _tell_recovered(told, json=json)


def _tell_that_it_looks(mailbox: str, folder: str) -> None:
    if sys.stderr.isatty():
        print(f"{mailbox}: reading {cell(folder)} …", file=sys.stderr)


def _tell_recovered(told: "Sequence[Recovered]", *, json: bool) -> None:
    if json:
        for one in told:
            json_line({"recovered": {**asdict(one), "ends": {end.value: count for end, count in one.ends.items()}}})
        return
    columns = ("mailbox", "taken in again", "how they ended", "of them in the inbox", "left to be answered")
    ends = [", ".join(f"{count} {end.value}" for end, count in sorted(one.ends.items())) for one in told]
    table(
        columns,
        [
            (one.mailbox, sum(one.ends.values()), how, one.of_inbox, one.left)
            for one, how in zip(told, ends, strict=True)
        ],
    )
    for one in told:
        if one.until:
            say(
                f"{one.mailbox}: what had reached the inbox by {local(one.until)} counts as answered by the old daemon;"
            )
            say(f"  `--answered-until TIME` says otherwise. Its next ticket is number {one.next_number} or above.")
    say("start the daemon: `systemctl start intake`")
