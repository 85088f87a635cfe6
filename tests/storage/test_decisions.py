"""A decision comes back from the store as it went in, whatever it says."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.facts import Decision, Evidence, Gate, GateResult, MailKind, Outcome, Reminder, Verdict
from storage import tickets
from storage.database import Database
from storage.decisions import as_json, from_json
from tests.storage import samples
from tests.storage.samples import NOW

# facts are free of NUL and lone surrogates
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(values, max_size=3).map(tuple)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


gate_results = st.builds(GateResult, st.sampled_from(Gate), st.sampled_from(Verdict), words)
evidence = st.builds(Evidence, words, st.sampled_from(["subject", "body"]), maybe(st.integers(1, 4)), words)
reminders = st.builds(Reminder, words, instants, maybe(words), words)
decisions = st.builds(
    Decision,
    kind=st.sampled_from(MailKind),
    outcome=maybe(st.sampled_from(Outcome)),
    sender=words,
    contact=maybe(words),
    organization=maybe(words),
    contract=maybe(words),
    plan=maybe(words),
    language=maybe(words),
    language_confidence=maybe(st.floats(0, 1)),
    topic=maybe(words),
    gates=some(gate_results),
    failed=some(st.sampled_from(Gate)),
    flags=some(words),
    template=maybe(words),
    letter_language=words,
    queue=maybe(words),
    forward_to=maybe(words),
    severity=maybe(st.integers(1, 4)),
    severity_why=some(evidence),
    first_response_due=maybe(instants),
    resolution_due=maybe(instants),
    reminders=some(reminders),
    policy=words,
    policy_version=words,
    why=words,
    also_notice=some(words),
)


# the store is shared by the examples: each is a ticket of its own
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(decided=decisions)
def test_a_decision_comes_back_as_it_was(database: Database, decided: Decision) -> None:
    with database.transaction() as tx:
        opened = tickets.open_ticket(tx, samples.new_ticket(decision=decided), NOW)
    with database.snapshot() as tx:
        found = tickets.by_id(tx, opened.ticket_id)
    assert found is not None
    assert found.decision == decided
    assert found == opened
    assert all(type(gate) is Gate for gate in found.decision.failed)
    assert [r.at.utcoffset() for r in found.decision.reminders] == [r.at.utcoffset() for r in decided.reminders]


def test_a_field_that_was_added_since_has_its_default() -> None:
    stored = json.loads(as_json(samples.decision(also_notice=("senior",), why="on IR-STD")).text)
    for later in ("also_notice", "why"):
        del stored[later]
    assert from_json(stored) == samples.decision()


def test_a_mail_and_its_ticket_share_one_text() -> None:
    decision = samples.decision(why="Größe, 大きさ")
    assert as_json(decision) is as_json(decision)
    assert as_json(samples.decision()) is not as_json(decision)
    assert as_json(decision).text.isascii()  # as every other text in a JSON column


@pytest.mark.parametrize("odd", ["\0", "\ud800", '"\\', "\u2028"])
def test_whatever_a_decision_says_becomes_json(odd: str) -> None:
    decision = samples.decision(why=f"says {odd}")
    assert json.loads(as_json(decision).text)["why"] == f"says {odd}"
