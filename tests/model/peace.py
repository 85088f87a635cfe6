"""Everything runs until nothing is left: what the store says of its next time is all that is waited for."""

from datetime import timedelta

import sqlalchemy as sa

from storage import outbox, tables
from storage.outbox import LetterState
from tests.model.company import NAME
from tests.model.process import Result
from tests.model.world import World

ROUNDS = 60
"""Far more than anything takes: a mail has three strikes, a letter that waits has servers that take it."""
LONGEST = timedelta(hours=14)
"""The same in time: what waits longest is a letter that was written while the clock was ahead by hours."""


def make(world: World) -> None:
    """No further mail comes, clocks are right, servers do what they are asked. Raises AssertionError without an end."""
    world.clock_jumps(timedelta())
    world.exchange.moods.clear()
    world.resumes()
    begun = world.now
    for number in range(ROUNDS):
        world.sweep()
        if world.receive() is Result.TROUBLE:
            world.time_passes(timedelta(minutes=1))
            continue
        world.deliver()
        waits = [_mail(world), _letter(world, timedelta(minutes=1 + number))]
        if all(one is None for one in waits):
            assert world.now - begun < LONGEST, world.now - begun
            return
        world.time_passes(min(one for one in waits if one is not None) + timedelta(seconds=1))
    raise AssertionError(f"no end: {_left(world)}")


def _mail(world: World) -> timedelta | None:
    """Until a mail is tried again."""
    seconds = world.running().next_attempt()
    return None if seconds is None else timedelta(seconds=seconds)


def _letter(world: World, patience: timedelta) -> timedelta | None:
    """Until a letter is tried again. A server that was away, while the clock was ahead, is left alone until then."""
    with world.store.snapshot() as tx:
        due = outbox.next_due(tx, [NAME])
    return None if due is None else max(due - world.clock(), patience)


def _left(world: World) -> object:
    with world.store.snapshot() as tx:
        waiting = tx.execute(
            sa.select(tables.outbox.c.id, tables.outbox.c.state, tables.outbox.c.next_try_at).where(
                tables.outbox.c.state.in_([LetterState.WAITING, LetterState.CLAIMED])
            )
        ).all()
    return world.clock(), sorted(world.mailbox.inbox()), waiting
