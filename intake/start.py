"""Starts the daemon: opens the store, makes sure that it may be used, and runs until told to stop.

A store that is not current, or that another daemon has, is a complaint with its remedy, and nothing is begun. Only a
store with nothing in it is made on the spot: there is nothing in it to lose.
"""

import asyncio
from collections.abc import Callable, Sequence

from intake import allocation, garbage
from intake.daemon import Daemon
from intake.desk import load_desks
from intake.finish import Finish
from intake.first_run import Backlog
from intake.settings import Settings
from intake.store import unrecovered, unusable
from intake.worker import Worker
from rules.facts import TryLater
from storage import schema
from storage.database import Database
from storage.ownership import Ownership
from storage.schema import SchemaState


def run(
    settings: Settings,
    *,
    once: bool = False,
    from_now: bool = False,
    take_backlog: bool = False,
    reread: Callable[[], Settings] | None = None,
    give_up: Callable[[], None] | None = None,
    begun: Sequence[Worker] = (),
) -> Finish:
    """How it ended. Raises ConfigFaults for policies that cannot be used. `reread` serves SIGHUP, `give_up` a stop that
    some thread holds up; `begun` are workers that are loading already, of the thread that calls this."""
    allocation.be_frugal()
    desks = load_desks(settings)
    allocation.give_back()
    garbage.loaded()
    database = Database(settings.storage.url)

    def daemon() -> Daemon:
        backlog = Backlog(from_now, take_backlog)
        return Daemon(settings, desks, database, backlog, reread, give_up=give_up, begun=begun)

    try:
        return _own_and_run(database, daemon, once=once)
    except TryLater as trouble:
        return Finish(1, (str(trouble),))
    finally:
        database.close()


def _own_and_run(database: Database, daemon: Callable[[], Daemon], *, once: bool) -> Finish:
    ownership = Ownership.take(database) if database.is_sqlite else None
    if isinstance(ownership, str):
        return Finish(2, (f"another daemon ({ownership}) works on {database.place}; stop that one first",))
    try:
        state = schema.state(database)
        if state is SchemaState.EMPTY:
            schema.upgrade(database)
        elif why := unusable(database, state) or unrecovered(database):
            return Finish(2, (why,))
        return asyncio.run(_run(daemon, once=once))
    finally:
        if ownership is not None:
            ownership.release()


async def _run(daemon: Callable[[], Daemon], *, once: bool) -> Finish:
    made = daemon()
    return await (made.once() if once else made.run())
