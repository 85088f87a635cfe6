"""Deciding again about the stored mail: a real store, filled as the daemon fills it with the demo's mails."""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog

from intake.config import load
from intake.demo.host import MailHost
from intake.demo.installation import PASSWORD, fill_directory, install, open_store, people
from intake.demo.samples import Answered, Sample, samples
from intake.desk import Desk, load_desks
from intake.pipeline import Arrival, record_batch
from intake.replay import NotReplayed, Rehearsal, Replayed, Told, chunks, replay
from intake.second_reading import retry
from intake.settings import DaemonSettings
from intake.shipped import shipped
from intake.understand import Understanding
from intake.verdicts import accept
from intake.worker import NotUnderstood, Understood, understand
from rules.facts import End, MailKind, Outcome, Unreadable
from rules.policy import Policy
from rules.policy import load as load_policy
from storage import bookings, checkpoints, directory, ledger, listings, tables, tickets
from storage.bookings import Booking
from storage.ledger import Entry
from storage.listings import TicketFilter
from storage.past import Place
from storage.tickets import Event
from templates.render import Renderer

MONDAY = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LIMITS = DaemonSettings(workers=1)
IDA = "ida.fenn@marram.example"
WRONG = "The report of our production system shows wrong totals since this morning."


class House:
    """An installation of the demo, without its servers."""

    def __init__(self, folder: Path, pool: Understanding, policies: Sequence[str]) -> None:
        known = people(policies)
        host = MailHost(known.addresses, PASSWORD)  # never started: only its ports are asked for
        host.imap_port, host.smtp_port = 1, 2
        installation = install(folder, host, known, policies, MONDAY.date())
        self.config = installation.config
        self.database = open_store(installation)
        fill_directory(installation, self.database)
        desks = load_desks(load(self.config, secrets=False))
        self.desks = {desk.policy.name: desk for desk in desks}
        self._pool = pool
        self._uids: dict[str, int] = {}
        for policy in self.desks:
            self.open(policy)

    def open(self, policy: str) -> None:
        self._uids[policy] = 0
        with self.database.transaction() as tx:
            checkpoints.start(tx, self.desks[policy].name, 1, None)

    def close(self) -> None:
        self.database.close()

    def take_in(self, policy: str, raws: Sequence[bytes], at: datetime) -> None:
        """One batch of the daemon's."""
        desk = self.desks[policy]
        arrivals = []
        for raw in raws:
            self._uids[policy] += 1
            arrivals.append(Arrival(self._uids[policy], at, len(raw), raw, _read(raw, desk)))
        with structlog.testing.capture_logs():
            record_batch(self.database, desk, 1, arrivals, at + MINUTE, reached=lambda _: self._uids[policy])

    def samples(self, policy: str, at: datetime = MONDAY) -> None:
        """All samples of a policy, each in a batch of its own."""
        answers: dict[str, Answered] = {}
        for number, sample in enumerate(samples([policy])):
            answered = answers.get(sample.answers or "")
            raw = sample.filled(f"<{sample.name}@demo.example>", at, answered)
            self.take_in(policy, [raw], at + number * MINUTE)
            if (answer := self._answer(policy, sample)) is not None:
                answers[sample.name] = answer

    def _answer(self, policy: str, sample: Sample) -> Answered | None:
        with self.database.snapshot() as tx:
            tickets = listings.tickets(tx, TicketFilter(mailbox=self.desks[policy].name), 1)
            letters = [one for one in listings.letters(tx, (), 5) if tickets and one.reference == tickets[0].reference]
        mine = [one for one in letters if one.kind != "notice"]
        return Answered(mine[0].message_id, mine[0].subject) if mine else None

    def replay(
        self,
        policy: str,
        candidate: Policy | None = None,
        since: datetime | None = None,
        limits: DaemonSettings = LIMITS,
    ) -> list[Told]:
        desk = self.desks[policy]
        rehearsal = Rehearsal(self.database, desk, candidate or desk.policy, limits, since)
        self._pool.reload({rehearsal.candidate.version: rehearsal.candidate})
        return [told for told in replay(rehearsal, self._pool, rehearsal.places()) if told is not None]

    def changed(self, policy: str, candidate: Policy, since: datetime | None = None) -> dict[str, dict[str, object]]:
        """Subject -> field -> what would be new."""
        return {
            told.stored.subject: {one.field: one.new for one in told.differences}
            for told in self.replay(policy, candidate, since)
            if isinstance(told, Replayed) and told.differences
        }

    def other(self, policy: str, *changes: tuple[str, str]) -> Policy:
        """A candidate under another file name: the policy in force with some of its text changed."""
        text = self.desks[policy].policy_text
        for old, new in changes:
            assert re.search(old, text), old
            text = re.sub(old, new, text, count=1)
        return load_policy(text, name="candidate", letters=Renderer(None).letters())


def _read(raw: bytes, desk: Desk) -> Understood | NotUnderstood:
    try:
        return understand(raw, desk.policy, desk.trust)
    except Unreadable as reason:
        return NotUnderstood(str(reason), final=True)


@pytest.fixture(scope="module")
def pool() -> Iterator[Understanding]:
    with closing(Understanding({}, workers=1)) as made:
        yield made


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory, pool: Understanding) -> Iterator[House]:
    """A house with all samples of all policies. Tests must leave it as it is."""
    with closing(House(tmp_path_factory.mktemp("full"), pool, shipped())) as made:
        for policy in shipped():
            made.samples(policy)
        yield made


@pytest.fixture
def house(tmp_path: Path, pool: Understanding) -> Iterator[House]:
    with closing(House(tmp_path, pool, ["gold"])) as made:
        yield made


def gold(number: int, text: str = WRONG, sender: str = IDA, **headers: str) -> bytes:
    """A mail of a customer of the plan professional, who has one incident a month."""
    said = {"From": sender, "Subject": f"Report {number}", "Message-ID": f"<{number}@marram.example>", **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in said.items())
    return f"{head}\r\n{text}\r\n".encode()


def outcomes(told: Sequence[Told]) -> list[object]:
    return [one.decision.outcome if isinstance(one, Replayed) and one.decision else None for one in told]


@pytest.mark.parametrize("policy", shipped())
def test_the_policy_in_force_would_change_nothing(full: House, policy: str) -> None:
    told = full.replay(policy)
    assert len(told) == len(samples([policy]))
    assert [one for one in told if isinstance(one, NotReplayed)] == []
    assert {one.stored.subject: one.differences for one in told if isinstance(one, Replayed) and one.differences} == {}


def test_every_kind_of_mail_was_among_them(full: House) -> None:
    kinds = {one.decision.kind if one.decision else None for one in full.replay("irex") if isinstance(one, Replayed)}
    assert kinds >= {MailKind.REQUEST, MailKind.FOLLOW_UP, MailKind.AUTO_REPLY, MailKind.BOUNCE, None}


def test_a_shorter_promise_shows_in_the_due_time_and_nowhere_else(full: House) -> None:
    candidate = full.other("irex", (r'2 = "8 bh"', '2 = "4 bh"'))
    changed = full.changed("irex", candidate)
    assert changed
    assert {tuple(fields) for fields in changed.values()} == {("first_response_due",)}


def test_a_wider_quota_shows_in_the_mails_behind_it_month_by_month(house: House) -> None:
    house.take_in("gold", [gold(1), gold(2), gold(3)], MONDAY)
    house.take_in("gold", [gold(4), gold(5)], MONDAY + 30 * DAY)
    in_force = house.replay("gold")
    assert outcomes(in_force) == ["accepted", "declined", "declined", "accepted", "declined"]
    assert not any(one.differences for one in in_force if isinstance(one, Replayed))
    changed = house.changed("gold", house.other("gold", ("incidents = 1 ", "incidents = 2 ")))
    assert {subject: fields["outcome"] for subject, fields in changed.items()} == {
        "Report 2": "accepted",
        "Report 5": "accepted",
    }
    assert changed["Report 2"]["failed"] == []
    assert changed["Report 2"]["queue"] == "support"
    assert changed["Report 2"]["template"] == "acknowledgement"


def test_mails_before_since_are_counted_and_not_told(house: House) -> None:
    house.take_in("gold", [gold(1)], MONDAY)
    house.take_in("gold", [gold(2)], MONDAY + DAY)
    told = house.replay("gold", since=MONDAY + HOUR)
    assert [(one.stored.subject, outcomes([one])) for one in told] == [("Report 2", ["declined"])]
    assert house.changed("gold", house.desks["gold"].policy, since=MONDAY + HOUR) == {}


def test_incidents_of_another_mailbox_count_against_the_same_contract(house: House) -> None:
    house.take_in("gold", [gold(1)], MONDAY)
    other = house.desks["gold"]
    house.desks["second"] = replace(
        other, mailbox=other.mailbox.model_copy(update={"name": "second", "ticket_prefix": "SE"})
    )
    house.open("second")
    house.take_in("second", [gold(2)], MONDAY + DAY)
    told = house.replay("second")
    assert outcomes(told) == ["declined"]
    assert not any(one.differences for one in told if isinstance(one, Replayed))


def test_what_a_person_accepted_counts_and_is_compared_by_what_had_been_decided(house: House) -> None:
    house.take_in(
        "gold", [gold(1, "Our Outlook add-in by another maker shows wrong totals, please fix Outlook.")], MONDAY
    )
    assert outcomes(house.replay("gold")) == ["declined"]
    accept(house.database, {"stonecrop": house.desks["gold"]}, "SC-1", by="sam", now=MONDAY + HOUR)
    house.take_in("gold", [gold(2)], MONDAY + DAY)
    told = house.replay("gold")
    assert outcomes(told) == ["declined", "declined"]
    assert house.changed("gold", house.desks["gold"].policy) == {}
    (first, _) = told
    assert first.stored.overruled is not None
    assert (first.stored.overruled.to, first.stored.overruled.outcome) == (Outcome.ACCEPTED, Outcome.DECLINED)
    lenient = house.other("gold", (r'matters = \["third_party", "other_product"\]', 'matters = ["services"]'))
    assert house.changed("gold", lenient) == {"Report 1": {"outcome": "accepted", "failed": []}}


def test_what_is_not_stored_any_more_is_named_and_still_counts(house: House) -> None:
    house.take_in("gold", [gold(1), gold(2)], MONDAY)
    with house.database.transaction() as tx:
        tx.execute(sa.delete(tables.raw_mail).where(tables.raw_mail.c.mail_id == 1))
    (first, second) = house.replay("gold")
    assert isinstance(first, NotReplayed)
    assert (first.stored.reference, first.reason) == ("SC-1", "its bytes are no longer stored")
    assert outcomes([second]) == ["declined"]


def test_a_mail_that_cannot_be_read_now_is_named(house: House) -> None:
    house.take_in("gold", [gold(1)], MONDAY)
    with house.database.transaction() as tx:
        tx.execute(sa.update(tables.raw_mail).values(raw=b""))
    (told,) = house.replay("gold")
    assert isinstance(told, NotReplayed)
    assert told.reason == "it cannot be read now: the mail is empty"


def test_a_mail_in_quarantine_that_can_be_read_now_shows_and_takes_no_incident(house: House) -> None:
    entry = Entry(
        *("stonecrop", "00", None, "", "", MONDAY - DAY, 9, MailKind.UNREADABLE, End.QUARANTINED, "hung"), gold(1)
    )
    with house.database.transaction() as tx:
        ledger.record(tx, entry, MONDAY - DAY)
    house.take_in("gold", [gold(2)], MONDAY)
    (told, second) = house.replay("gold")
    assert isinstance(told, Replayed)
    assert [(one.field, one.old, one.new) for one in told.differences] == [
        ("kind", "unreadable", "request"),
        ("outcome", None, "accepted"),
    ]
    assert isinstance(second, Replayed)
    assert second.differences == ()


def test_a_mail_read_again_stands_where_it_was_decided(house: House) -> None:
    with house.database.transaction() as tx:
        entry = Entry("stonecrop", "0", None, "", "", MONDAY, 9, MailKind.UNREADABLE, End.QUARANTINED, "hung", gold(1))
        number = ledger.record(tx, entry, MONDAY)
    house.take_in("gold", [gold(2)], MONDAY + HOUR)
    retry(house.database, {"stonecrop": house.desks["gold"]}, LIMITS, number, by="sam", now=MONDAY + DAY)
    told = house.replay("gold")
    assert [(one.stored.subject, outcomes([one])) for one in told] == [
        ("Report 2", ["accepted"]),
        ("Report 1", ["declined"]),
    ]
    assert house.changed("gold", house.desks["gold"].policy) == {}


def test_a_mail_does_not_follow_the_ticket_that_it_opened_or_a_later_one(house: House) -> None:
    itself = gold(1, In_Reply_To="<1@marram.example>")
    house.take_in("gold", [itself, gold(2, Subject="Re: [SC-3] Report 2"), gold(3)], MONDAY)
    assert [one.stored.reference for one in house.replay("gold")] == ["SC-1", "SC-2", "SC-3"]
    assert house.changed("gold", house.desks["gold"].policy) == {}


def test_a_ticket_closed_since_was_open_when_the_mail_came(house: House) -> None:
    house.take_in("gold", [gold(1)], MONDAY)
    house.take_in("gold", [gold(2, In_Reply_To="<1@marram.example>")], MONDAY + DAY)
    with house.database.transaction() as tx:
        tickets.set_status(tx, 1, "closed", closed_at=MONDAY + 2 * DAY)
        tickets.log(tx, Event(MONDAY + 2 * DAY, "closed", "sam", {}, 1))
    shut = house.other("gold", (r"\[calendars.business\]", "[budgets]\nreopen_days = 0\n\n[calendars.business]"))
    assert house.changed("gold", shut) == {}


def test_a_ticket_that_was_closed_when_the_mail_came_opens_again_only_as_the_candidate_has_it(house: House) -> None:
    house.take_in("gold", [gold(1)], MONDAY)
    with house.database.transaction() as tx:
        tickets.set_status(tx, 1, "closed", closed_at=MONDAY + DAY)
        tickets.log(tx, Event(MONDAY + DAY, "closed", "sam", {}, 1))
    house.take_in("gold", [gold(2, In_Reply_To="<1@marram.example>")], MONDAY + 3 * DAY)
    assert house.changed("gold", house.desks["gold"].policy) == {}
    shut = house.other("gold", (r"\[calendars.business\]", "[budgets]\nreopen_days = 1\n\n[calendars.business]"))
    changed = house.changed("gold", shut)["Report 2"]
    assert (changed["kind"], changed["outcome"], changed["failed"]) == ("request", "declined", ["quota"])


def test_hours_booked_since_were_not_spent_when_the_mail_came(full: House) -> None:
    """The last of the sample's prepaid hours go after its mail was decided."""
    with full.database.transaction() as tx:
        line = next(one for one in listings.tickets(tx, TicketFilter(contract="BO-21"), 9) if one.outcome == "routed")
        ticket = tickets.by_reference(tx, line.reference)
        assert ticket is not None
        bookings.book(tx, Booking(ticket.ticket_id, "BO-21", "expert_hours", Decimal(12), MONDAY + DAY, "sam"))
    assert full.changed("horizant", full.desks["horizant"].policy) == {}


def test_a_sender_whose_contract_is_another_today_is_marked(house: House) -> None:
    house.take_in("gold", [gold(1)], MONDAY)
    with house.database.transaction() as tx:
        contracts, contacts = directory.all_contracts(tx), directory.all_contacts(tx)
        directory.replace(tx, contracts, [one for one in contacts if one.email != IDA])
    (told,) = house.replay("gold")
    assert isinstance(told, Replayed)
    assert told.directory_changed
    assert [one.field for one in told.differences][:2] == ["outcome", "failed"]


def test_the_chunks_are_bounded_by_number_and_size() -> None:
    def sizes(*octets: int) -> list[int]:
        places = [Place(number, MONDAY, MONDAY, size) for number, size in enumerate(octets)]
        return [len(chunk) for chunk in chunks(places)]

    assert sizes() == []
    assert sizes(*[1] * 401) == [200, 200, 1]
    assert sizes(1, 50_000_000, 1, 1, 15_999_999) == [1, 1, 2, 1]
