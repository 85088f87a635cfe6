"""Starts the daemon: opens the store, makes sure that it may be used, and runs until told to stop.

A store that is not current, or that another daemon has, is a finding with its remedy on stderr and exit status 2;
nothing is begun. Only a store with nothing in it is made on the spot: there is nothing in it to lose.
"""

import asyncio
import sys
from collections.abc import Callable

from intake.daemon import Daemon
from intake.desk import Desk, load_desks
from intake.settings import Settings
from intake.take_in import Backlog
from rules.facts import TryLater
from storage import schema
from storage.database import Database
from storage.ownership import Ownership
from storage.schema import SchemaState

REFUSALS = {
    SchemaState.OLD: "the database has an older schema: stop every daemon, make a backup, run `intake db upgrade`",
    SchemaState.NEWER: "the database was made by a later version of Intake: install that version",
}


def run(
    settings: Settings,
    *,
    once: bool = False,
    from_now: bool = False,
    take_backlog: bool = False,
    reread: Callable[[], Settings] | None = None,
) -> int:
    """The exit status. Raises ConfigFaults for policies that cannot be used. `reread` serves SIGHUP."""
    desks = load_desks(settings)
    database = Database(settings.storage.url)
    try:
        return _own_and_run(settings, desks, database, Backlog(from_now, take_backlog), once=once, reread=reread)
    except TryLater as trouble:
        return _refuse(str(trouble), 1)
    finally:
        database.close()


def _own_and_run(
    settings: Settings,
    desks: tuple[Desk, ...],
    database: Database,
    backlog: Backlog,
    *,
    once: bool,
    reread: Callable[[], Settings] | None,
) -> int:
    ownership = Ownership.take(database)
    if isinstance(ownership, int):
        return _refuse(f"another daemon (process {ownership}) works on {database.place}: stop that one first", 2)
    try:
        state = schema.state(database)
        if state is SchemaState.EMPTY:
            schema.upgrade(database)
        elif state in REFUSALS:
            return _refuse(REFUSALS[state], 2)
        return asyncio.run(_run(settings, desks, database, backlog, once=once, reread=reread))
    finally:
        if ownership is not None:
            ownership.release()


async def _run(
    settings: Settings,
    desks: tuple[Desk, ...],
    database: Database,
    backlog: Backlog,
    *,
    once: bool,
    reread: Callable[[], Settings] | None,
) -> int:
    daemon = Daemon(settings, desks, database, backlog, reread)
    return await (daemon.once() if once else daemon.run())


def _refuse(why: str, status: int) -> int:
    print(why, file=sys.stderr)
    return status
