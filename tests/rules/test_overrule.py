"""What a decision looks like after a person overruled it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from rules import overrule
from rules.decide import decide
from rules.facts import (
    Address,
    Circumstances,
    Contact,
    Contract,
    Decision,
    Gate,
    Mail,
    Membership,
    Outcome,
    Reading,
)
from rules.policy import Policy
from rules.reading import read
from tests.rules.samples import shipped

WEDNESDAY = datetime(2026, 3, 11, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
STANDARD = Membership(
    Contact("ana@alder.example", "Ana Ruiz", "IR-STD"),
    Contract("IR-STD", "Alder", "irex", "standard", date(2026, 1, 1), date(2026, 12, 31)),
)
PREMIER = replace(STANDARD, contract=replace(STANDARD.contract, plan="premier"))


@pytest.fixture(scope="module")
def policy() -> Policy:
    return shipped()


def mail(text: str) -> Mail:
    sender = Address("ana@alder.example", "Ana Ruiz")
    return Mail(None, sender, "Search", text, text, "00", len(text), return_path="ana@alder.example")


URGENT = mail("Our production server crashed and is down, nobody can work.")


def decided(policy: Policy, *memberships: Membership, given: Mail = URGENT) -> tuple[Decision, Reading]:
    reading = read(given, policy)
    return decide(given, reading, Circumstances(WEDNESDAY, memberships), policy), reading


def test_a_declined_mail_that_is_accepted_is_the_ticket_it_would_have_been(policy: Policy) -> None:
    end_user = replace(STANDARD, contact=replace(STANDARD.contact, role="end_user"))
    before, reading = decided(policy, end_user)
    plain, _ = decided(policy, STANDARD)
    assert (before.failed, plain.outcome) == ((Gate.ROLE,), Outcome.ACCEPTED)
    after = overrule.accept(before, reading, end_user, policy, arrived_at=WEDNESDAY, now=WEDNESDAY)
    for name in ("outcome", "template", "severity", "queue", "first_response_due", "resolution_due", "failed", "plan"):
        assert getattr(after, name) == getattr(plain, name), name
    assert after.gates == before.gates
    assert after.flags == ("role",)


def test_promises_count_from_the_arrival_and_are_never_in_the_past(policy: Policy) -> None:
    before, reading = decided(policy)
    soon = overrule.accept(before, reading, STANDARD, policy, arrived_at=WEDNESDAY, now=WEDNESDAY + HOUR)
    assert soon.first_response_due == WEDNESDAY + 4 * HOUR
    late = WEDNESDAY + timedelta(days=30)
    assert overrule.accept(before, reading, STANDARD, policy, arrived_at=WEDNESDAY, now=late).first_response_due == late


def test_a_person_may_see_another_severity(policy: Policy) -> None:
    before, reading = decided(policy)
    accepted = overrule.accept(before, reading, STANDARD, policy, arrived_at=WEDNESDAY, now=WEDNESDAY, level=3)
    assert accepted.severity == 3
    assert accepted.first_response_due == datetime(2026, 3, 13, 9, tzinfo=UTC)


def test_the_plan_decides_queue_and_notices(policy: Policy) -> None:
    before, reading = decided(policy)
    accepted = overrule.accept(before, reading, PREMIER, policy, arrived_at=WEDNESDAY, now=WEDNESDAY)
    assert (accepted.queue, accepted.also_notice) == ("senior", ("development",))
    assert accepted.flags == ("contact", "development_attention")


def test_a_stranger_is_promised_nothing(policy: Policy) -> None:
    before, reading = decided(policy)
    accepted = overrule.accept(before, reading, None, policy, arrived_at=WEDNESDAY, now=WEDNESDAY)
    assert (accepted.outcome, accepted.queue) == (Outcome.ACCEPTED, policy.queue)
    assert (accepted.contract, accepted.first_response_due) == (None, None)


def test_a_held_mail_that_is_declined_gets_the_letter_of_the_gate(policy: Policy) -> None:
    held = mail("Server IREX Kamera login Fehler camera timeout error restart")
    before, _ = decided(policy, STANDARD, given=held)
    assert (before.outcome, before.failed) == (Outcome.HELD, (Gate.LANGUAGE,))
    after = overrule.decline(before, Gate.THIRD_PARTY)
    assert (after.outcome, after.template) == (Outcome.DECLINED, "declined_third_party")
    assert after.failed == (Gate.THIRD_PARTY, Gate.LANGUAGE)
    assert (after.severity, after.queue, after.severity_why, after.gates) == (None, None, (), before.gates)


def test_a_sender_that_nobody_vouches_for_is_not_written_to(policy: Policy) -> None:
    before = replace(decided(policy)[0], outcome=Outcome.HELD, template=None)
    assert overrule.decline(before, Gate.CONTACT).template is None
