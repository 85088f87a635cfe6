"""The outgoing side against a recording server and a real store."""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from intake import settling
from intake.deliver import Deliverer
from intake.desk import Desk
from intake.settings import SmtpSettings
from intake.settling import LEFT, Sending
from rules.facts import TryLater
from storage import conditions, outbox, tables
from storage.database import Database, Transaction
from storage.outbox import Claimed, Delivery
from tests.servers.sink import Rule, Sink, Talk
from tests.storage.samples import letter
from tests.stores import new_store

START = datetime(2026, 3, 13, 9, 30, tzinfo=UTC)


class Moody(Database):
    """A store that refuses the next few transactions when told to, as one that another process holds."""

    refusals = 0
    silences = 0
    """Commits whose word is lost: the connection ends before it comes."""

    @contextmanager
    def transaction(self, *, of: Collection[str] | None = None) -> Iterator[Transaction]:
        if self.refusals:
            self.refusals -= 1
            raise TryLater("the store is locked")
        with super().transaction(of=of) as tx:
            yield tx
        if self.silences:
            self.silences -= 1
            raise TryLater("the store went away")


@dataclass
class Office:
    store: Moody
    desk: Desk
    settled: Callable[[Transaction, Sequence[tuple[Claimed, Delivery]], datetime], None] = lambda *_: None
    now: datetime = START

    def deliverer(self, port: int, connections: int = 1) -> Deliverer:
        smtp = SmtpSettings(
            host="127.0.0.1", port=port, security="none", connections=connections, password=SecretStr("")
        )
        mailbox = self.desk.mailbox.model_copy(update={"smtp": smtp})
        sharing = Sending(self.store, lambda: "test", lambda: self.now, lambda *_: None, self.settled)
        return Deliverer(lambda: mailbox, sharing)

    def post(self, count: int) -> None:
        with self.store.transaction() as tx:
            outbox.post(tx, [letter(number) for number in range(count)], START)

    def states(self) -> list[str]:
        with self.store.snapshot() as tx:
            return [row.state for row in tx.execute(tables.outbox.select())]

    def well(self) -> list[bool]:
        with self.store.snapshot() as tx:
            return [one.well for one in conditions.current(tx)]


@pytest.fixture
def office(tmp_path: Path, desk: Desk) -> Iterator[Office]:
    store = Moody(new_store(tmp_path / "moody.db"))
    yield Office(store, desk)
    store.close()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not holds():  # noqa: ASYNC110 - a store tells nobody
            await asyncio.sleep(0.01)


def closed_port() -> int:
    with Sink() as sink:
        return sink.port


def test_no_letter_stays_claimed_though_the_store_fails_while_the_server_is_away(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "STORE_SECONDS", 0.01)

    def fail_next(*_: object) -> None:
        office.store.refusals = 3

    async def work() -> None:
        office.settled = fail_next
        deliverer = office.deliverer(closed_port())
        office.post(4)
        running = asyncio.create_task(deliverer.run())
        await until(lambda: office.well() == [False] and not office.store.refusals)
        await until(lambda: set(office.states()) == {"waiting"})
        deliverer.stop()
        await running

    asyncio.run(work())
    assert office.states() == ["waiting"] * 4


@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_a_server_that_takes_no_letter_is_not_said_to_take_letters(office: Office, stage: str) -> None:
    async def work() -> None:
        with Sink() as sink:
            sink.rules.append(Rule(stage, "451 4.3.0 not now"))  # type: ignore[arg-type]
            office.post(1)
            await office.deliverer(sink.port).once()

    asyncio.run(work())
    assert office.states() == ["waiting"]
    assert office.well() == []


def test_what_becomes_of_each_letter_stands_in_the_log(office: Office) -> None:
    async def work() -> None:
        with Sink() as sink:
            sink.rules.append(Rule("rcpt", "550 5.1.1 no such user", times=1))
            office.post(2)
            await office.deliverer(sink.port).once()

    with structlog.testing.capture_logs() as lines:
        asyncio.run(work())
    told = {line["message_id"]: (line["event"], line["log_level"]) for line in lines}
    assert told == {"<0@example.com>": ("letter_refused", "warning"), "<1@example.com>": ("letter_sent", "info")}


def test_whom_the_server_refused_is_handed_on_with_its_words(office: Office) -> None:
    seen: list[dict[str, str]] = []

    def settled(_: object, ended: Sequence[tuple[object, Delivery]], __: object) -> None:
        seen.extend(dict(delivery.refused) for _, delivery in ended)

    async def work() -> None:
        office.settled = settled
        with Sink() as sink:
            sink.rules.append(Rule("rcpt", "550 5.1.1 no such user", times=1))
            office.post(2)
            await office.deliverer(sink.port).once()

    asyncio.run(work())
    refused, taken = sorted(seen, key=len, reverse=True)
    assert list(refused.values()) == ["550 5.1.1 no such user"]
    assert taken == {}


def test_a_bug_in_what_a_ticket_is_told_leaves_no_letter_unsettled(office: Office) -> None:
    def settled(tx: Transaction, ended: Sequence[tuple[Claimed, Delivery]], _: object) -> None:
        tx.execute(tables.outbox.update().values(state="waiting"))
        raise ZeroDivisionError

    async def work() -> None:
        office.settled = settled
        with Sink() as sink:
            office.post(3)
            await office.deliverer(sink.port, 2).once()
            assert len(sink.accepted) == 3

    with structlog.testing.capture_logs() as lines:
        asyncio.run(work())
    assert office.states() == ["sent"] * 3
    assert "bug_in_receipts" in [line["event"] for line in lines]


def parts(office: Office) -> list[tuple[bool, str]]:
    with office.store.snapshot() as tx:
        return [(one.well, one.detail) for one in conditions.current(tx)]


@pytest.mark.parametrize("stage", ["greeting", "ehlo", "mail", "rcpt", "data", "end"])
def test_a_server_that_asks_for_a_pause_is_asked_once_and_not_for_each_letter(office: Office, stage: str) -> None:
    async def work() -> None:
        with Sink() as sink:
            sink.rules.append(Rule(stage, "421 4.7.0 too much mail from you"))  # type: ignore[arg-type]
            office.post(8)
            with pytest.raises(TryLater, match="too much mail"):
                await office.deliverer(sink.port).once()
            assert sink.connections == 1

    asyncio.run(work())
    assert office.states() == ["waiting"] * 8
    ((well, told),) = parts(office)
    assert not well
    assert "too much mail from you" in told
    assert "over 1 of 1 connections" in told


def test_letters_are_claimed_several_at_a_time(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    portions: list[int] = []
    claim = outbox.claim

    def counted(*arguments: Any, **named: Any) -> list[Claimed]:
        found = claim(*arguments, **named)
        portions.append(len(found))
        return found

    async def work() -> None:
        with Sink() as sink:
            office.post(13)
            await office.deliverer(sink.port).once()

    monkeypatch.setattr(outbox, "claim", counted)
    asyncio.run(work())
    assert sum(portions) == 13
    assert len(portions) <= 6
    assert max(portions) <= 4


def test_a_letter_that_is_too_long_for_its_recipients_goes_on_at_once(office: Office) -> None:
    def third(talk: Talk) -> bool:
        return len(talk.recipients) >= 2

    async def work() -> None:
        with Sink() as sink:
            sink.rules.append(Rule("rcpt", "452 4.5.3 Too many recipients", when=third))
            people = tuple(f"person{number}@customer.example" for number in range(5))
            with office.store.transaction() as tx:
                outbox.post(tx, [replace(letter(1), recipients=people)], START)
            await office.deliverer(sink.port).once()
            assert [len(one.recipients) for one in sink.accepted] == [2, 2, 1]
            assert {one for mail in sink.accepted for one in mail.recipients} == set(people)

    asyncio.run(work())
    assert office.states() == ["sent"]


def test_a_server_that_limits_the_rate_is_asked_less_and_less(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour of the test's own, in which every MAIL is refused: with four connections and forty letters."""
    monkeypatch.setattr("intake.backoff.random.uniform", lambda *_: 1.0)
    minutes: list[int] = []

    async def work() -> None:
        with Sink() as sink:
            sink.rules.append(Rule("mail", "450 4.7.1 Error: too much mail from 192.0.2.1"))
            office.post(40)
            deliverer = office.deliverer(sink.port, 4)
            for minute in range(60):
                office.now = START + timedelta(minutes=minute)
                with contextlib.suppress(TryLater):
                    await deliverer.once()
                minutes.append(sum(one.startswith("MAIL") for one in sink.commands) - sum(minutes))

    asyncio.run(work())
    # Pauses of 1, 2, 4, 8, 16 and 30 minutes, after which 2, 1, 1 … connections ask; at first all four do.
    assert {minute: asked for minute, asked in enumerate(minutes) if asked} == {0: 4, 1: 2, 3: 1, 7: 1, 15: 1, 31: 1}


def test_a_claim_whose_commit_nobody_heard_of_keeps_no_letter(office: Office) -> None:
    """The connection to PostgreSQL ends between the commit and its word: the letters would wait for the next start."""

    async def work() -> None:
        with Sink() as sink:
            deliverer = office.deliverer(sink.port)
            office.post(2)
            office.store.silences = 1
            with pytest.raises(TryLater):
                await deliverer.once()
            assert office.states() == ["claimed"] * 2
            await deliverer.once()

    asyncio.run(work())
    assert office.states() == ["sent"] * 2


def test_letters_of_a_mailbox_that_another_daemon_reads_are_sent_when_they_were_left_lying(office: Office) -> None:
    with Sink() as sink:
        for later, sent in ((timedelta(), 0), (LEFT, 2)):
            deliverer = office.deliverer(sink.port)
            deliverer._sharing = replace(deliverer._sharing, reads=lambda _: False)
            if not later:
                office.post(2)
            office.now = START + later
            asyncio.run(deliverer.once())
            assert office.states().count("sent") == sent
