"""What is asked ahead for a batch says what the store says, whatever is written meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import ahead, breakers, clocks, exchanges, ledger, letter_counts, mutes, outbox, silences, tickets
from storage.breakers import Scope
from storage.database import Database, Transaction
from storage.outbox import NewLetter
from storage.tables import outbox as outbox_table
from storage.tables import ticket
from storage.transaction import prepared
from tests.storage import samples
from tests.storage.samples import HOUR, NOW
from tests.stores import new_store

WHO = ("ana@alder.example", "ben+tag@birch.example", "carl@cedar.example")
MAILBOXES = ("support",)
DAY = timedelta(days=1)
SINCE = NOW - DAY
assert samples.DECISION.contract
CONTRACT = samples.DECISION.contract


@contextmanager
def rolled_back(database: Database) -> Iterator[Transaction]:
    """A store as it was before, for one example after the other."""

    class Over(Exception):
        pass

    try:
        with database.transaction() as tx:
            yield tx
            raise Over
    except Over:
        pass


def letter(number: int, to: str, kind: str, withheld: str | None = None) -> NewLetter:
    return samples.letter(number, recipients=(to,), kind=kind, withheld=withheld, ticket_id=None)


Does = Callable[[Transaction, str, int], object]
DOES: dict[str, Does] = {
    "a letter": lambda tx, to, n: outbox.post(tx, [letter(n, to, "acknowledgement")], NOW),
    "a notice": lambda tx, to, n: outbox.post(tx, [letter(n, to, "notice")], NOW),
    "one withheld": lambda tx, to, n: outbox.post(tx, [letter(n, to, "decline", "why")], NOW),
    "it is sent": lambda tx, to, n: tx.execute(sa.update(outbox_table).values(sent_at=NOW, state="sent")),
    "it is muted": lambda tx, to, n: mutes.mute(tx, to, NOW, "5.1.1", None),
    "it is unmuted": lambda tx, to, n: mutes.unmute(tx, to),
    "it is silenced": lambda tx, to, n: silences.silence(tx, to, NOW + HOUR, 1),
    "a breaker trips": lambda tx, to, n: breakers.trip(tx, Scope.ADDRESS, to, "why", None, NOW, NOW - HOUR),
    "one is closed": lambda tx, to, n: breakers.close(tx, Scope.ADDRESS, to),
    "it trips again": lambda tx, to, n: breakers.trip(tx, Scope.ADDRESS, to, "why", None, NOW + HOUR, NOW - HOUR),
    "a ticket": lambda tx, to, n: samples.ticket_id(tx, subject=f"{to} {n}"),
    "another contract's": lambda tx, to, n: samples.ticket_id(tx, decision=samples.decision(contract="IR-OTHER")),
    "a promise": lambda tx, to, n: clocks.start(tx, latest(tx), clocks.RESOLUTION, NOW, NOW + HOUR, "v"),
    "it is kept": lambda tx, to, n: clocks.stop(tx, latest(tx), NOW),
    "it is closed": lambda tx, to, n: tickets.set_status(tx, latest(tx), "closed", NOW),
    "a mail": lambda tx, to, n: ledger.record(tx, samples.entry(sha256=str(n), message_id=f"<{to}>", content=to), NOW),
}
STEPS = st.lists(st.tuples(st.sampled_from(sorted(DOES)), st.sampled_from(WHO)), max_size=6)


def latest(tx: Transaction) -> int:
    return int(tx.execute(LATEST).scalar_one())


LATEST = prepared(sa.select(sa.func.max(ticket.c.id)))


def answers(tx: Transaction, *, noted: bool) -> list[Any]:
    def store() -> Transaction:
        if not noted:
            tx.flush()
            tx.noted.clear()
        return tx

    return [
        [
            letter_counts.automatic_to(store(), one, NOW - HOUR),
            letter_counts.automatic_to(store(), one, SINCE),
            letter_counts.automatic_to(store(), one, SINCE - DAY),
            exchanges.letters_sent(store(), one, SINCE, 3),
            mutes.among(store(), [one]),
            silences.is_silenced(store(), one, NOW),
            breakers.standing(store(), Scope.ADDRESS, one, NOW - HOUR),
            len(ledger.copies(store(), MAILBOXES, f"<{one}>", one, SINCE)),
            len(ledger.copies(store(), ("sales", *MAILBOXES), f"<{one}>", one, SINCE)),
            outbox.is_ours(store(), f"<{one}>"),
        ]
        for one in WHO
    ] + [
        letter_counts.automatic_from(store(), "support", NOW - HOUR, 2),
        letter_counts.automatic_from(store(), "x", SINCE, 2),
        list(tickets.newest(store(), CONTRACT))[: tickets.FEW],
        list(tickets.newest(store(), "IR-OTHER"))[: tickets.FEW],
        clocks.met(store(), latest(tx)),
    ]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(new_store(Path(tmp_path_factory.mktemp("ahead")) / "intake.db"))
    with database.transaction() as tx:
        samples.ticket_id(tx)
    yield database
    database.close()


@settings(max_examples=15, deadline=None)
@given(before=STEPS, steps=STEPS)
def test_what_was_asked_ahead_is_what_the_store_says(
    store: Database, before: list[tuple[str, str]], steps: list[tuple[str, str]]
) -> None:
    def told(asked: bool) -> list[Any]:
        with rolled_back(store) as tx:
            for number, (what, who) in enumerate(before):
                DOES[what](tx, who, number)
            if asked:
                ahead.ask(tx, MAILBOXES, WHO, [f"<{one}>" for one in WHO], SINCE)
            found = [answers(tx, noted=asked)]
            for number, (what, who) in enumerate(steps, 100):
                DOES[what](tx, who, number)
                found.append(answers(tx, noted=asked))
            return found

    assert told(asked=True) == told(asked=False)
