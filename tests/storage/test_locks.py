"""What a daemon has to itself on PostgreSQL is its own while it lives, and free the moment it does not."""

import pytest
import sqlalchemy as sa

from rules.facts import TryLater
from storage import locks, outbox
from storage.database import Database
from storage.locks import Session
from storage.ownership import Ownership
from tests.storage import samples
from tests.storage.samples import NOW
from tests.stores import only_postgresql, only_sqlite

SUPPORT = locks.mailbox("support")


def cut(database: Database, owner: str) -> None:
    """The server ends this daemon's session, as it does when its machine is gone."""
    with database.transaction(of=()) as tx:
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'intake ' || :owner"
        assert tx.execute(sa.text(ended), {"owner": owner}).scalar_one()


@only_postgresql
def test_one_of_two_has_a_mailbox_and_is_named_until_it_gives_it_up_or_is_gone(database: Database) -> None:
    first, second = Session(database, "mail1 7 aa"), Session(database, "mail2 8 bb")
    assert first.take(SUPPORT)
    assert not second.take(SUPPORT)
    names = [SUPPORT, locks.mailbox("sales")]
    assert first.taken(names) == second.taken(names) == {SUPPORT}
    with database.snapshot() as tx:
        assert locks.readers(tx, ["support", "sales"]) == {"support": "mail1 7 aa"}
    first.give_up(SUPPORT)
    assert second.take(SUPPORT)
    cut(database, "mail2 8 bb")
    with pytest.raises(TryLater):
        second.beat()
    assert first.take(SUPPORT)
    first.close()
    with database.snapshot() as tx:
        assert locks.readers(tx, ["support"]) == {}
    second.close()


@only_postgresql
def test_a_daemon_that_is_gone_is_told_from_one_that_lives(database: Database) -> None:
    here, there = Session(database, "here"), Session(database, "there")
    for one in (here, there):
        assert one.take(locks.daemon(one.owner))
    with database.transaction(of=()) as tx:
        outbox.post(tx, [samples.letter(number) for number in range(3)], NOW)
        for owner in ("here", "there", "gone"):
            assert outbox.claim(tx, owner, NOW, ["support"], 1)
    with database.transaction(of=()) as tx:
        assert locks.gone(tx, "here") == ["gone"]
    cut(database, "there")
    with database.transaction(of=()) as tx:
        assert sorted(locks.gone(tx, "here")) == ["gone", "there"]
    here.close()
    there.close()


@only_postgresql
def test_who_must_be_alone_is_kept_out_by_every_daemon_and_keeps_them_out(database: Database) -> None:
    one, two = Session(database, "mail1 7 aa"), Session(database, "mail2 8 bb")
    assert one.share(locks.DAEMONS)
    assert two.share(locks.DAEMONS)
    assert one.living() == 2
    assert Ownership.take(database) == "daemon mail1 7 aa"
    one.close()
    assert Ownership.take(database) == "daemon mail2 8 bb"
    two.close()
    alone = Ownership.take(database)
    assert isinstance(alone, Ownership)
    late = Session(database, "late")
    assert not late.share(locks.DAEMONS)
    alone.release()
    assert late.share(locks.DAEMONS)
    late.close()


@only_postgresql
def test_a_session_that_says_nothing_for_too_long_is_ended(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "IDLE_SECONDS", 0.05)
    still = Session(database, "still")
    assert still.take(SUPPORT)
    other = Session(database, "other", lasting=True)
    while not other.take(SUPPORT):
        continue
    with pytest.raises(TryLater):
        still.beat()
    still.close()
    other.close()


@only_postgresql
def test_the_time_is_the_stores(database: Database) -> None:
    session = Session(database, "here")
    before = database.time()
    told = session.beat()
    assert told is not None
    assert before <= told <= database.time()
    session.close()


@only_sqlite
def test_on_sqlite_everything_is_the_one_daemons(database: Database) -> None:
    session = Session(database, "here")
    assert session.take(SUPPORT)
    assert session.share(locks.DAEMONS)
    assert (session.beat(), session.living()) == (None, 1)
    with database.transaction() as tx:
        outbox.post(tx, [samples.letter(number) for number in range(2)], NOW)
        for owner in ("here", "gone"):
            outbox.claim(tx, owner, NOW, ["support"], 1)
        assert locks.gone(tx, "here") == ["gone"]
        assert locks.readers(tx, ["support"]) == {}
    session.close()
