"""Ends of attempts and the commits that they share."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from intake import settling
from intake.settling import Sending, Settling
from storage import outbox
from storage.database import Database, Transaction
from storage.outbox import Claimed, Delivery, LetterState
from tests.storage.samples import letter
from tests.stores import new_store

NOW = datetime(2026, 3, 13, 9, 30, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    store = Database(new_store(tmp_path / "settling.db"))
    yield store
    store.close()


@pytest.fixture
def letters(store: Database) -> list[Claimed]:
    with store.transaction() as tx:
        outbox.post(tx, [letter(number) for number in range(3)], NOW)
        return outbox.claim(tx, "me", NOW, ["support"], 3)


def commits(store: Database, letters: Sequence[Claimed], under_way: int) -> list[int]:
    """How many letters each commit settled, where all of these end at once and so many attempts are under way."""
    together: list[int] = []

    def settled(_: Transaction, ended: Sequence[tuple[Claimed, Delivery]], __: datetime) -> None:
        together.append(len(ended))

    async def work() -> None:
        sending = Sending(store, lambda: "me", lambda: NOW, lambda *_: None, settled)
        ends = Settling(sending, "smtp", lambda: under_way)
        ending = (ends.settle(one, Delivery(one.letter_id, LetterState.SENT)) for one in letters)
        async with asyncio.timeout(5):
            await asyncio.gather(*ending)

    asyncio.run(work())
    return together


def test_ends_that_are_about_to_come_share_a_commit(
    store: Database, letters: list[Claimed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "TOGETHER_SECONDS", 60)
    assert commits(store, letters, under_way=3) == [3]


def test_an_end_waits_for_the_others_no_longer_than_a_moment(store: Database, letters: list[Claimed]) -> None:
    assert commits(store, letters[:1], under_way=9) == [1]


def test_an_end_that_is_the_only_one_waits_for_nobody(
    store: Database, letters: list[Claimed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "TOGETHER_SECONDS", 60)
    assert commits(store, letters[:1], under_way=1) == [1]
