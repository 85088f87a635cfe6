"""A mailbox's thread against a scripted server: how it meets trouble, and how it ends."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import structlog

from intake import limits, receive
from intake.backoff import Backoff
from intake.desk import Desk
from intake.first_run import Backlog
from intake.pulse import Pulse
from intake.receive import Receiver, Surroundings
from intake.settings import DaemonSettings
from intake.understand import Understanding
from storage import conditions
from storage.database import Database
from tests.servers.fake_imap import FakeImap


@pytest.fixture
def around(database: Database) -> Iterator[Surroundings]:
    pool = Understanding({}, workers=0)
    yield Surroundings(DaemonSettings(), database, pool, Pulse(), lambda: datetime.now(UTC), lambda _: None)
    pool.close()


def receiver(desk: Desk, around: Surroundings, server: FakeImap) -> Receiver:
    imap = desk.mailbox.imap.model_copy(update={"port": server.port, "security": "none"})
    mailbox = desk.mailbox.model_copy(update={"imap": imap})
    object.__setattr__(desk, "mailbox", mailbox)
    return Receiver(lambda: desk, around, Backlog(take=True))


def test_a_mailbox_that_opens_but_cannot_be_read_is_left_alone_for_longer_each_time(
    desk: Desk, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[int] = []

    class Counted(Backoff):
        def after(self, failures: int) -> float:
            waits.append(failures)
            if len(waits) == 4:
                thread.stop()
            return 0.01

    monkeypatch.setattr(receive, "RECONNECT", Counted(1, 1))
    with FakeImap({"UID SEARCH": [b"{tag} NO [SERVERBUG] no index\r\n"]}) as server, structlog.testing.capture_logs():
        thread = receiver(desk, around, server)
        thread.start()
        thread.join(20)
    assert waits == [1, 2, 3, 4]
    with around.database.snapshot() as tx:
        (told,) = conditions.current(tx)
    assert (told.part, told.well) == ("imap support", False)
    assert "no index" in told.detail


def test_polls_do_not_shorten_the_wait_for_a_server_that_limits_us_but_a_reload_does(
    desk: Desk, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(limits, "WAITS", {limits.Limit.CONNECTIONS: Backoff(0.5, 0.5)})
    refusal = b"* BYE Too many simultaneous connections. (Failure)\r\n"
    with FakeImap(greeting=refusal) as server, structlog.testing.capture_logs() as told:
        thread = receiver(desk, around, server)

        def until_trouble(failures: int) -> None:
            end = time.monotonic() + 20
            while not any(line["event"] == "mailbox_trouble" and line["failures"] == failures for line in told):
                assert time.monotonic() < end
                thread.wake()
                time.sleep(0.01)

        began = time.monotonic()
        thread.start()
        until_trouble(2)
        waited.append(time.monotonic() - began)
        monkeypatch.setattr(limits, "WAITS", {limits.Limit.CONNECTIONS: Backoff(600, 600)})
        for failures in (3, 4):
            thread.hurry()
            until_trouble(failures)
        thread.stop()
        thread.join(20)
    assert 0.35 < waited[0] < 5
    assert "close other programs that read this mailbox" in told[0]["why"]
    with around.database.snapshot() as tx:
        (told_of,) = conditions.current(tx)
    assert not told_of.well
    assert "Too many simultaneous connections" in told_of.detail
