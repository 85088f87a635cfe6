"""READY is said when everything is there that a mail needs, and not before."""

import asyncio
import threading
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from intake.oversight import Oversight
from intake.pulse import Pulse
from storage.database import Database

NOW = datetime(2026, 3, 11, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("last", ["mailbox", "worker"])
def test_ready_is_said_once_every_mailbox_is_open_and_a_worker_can_read(database: Database, last: str) -> None:
    mailbox, worker = threading.Event(), threading.Event()
    receiver: Any = SimpleNamespace(opened=mailbox, refused=None, trouble="", part="imap support")

    async def run() -> list[bool]:
        oversight = Oversight(
            [receiver], Pulse(), database, lambda: NOW, lambda: "", asyncio.Event(), can_read=worker.is_set
        )
        seen = []
        for come in (worker, mailbox) if last == "mailbox" else (mailbox, worker):
            await oversight.look()
            seen.append(oversight.ready)
            come.set()
        await oversight.look()
        return [*seen, oversight.ready]

    assert asyncio.run(run()) == [False, False, True]
