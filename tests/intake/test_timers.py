"""Timers go on whatever the machine's clock does."""

import asyncio
from datetime import UTC, datetime, timedelta

import structlog

from intake import timers
from intake.timers import Timers


def test_a_clock_that_was_set_back_delays_nothing() -> None:
    wall = [1_000_000.0]
    rung = asyncio.Event()

    async def run() -> None:
        planned = Timers(lambda: wall[0])

        async def ring() -> None:
            rung.set()

        planned.every(3600, ring)
        planned.start()
        await asyncio.sleep(0)
        wall[0] -= 1800
        await asyncio.wait_for(rung.wait(), 10 * timers.LOOK_SECONDS)
        planned.stop()

    with structlog.testing.capture_logs() as said:
        asyncio.run(run())
    assert [one["event"] for one in said] == ["clock_set_back"]
    assert 1800 <= said[0]["seconds"] < 1800 + 60


def test_what_is_to_happen_at_an_hour_waits_for_that_hour_of_the_new_clock() -> None:
    async def run() -> datetime:
        planned = Timers()
        planned.daily(soon.hour, soon.minute, "UTC", lambda: None)
        planned.start()
        planned.plan_anew()
        (due,) = planned.due()
        planned.stop()
        return due

    soon = (datetime.now(UTC) + timedelta(hours=2)).replace(second=0, microsecond=0)
    assert asyncio.run(run()) == soon
