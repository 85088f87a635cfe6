"""A gap is told once, by letter and by page, and stands in `status` for as long as it is there."""

import asyncio
import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from intake import gap_telling, nightly
from intake.desk import Desk
from intake.gap_telling import accept, note, tell
from intake.gap_words import WORDS
from intake.nightly import Nightly
from intake.reconcile import MailboxLook, Reconciliation
from intake.settings import DaemonSettings, Settings, StorageSettings
from rules.facts import TryLater
from storage import checkpoints, conditions, gaps, tables
from storage.conditions import Condition
from storage.database import Database
from storage.reconciliation import Counted, Finding, GapKind
from tests.storage.samples import NOW

LOST = Finding("support", GapKind.LOST, "Intake/Processed abc", "Intake/Processed UID 2", place=(7, 2))
FOREIGN = Finding("support", GapKind.FOREIGN, "Intake/Processed def", "UID 3 from \x1b[31mAna", place=(7, 3))
DAY = timedelta(days=1)


@pytest.fixture
def store(database: Database) -> Database:
    with database.transaction() as tx:
        checkpoints.start(tx, "support", 7, None)
    return database


def found(store: Database, *there: Finding) -> None:
    with store.transaction() as tx:
        gaps.keep(tx, ["support"], tuple(GapKind), there, NOW)


def letters(store: Database) -> list[tuple[str, str, str]]:
    with store.snapshot() as tx:
        rows = tx.execute(sa.select(tables.outbox).order_by(tables.outbox.c.id))
        return [(row.kind, row.template, row.recipients[0]) for row in rows]


def events(store: Database) -> list[tuple[str, str]]:
    with store.snapshot() as tx:
        return [
            (row.kind, row.detail["gap"]) for row in tx.execute(sa.select(tables.event).order_by(tables.event.c.id))
        ]


def condition(store: Database) -> Condition:
    with store.snapshot() as tx:
        (told,) = [one for one in conditions.current(tx) if one.part == "reconcile support"]
    return told


def test_staff_and_whoever_is_on_call_hear_of_a_gap_once(store: Database, desk: Desk) -> None:
    found(store, LOST)
    assert tell(store, {"support": desk}, NOW) == 1
    told = [
        ("notice", "gap", "Sam@example.com"),
        ("notice", "gap", "pager@example.com"),
        ("page", "gap_page", "page:on_call:1"),
    ]
    assert letters(store) == told
    assert events(store) == [("gap", "lost")]
    found(store, LOST)
    assert tell(store, {"support": desk}, NOW + DAY) == 0
    assert letters(store) == told
    found(store)
    found(store, LOST)
    assert tell(store, {"support": desk}, NOW + 2 * DAY) == 1, "it was gone and came back"


def test_what_a_letter_says_is_harmless_and_names_the_remedy(store: Database, desk: Desk) -> None:
    found(store, LOST, FOREIGN)
    tell(store, {"support": desk}, NOW)
    with store.snapshot() as tx:
        raw, page = (
            bytes(tx.execute(sa.select(tables.outbox.c.raw).where(tables.outbox.c.kind == kind).limit(1)).scalar_one())
            for kind in ("notice", "page")
        )
    assert b"\x1b" not in raw + page
    assert b"2 gap(s) in support" in page
    assert b"Subject: Mail of support is unaccounted for: 2 gap(s)" in raw
    assert b"intake reconcile --accept NUMBER" in raw.replace(b"=\r\n", b"")


def test_a_mail_that_somebody_put_there_pages_nobody(store: Database, desk: Desk) -> None:
    found(store, FOREIGN)
    assert tell(store, {"support": desk}, NOW) == 1
    assert {kind for kind, _, _ in letters(store)} == {"notice"}


def test_what_was_accepted_and_what_is_of_another_mailbox_is_not_told(store: Database, desk: Desk) -> None:
    found(store, LOST)
    assert tell(store, {"sales": desk}, NOW) == 0
    (accepted,) = accept(store, ["support"], None, "root", NOW)
    assert accepted.key == LOST.key
    assert tell(store, {"support": desk}, NOW) == 0
    assert letters(store) == []
    assert events(store) == [("gap_accepted", "lost")]


def test_status_hears_of_gaps_of_trouble_and_of_none(store: Database) -> None:
    with store.snapshot() as tx:
        assert gaps.count(tx) == {}
    clean = Reconciliation(NOW, 1.0, (Counted("support", "ticket", 1234),), (), (MailboxLook("support"),), ())
    note(store, clean, NOW)
    assert (condition(store).well, condition(store).detail) == (True, "no gap among 1,234 mails")
    found(store, LOST)
    with store.snapshot() as tx:
        standing = tuple(gaps.standing(tx))
    away = (MailboxLook("support", trouble="IMAP mail:993: no answer"),)
    note(store, Reconciliation(NOW, 1.0, (), (), away, standing), NOW)
    told = condition(store)
    assert not told.well
    assert "1 gap(s); `intake reconcile` shows them" in told.detail
    assert "not everything could be looked at: IMAP mail:993" in told.detail


def test_every_kind_of_gap_has_its_words() -> None:
    assert set(WORDS) == set(GapKind)
    assert all("{about}" in what for what, _ in WORDS.values())


class Looks:
    """What a reconciliation finds, time after time."""

    def __init__(self, *troubles: str | Exception) -> None:
        self.troubles = list(troubles)
        self.names: list[list[str]] = []

    def __call__(
        self, settings: Settings, _database: Any, _now: Any, names: list[str], _looking: Any
    ) -> Reconciliation:
        self.names.append(names)
        assert [one.name for one in settings.mailbox] == names
        trouble = self.troubles.pop(0)
        if isinstance(trouble, Exception):
            raise trouble
        return Reconciliation(NOW, 1.0, (), (), (MailboxLook("support", trouble=trouble),), ())


@pytest.fixture
def night(store: Database, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Nightly:
    monkeypatch.setattr(nightly, "AGAIN_SECONDS", 0.0)
    settings = Settings(storage=StorageSettings(url="sqlite://"), mailbox=(desk.mailbox,), daemon=DaemonSettings())
    woken = threading.Event()
    made = Nightly(settings, lambda: {"support": desk}, store, lambda: NOW, woken.set, "Europe/Brussels")
    made.woken = woken  # type: ignore[attr-defined]
    return made


def test_a_night_that_found_a_gap_tells_of_it_and_wakes_the_letters(
    night: Nightly, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = Looks("")
    monkeypatch.setattr(nightly, "reconcile", looks)
    found(store, LOST)
    asyncio.run(night.run())
    assert looks.names == [["support"]]
    assert night.woken.is_set()  # type: ignore[attr-defined]
    assert len(letters(store)) == 3
    assert condition(store).well


@pytest.mark.parametrize("trouble", ["no answer", TryLater("the disk is full"), ValueError("a bug")])
def test_what_could_not_be_looked_at_is_tried_again(
    night: Nightly, monkeypatch: pytest.MonkeyPatch, trouble: str | Exception
) -> None:
    looks = Looks(trouble, trouble, "")
    monkeypatch.setattr(nightly, "reconcile", looks)
    with structlog.testing.capture_logs():
        asyncio.run(night.run())
    assert looks.troubles == []
    again = Looks(trouble, trouble, trouble, "never asked")
    monkeypatch.setattr(nightly, "reconcile", again)
    with structlog.testing.capture_logs():
        asyncio.run(night.run())
    assert again.troubles == ["never asked"]


def test_a_night_that_a_stopped_daemon_missed_is_made_up_for(
    night: Nightly, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = Looks("", "")
    monkeypatch.setattr(nightly, "reconcile", looks)
    asyncio.run(night.catch_up())
    assert len(looks.names) == 1, "there never was one"
    asyncio.run(night.catch_up())
    assert len(looks.names) == 1
    with store.transaction() as tx:
        conditions.note(tx, f"{gap_telling.PART} support", True, "no gap", NOW - timedelta(hours=26))
    asyncio.run(night.catch_up())
    assert len(looks.names) == 2


def test_a_daemon_that_ends_does_not_wait_for_another_try(night: Nightly, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = Looks("no answer", "never asked")
    monkeypatch.setattr(nightly, "reconcile", looks)
    night.stop()
    asyncio.run(asyncio.wait_for(night.run(), 5))
    assert looks.troubles == ["never asked"]


@pytest.mark.parametrize(("told", "at"), [("03:00", (3, 0)), ("23:45", (23, 45)), ("", None)])
def test_the_hour_is_the_configurations(desk: Desk, store: Database, told: str, at: tuple[int, int] | None) -> None:
    settings = Settings(
        storage=StorageSettings(url="sqlite://"), mailbox=(desk.mailbox,), daemon=DaemonSettings(reconcile_at=told)
    )
    night = Nightly(settings, dict, store, lambda: NOW, lambda: None, "Europe/Brussels")
    assert night.time() == (at and (*at, "Europe/Brussels"))
