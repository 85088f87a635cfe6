"""However often it is ordered, a reload is read once more, and apart from what goes on."""

import asyncio
import threading
from collections.abc import Sequence

import structlog

from intake.desk import Desk
from intake.oversight import Oversight
from intake.pulse import Pulse
from intake.reloading import Reloading
from intake.settings import ImapSettings, MailboxSettings, Settings, SmtpSettings, StorageSettings
from storage.database import Database
from tests.storage.samples import NOW


def settings(policy: str = "irex") -> Settings:
    mailbox = MailboxSettings(
        name="support",
        address="support@example.com",
        policy=policy,
        ticket_prefix="EX",
        imap=ImapSettings(host="127.0.0.1", username="support"),
        smtp=SmtpSettings(host="127.0.0.1"),
    )
    return Settings(storage=StorageSettings(url="sqlite://"), mailbox=(mailbox,))


def test_orders_that_come_while_it_reads_are_one_reading_more_and_hold_nothing_up(database: Database) -> None:
    read, go_on = [0], threading.Event()
    taken: list[Sequence[Desk]] = []

    def reread() -> Settings:
        read[0] += 1
        assert go_on.wait(10)
        return settings()

    async def run() -> None:
        oversight = Oversight([], Pulse(), database, lambda: NOW, lambda: "", asyncio.Event())
        reloading = Reloading(reread, taken.append, oversight)
        for _ in range(20):
            reading = reloading.order()
            await asyncio.sleep(0)  # the loop turns while it reads
        go_on.set()
        await reading

    asyncio.run(run())
    assert read == [2]
    assert [desk.policy.name for desks in taken for desk in desks] == ["irex", "irex"]


def test_what_cannot_be_read_is_said_and_taken_over_by_nobody(database: Database) -> None:
    taken: list[Sequence[Desk]] = []

    async def run() -> None:
        oversight = Oversight([], Pulse(), database, lambda: NOW, lambda: "", asyncio.Event())
        reloading = Reloading(lambda: settings("nowhere.toml"), taken.append, oversight)
        await reloading.order()

    with structlog.testing.capture_logs() as said:
        asyncio.run(run())
    assert taken == []
    assert "nowhere.toml" in said[0]["fault"]
