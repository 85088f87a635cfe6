"""A copy of a store, into either engine and back, holds the same; or there is none."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from rules.facts import TryLater
from storage import copying, ledger, proofs, schema, tickets
from storage.copying import NotCopied, copy
from storage.database import Database
from storage.proofs import Proof, prove
from storage.tables import mail, metadata, muted, raw_mail
from tests.storage.filling import fill
from tests.storage.samples import NOW, entry, new_ticket
from tests.stores import ENGINE, cluster, empty_store, new_store


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Database]:
    """A second store of the run's engine, with the schema and nothing in it."""
    store = Database(new_store(tmp_path / "other.db"))
    yield store
    store.close()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Database]:
    """A store of SQLite's, whatever the engine of the run."""
    store = Database(f"sqlite:///{tmp_path / 'file.db'}")
    schema.upgrade(store)
    yield store
    store.close()


def filled(store: Database) -> None:
    with store.transaction() as tx:
        fill(tx, metadata, 5)


def proof_of(store: Database) -> Proof:
    with store.snapshot() as tx:
        return prove(tx)


def copied(source: Database, target: Database) -> Proof:
    proof = copy(source, target)
    assert isinstance(proof, Proof), proof
    return proof


def test_a_copy_holds_the_same_in_every_table_on_the_way_there_and_back(
    database: Database, file: Database, other: Database
) -> None:
    filled(database)
    proof = copied(database, file)
    assert copied(file, other) == proof == proof_of(database) == proof_of(file) == proof_of(other)
    assert {one.rows for one in proof.tables} == {5}
    assert len(proof.tables) == len(metadata.tables)
    assert len({one.sha256 for one in proof.tables}) == len(proof.tables)
    for table in proofs.tables():  # beside what the proof itself says
        with database.snapshot() as one, other.snapshot() as two:
            everything = sa.select(table).order_by(*table.primary_key.columns)
            assert one.execute(everything).all() == two.execute(everything).all()


def test_nothing_that_is_missing_becomes_a_null_of_json_or_the_other_way_round(
    database: Database, file: Database
) -> None:
    plain = {"sender": "", "subject": "", "arrived_at": NOW, "recorded_at": NOW, "size": 1, "kind": "", "end": ""}
    plain |= {"reason": "", "mailbox": "support"}
    with database.transaction() as tx:
        tx.execute(sa.insert(mail).values(**plain, id=1, sha256="a", decision=sa.null()))
        tx.execute(sa.insert(mail).values(**plain, id=2, sha256="b", decision=None))
    copied(database, file)
    with file.snapshot() as tx:
        assert tx.execute(sa.select(mail.c.id).where(mail.c.decision.is_(sa.null()))).scalars().all() == [1]


def test_every_change_of_a_value_changes_the_proof(database: Database) -> None:
    filled(database)
    before = proof_of(database)
    for table in proofs.tables():
        column = next((one for one in table.columns if not one.primary_key and not one.foreign_keys), None)
        if column is None:
            continue
        with database.transaction() as tx:
            value = tx.execute(sa.select(column).where(column.is_not(None)).limit(1)).scalar_one()
            change = sa.update(table).where(column == value)
            tx.execute(change.values({column.name: _another(value)}))
            after = prove(tx)
            assert before.differs_in(after) == [table.name], column
        before = after


def _another(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case str() | bytes():
            return value[:-1]
        case dict() | list():
            return [value]
    return value + (value - value or 1) if isinstance(value, int) else value.replace(year=2031)


def test_ids_go_on_after_the_copied_ones(database: Database, other: Database) -> None:
    filled(database)
    copied(database, other)
    with other.transaction() as tx:
        assert ledger.record(tx, entry(), NOW) == 7 * 4 + 4
        assert tickets.open_ticket(tx, new_ticket(), NOW).ticket_id == 7 * 4 + 4


def test_an_empty_store_is_copied_and_counts_from_one(database: Database, other: Database) -> None:
    assert copied(database, other).rows == 0
    with other.transaction() as tx:
        assert ledger.record(tx, entry(), NOW) == 1


def test_a_target_with_something_in_it_is_left_alone(database: Database, other: Database) -> None:
    filled(database)
    with other.transaction() as tx:
        ledger.record(tx, entry(), NOW)
    before = proof_of(other)
    answer = copy(database, other)
    assert isinstance(answer, NotCopied)
    assert "not empty (mail, raw_mail)" in answer.reason
    assert proof_of(other) == before


def test_another_schema_is_neither_copied_nor_written_to(database: Database, tmp_path: Path) -> None:
    bare = Database(empty_store(tmp_path / "bare.db"))
    for one, two in ((bare, database), (database, bare)):
        answer = copy(one, two)
        assert isinstance(answer, NotCopied)
        assert "intake db upgrade" in answer.reason
    bare.close()


def test_a_copy_that_is_not_the_same_is_taken_back(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(database)
    plain: Callable[..., Any] = copying._values

    def a_bit_flips(names: list[str], rows: Any) -> list[dict[str, Any]]:
        values: list[dict[str, Any]] = plain(names, rows)
        if "subject" in names:
            values[-1]["the_subject"] = "hello"
        return values

    monkeypatch.setattr(copying, "_values", a_bit_flips)
    with pytest.raises(TryLater, match=r"not the same in mail, outbox, ticket: nothing was kept"):
        copy(database, other)
    assert proof_of(other).rows == 0


def test_what_comes_in_meanwhile_is_not_half_in_the_copy(database: Database, other: Database) -> None:
    """The source is written to between its first table and its last."""
    filled(database)
    before = proof_of(database)

    def somebody_writes(table: str, count: int) -> None:
        if table == "ticket":
            with database.transaction() as tx:
                ledger.record(tx, entry(f"mail {proofs.rows(tx)['mail']}".encode()), NOW)

    assert copy(database, other, somebody_writes) == before
    assert proof_of(database) != before


def test_progress_hears_of_each_row_when_it_is_copied_and_when_it_is_proved(
    database: Database, other: Database
) -> None:
    filled(database)
    heard: dict[str, int] = {}

    def hear(table: str, count: int) -> None:
        heard[table] = heard.get(table, 0) + count

    copy(database, other, hear)
    assert heard == dict.fromkeys((table.name for table in proofs.tables()), 10)


def test_mails_are_held_in_memory_by_their_size_not_by_their_number(database: Database) -> None:
    raws = [b"x" * size for size in (3_000_000, 4_000_000, 2_000_000, 9_000_000, 1, 1)]
    with database.transaction() as tx:
        for number, raw in enumerate(raws):
            ledger.record(tx, entry(b"%d" % number + raw), NOW)
    with database.snapshot() as tx:
        portions = [[len(row.raw) for row in some] for some in proofs.portions(tx, raw_mail)]
    assert portions == [[3_000_001, 4_000_001], [2_000_001], [9_000_001], [2, 2]]


@pytest.mark.skipif(ENGINE == "sqlite", reason="SQLite has one order of text")
def test_rows_are_in_one_order_whatever_the_collation(file: Database) -> None:
    """In English "a" comes before "B", and "_" counts for little."""
    cluster().execute("CREATE DATABASE english LOCALE_PROVIDER icu ICU_LOCALE 'en-US' TEMPLATE template0")
    english = Database(cluster().url("english"))
    try:
        schema.upgrade(english)
        with english.transaction() as tx:
            for address in ("b@x", "B@x", "ä@x", "a@x", "_@x", "Z@x"):
                tx.execute(sa.insert(muted).values(address=address, since=NOW, status="5.1.1"))
            assert tx.execute(sa.select(muted.c.address).order_by(muted.c.address)).scalars().first() == "_@x"
        assert copied(english, file) == proof_of(file)
    finally:
        english.close()
        cluster().drop(["english"])
