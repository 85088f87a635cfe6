"""Of many deliverers those are woken that have something to deliver."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from operator import add

import pytest

from intake.bell import Bell
from intake.settling import LEFT
from rules.facts import TryLater
from storage import checkpoints, outbox
from storage.database import Database
from tests.storage import samples
from tests.storage.samples import NOW


@dataclass
class Sleeper:
    name: str
    always: bool = False
    woken: int = 0

    def has_to_look(self, due: Collection[str]) -> bool:
        return self.always or self.name in due

    def wake(self) -> None:
        self.woken += 1


def ring(bell: Bell, sleepers: Collection[Sleeper], times: int = 1) -> dict[str, int]:
    """How often each was woken."""

    async def work() -> None:
        running = asyncio.create_task(bell.run())
        for _ in range(times):
            bell.ring()
        async with asyncio.timeout(15):
            while not any(one.woken for one in sleepers):  # noqa: ASYNC110 - a sleeper tells nobody
                await asyncio.sleep(0.01)
        running.cancel()

    asyncio.run(work())
    return {one.name: one.woken for one in sleepers}


def posted(database: Database) -> None:
    with database.transaction() as tx:
        for name in ("support", "sales"):
            checkpoints.pause(tx, name, None)
        outbox.post(tx, [samples.letter(mailbox="sales")], NOW)


def test_whose_letter_is_due_is_woken_and_whoever_has_trouble_of_his_own(database: Database) -> None:
    posted(database)
    sleepers = [Sleeper("support"), Sleeper("sales"), Sleeper("limited", always=True)]
    assert ring(Bell(database, sleepers, lambda: NOW), sleepers, 20) == {"support": 0, "sales": 1, "limited": 1}


def test_letters_of_a_mailbox_that_another_daemon_reads_are_left_to_it_for_a_while(database: Database) -> None:
    posted(database)
    with database.transaction() as tx:
        outbox.post(tx, [samples.letter(2, mailbox="support")], NOW)
    for later, woken in ((timedelta(), 0), (LEFT, 1)):
        sleepers = [Sleeper("support"), Sleeper("sales")]
        bell = Bell(database, sleepers, partial(add, NOW, later), lambda name: name == "support")
        assert ring(bell, sleepers) == {"support": 1, "sales": woken}


def test_a_deliverer_that_is_alone_looks_for_itself(database: Database) -> None:
    sleepers = [Sleeper("support")]
    assert ring(Bell(database, sleepers, lambda: NOW), sleepers) == {"support": 1}


def test_a_store_that_gives_no_answer_wakes_everybody(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> set[str]:
        raise TryLater("the store is away")

    monkeypatch.setattr(outbox, "due", away)
    sleepers = [Sleeper("support"), Sleeper("sales")]
    assert ring(Bell(database, sleepers, lambda: NOW), sleepers) == {"support": 1, "sales": 1}
