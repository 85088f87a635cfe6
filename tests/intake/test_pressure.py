"""Staff are told, once and with figures, when letters cannot leave or there is no room for mail."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from intake.desk import Desk
from intake.disk import Disk
from intake.pressure import POINTLESS, level, look
from intake.settings import DaemonSettings
from intake.standing import problems
from storage import backlogs, checkpoints, conditions, outbox, tables, tickets
from storage.backlogs import Backlog
from storage.database import Database
from storage.figures import figures
from storage.outbox import LetterState
from tests.storage.samples import letter, ticket_id

NOW = datetime(2026, 3, 13, 9, 30, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass
class House:
    database: Database
    desk: Desk
    now: datetime = NOW
    short: str = ""
    posted: int = 0
    settings: DaemonSettings = field(default_factory=lambda: DaemonSettings(outbox_alarm_letters=(4, 10)))

    def post(self, count: int, **changes: object) -> None:
        with self.database.transaction() as tx:
            new = [replace(letter(self.posted + number), **changes) for number in range(count)]  # type: ignore[arg-type]
            outbox.post(tx, new, self.now)
        self.posted += count

    def look(self) -> int:
        disk = Disk(self.database, 1)
        disk.shortage = lambda: self.short  # type: ignore[method-assign]
        return look(self.database, {self.desk.name: self.desk}, self.settings, disk, self.now)

    def alarms(self) -> list[tuple[str, str]]:
        """Kind and addressee, in the order told."""
        found = sa.select(tables.outbox.c.kind, tables.outbox.c.recipients).where(
            tables.outbox.c.template.like("alarm%")
        )
        with self.database.snapshot() as tx:
            return [(row.kind, row.recipients[0]) for row in tx.execute(found.order_by(tables.outbox.c.id))]

    def send(self, left: int = 0) -> None:
        """All but the latest so many leave."""
        waiting = (tables.outbox.c.state == "waiting") & ~tables.outbox.c.template.like("alarm%")
        with self.database.transaction() as tx:
            ids = list(tx.execute(sa.select(tables.outbox.c.id).where(waiting).order_by(tables.outbox.c.id)).scalars())
            gone = tables.outbox.c.id.in_(ids[: len(ids) - left])
            tx.execute(sa.update(tables.outbox).where(gone).values(state=LetterState.SENT.value, sent_at=self.now))

    def told(self) -> list[str]:
        with self.database.snapshot() as tx:
            parts = [one for one in conditions.current(tx) if not one.well]
            found = problems(figures(tx), parts, [self.desk.name], self.now)
        return [one for one in found if "wait to be sent" in one or one.startswith("disk")]


@pytest.fixture
def house(database: Database, desk: Desk) -> House:
    with database.transaction() as tx:
        checkpoints.pause(tx, desk.name, None)
    return House(database, desk)


def test_letters_that_do_not_leave_are_paged_once_at_each_threshold(house: House) -> None:
    house.post(5)
    steps = []
    for minutes in (10, 20, 30, 61, 100, 361, 362, 1441, 3000):
        house.now = NOW + minutes * MINUTE
        steps.append((minutes, house.look()))
    assert steps == [(10, 0), (20, 1), (30, 0), (61, 1), (100, 0), (361, 1), (362, 0), (1441, 1), (3000, 0)]
    assert set(house.alarms()) == {("page", "page:on_call:1")}, "a mail could not leave either"
    (problem,) = house.told()
    assert "5 letter(s) of support wait to be sent, the oldest for 2 d 2 h" in problem
    assert "mail is taken in all the same; see `intake outbox list`" in problem


def test_a_backlog_that_moves_is_no_alarm(house: House) -> None:
    for minute in range(0, 60, 5):
        house.now = NOW + minute * MINUTE
        house.post(50)
        assert house.look() == 0
        house.send(left=50)
    assert house.told() == []


def test_several_thresholds_at_once_are_one_page_and_none_follows_when_it_shrinks(house: House) -> None:
    house.post(12)
    house.now = NOW + 7 * HOUR
    assert house.look() == 1
    house.send(left=5)
    assert house.look() == 0
    house.send(left=3)
    assert house.look() == 0
    assert len(house.alarms()) == 1


def test_when_letters_leave_again_all_is_well_and_the_next_time_is_told_anew(house: House) -> None:
    house.post(5)
    house.now = NOW + 20 * MINUTE
    assert house.look() == 1
    house.send()
    assert house.look() == 0
    assert house.told() == []
    house.post(5)
    house.now += 20 * MINUTE
    assert house.look() == 1


def test_the_words_name_what_holds_the_letters_back(house: House) -> None:
    house.post(5)
    house.now = NOW + 20 * MINUTE
    with house.database.transaction() as tx:
        conditions.note(tx, "smtp support", False, "SMTP mx:587: refused; check host and port", NOW)
    house.look()
    assert house.told()[0].endswith("SMTP mx:587: refused; check host and port")
    with house.database.transaction() as tx:
        checkpoints.pause(tx, "support", NOW)
    house.look()
    assert "they are paused: `intake resume` lets them go" in house.told()[0]


def test_a_full_disk_is_told_by_page_and_by_mail_once(house: House) -> None:
    house.short = "120 MB are free"
    assert house.look() == 3
    for _ in range(3):
        house.now += MINUTE
        assert house.look() == 0
    assert house.told() == ["disk: 120 MB are free"]
    assert sorted(house.alarms()) == [
        ("notice", "Sam@example.com"),
        ("notice", "pager@example.com"),
        ("page", "page:on_call:1"),
    ]
    house.short = ""
    assert house.look() == 0
    assert house.told() == []
    house.short, house.now = "110 MB are free", house.now + 30 * MINUTE
    assert house.look() == 3


@pytest.mark.parametrize(
    ("late", "minutes", "troubled", "reached"),
    [
        (0, 59, False, None),
        (3, 59, False, None),
        (4, 59, False, 1),
        (10, 59, False, 2),
        (0, 60, False, 1),
        (10, 1440, False, 5),
        (3, 59, True, 0),
        (2, 59, True, None),
    ],
)
def test_thresholds(house: House, late: int, minutes: int, troubled: bool, reached: int | None) -> None:
    backlog = Backlog("support", late, late, NOW - minutes * MINUTE)
    assert level(backlog, house.settings, NOW, troubled=troubled) == reached


def test_without_thresholds_nobody_is_told(house: House) -> None:
    none = DaemonSettings(outbox_alarm_letters=(), outbox_alarm_hours=())
    assert level(Backlog("support", 10**6, 10**6, NOW - 999 * HOUR), none, NOW, troubled=True) is None


def test_a_reminder_of_what_the_customer_has_answered_is_not_sent_days_late(house: House) -> None:
    with house.database.transaction() as tx:
        waits, answered = ticket_id(tx), ticket_id(tx)
        tickets.set_status(tx, waits, "waiting")
    for on in (waits, answered):
        house.post(1, template="still_waiting", kind="waiting", ticket_id=on)
        house.post(1, template="acknowledgement", ticket_id=on)
    house.now = NOW + timedelta(days=2)
    house.look()
    with house.database.snapshot() as tx:
        rows = tx.execute(sa.select(tables.outbox).where(~tables.outbox.c.template.like("alarm%")))
        found = {(row.template, row.ticket_id): (row.state, row.last_error) for row in rows}
    assert found == {
        ("still_waiting", waits): ("waiting", ""),
        ("acknowledgement", waits): ("waiting", ""),
        ("still_waiting", answered): ("withheld", POINTLESS),
        ("acknowledgement", answered): ("waiting", ""),
    }
    with house.database.snapshot() as tx:
        assert backlogs.of_letters(tx, NOW)[0].letters == 3
