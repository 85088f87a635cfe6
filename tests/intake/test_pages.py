"""Pages against a real web service and a real store; time is moved, not waited for."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
import structlog

from intake import page_wire
from intake.desk import Desk
from intake.page_wire import Paged
from intake.pages import ATTEMPTS, Pager, plain
from intake.receipts import note_deliveries
from intake.settings import Queue
from intake.settling import Sending
from intake.told import url_of
from intake.watch import sweep
from rules.facts import TryLater
from storage import checkpoints, clocks, conditions, listings, outbox, tables, tickets
from storage.database import Database
from storage.outbox import LetterState
from tests.intake.test_deliver import Moody, until
from tests.servers.webhook import DRIBBLE, HANG, Webhook
from tests.storage.samples import HOUR, NOW, new_ticket
from tests.stores import url_at

PLACE = "page:on_call:1"


@dataclass
class Duty:
    store: Database
    desk: Desk
    now: datetime = NOW
    seconds: float = 30.0
    send: Callable[[str, str, str], Paged] = field(default=page_wire.send)

    def pager(self) -> Pager:
        desks = {"support": self.desk}
        sharing = Sending(
            self.store,
            lambda: "test",
            lambda: self.now,
            lambda *_: None,
            lambda tx, ended, now: note_deliveries(tx, desks, ended, now),
        )
        return Pager(["support"], lambda _, place: url_of(self.desk.queues, place), sharing, self.send, self.seconds)

    def on_call(self, *urls: str) -> None:
        self.desk = replace(self.desk, queues={"on_call": Queue(notify=("pager@example.com", *urls))})

    def remind(self, subject: str = "Server down") -> int:
        """A reminder to on_call, due now."""
        with self.store.transaction() as tx:
            ticket_id = tickets.open_ticket(tx, new_ticket(subject=subject), NOW).ticket_id
            clocks.set_alarm(tx, ticket_id, "on_call", self.now, None, "resolved")
        sweep(self.store, {"support": self.desk}, self.now)
        return ticket_id

    def page(self) -> str:
        """One look at what is due; what it complains of."""

        async def once() -> str:
            try:
                await self.pager().once()
            except TryLater as trouble:
                return str(trouble)
            return ""

        return asyncio.run(once())

    def pages(self) -> list[listings.LetterLine]:
        with self.store.snapshot() as tx:
            return [one for one in listings.letters(tx, (), 100) if one.kind == "page"]

    def kinds(self, ticket_id: int) -> list[str]:
        with self.store.snapshot() as tx:
            return [event.kind for event in tickets.events(tx, ticket_id)]

    def condition(self) -> list[bool]:
        with self.store.snapshot() as tx:
            return [one.well for one in conditions.current(tx) if one.part == "pages"]


@pytest.fixture
def duty(database: Database, desk: Desk) -> Duty:
    with database.transaction() as tx:
        checkpoints.start(tx, "support", 7, None)
    return Duty(database, desk)


def test_a_reminder_pages_and_mails_whoever_is_on_call(duty: Duty) -> None:
    with Webhook() as hook:
        duty.on_call(hook.url)
        ticket_id = duty.remind()
        assert duty.page() == ""
    (posted,) = hook.posted
    assert posted["title"] == "[EX-1] Reminder"
    assert "Server down" in posted["message"]
    (page,) = duty.pages()
    assert (page.state, page.recipients) == (LetterState.SENT, (PLACE,))
    assert duty.kinds(ticket_id) == ["reminder", "staff_told", "page_sent"]
    with duty.store.transaction() as tx:
        letters = outbox.claim(tx, "smtp", NOW + HOUR, ["support"], 9)
    assert sorted(one.recipients[0] for one in letters) == ["Sam@example.com", "pager@example.com"]
    assert duty.condition() == []


def test_a_service_that_fails_is_tried_again_and_then_has_the_page(duty: Duty) -> None:
    with Webhook(500, 503, 200) as hook:
        duty.on_call(hook.url)
        ticket_id = duty.remind()
        assert PLACE in duty.page()
        assert duty.condition() == [False]
        assert duty.page() == ""  # not due yet
        for _ in range(2):
            duty.now += timedelta(minutes=3)
            duty.page()
    assert len(hook.posted) == 3
    assert duty.kinds(ticket_id)[-1] == "page_sent"
    assert duty.condition() == [True]


def test_a_page_that_is_given_up_is_told_by_mail_alone_and_no_secret_shows(duty: Duty) -> None:
    with Webhook(500) as hook, structlog.testing.capture_logs() as lines:
        duty.on_call(hook.url)
        ticket_id = duty.remind()
        for _ in range(ATTEMPTS):
            duty.page()
            duty.now += timedelta(minutes=3)
        told = duty.page()
    assert len(hook.posted) == ATTEMPTS
    assert duty.kinds(ticket_id)[-2:] == ["page_failed", "staff_told"]
    assert [page.state for page in duty.pages()] == [LetterState.REFUSED]
    with duty.store.transaction() as tx:
        letters = outbox.claim(tx, "smtp", duty.now, ["support"], 99)
        shown = repr([conditions.current(tx), tickets.events(tx, ticket_id), listings.letters(tx, (), 99), letters])
    subjects = {(one.recipients[0], str(message_from_bytes(one.raw)["Subject"])) for one in letters}
    assert {to for to, subject in subjects if "Page failed" in subject} == {"Sam@example.com", "pager@example.com"}
    assert "hush" not in shown + repr(lines) + told
    assert "the service answered 500" in shown


@pytest.mark.parametrize("answer", [HANG, DRIBBLE])
def test_a_service_that_hangs_holds_up_no_other_and_is_left_alone_until_it_answers(duty: Duty, answer: str) -> None:
    duty.seconds = 0.3
    with Webhook(answer) as slow, Webhook() as quick:
        duty.on_call(slow.url, quick.url)
        duty.remind()

        async def work() -> None:
            pager = duty.pager()
            for _ in range(2):
                with pytest.raises(TryLater, match="not answered"):
                    await pager.once()
                duty.now += timedelta(minutes=3)

        asyncio.run(work())
        assert [len(slow.posted), len(quick.posted)] == [1, 1]
        assert sum(one.name == PLACE for one in threading.enumerate()) == 1
    states = {page.recipients[0]: (page.state, page.ambiguous) for page in duty.pages()}
    assert states == {PLACE: (LetterState.WAITING, 1), "page:on_call:2": (LetterState.SENT, 0)}


def test_a_place_that_the_configuration_has_no_more_is_refused_with_its_remedy(duty: Duty) -> None:
    duty.remind()
    duty.on_call()
    duty.page()
    (page,) = duty.pages()
    assert page.state is LetterState.REFUSED
    assert "[queues.on_call]" in page.last_error


def test_an_error_of_our_own_in_sending_is_an_attempt_that_failed(duty: Duty) -> None:
    def broken(*_: str) -> Paged:
        raise ValueError("json://hush")

    duty.send = broken
    duty.remind()
    assert duty.page() != ""
    (page,) = duty.pages()
    assert (page.state, page.last_error) == (LetterState.WAITING, "an error of Intake's own: ValueError")


def test_a_paused_mailbox_pages_nobody(duty: Duty) -> None:
    with Webhook() as hook:
        duty.on_call(hook.url)
        with duty.store.transaction() as tx:
            tx.execute(tables.mailbox.update().values(paused_at=NOW))
        duty.remind()
        assert duty.page() == ""
        assert hook.posted == []


def test_trouble_of_another_start_is_forgotten(duty: Duty) -> None:
    with duty.store.transaction() as tx:
        conditions.note(tx, "pages", False, "failed", NOW)
    assert duty.page() == ""
    assert duty.condition() == [True]


def test_the_pager_works_until_it_is_stopped_whatever_the_store_does(duty: Duty, tmp_path: Path) -> None:
    store = Moody(url_at(tmp_path / "intake.db"))

    async def work() -> None:
        store.refusals = 1
        pager = duty.pager()
        running = asyncio.create_task(pager.run())

        def paged() -> bool:
            pager.wake()
            return [page.state for page in duty.pages()] == [LetterState.SENT]

        await until(paged)
        pager.hurry()
        pager.stop()
        await running

    with Webhook() as hook, structlog.testing.capture_logs() as lines:
        duty.on_call(hook.url)
        duty.remind()
        duty.store = store
        asyncio.run(work())
    store.close()
    assert len(hook.posted) == 1
    assert [line["event"] for line in lines] == ["store_trouble", "page_sent"]


def test_an_error_of_our_own_while_looking_keeps_the_pager_alive(duty: Duty, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(outbox, "next_due", broken)
    with structlog.testing.capture_logs() as lines:
        assert duty.page() == ""
    assert [line["event"] for line in lines] == ["bug_in_pager"]


def test_an_error_of_our_own_about_one_page_leaves_it_claimed_and_the_others_go_on(duty: Duty) -> None:
    with Webhook() as hook, structlog.testing.capture_logs() as lines:
        duty.on_call(hook.url)
        duty.remind("first")
        with duty.store.transaction() as tx:
            tx.execute(tables.outbox.update().where(tables.outbox.c.kind == "page").values(recipients=[]))
        duty.remind("second")
        assert duty.page() == ""
    assert [page.state for page in duty.pages()] == [LetterState.SENT, LetterState.CLAIMED]
    assert "bug_in_pager" in [line["event"] for line in lines]


def test_a_claim_whose_commit_nobody_heard_of_keeps_no_page(duty: Duty, tmp_path: Path) -> None:
    store = Moody(url_at(tmp_path / "intake.db"))

    async def work() -> None:
        pager = replace(duty, store=store).pager()
        store.silences = 1
        await pager.once()
        assert [page.state for page in duty.pages()] == [LetterState.CLAIMED]
        await pager.once()

    with Webhook() as hook:
        duty.on_call(hook.url)
        duty.remind("Server down")
        asyncio.run(work())
    store.close()
    assert [page.state for page in duty.pages()] == [LetterState.SENT]


def test_several_pages_to_one_place_go_one_after_the_other(duty: Duty) -> None:
    with Webhook() as hook:
        duty.on_call(hook.url)
        for number in range(5):
            duty.remind(f"Server {number}")
        assert duty.page() == ""
    assert len(hook.posted) == 5


def test_what_a_mail_says_calls_nobody_and_hides_no_link(duty: Duty) -> None:
    evil = "@everyone <!channel> [click](http://evil.example) <a href='x'>y</a> ana@alder.example"
    with Webhook() as hook:
        duty.on_call(hook.url)
        duty.remind(evil)
        duty.page()
    said = hook.posted[0]["title"] + hook.posted[0]["message"]
    assert "everyone" in said
    for trick in ("@everyone", "<!", "](", "<a"):
        assert trick not in said
    assert plain("ana@alder.example") == "ana@alder.example"
