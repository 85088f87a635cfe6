"""Several daemons on one PostgreSQL, as real processes: one reads a mailbox at a time, another takes over, nothing is
lost and nothing doubled."""

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from email import message_from_bytes
from pathlib import Path

import pytest
import sqlalchemy as sa

from rules.facts import Contact
from storage import locks, tables
from tests.intake.installation import Installation, Running, mail
from tests.intake.test_daemon import QUESTION, until
from tests.servers.cutproxy import CutProxy
from tests.servers.mailhost import Mailhost
from tests.servers.sink import Sink
from tests.stores import cluster, only_postgresql

pytestmark = [pytest.mark.mailhost, only_postgresql]

TAKEOVER_SECONDS = 15


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


@pytest.fixture
def intake(mailhost: Mailhost, tmp_path: Path, sink: Sink) -> Installation:
    support, sam = mailhost.someone("support"), mailhost.someone("sam")
    made = Installation(tmp_path / "intake", mailhost, support, sam, sink.port)
    made.admit(*(Contact(person(number), "A Person", "IR-STD") for number in range(30)))
    return made


def person(number: int) -> str:
    """Each writes once: nobody's budget of letters is to be in the way."""
    return f"person{number}@customer.example"


def send(intake: Installation, *numbers: int) -> None:
    for number in numbers:
        raw = mail(person(number), intake.support, f"Question {number}", QUESTION.format(number))
        intake.mailhost.append(intake.support, raw)


def answered(sink: Sink) -> Counter[str]:
    """Acknowledgements by their Message-ID."""
    raws = [one.raw for one in sink.accepted if one.recipients[0].endswith("@customer.example")]
    return Counter(message_from_bytes(raw)["Message-ID"] for raw in raws)


def reader(intake: Installation) -> int:
    """The process that reads the mailbox."""
    with intake.store() as database, database.snapshot() as tx:
        held = locks.readers(tx, ["support"])
    return int(held["support"].split()[1]) if held else 0


def two(intake: Installation, stack: ExitStack) -> dict[int, Running]:
    """Both daemons, ready, by their process id."""
    started = [stack.enter_context(intake.started(log=name)) for name in ("one.log", "two.log")]
    for one in started:
        one.wait_ready()
    return {one.process.pid: one for one in started}


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP])
def test_another_daemon_takes_over_from_one_that_ends_is_killed_or_stands_still(
    intake: Installation, sink: Sink, end: signal.Signals
) -> None:
    with ExitStack() as stack:
        daemons = two(intake, stack)
        send(intake, 1, 2, 3)
        until(lambda: len(answered(sink)) == 3)
        first = reader(intake)
        assert first in daemons
        send(intake, *range(4, 24))  # it has some of them in hand
        daemons[first].process.send_signal(end)
        until(lambda: reader(intake) not in (0, first), TAKEOVER_SECONDS)
        until(lambda: len(answered(sink)) == 23, 30)
        if end is signal.SIGSTOP:  # it comes back, with what it had in hand
            daemons[first].process.send_signal(signal.SIGCONT)
            daemons[first].wait_log("store_trouble")
        send(intake, 24)
        until(lambda: len(answered(sink)) == 24)
    assert intake.tickets() == 24
    with intake.store() as database, database.snapshot() as tx:
        columns = sa.select(tables.outbox.c.message_id, tables.outbox.c.ambiguous)
        allowed = {row.message_id: 1 + row.ambiguous for row in tx.execute(columns)}
    assert all(count <= allowed[message_id] for message_id, count in answered(sink).items())


def test_a_daemon_that_is_cut_off_from_the_store_is_relieved_and_sends_nothing_more(
    intake: Installation, sink: Sink
) -> None:
    with CutProxy(cluster().port) as road, ExitStack() as stack:
        whole = intake.config.read_text()
        intake.config.write_text(whole.replace(f":{cluster().port}/", f":{road.port}/"))
        lonely = stack.enter_context(intake.started(log="lonely.log"))
        lonely.wait_ready()
        intake.config.write_text(whole)
        other = stack.enter_context(intake.started(log="other.log"))
        other.wait_ready()
        send(intake, 1, 2, 3)
        until(lambda: len(answered(sink)) == 3)
        assert reader(intake) == lonely.process.pid
        road.hold()
        send(intake, *range(4, 14))
        until(lambda: len(answered(sink)) == 13, TAKEOVER_SECONDS + 10)
        assert reader(intake) == other.process.pid
        road.let_go()
        lonely.wait_log("store_trouble")
        send(intake, 14)
        until(lambda: len(answered(sink)) == 14)
    assert intake.tickets() == 14
    assert set(answered(sink).values()) == {1}


def test_a_daemon_whose_store_is_silent_stops_in_time_all_the_same(intake: Installation, sink: Sink) -> None:
    """Its threads wait for an answer that never comes; what was in hand is done at the next start."""
    with CutProxy(cluster().port) as road, ExitStack() as stack:
        intake.config.write_text(intake.config.read_text().replace(f":{cluster().port}/", f":{road.port}/"))
        daemon = stack.enter_context(intake.started())
        daemon.wait_ready()
        road.hold()
        send(intake, 1)
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(timeout=25) == 1
        assert "stopped_by_force" in daemon.said()
        road.let_go()
        again = stack.enter_context(intake.started(log="again.log"))
        again.wait_ready()
        until(lambda: len(answered(sink)) == 1)
