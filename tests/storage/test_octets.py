"""Large mails are stored byte for byte, in the transaction, and without copies of them in memory."""

import contextlib
import os
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from storage import ledger, octets, tables
from storage.database import Database
from tests.storage.samples import NOW, entry


@pytest.mark.parametrize("size", [0, 1, octets.LARGE - 1, octets.LARGE, 3 * octets.PORTION + 17])
def test_what_was_stored_is_what_came(database: Database, size: int) -> None:
    raw = os.urandom(size)
    with database.transaction() as tx:
        number = ledger.record(tx, entry(raw), NOW)
    with database.snapshot() as tx:
        assert ledger.raw(tx, number) == raw


def test_a_large_mail_goes_with_its_transaction(database: Database) -> None:
    class Bug(Exception):
        pass

    def fail_whole() -> None:
        with database.transaction() as tx:
            ledger.record(tx, entry(b"x" * octets.LARGE), NOW)
            raise Bug

    kept: list[int] = []
    with pytest.raises(Bug):
        fail_whole()
    with database.transaction() as tx:
        kept.append(ledger.record(tx, entry(b"y" * octets.LARGE), NOW))
        with contextlib.suppress(Bug), database.part(tx):
            ledger.record(tx, entry(b"z" * octets.LARGE), NOW)
            raise Bug
    with database.snapshot() as tx:
        assert list(tx.execute(sa.select(tables.raw_mail.c.mail_id)).scalars()) == kept


def test_a_fault_is_the_librarys_own_kind(database: Database) -> None:
    def twice() -> None:
        with database.transaction() as tx:
            number = ledger.record(tx, entry(b"x" * octets.LARGE), NOW)
            octets.write_raw(tx, number, b"x" * octets.LARGE)

    with pytest.raises(IntegrityError):
        twice()


def test_a_large_mail_takes_hardly_more_memory_than_its_own(database: Database) -> None:
    raw = b"x" * 40_000_000
    with database.transaction() as tx:
        ledger.record(tx, entry(b"y" * octets.LARGE), NOW)
    Path("/proc/self/clear_refs").write_text("5")  # the peak is the present again
    before = peak()
    with database.transaction() as tx:
        ledger.record(tx, entry(raw), NOW)
    assert peak() - before < 12_000


def peak() -> int:
    """Kilobytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
