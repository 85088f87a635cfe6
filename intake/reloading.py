"""SIGHUP: policies, templates, staff and passwords are read anew. What is bad is said, and the last good ones stay.

They are read in a thread: that takes a second on a busy machine, in which letters go on. Orders that come meanwhile are
one more reading afterwards, however many there were.
"""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from intake import notify
from intake.config import ConfigFaults
from intake.desk import Desk, load_desks
from intake.oversight import Oversight
from intake.settings import Settings

log = structlog.get_logger()


class Reloading:
    """Lives in one event loop."""

    def __init__(
        self,
        reread: Callable[[], Settings] | None,
        take_over: Callable[[Sequence[Desk]], None],
        oversight: Oversight,
    ) -> None:
        """`reread` gives the settings as they are on disk now; None where there is no file."""
        self._reread = reread
        self._take_over = take_over
        self._oversight = oversight
        self._ordered = False
        self._task: asyncio.Task[None] | None = None

    def order(self) -> "asyncio.Task[None]":
        """From the loop's own thread. What is returned ends when nothing is left to read."""
        self._ordered = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._reload())
        return self._task

    async def _reload(self) -> None:
        while self._ordered and self._reread is not None:
            self._ordered = False
            if self._oversight.ready:
                notify.reloading()
            read = await asyncio.to_thread(_read, self._reread)
            if isinstance(read, tuple):
                self._take_over(read)
            else:
                for fault in read:
                    log.warning("reload_refused", fault=fault)
            self._oversight.say_ready()


def _read(reread: Callable[[], Settings]) -> tuple[Desk, ...] | list[str]:
    """The desks, or their faults."""
    try:
        desks = load_desks(reread())
        return [str(fault) for desk in desks for fault in desk.renderer.check()] or desks
    except ConfigFaults as found:
        return [str(fault) for fault in found.faults]
    except Exception:
        log.exception("bug_in_reload")
        return ["an error of Intake's own: see the log"]
