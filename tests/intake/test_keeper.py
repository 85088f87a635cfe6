"""Mailboxes are shared out among the daemons that live, and none is left unread."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from intake import keeper
from intake.keeper import Keeper
from rules.facts import TryLater
from storage import locks
from storage.database import Database
from storage.locks import Session
from tests.stores import only_postgresql

NAMES = tuple("abcdefgh")


@contextmanager
def daemon(url: str, names: tuple[str, ...] = NAMES) -> Iterator[Keeper]:
    store = Database(url)
    made = Keeper(store, names, lambda: None)
    made.begin()
    try:
        yield made
    finally:
        made.stop()
        store.close()


def held(one: Keeper) -> str:
    return "".join(name for name in NAMES if one.holds(name))


def test_one_daemon_has_every_mailbox_and_a_name(database: Database) -> None:
    with daemon(database.url.render_as_string(hide_password=False)) as alone:
        assert held(alone) == "abcdefgh"
        assert alone.owner is not None


@only_postgresql
def test_a_second_daemon_gets_its_share_and_the_first_what_it_leaves(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    with daemon(url) as first:
        with daemon(url) as second:
            for _ in range(5):
                first.beat()
                second.beat()
            assert (held(first), held(second)) == ("abcd", "efgh")
        for _ in range(keeper.PATIENCE + 2):
            first.beat()
        assert held(first) == "abcdefgh"


@only_postgresql
def test_what_is_left_to_a_newcomer_goes_to_no_other_daemon(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    with daemon(url) as first, daemon(url) as second, daemon(url) as third:
        for _ in range(10):  # long enough to know whose is whose
            for one in (first, second, third):
                one.beat()
        with daemon(url) as fourth:
            for one in (first, second, third, fourth):  # the newcomer looks last
                one.beat()
            fourth.beat()
            assert [len(held(one)) for one in (first, second, third, fourth)] == [2, 2, 2, 2]


@only_postgresql
def test_what_another_daemons_configuration_does_not_have_stays_with_who_reads_it(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    with daemon(url) as first, daemon(url, ("a",)) as second:
        seen = set()
        for _ in range(20):
            first.beat()
            second.beat()
            seen.add((held(first), held(second)))
        assert (held(first) + held(second), held(second)) in {("abcdefgh", ""), ("bcdefgha", "a")}
        before = held(first)
        for _ in range(10):  # and nothing is passed to and fro
            first.beat()
            second.beat()
            assert held(first) == before


@only_postgresql
def test_a_lost_session_is_lost_with_all_it_held_and_begun_anew_under_another_name(database: Database) -> None:
    with daemon(database.url.render_as_string(hide_password=False)) as one:
        name = one.owner
        with database.transaction(of=()) as tx:
            ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'intake %%'"
            assert tx.exec_driver_sql(ended).scalar_one()
        one.beat()
        assert (one.owner, held(one)) == (None, "")
        for _ in range(keeper.PATIENCE + 2):
            one.beat()
        assert held(one) == "abcdefgh"
        assert one.owner not in (None, name)


@only_postgresql
def test_a_daemon_that_has_not_been_heard_of_for_long_claims_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with daemon(database.url.render_as_string(hide_password=False)) as one:
        assert one.owner is not None
        monkeypatch.setattr(keeper, "FRESH_SECONDS", 0.0)
        assert one.owner is None


@only_postgresql
def test_nobody_begins_while_a_command_has_the_store_alone(database: Database) -> None:
    alone = Session(database, "command", lasting=True)
    assert alone.take(locks.DAEMONS)
    with pytest.raises(TryLater, match="start when it has ended"):
        Keeper(database, NAMES, lambda: None).begin()
    alone.close()
