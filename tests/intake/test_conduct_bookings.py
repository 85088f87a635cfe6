"""Hours and allowances come off a contract when staff book them, and never below nothing."""

import threading
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from intake.conduct_bookings import book
from intake.conduct_values import Done, Impossible
from intake.desk import Desk
from intake.mail.parse import parse
from intake.pipeline import Arrival, Ended, record_batch
from intake.shipped import read_policy
from intake.understand import Understood
from intake.used import left_of
from rules.facts import Contact, Contract, End, Gate
from rules.reading import read
from storage import bookings, checkpoints, directory, outbox, tickets
from storage.database import Database
from storage.outbox import Claimed
from tests.intake.installation import mail

ZOE, LUC, LOU = "zoe@hazel.example", "luc@hazel.example", "lou@linden.example"
NOW = datetime.fromisoformat("2026-03-11T15:00+00:00")
DAY = timedelta(days=1)
BLOCK = Contract(
    "H-1", "Hazel", "horizant", "technical", date(2026, 1, 1), date(2026, 12, 31), expert_hours=Decimal("3.5")
)
PREMIUM = Contract("L-1", "Linden", "lumedx", "premium", date(2025, 4, 1), date(2029, 3, 31))
EXPERT = "Could you create a custom report for us that lists the invoices of each customer?\n"
HARVEST = "We would like to ask for a registry harvest, please.\n"


@pytest.fixture
def store(database: Database) -> Database:
    people = [
        Contact(ZOE, "Zoe", "H-1", language="fr"),
        Contact(LUC, "Luc", "H-1"),
        Contact("*@hazel.example", "", "H-1"),
        Contact(LOU, "Lou", "L-1"),
    ]
    with database.transaction() as tx:
        directory.replace(tx, [BLOCK, PREMIUM], people)
        checkpoints.start(tx, "support", 7, None)
    return database


def under(desk: Desk, policy: str) -> Desk:
    known = read_policy(policy, desk.renderer.letters())
    return replace(desk, policy=known.policy, policy_text=known.text)


def arrives(store: Database, desk: Desk, sender: str, *texts: str, at: datetime = NOW, first: int = 1) -> list[Ended]:
    arrivals = []
    for uid, text in enumerate(texts, first):
        raw = mail(sender, desk.mailbox.address, f"Request {uid}", text)
        parsed = parse(raw)
        arrivals.append(Arrival(uid, at, len(raw), raw, Understood(parsed, read(parsed, desk.policy))))
    return record_batch(store, desk, 7, arrivals, at, reached=lambda ended: ended[-1].uid)


def spend(
    store: Database, desk: Desk, amount: str, reference: str = "EX-1", note: str = "", at: datetime = NOW
) -> Done | Impossible:
    with store.transaction() as tx:
        found = tickets.by_reference(tx, reference)
        assert found is not None
        return book(tx, desk, found, Decimal(amount), "Sam Field", at, note)


def refused(told: Done | Impossible) -> str:
    assert isinstance(told, Impossible)
    return told.reason


def reports(store: Database) -> list[Claimed]:
    with store.transaction() as tx:
        found = outbox.claim(tx, "test", NOW + 999 * DAY, ["support"], 100)
    return [one for one in found if one.kind == "booked"]


def test_hours_come_off_the_block_and_every_contact_is_told(store: Database, desk: Desk) -> None:
    horizant = under(desk, "horizant")
    (ended,) = arrives(store, horizant, LUC, EXPERT)
    assert ended.end is End.ROUTED
    told = spend(store, horizant, "1.5", note="audit report")
    assert isinstance(told, Done)
    assert told.booked is not None
    assert (told.booked.what, told.booked.amount, told.booked.left) == ("expert_hours", Decimal("1.5"), Decimal(2))
    assert sorted(told.told) == [LUC, ZOE]
    written = {one.recipients[0]: parse(one.raw).text for one in reports(store)}
    assert written.keys() == {LUC, ZOE}
    assert "audit report" in written[LUC]
    assert "Sam Field" in written[LUC]
    with store.snapshot() as tx:
        (kept,) = bookings.of_ticket(tx, 1)
        event = next(one for one in tickets.events(tx, 1) if one.kind == "booked")
    assert (kept.amount, kept.booked_by, kept.note) == (Decimal("1.5"), "Sam Field", "audit report")
    assert (event.actor, event.detail["left"]) == ("Sam Field", "2.0")


def test_an_account_at_the_shell_is_not_told_to_customers(store: Database, desk: Desk) -> None:
    horizant = under(desk, "horizant")
    arrives(store, horizant, LUC, EXPERT)
    with store.transaction() as tx:
        found = tickets.by_reference(tx, "EX-1")
        assert found is not None
        assert isinstance(book(tx, horizant, found, Decimal(1), "root", NOW), Done)
        assert bookings.of_ticket(tx, found.ticket_id)[0].booked_by == "root"
    assert ["root" in parse(one.raw).text for one in reports(store)] == [False, False]


def test_more_than_is_left_is_refused_with_what_is_left(store: Database, desk: Desk) -> None:
    horizant = under(desk, "horizant")
    arrives(store, horizant, LUC, EXPERT)
    spend(store, horizant, "1.5")
    assert "2.0 left of 3.5 prepaid hours" in refused(spend(store, horizant, "2.01"))
    assert isinstance(spend(store, horizant, "2"), Done)
    assert "nothing left of 3.5" in refused(spend(store, horizant, "0.01"))
    assert len(reports(store)) == 4


def test_when_nothing_is_left_the_next_request_waits_for_a_person(store: Database, desk: Desk) -> None:
    horizant = under(desk, "horizant")
    arrives(store, horizant, LUC, EXPERT)
    spend(store, horizant, "3.5")
    (ended,) = arrives(
        store, horizant, LUC, "Could you create another custom report for us that lists the payments?\n", first=2
    )
    assert ended.decision is not None
    assert (ended.end, ended.decision.failed) == (End.HELD, (Gate.EXPERT_HOURS,))
    assert "intake accept EX-2" in refused(spend(store, horizant, "1", "EX-2"))


def test_a_renewed_contract_begins_with_its_whole_block(store: Database, desk: Desk) -> None:
    horizant = under(desk, "horizant")
    arrives(store, horizant, LUC, EXPERT)
    spend(store, horizant, "3.5")
    renewed = replace(BLOCK, starts=date(2027, 1, 1), ends=date(2027, 12, 31))
    with store.transaction() as tx:
        directory.replace(tx, [renewed], [Contact(LUC, "Luc", "H-1")])
    assert isinstance(spend(store, horizant, "3", at=datetime.fromisoformat("2027-01-02T12:00+00:00")), Done)


def test_an_allowance_is_taken_in_the_contract_year_that_holds_the_arrival(store: Database, desk: Desk) -> None:
    lumedx = under(desk, "lumedx")
    march, april = NOW, datetime.fromisoformat("2026-04-01T12:00-07:00")
    assert [one.end for one in arrives(store, lumedx, LOU, HARVEST, at=march)] == [End.ROUTED]
    for _ in range(2):
        told = spend(store, lumedx, "1", at=april)
        assert isinstance(told, Done)
    assert "nothing left of 2 registry harvest" in refused(spend(store, lumedx, "1", at=april))
    (again,) = arrives(store, lumedx, LOU, HARVEST + "It is for the second submittal.\n", at=march + DAY, first=2)
    (new,) = arrives(store, lumedx, LOU, HARVEST + "It is for the third submittal.\n", at=april, first=3)
    left = [one.decision.allowance.left for one in (again, new) if one.decision and one.decision.allowance]
    assert left == [0, 2]


def test_what_is_booked_before_a_renewed_contract_begins_or_on_what_came_before_is_counted_all_the_same(
    store: Database, desk: Desk
) -> None:
    """A renewal moves the day on which the contract starts; what is asked of the year before has its own two."""
    lumedx = under(desk, "lumedx")
    arrives(store, lumedx, LOU, HARVEST)
    with store.transaction() as tx:
        renewed = replace(PREMIUM, starts=date(2026, 4, 1)), replace(BLOCK, starts=date(2027, 1, 1))
        directory.replace(tx, renewed, [Contact(LOU, "Lou", "L-1")])
    for _ in range(2):
        assert isinstance(spend(store, lumedx, "1", at=NOW + 30 * DAY), Done)
    assert "nothing left of 2" in refused(spend(store, lumedx, "1", at=NOW + 30 * DAY))
    with store.transaction() as tx:
        found = tickets.by_reference(tx, "EX-1")
        assert found is not None
        on_hours = replace(found.decision, contract="H-1", allowance=None)
        tickets.redecide(tx, found.ticket_id, on_hours, found.status)
    assert "H-1 begins on 2027-01-01" in refused(spend(store, under(desk, "horizant"), "1"))


def test_two_who_book_at_once_cannot_both_take_the_last_hours(store: Database, desk: Desk) -> None:
    horizant = under(desk, "horizant")
    arrives(store, horizant, LUC, EXPERT)
    at_once, told = threading.Barrier(2), []

    def booking() -> None:
        at_once.wait()
        told.append(spend(store, horizant, "2"))

    threads = [threading.Thread(target=booking) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(one).__name__ for one in told) == ["Done", "Impossible"]
    with store.snapshot() as tx:
        found = tickets.by_reference(tx, "EX-1")
        assert found is not None
        assert left_of(tx, horizant.policy, found, BLOCK).left == Decimal("1.5")


def test_what_has_no_contract_any_more_cannot_be_booked(store: Database, desk: Desk) -> None:
    horizant = under(desk, "horizant")
    arrives(store, horizant, LUC, EXPERT)
    with store.transaction() as tx:
        directory.replace(tx, [PREMIUM], [])
    assert "the directory has H-1 no more" in refused(spend(store, horizant, "1"))
    with store.transaction() as tx:
        found = tickets.by_reference(tx, "EX-1")
        assert found is not None
        tickets.redecide(tx, found.ticket_id, replace(found.decision, contract=None), "open")
    assert "on no contract" in refused(spend(store, horizant, "1"))


def test_an_observing_mailbox_books_and_writes_to_nobody(store: Database, desk: Desk) -> None:
    horizant = under(desk, "horizant")
    arrives(store, horizant, LUC, EXPERT)
    observing = replace(horizant, mailbox=horizant.mailbox.model_copy(update={"mode": "observe"}))
    told = spend(store, observing, "1")
    assert isinstance(told, Done)
    assert (told.told, reports(store)) == ((), [])
