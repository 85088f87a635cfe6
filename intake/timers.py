"""The daemon's timers: APScheduler, and what it does not see by itself, that the machine's clock was set back.

A job is a stateless tick whose truth is in the store. APScheduler plans by the wall clock: set back an hour, it would
sleep for that hour; so each job that is planned too far ahead then is due at once.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

log = structlog.get_logger()

LOOK_SECONDS = 1.0
SET_BACK_SECONDS = 2.0
"""By more than this the clock was set back, and not merely slewed."""

Tick = Callable[[], None] | Callable[[], Coroutine[Any, Any, None]]


class Timers:
    """Lives in one event loop. A coroutine runs in the loop, anything else in a thread."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )
        self._watch: asyncio.Task[None] | None = None

    def every(self, seconds: float, tick: Tick, *, jitter: int = 0, at_once: bool = False) -> None:
        first = {"next_run_time": datetime.now(UTC)} if at_once else {}
        self._scheduler.add_job(tick, "interval", seconds=seconds, jitter=jitter or None, **first)

    def daily(self, hour: int, minute: int, zone: str, tick: Tick) -> None:
        self._scheduler.add_job(tick, CronTrigger(hour=hour, minute=minute, timezone=zone))

    def start(self) -> None:
        self._scheduler.start()
        self._watch = asyncio.create_task(self._watch_clock())

    def stop(self) -> None:
        self._scheduler.shutdown(wait=False)
        if self._watch is not None:
            self._watch.cancel()

    def due(self) -> list[datetime]:
        """When each is planned for."""
        return [job.next_run_time for job in self._scheduler.get_jobs()]

    def plan_anew(self) -> None:
        """The clock was set back: what is planned by the old one is due now, or at its hour of the new one."""
        now = datetime.now(UTC)
        for job in self._scheduler.get_jobs():
            if isinstance(job.trigger, CronTrigger):
                job.reschedule(job.trigger)
            else:
                job.modify(next_run_time=now)

    async def _watch_clock(self) -> None:
        ahead = self._wall() - time.monotonic()
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                now = self._wall() - time.monotonic()
                if now < ahead - SET_BACK_SECONDS:
                    log.warning("clock_set_back", seconds=round(ahead - now))
                    self.plan_anew()
                ahead = now
