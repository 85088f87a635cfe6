"""What staff do to a ticket, and what it does to its clocks, its reminders and its customer's mailbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache

import pytest

from intake import conduct
from intake.conduct_promises import course_of, plan_reminders
from intake.conduct_values import Done, Impossible
from intake.desk import Desk
from intake.mail.parse import parse
from intake.pipeline import Arrival, record_batch
from intake.shipped import ReadPolicy, read_policy
from intake.understand import Understood
from intake.watch import sweep
from rules.facts import Contact, Contract, Decision, Outcome, Reminder
from rules.lifecycle import Illegal, Status
from rules.policy import load
from rules.reading import read
from storage import checkpoints, clocks, directory, listings, outbox, pauses, policies, tickets
from storage.clocks import Clock
from storage.database import Database, Transaction
from storage.outbox import Claimed
from storage.tickets import Ticket
from tests.intake.installation import mail

IDA, ANA, LOU, OTTO = "ida@marram.example", "ana@alder.example", "lou@linden.example", "otto@teasel.example"
YEAR = (date(2020, 1, 1), date(2099, 12, 31))
CONTRACTS = (
    Contract("G-1", "Marram", "gold", "gold", *YEAR),
    Contract("IR-1", "Alder", "irex", "standard", *YEAR),
    Contract("L-1", "Linden", "lumedx", "deluxe", *YEAR, account_manager="amy@lumedx.example"),
    Contract("O-1", "Siskin", "onyxceph", "maintenance", *YEAR, distributor="d@dist.example"),
)
PEOPLE = [
    Contact(IDA, "Ida", "G-1"),
    Contact(ANA, "Ana", "IR-1"),
    Contact(LOU, "Lou", "L-1"),
    Contact(OTTO, "Otto", "O-1"),
]
IMPAIRED = (
    "Severity: 3\n\nOne of the reports shows a wrong number for a few of us since today. We can live with it for now.\n"
)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def at(text: str) -> datetime:
    """An instant of 2026, with its offset."""
    return datetime.fromisoformat(f"2026-{text}")


@pytest.fixture
def store(database: Database) -> Database:
    with database.transaction() as tx:
        directory.replace(tx, CONTRACTS, PEOPLE)
        checkpoints.start(tx, "support", 7, None)
    return database


@cache
def shipped(name: str, letters: frozenset[str]) -> ReadPolicy:
    return read_policy(name, letters)


class House:
    """A mailbox under one policy, with a ticket in it."""

    def __init__(
        self, store: Database, desk: Desk, policy: str, sender: str, arrived: str, text: str = IMPAIRED
    ) -> None:
        known = shipped(policy, frozenset(desk.renderer.letters()))
        self.desk = replace(desk, policy=known.policy, policy_text=known.text)
        self.store, self.sender, self.uid = store, sender, 0
        self.arrives(arrived, text)
        self.claimed()

    def arrives(self, when: str, text: str, *, later: timedelta = 0 * MINUTE, **headers: str) -> None:
        """A mail, recorded `later` than it arrived."""
        self.uid += 1
        raw = mail(self.sender, self.desk.mailbox.address, headers.pop("Subject", f"Mail {self.uid}"), text, **headers)
        parsed = parse(raw)
        one = Arrival(self.uid, at(when), len(raw), raw, Understood(parsed, read(parsed, self.desk.policy)))
        record_batch(self.store, self.desk, 7, [one], at(when) + later, reached=lambda _: self.uid)

    def answers(self, when: str, *, later: timedelta = 0 * MINUTE) -> None:
        self.arrives(when, "Here is what you asked for.\n", later=later, Subject="Re: [EX-1] Mail 1")

    @contextmanager
    def held(self) -> Iterator[tuple[Transaction, Ticket]]:
        with self.store.transaction() as tx:
            found = tickets.by_reference(tx, "EX-1")
            assert found is not None
            yield tx, found

    def ticket(self) -> Ticket:
        with self.held() as (_, found):
            return found

    def clocks(self) -> dict[str, Clock]:
        with self.held() as (tx, found):
            return {clock.kind: clock for clock in clocks.of_ticket(tx, found.ticket_id)}

    def due(self) -> tuple[datetime | None, datetime | None]:
        found = self.clocks()
        first, resolution = found.get(clocks.FIRST_RESPONSE), found.get(clocks.RESOLUTION)
        return first.due_at if first else None, resolution.due_at if resolution else None

    def claimed(self) -> list[Claimed]:
        with self.store.transaction() as tx:
            return outbox.claim(tx, "test", at("12-31T00:00+00:00"), ["support"], 1000)

    def letters(self) -> list[tuple[str, str]]:
        """Kind and addressee of what was written to customers since the last time."""
        return [(one.kind, one.recipients[0]) for one in self.claimed() if one.kind not in ("notice", "page")]

    def events(self) -> list[str]:
        with self.held() as (tx, found):
            return [event.kind for event in tickets.events(tx, found.ticket_id)]

    def severity(self, level: int, when: str) -> Done | Impossible:
        with self.held() as (tx, found):
            return conduct.set_severity(tx, self.desk, found, level, "sam", at(when))

    def wait(self, when: str) -> Done | Impossible:
        with self.held() as (tx, found):
            return conduct.wait(tx, found, "sam", at(when))

    def answered(self, when: str) -> Done:
        with self.held() as (tx, found):
            return conduct.answered(tx, found, at(when), "sam@example.com")

    def close(self, when: str) -> Done | Impossible:
        with self.held() as (tx, found):
            return conduct.close(tx, found, "sam", at(when))

    def reopen(self, when: str) -> Done | Impossible:
        with self.held() as (tx, found):
            return conduct.reopen(tx, self.desk, found, "sam", at(when))

    def take_back(self, when: str, level: int | None = None) -> Done | Impossible:
        with self.held() as (tx, found):
            return conduct.take_back(tx, self.desk, found, "sam", at(when), level=level)


def done(told: Done | Impossible) -> Done:
    assert isinstance(told, Done)
    return told


def refused(told: Done | Impossible) -> str:
    assert isinstance(told, Impossible)
    assert "\n" not in told.reason
    return told.reason


@pytest.fixture
def gold(store: Database, desk: Desk) -> House:
    """Severity 3 of a gold plan: 8 business hours, 7 business days."""
    return House(store, desk, "gold", IDA, "03-11T10:00+01:00")


FIRST, SOLVED = at("03-12T10:00+01:00"), at("03-20T17:00+01:00")


def test_another_severity_moves_clock_decision_log_and_letter_together(gold: House) -> None:
    assert gold.due() == (FIRST, SOLVED)
    told = done(gold.severity(2, "03-11T12:00+01:00"))
    sooner = at("03-16T17:00+01:00")
    assert gold.due() == (FIRST, sooner)
    ticket = gold.ticket()
    assert told.ticket == ticket
    assert (ticket.severity, ticket.decision.severity, ticket.decision.resolution_due) == (2, 2, sooner)
    assert ticket.policy_version == told.was.policy_version
    assert [(one.kind, one.before, one.after) for one in told.moved] == [("resolution", SOLVED, sooner)]
    assert told.told == (IDA,)
    with gold.held() as (tx, found):
        event = next(one for one in tickets.events(tx, found.ticket_id) if one.kind == "severity")
    assert (event.actor, event.detail["from"], event.detail["to"]) == ("sam", 3, 2)
    (letter, notice) = gold.claimed()
    assert (letter.kind, letter.recipients, notice.kind) == ("promise", (IDA,), "notice")
    written = parse(letter.raw)
    assert written.in_reply_to == (listed(gold),)
    assert "17:00" in written.text
    assert "sam changed the severity from 3 to 2." in parse(notice.raw).text


def listed(house: House) -> str:
    with house.held() as (tx, found):
        line = listings.mails_of_ticket(tx, found.ticket_id)[0]
    assert line.message_id is not None
    return line.message_id


def test_a_severity_that_promises_the_same_writes_no_letter(store: Database, desk: Desk) -> None:
    """Horizant promises nothing."""
    with store.transaction() as tx:
        directory.replace(tx, [Contract("H-1", "Hazel", "horizant", "technical", *YEAR)], [Contact(IDA, "Ida", "H-1")])
    house = House(store, desk, "horizant", IDA, "03-11T10:00-04:00", "A report on production shows a wrong number.\n")
    told = done(house.severity(1, "03-11T11:00-04:00"))
    assert (told.moved, told.told, house.ticket().severity) == ((), (), 1)
    assert house.letters() == []


def test_a_severity_that_cannot_be_changes_nothing_and_names_the_remedy(gold: House) -> None:
    assert "1, 2, 3, 4" in refused(gold.severity(5, "03-11T12:00+01:00"))
    assert "already" in refused(gold.severity(3, "03-11T12:00+01:00"))
    gold.close("03-11T12:00+01:00")
    assert "intake reopen EX-1" in refused(gold.severity(1, "03-11T13:00+01:00"))
    assert gold.ticket().severity == 3
    assert gold.letters() == []


def test_the_policy_that_decided_counts_and_not_todays(gold: House) -> None:
    text = gold.desk.policy_text.replace('2 = "3 bd"', '2 = "1 bd"')
    assert text != gold.desk.policy_text
    today = load(text, name="gold", letters=gold.desk.renderer.letters())
    gold.desk = replace(gold.desk, policy=today, policy_text=text)
    done(gold.severity(2, "03-11T12:00+01:00"))
    assert gold.due()[1] == at("03-16T17:00+01:00")
    with gold.held() as (tx, found):
        assert policies.text_of(tx, found.policy_version) != text


def test_a_policy_that_can_be_read_no_more_gives_way_to_todays(gold: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.policies.text_of", lambda *_: "title = ")
    gold.desk = replace(gold.desk, policy=gold.desk.policy.model_copy(update={"version": "sha256:today"}))
    assert done(gold.severity(2, "03-11T12:00+01:00")).ticket.severity == 2


def test_nobody_is_written_to_where_the_mailbox_observes_or_the_budget_is_spent(gold: House) -> None:
    gold.desk = replace(gold.desk, mailbox=gold.desk.mailbox.model_copy(update={"mode": "observe"}))
    assert done(gold.severity(2, "03-11T12:00+01:00")).told == ()
    gold.desk = replace(gold.desk, mailbox=gold.desk.mailbox.model_copy(update={"mode": "live"}))
    assert gold.letters() == []
    for number in range(8):  # ten an hour, with the acknowledgement and the one withheld
        assert done(gold.severity(3 - number % 2, f"03-11T12:0{number + 1}+01:00")).told == (IDA,)
    assert len(gold.letters()) == 8


def test_whom_a_bulk_mailer_wrote_for_hears_nothing(store: Database, desk: Desk) -> None:
    house = House(store, desk, "gold", IDA, "03-11T10:00+01:00")
    with house.held() as (tx, found):
        tickets.redecide(tx, found.ticket_id, replace(found.decision, template=None), found.status)
    told = done(house.severity(2, "03-11T12:00+01:00"))
    assert (told.told, len(told.moved), house.letters()) == ((), 1, [])


def test_a_wait_stands_still_and_the_answer_moves_what_is_promised_by_as_much(gold: House) -> None:
    done(gold.wait("03-11T12:00+01:00"))
    assert gold.ticket().status == "waiting"
    assert {clock.paused_at for clock in gold.clocks().values()} == {at("03-11T12:00+01:00")}
    sweep(gold.store, {"support": gold.desk}, at("04-30T00:00+02:00"))
    assert not {"warning", "breach"} & set(gold.events())
    assert gold.letters() == [("waiting", IDA)]
    gold.answers("03-13T12:00+01:00")
    assert (gold.ticket().status, gold.clocks()["resolution"].paused_at) == ("open", None)
    # two days of eight hours; seven business days end at the closing time of the ninth
    assert gold.due() == (at("03-16T10:00+01:00"), at("03-24T17:00+01:00"))
    assert (gold.ticket().decision.first_response_due, gold.ticket().decision.resolution_due) == gold.due()
    assert gold.letters() == [("promise", IDA)]
    assert gold.events()[-1] == "staff_told"


def test_the_pause_ends_when_the_answer_arrived_and_not_when_it_was_read(gold: House) -> None:
    done(gold.wait("03-11T12:00+01:00"))
    gold.answers("03-11T14:00+01:00", later=30 * MINUTE)
    assert gold.due() == (at("03-12T12:00+01:00"), at("03-23T11:00+01:00"))


def test_an_answer_that_crossed_the_wait_moves_nothing(gold: House) -> None:
    done(gold.wait("03-11T12:00+01:00"))
    gold.answers("03-11T11:00+01:00", later=2 * HOUR)
    assert (gold.ticket().status, gold.due(), gold.letters()) == ("open", (FIRST, SOLVED), [])


def test_an_answer_of_staff_keeps_the_first_promise_and_lets_the_other_wait(gold: House) -> None:
    told = gold.answered("03-11T11:00+01:00")
    assert (told.ticket.status, gold.clocks()["first_response"].stopped_at) == ("waiting", at("03-11T11:00+01:00"))
    assert gold.clocks()["resolution"].paused_at == at("03-11T11:00+01:00")
    gold.answers("03-11T12:00+01:00")
    assert gold.due() == (FIRST, at("03-23T10:00+01:00"))
    (letter,) = [one for one in gold.claimed() if one.kind == "promise"]
    assert "First answer" not in parse(letter.raw).text
    gold.answered("03-11T13:00+01:00")
    assert gold.clocks()["first_response"].stopped_at == at("03-11T11:00+01:00")
    with gold.held() as (tx, found):
        assert [one.ended_at for one in pauses.of_ticket(tx, found.ticket_id)] == [at("03-11T12:00+01:00"), None]


def test_two_answers_of_staff_are_one_wait(gold: House) -> None:
    gold.answered("03-11T11:00+01:00")
    gold.answered("03-11T12:00+01:00")
    gold.answers("03-11T13:00+01:00")
    assert gold.due()[1] == at("03-23T11:00+01:00")


def test_what_is_closed_is_watched_no_more_and_an_answer_makes_the_solution_owed_again(gold: House) -> None:
    gold.answered("03-11T11:00+01:00")
    gold.answers("03-11T11:00+01:00")
    gold.claimed()
    assert done(gold.close("03-12T09:00+01:00")).ticket.closed_at == at("03-12T09:00+01:00")
    assert sweep(gold.store, {"support": gold.desk}, at("03-19T12:00+01:00")) == 0
    gold.answers("03-13T09:00+01:00")
    assert (gold.ticket().status, gold.ticket().closed_at) == ("open", None)
    assert gold.clocks()["first_response"].stopped_at == at("03-11T11:00+01:00")
    assert gold.clocks()["resolution"].stopped_at is None
    assert gold.due() == (FIRST, at("03-23T17:00+01:00"))
    assert gold.letters() == [("promise", IDA)]


def test_what_was_closed_while_it_waited_stood_still_all_the_time(gold: House) -> None:
    gold.answered("03-11T11:00+01:00")
    done(gold.close("03-12T11:00+01:00"))
    done(gold.reopen("03-13T11:00+01:00"))
    assert gold.due()[1] == at("03-24T17:00+01:00")
    with gold.held() as (tx, found):
        assert len(pauses.of_ticket(tx, found.ticket_id)) == 1


def test_a_step_that_no_ticket_takes_is_refused(gold: House) -> None:
    assert "nothing is to be done" in refused(gold.reopen("03-11T12:00+01:00"))
    done(gold.wait("03-11T12:00+01:00"))
    assert "only an open ticket" in refused(gold.wait("03-11T12:00+01:00"))
    done(gold.close("03-11T12:00+01:00"))
    assert "closed already" in refused(gold.close("03-11T12:00+01:00"))
    assert "intake ticket EX-1" in refused(gold.take_back("03-11T12:00+01:00"))
    with gold.held() as (tx, found):
        tickets.set_status(tx, found.ticket_id, "held")
    assert "intake accept EX-1" in refused(gold.close("03-11T12:00+01:00"))
    assert "intake accept EX-1 --severity 1" in refused(gold.severity(1, "03-11T12:00+01:00"))
    assert "intake accept EX-1" in refused(gold.reopen("03-11T12:00+01:00"))


def test_a_promise_that_begins_while_we_wait_stands_still_too(store: Database, desk: Desk) -> None:
    lumedx = House(store, desk, "lumedx", LOU, "03-11T09:00-07:00")
    assert lumedx.due() == (None, None)
    done(lumedx.wait("03-11T10:00-07:00"))
    done(lumedx.severity(2, "03-11T11:00-07:00"))
    assert {clock.paused_at is not None for clock in lumedx.clocks().values()} == {True}
    lumedx.answers("03-11T12:00-07:00")
    assert lumedx.due() == (at("03-13T08:00-07:00"), at("03-16T08:00-07:00"))
    done(lumedx.severity(3, "03-11T13:00-07:00"))
    assert lumedx.due() == (None, None)
    assert [kind for kind, _ in lumedx.letters()] == ["promise", "promise", "promise"]


def test_what_was_answered_is_not_promised_an_answer(store: Database, desk: Desk) -> None:
    lumedx = House(store, desk, "lumedx", LOU, "03-11T09:00-07:00")
    lumedx.answered("03-11T10:00-07:00")
    done(lumedx.severity(1, "03-11T11:00-07:00"))
    assert lumedx.due() == (None, None)


def test_a_promise_that_was_missed_stays_on_record_when_it_is_withdrawn(store: Database, desk: Desk) -> None:
    lumedx = House(store, desk, "lumedx", LOU, "03-11T09:00-07:00")
    done(lumedx.severity(1, "03-11T09:05-07:00"))
    late = at("03-11T09:30-07:00")
    sweep(store, {"support": lumedx.desk}, late)
    done(lumedx.severity(3, "03-11T10:00-07:00"))
    clock = lumedx.clocks()["first_response"]
    assert (clock.breached_at, clock.stopped_at) == (late, at("03-11T10:00-07:00"))


def pending(house: House) -> list[tuple[str, timedelta, str | None]]:
    """The reminders that are still to be given, by what lies between them and the arrival."""
    with house.held() as (tx, found):
        due = clocks.due_alarms(tx, at("12-31T00:00+00:00"), ["support"])
        return [(one.to, one.next_at - found.opened_at, one.every) for one in due]


MANAGER = "account_manager"


def test_reminders_follow_the_severity_and_none_is_given_twice(store: Database, desk: Desk) -> None:
    """Lumedx: priority 1 pages at night, tells the account manager at 15 minutes, and every 2 hours from 2:15 on."""
    lumedx = House(store, desk, "lumedx", LOU, "03-11T20:00-07:00")
    done(lumedx.severity(1, "03-11T20:05-07:00"))
    urgent = [("on_call", 0 * HOUR, None), (MANAGER, 15 * MINUTE, None), (MANAGER, 135 * MINUTE, "2h")]
    assert pending(lumedx) == urgent
    for minutes in (6, 15, 135):
        sweep(store, {"support": lumedx.desk}, at("03-11T20:00-07:00") + minutes * MINUTE)
    assert pending(lumedx) == [(MANAGER, 255 * MINUTE, "2h")]
    done(lumedx.severity(2, "03-11T22:30-07:00"))
    assert pending(lumedx) == [(MANAGER, 24 * HOUR, None), (MANAGER, 48 * HOUR, "24h")]
    done(lumedx.severity(1, "03-11T22:40-07:00"))
    assert pending(lumedx) == [(MANAGER, 255 * MINUTE, "2h")]
    done(lumedx.close("03-11T23:00-07:00"))
    assert pending(lumedx) == []
    done(lumedx.reopen("03-11T23:10-07:00"))
    assert pending(lumedx) == [(MANAGER, 255 * MINUTE, "2h")]


def test_a_priority_that_is_seen_late_reminds_once_for_what_is_past(store: Database, desk: Desk) -> None:
    lumedx = House(store, desk, "lumedx", LOU, "03-11T09:00-07:00")
    done(lumedx.severity(1, "03-11T14:00-07:00"))
    assert pending(lumedx) == [(MANAGER, 135 * MINUTE, "2h")]


def with_distributor(store: Database, desk: Desk) -> House:
    return House(store, desk, "onyxceph", OTTO, "03-09T10:00+01:00", "Please renew our licence.\n")


def test_what_its_distributor_cannot_solve_comes_back_to_our_queue(store: Database, desk: Desk) -> None:
    onyxceph = with_distributor(store, desk)
    assert onyxceph.ticket().status == "with_distributor"
    assert "intake take-back EX-1" in refused(onyxceph.severity(3, "03-10T10:00+01:00"))
    told = done(onyxceph.take_back("03-10T10:00+01:00"))
    assert (told.ticket.status, told.ticket.outcome, told.ticket.queue) == ("open", "accepted", "support")
    assert (told.ticket.severity, told.ticket.decision.forward_to, told.moved) == (3, None, ())
    assert "with anybody else" in refused(onyxceph.take_back("03-10T10:00+01:00"))
    assert "taken_back" in onyxceph.events()
    # no promise moved, but the customer was told that his distributor has it
    assert (told.told, onyxceph.letters()) == ((OTTO,), [("promise", OTTO)])
    assert (told.ticket.decision.template, told.ticket.decision.topic) == ("acknowledgement", "level_1")


def test_what_is_opened_again_is_with_whom_it_was(store: Database, desk: Desk) -> None:
    """Else it would be open, with nobody's promise and nobody's eye on it, and its distributor would not hear."""
    onyxceph = with_distributor(store, desk)
    done(onyxceph.close("03-10T10:00+01:00"))
    onyxceph.claimed()
    onyxceph.answers("03-11T10:00+01:00")
    assert onyxceph.ticket().status == "with_distributor"
    assert onyxceph.letters() == [("forward", "d@dist.example")]
    done(onyxceph.close("03-12T10:00+01:00"))
    assert done(onyxceph.reopen("03-13T10:00+01:00")).ticket.status == "with_distributor"
    assert done(onyxceph.take_back("03-13T10:00+01:00")).ticket.status == "open"


def test_what_stood_still_before_it_came_back_adds_nothing_to_what_is_promised_since(
    store: Database, desk: Desk
) -> None:
    irex = House(store, desk, "irex", ANA, "03-09T10:00+01:00")
    with irex.held() as (tx, found):
        clocks.withdraw(tx, clocks.of_ticket(tx, found.ticket_id)[0].clock_id)
        away = replace(found.decision, outcome=Outcome.ROUTED, severity=None, first_response_due=None, queue="services")
        tickets.redecide(tx, found.ticket_id, away, "routed")
    irex.answered("03-09T11:00+01:00")
    done(irex.close("03-09T12:00+01:00"))
    assert done(irex.reopen("03-11T09:00+01:00")).ticket.status == "routed"
    done(irex.take_back("03-11T10:00+01:00", 2))
    assert irex.due()[0] == at("03-12T10:00+01:00")
    done(irex.severity(1, "03-11T11:00+01:00"))
    assert irex.due()[0] == at("03-11T14:00+01:00")
    with irex.held() as (tx, found):
        assert not course_of(tx, found, at("03-11T11:00+01:00")).answered


def test_the_letter_says_why_a_promise_changed_and_a_notice_who_took_a_case_back(gold: House) -> None:
    done(gold.close("03-11T12:00+01:00"))
    gold.answers("03-12T12:00+01:00")
    (letter,) = [one for one in gold.claimed() if one.kind == "promise"]
    assert "is open again" in parse(letter.raw).text
    with gold.held() as (tx, found):
        away = replace(found.decision, outcome=Outcome.ROUTED, severity=None, resolution_due=None, queue="services")
        clocks.withdraw(tx, next(one.clock_id for one in clocks.of_ticket(tx, found.ticket_id) if not one.stopped_at))
        tickets.redecide(tx, found.ticket_id, away, "routed")
    done(gold.take_back("03-12T13:00+01:00", 2))
    letter, notice = gold.claimed()
    assert "Our own support desk has ticket EX-1 now" in " ".join(parse(letter.raw).text.split())
    assert parse(notice.raw).subject.startswith("[EX-1] Taken back")
    done(gold.wait("03-12T14:00+01:00"))
    done(gold.severity(3, "03-12T14:00+01:00"))
    assert "until you answer the clock stands still" in " ".join(parse(gold.claimed()[0].raw).text.split())


def test_staff_hear_that_a_customer_was_not_told_of_a_promise_that_moved(gold: House) -> None:
    for number in range(10):
        done(gold.severity(4 - number % 2 * 2, f"03-11T12:0{number}+01:00"))
    done(gold.wait("03-11T12:20+01:00"))
    gold.claimed()
    gold.answers("03-11T12:50+01:00")
    (notice,) = gold.claimed()
    assert "as many automatic letters this hour" in " ".join(parse(notice.raw).text.split())


def test_a_server_whose_clock_is_ahead_neither_lengthens_a_wait_nor_lets_two_overlap(gold: House) -> None:
    done(gold.wait("03-11T12:00+01:00"))
    gold.answers("03-11T15:00+01:00", later=-HOUR)
    assert gold.due()[0] == at("03-12T12:00+01:00")
    done(gold.wait("03-11T13:30+01:00"))
    with gold.held() as (tx, found):
        first, second = pauses.of_ticket(tx, found.ticket_id)
    assert (first.ended_at, second.began_at) == (at("03-11T14:00+01:00"), at("03-11T14:00+01:00"))


def test_what_comes_back_is_promised_from_then_on_and_its_customer_is_told(store: Database, desk: Desk) -> None:
    irex = House(store, desk, "irex", ANA, "03-09T10:00+01:00")
    with irex.held() as (tx, found):
        clocks.withdraw(tx, clocks.of_ticket(tx, found.ticket_id)[0].clock_id)
        away: Decision = replace(found.decision, severity=None, first_response_due=None, queue="services")
        tickets.redecide(tx, found.ticket_id, away, "routed")
    assert "1, 2, 3, 4" in refused(irex.take_back("03-11T10:00+01:00", 7))
    done(irex.take_back("03-11T10:00+01:00", 2))
    assert (irex.due(), irex.letters()) == ((at("03-12T10:00+01:00"), None), [("promise", ANA)])
    # and another severity counts from when it came back
    done(irex.severity(1, "03-11T11:00+01:00"))
    assert irex.due()[0] == at("03-11T14:00+01:00")


def test_a_ticket_whose_first_mail_is_gone_is_told_about_all_the_same(
    gold: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.ledger.raw", lambda *_: None)
    assert done(gold.severity(2, "03-11T12:00+01:00")).told == (IDA,)
    monkeypatch.setattr("storage.ledger.raw", lambda *_: b"\r\n")
    assert done(gold.severity(1, "03-11T12:00+01:00")).told == (IDA,)


def test_the_tables_rule_what_a_ticket_becomes(gold: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rules.lifecycle.NEXT", {status: frozenset() for status in Status})
    for act in (gold.wait, gold.close, gold.answered):
        with pytest.raises(Illegal):
            act("03-11T12:00+01:00")
    assert gold.ticket().status == "open"


def test_reminders_keep_their_calendar(gold: House) -> None:
    planned = Reminder("senior", at("03-12T10:00+01:00"), None, "resolved", "business")
    with gold.held() as (tx, found):
        plan_reminders(tx, found, replace(found.decision, reminders=(planned,)), at("03-11T12:00+01:00"))
        (alarm,) = clocks.due_alarms(tx, planned.at, ["support"])
    assert (alarm.to, alarm.calendar) == ("senior", "business")
