"""Each mail is recorded once and each UID sighted once; what is recorded is filed, and filed again until it is."""

import sqlite3
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from rules.facts import End, MailKind
from storage import ledger
from storage.database import Database
from storage.ledger import Entry, Known, Sighting
from storage.tables import mail
from tests.storage import samples
from tests.storage.samples import HOUR, MINUTE, NOW


def test_the_same_bytes_are_one_mail(database: Database) -> None:
    with database.transaction() as tx:
        ledger.record(tx, samples.entry(), NOW)
    with pytest.raises(IntegrityError), database.transaction() as tx:
        ledger.record(tx, samples.entry(message_id="<another@alder.example>"), NOW)


def test_two_mailboxes_may_each_have_the_same_mail(database: Database) -> None:
    entry = samples.entry()
    with database.transaction() as tx:
        here = ledger.record(tx, entry, NOW)
        there = ledger.record(tx, samples.entry(mailbox="sales"), NOW)
        assert here != there
        assert ledger.known(tx, ["sales"], [entry.sha256]) == {entry.sha256: Known(there, End.HELD, None)}


def test_the_bytes_come_back_as_they_came(database: Database) -> None:
    raw = bytes(range(256)) * 3
    with database.transaction() as tx:
        kept = ledger.record(tx, samples.entry(raw), NOW)
        too_large = ledger.record(tx, replace(samples.entry(b"x"), raw=None), NOW)
        assert ledger.raw(tx, kept) == raw
        assert ledger.raw(tx, too_large) is None


def test_only_what_was_recorded_is_known(database: Database) -> None:
    one, two = samples.entry(b"one"), samples.entry(b"two")
    with database.transaction() as tx:
        ticket = samples.ticket_id(tx)
        there = ledger.record(tx, samples.entry(b"one", end=End.TICKET, ticket_id=ticket), NOW)
        assert ledger.known(tx, ["support"], [one.sha256, two.sha256]) == {one.sha256: Known(there, End.TICKET, ticket)}
        assert ledger.known(tx, ["support"], []) == {}


def test_settling_gives_a_mail_its_other_end(database: Database) -> None:
    entry = samples.entry(end=End.QUARANTINED, kind=MailKind.UNREADABLE)
    with database.transaction() as tx:
        kept = ledger.record(tx, entry, NOW)
        ticket = samples.ticket_id(tx)
        ledger.settle(tx, kept, End.TICKET, "read at the second try", samples.DECISION, ticket)
        assert ledger.known(tx, ["support"], [entry.sha256]) == {entry.sha256: Known(kept, End.TICKET, ticket)}
        row = tx.execute(mail.select()).one()
    assert (row.kind, row.reason) == ("request", "read at the second try")
    assert row.decision["contact"] == "Ana Ruiz"


def test_a_message_id_leads_to_the_ticket_of_the_first_mail_that_had_it(database: Database) -> None:
    """Whoever repeats a Message-ID later does not take the thread with it."""
    with database.transaction() as tx:
        first, second = samples.ticket_id(tx), samples.ticket_id(tx)
        for raw, ticket in ((b"honest", first), (b"forged", second)):
            ledger.record(tx, samples.entry(raw, message_id="<a@alder.example>", ticket_id=ticket), NOW)
        ledger.record(tx, samples.entry(b"no ticket", message_id="<b@alder.example>"), NOW)
        asked = ["<a@alder.example>", "<b@alder.example>", "<c@alder.example>"]
        assert ledger.tickets_of(tx, ["support"], asked) == {"<a@alder.example>": first}
        assert ledger.tickets_of(tx, ["sales"], asked) == {}


def test_a_uid_is_sighted_once(database: Database) -> None:
    seen = [Sighting(1, End.TICKET), Sighting(3, End.IGNORED)]
    with database.transaction() as tx:
        ledger.sight(tx, "support", 7, seen, NOW)
        ledger.sight(tx, "support", 7, [], NOW)
        assert set(ledger.sighted(tx, "support", 7, [1, 2, 3])) == {1, 3}
        assert ledger.sighted(tx, "support", 8, [1, 2, 3]) == {}
        ledger.sight(tx, "support", 8, seen, NOW)
        ledger.sight(tx, "sales", 7, seen, NOW)
    with pytest.raises(IntegrityError), database.transaction() as tx:
        ledger.sight(tx, "support", 7, [Sighting(3, End.DUPLICATE)], NOW)


def test_a_backlog_larger_than_a_statement_takes_is_looked_up(database: Database) -> None:
    many = range(1, 40_000)
    with database.transaction() as tx:
        driver: Any = tx.driver_connection
        if isinstance(driver, sqlite3.Connection):  # some distributions build theirs with a higher limit
            driver.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32_766)
        ledger.sight(tx, "support", 7, [Sighting(uid, End.BEFORE_START) for uid in (1, 20_000, 39_999)], NOW)
        assert set(ledger.sighted(tx, "support", 7, many)) == {1, 20_000, 39_999}
        there = samples.entry()
        assert ledger.known(tx, ["support"], [*map(str, many), there.sha256]) == {}
        ledger.record(tx, there, NOW)
        assert ledger.known(tx, ["support"], [*map(str, many), there.sha256]).keys() == {there.sha256}


def test_mails_are_filed_oldest_first_and_once(database: Database) -> None:
    with database.transaction() as tx:
        kept = ledger.record(tx, samples.entry(), NOW)
        seen = [Sighting(9, End.TICKET, kept), Sighting(3, End.IGNORED), Sighting(5, End.BEFORE_START, filed=True)]
        ledger.sight(tx, "support", 7, seen, NOW)
        waiting = [Sighting(3, End.IGNORED), Sighting(9, End.TICKET, kept)]
        assert ledger.to_file(tx, "support", 7, NOW) == waiting
        assert ledger.to_file(tx, "support", 7, NOW, limit=1) == waiting[:1]
        assert ledger.to_file(tx, "support", 8, NOW) == []
        ledger.filed(tx, "support", 7, [3], NOW)
        assert ledger.to_file(tx, "support", 7, NOW) == waiting[1:]
        ledger.filed(tx, "support", 7, [9], NOW)
        assert ledger.to_file(tx, "support", 7, NOW + HOUR) == []


def test_a_filing_that_failed_waits_until_it_may_be_tried_again(database: Database) -> None:
    with database.transaction() as tx:
        ledger.sight(tx, "support", 7, [Sighting(1, End.TICKET), Sighting(2, End.TICKET)], NOW)
        ledger.filing_failed(tx, "support", 7, [1], NOW + HOUR)
        assert [seen.uid for seen in ledger.to_file(tx, "support", 7, NOW + HOUR - MINUTE)] == [2]
        assert [seen.uid for seen in ledger.to_file(tx, "support", 7, NOW + HOUR)] == [1, 2]


def test_strikes_are_counted_for_each_mail_until_they_are_cleared(database: Database) -> None:
    with database.transaction() as tx:
        assert [ledger.add_strike(tx, "support", 7, 1, "the reader died", NOW) for _ in range(3)] == [1, 2, 3]
        assert ledger.add_strike(tx, "support", 7, 2, "the reader died", NOW) == 1
        assert ledger.add_strike(tx, "support", 8, 1, "the reader died", NOW) == 1
        ledger.clear_strikes(tx, "support", 7, [1])
        assert ledger.add_strike(tx, "support", 7, 1, "the reader died", NOW) == 1
        assert ledger.add_strike(tx, "support", 7, 2, "the reader died", NOW) == 2


def test_a_copy_says_the_same_under_the_same_message_id_and_is_no_copy_itself(database: Database) -> None:
    def one(raw: bytes, **changes: Any) -> Entry:
        return samples.entry(raw, **{"message_id": "<a@alder.example>", "content": "c", **changes})

    with database.transaction() as tx:
        ledger.record(tx, one(b"old", arrived_at=NOW - HOUR), NOW)
        first = ledger.record(tx, one(b"first"), NOW)
        ledger.record(tx, one(b"copy", end=End.DUPLICATE), NOW)
        ledger.record(tx, one(b"other", content="d"), NOW)
        ledger.record(tx, one(b"nothing", content=None), NOW)
        ledger.record(tx, one(b"elsewhere", mailbox="other"), NOW)
        found = ledger.copies(tx, ["support", "sales"], "<a@alder.example>", "c", NOW)
        assert [(each.mail_id, each.raw) for each in found] == [(first, b"first")]
