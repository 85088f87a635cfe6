"""A run of the benchmark is believed only when it is proved: what is missing, wrong or twice, the proof sees."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from storage import tables
from tests.bench.installed import SUPPORT, Conditions, Site, site
from tests.bench.proof import Before, Proof
from tests.bench.smtp_sink import Letter
from tests.bench.throughput import run
from tests.bench.work import Work, WorkMail
from tests.servers.mailhost import Mailhost

pytestmark = pytest.mark.mailhost
WORK = Work(12, SUPPORT, datetime.now(UTC))


@pytest.fixture(scope="module")
def done(mailhost: Mailhost) -> Iterator[Site]:
    """A run over twelve mails, on a mail host of its own."""
    with site(Conditions()) as there:
        figures = run(there, WORK)
        assert figures.faults == []
        assert {"main", "workers", "Dovecot", "SMTP sink"} == set(figures.cpu)
        assert {"receive support", "understand", "python"} <= set(figures.threads)
        assert figures.peaks["main"][0] > 50
        yield there


def faults(done: Site, mails: Sequence[WorkMail] = (), letters: Sequence[Letter] = ()) -> str:
    proof = Proof(done.intake, mails or list(WORK), letters or done.sink.letters(), False, Before(0, 0, 0))
    return "; ".join(proof.faults())


def test_a_letter_that_is_missing_doubled_or_strayed_is_a_fault(done: Site) -> None:
    letters = done.sink.letters()
    assert "11 of 12 mails have their letter" in faults(done, letters=letters[1:])
    assert "accepted more than once" in faults(done, letters=[*letters, letters[0]])
    strayed = replace(letters[0], recipients=("stranger@customer.example",))
    assert "11 of 12 mails have their letter" in faults(done, letters=[strayed, *letters[1:]])


def test_a_mail_that_is_lost_changed_or_misjudged_is_a_fault(done: Site) -> None:
    first, *rest = WORK
    assert "mails in the ledger" in faults(done, mails=[first, *rest, *Work(1, SUPPORT, WORK.at, seed=9)])
    assert "not the bytes that came" in faults(done, mails=[replace(first, raw=first.raw + b"x"), *rest])
    other = "de" if first.accepted else "en"
    assert "ended otherwise" in faults(done, mails=[replace(first, language=other), *rest])


def test_a_letter_that_waits_is_a_fault(done: Site) -> None:
    with done.intake.store() as database:
        with database.transaction() as tx:
            tx.execute(tables.outbox.update().where(tables.outbox.c.id == 1).values(state="waiting"))
        assert "letters are waiting" in faults(done)
        with database.transaction() as tx:
            tx.execute(tables.outbox.update().where(tables.outbox.c.id == 1).values(state="sent"))
