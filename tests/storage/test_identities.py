"""Numbers that are drawn before their rows are written."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from storage import ledger, tickets
from storage.database import Database, Transaction
from storage.identities import draw
from storage.tables import mail, raw_mail, ticket
from storage.transaction import prepared
from tests.storage.samples import NOW, entry, new_ticket


class Broken(Exception):
    pass


def open_and_break(database: Database, tx: Transaction) -> None:
    with database.part(tx):
        gone = tickets.open_ticket(tx, new_ticket(subject="gone"), NOW)
        assert gone.reference == "EX-2"
        ledger.record(tx, entry(b"gone", ticket_id=gone.ticket_id), NOW)
        raise Broken


def numbers(database: Database, table: sa.Table) -> list[int]:
    with database.snapshot() as tx:
        return list(tx.execute(sa.select(table.c.id).order_by(table.c.id)).scalars())


def test_a_row_is_referred_to_before_it_is_written(database: Database) -> None:
    with database.transaction() as tx:
        opened = tickets.open_ticket(tx, new_ticket(), NOW)
        mail_id = ledger.record(tx, entry(ticket_id=opened.ticket_id), NOW)
        assert set(tx.late) == {"mailbox", "ticket", "mail", "raw_mail"}
    assert numbers(database, ticket) == [opened.ticket_id]
    assert numbers(database, mail) == [mail_id]
    with database.snapshot() as tx:
        assert tickets.by_id(tx, opened.ticket_id) == opened
        assert ledger.raw(tx, mail_id) == entry().raw


def test_numbers_go_on_where_the_last_transaction_ended(database: Database) -> None:
    drawn = []
    for name in ("one", "two", "three"):
        with database.transaction() as tx:
            tx.expected = 1
            drawn += [ledger.record(tx, entry(f"{name} {again}".encode()), NOW) for again in range(3)]
    assert drawn == list(range(drawn[0], drawn[0] + 9))
    assert numbers(database, mail) == drawn


@pytest.mark.parametrize("expected", [1, 2, 50])
def test_however_many_are_drawn_ahead_no_number_comes_twice(database: Database, expected: int) -> None:
    drawn = []
    for round_ in range(3):
        with database.transaction() as tx:
            tx.expected = expected
            drawn += [ledger.record(tx, entry(f"{round_} {again}".encode()), NOW) for again in range(5)]
    assert len(set(drawn)) == 15
    assert numbers(database, mail) == sorted(drawn)


def test_what_a_savepoint_takes_back_is_not_written_and_the_next_ones_are(database: Database) -> None:
    with database.transaction() as tx:
        first = tickets.open_ticket(tx, new_ticket(), NOW)
        with pytest.raises(Broken):
            open_and_break(database, tx)
        second = tickets.open_ticket(tx, new_ticket(), NOW)
        ledger.record(tx, entry(b"kept", ticket_id=second.ticket_id), NOW)
    assert [first.reference, second.reference] == ["EX-1", "EX-2"]
    assert numbers(database, ticket) == sorted([first.ticket_id, second.ticket_id])
    with database.snapshot() as tx:
        assert tx.execute(sa.select(raw_mail.c.raw)).scalars().all() == [b"kept"]
        assert [tickets.by_reference(tx, name) for name in ("EX-1", "EX-2")] == [first, second]


def test_whoever_reads_the_table_finds_the_row(database: Database) -> None:
    found = prepared(sa.select(sa.func.count()).select_from(mail))
    with database.transaction() as tx:
        ledger.record(tx, entry(), NOW)
        assert tx.execute(found).scalar_one() == 1
        ledger.record(tx, replace(entry(b"two"), raw=None), NOW)
        assert tx.execute(found).scalar_one() == 2
        assert draw(tx, mail) > max(tx.execute(sa.select(mail.c.id)).scalars())


def test_a_ticket_number_is_noted_and_written_once(database: Database) -> None:
    with database.transaction() as tx:
        opened = [tickets.open_ticket(tx, new_ticket(), NOW).reference for _ in range(4)]
        (rows,) = [rows for table, (_, rows) in tx.late.items() if table == "mailbox"]
        assert len(rows) == 1
    with database.transaction() as tx:
        opened.append(tickets.open_ticket(tx, new_ticket(), NOW).reference)
    assert opened == ["EX-1", "EX-2", "EX-3", "EX-4", "EX-5"]
