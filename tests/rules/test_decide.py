"""The one entry point: kinds of mail, outcomes, queues and due times."""

import pickle
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rules.decide import decide
from rules.facts import (
    Authentication,
    Circumstances,
    MachineSigns,
    Mail,
    MailKind,
    Outcome,
    TicketView,
)
from tests.rules.samples import ADMIN, PREMIER, WEDNESDAY, around, decided, mail, member, reading, shipped

BODY = "The production server is down and nobody can log in."
TICKET = TicketView("EX-7", "open", "C-1", 2, frozenset({"mo@larch.example"}))
AUTO, BOUNCE, BULK = MachineSigns(auto=("x",)), MachineSigns(bounce=("x",)), MachineSigns(bulk=("x",))


@pytest.mark.parametrize(
    ("written", "circumstances", "kind", "outcome"),
    [
        (mail(BODY), around(ADMIN), MailKind.REQUEST, Outcome.ACCEPTED),
        (mail(BODY), around(ADMIN, own=True), MailKind.OWN, Outcome.IGNORED),
        (mail(BODY, intake_tag="EX-1"), around(ADMIN), MailKind.OWN, Outcome.IGNORED),
        (mail(BODY, machine=BOUNCE), around(ADMIN), MailKind.BOUNCE, Outcome.IGNORED),
        (mail(BODY, machine=AUTO), around(ADMIN), MailKind.AUTO_REPLY, Outcome.IGNORED),
        (mail(BODY, machine=AUTO), around(ADMIN, staff=True), MailKind.AUTO_REPLY, Outcome.IGNORED),
        (mail(BODY), around(ADMIN, staff=True, ticket=TICKET), MailKind.STAFF, None),
        (mail(BODY), around(ADMIN, ticket=TICKET), MailKind.FOLLOW_UP, None),
        (mail(BODY, machine=BULK), around(ADMIN, ticket=TICKET), MailKind.FOLLOW_UP, None),
        (mail(BODY, machine=BULK), around(ADMIN), MailKind.BULK, Outcome.ACCEPTED),
        (mail(BODY, machine=BULK), around(), MailKind.BULK, Outcome.IGNORED),
    ],
)
def test_what_kind_of_mail_it_is_comes_first(
    written: Mail, circumstances: Circumstances, kind: MailKind, outcome: Outcome | None
) -> None:
    decision = decide(written, reading(BODY), circumstances, shipped())
    assert (decision.kind, decision.outcome) == (kind, outcome)
    assert decision.why.endswith(".")
    if kind is not MailKind.REQUEST:
        assert decision.template is None
    if outcome in (None, Outcome.IGNORED):
        assert (decision.severity, decision.severity_why, decision.failed, decision.queue) == (None, (), (), None)


def test_an_accepted_mail_carries_all_it_should() -> None:
    decision = decided(BODY)
    assert (decision.template, decision.queue, decision.severity) == ("acknowledgement", "support", 1)
    assert decision.first_response_due == WEDNESDAY + timedelta(hours=4)
    assert (decision.resolution_due, decision.reminders, decision.topic, decision.forward_to) == (None, (), None, None)
    assert (decision.contact, decision.organization, decision.contract) == ("Mo Hale", "Larch Rail", "C-1")
    assert (decision.language, decision.letter_language, decision.plan) == ("en", "en", "standard")
    assert (decision.policy, decision.policy_version) == ("irex", shipped().version)
    assert decision.severity_why
    assert "Severity 1 because" in decision.why


@pytest.mark.parametrize(
    ("severity", "plan", "at", "due"),
    [
        (1, "standard", "2026-03-13T14:00", "2026-03-16T10:00"),
        (2, "standard", "2026-03-13T14:00", "2026-03-16T14:00"),
        (3, "standard", "2026-03-13T14:00", "2026-03-17T14:00"),
        (4, "standard", "2026-03-13T14:00", "2026-03-16T15:00"),
        (1, "premier", "2026-03-13T15:30", "2026-03-13T16:30"),
        (2, "premier", "2026-03-14T23:00", "2026-03-15T01:00"),
        (2, "premier", "2026-03-10T15:00", "2026-03-11T09:00"),
        (3, "premier", "2026-03-14T12:00", "2026-03-16T15:00"),
        (4, "premier", "2026-03-11T09:00", "2026-03-12T09:00"),
        (4, "premier", "2026-03-12T15:00", "2026-03-16T07:00"),
    ],
)
def test_each_plan_keeps_its_promises(severity: int, plan: str, at: str, due: str) -> None:
    body = f"Severity: {severity}\nOne column of the report is empty."
    when = datetime.fromisoformat(at).replace(tzinfo=UTC)
    decision = decide(mail(body), reading(body), around(member(plan=plan), at=when), shipped())
    assert decision.severity == severity
    assert decision.first_response_due == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_a_severity_without_a_promise_has_no_due_time() -> None:
    policy = shipped()
    silent = policy.plans["standard"].model_copy(update={"first_response": {}})
    other = policy.model_copy(update={"plans": {"standard": silent}, "version": "sha256:other"})
    decision = decide(mail(BODY), reading(BODY), around(ADMIN), other)
    assert (decision.outcome, decision.first_response_due) == (Outcome.ACCEPTED, None)


@pytest.mark.parametrize(("severity", "noticed"), [(1, True), (2, True), (3, False), (4, False)])
def test_premiers_urgent_tickets_are_noticed_to_development(severity: int, noticed: bool) -> None:
    decision = decided(f"Severity: {severity}\nOne column of the report is empty.", membership=PREMIER)
    assert decision.queue == "senior"
    assert ("development_attention" in decision.flags) is noticed
    assert (decision.also_notice == ("development",)) is noticed


def test_a_declined_mail_carries_its_reasons_and_nothing_else() -> None:
    decision = decided("Bonjour, la liste est vide depuis ce matin. Pouvez-vous nous aider à la retrouver ?")
    assert decision.outcome is Outcome.DECLINED
    assert (decision.severity, decision.queue, decision.first_response_due, decision.severity_why) == (None,) * 3 + (
        (),
    )
    assert decision.letter_language == "fr"


def test_a_late_reply_to_a_closed_ticket_is_a_new_request_that_says_so() -> None:
    closed = replace(TICKET, status="closed", closed_at=WEDNESDAY - timedelta(days=40))
    decision = decide(mail(BODY), reading(BODY), around(ADMIN, ticket=closed), shipped())
    assert (decision.kind, decision.flags) == (MailKind.REQUEST, ("after_closed_ticket",))


def test_somebody_elses_ticket_is_no_way_in() -> None:
    foreign = replace(TICKET, parties=frozenset({"ana@other.example"}))
    decision = decide(mail(BODY), reading(BODY), around(ADMIN, ticket=foreign), shipped())
    assert (decision.kind, decision.flags) == (MailKind.REQUEST, ("not_a_party",))


def test_a_contact_whose_address_the_server_does_not_believe_is_flagged() -> None:
    written = mail(BODY, authentication=Authentication.FAIL)
    decision = decide(written, reading(BODY), around(ADMIN, authentication_expected=True), shipped())
    assert (decision.outcome, decision.flags) == (Outcome.ACCEPTED, ("sender_not_authenticated",))


@pytest.mark.parametrize(("known_as", "kind"), [({}, MailKind.FOLLOW_UP), ({"staff": True}, MailKind.STAFF)])
def test_who_joins_a_ticket_under_a_name_the_server_does_not_believe_is_flagged(
    known_as: dict[str, bool], kind: MailKind
) -> None:
    written = mail(BODY, authentication=Authentication.FAIL)
    there = around(ADMIN, ticket=TICKET, authentication_expected=True, **known_as)
    decision = decide(written, reading(BODY), there, shipped())
    assert (decision.kind, decision.flags) == (kind, ("sender_not_authenticated",))


def test_a_plan_that_the_policy_no_longer_has_is_a_matter_for_a_person() -> None:
    decision = decided(BODY, membership=member(plan="bronze"))
    assert (decision.outcome, decision.template, decision.queue) == (Outcome.HELD, "held", "support")
    assert (decision.failed, decision.flags) == ((), ("unknown_plan",))
    assert "'bronze'" in decision.why


def test_a_contact_has_a_language_for_mails_that_show_none() -> None:
    person = replace(ADMIN, contact=replace(ADMIN.contact, language="fr"))
    assert decided("?", "?", membership=person).letter_language == "fr"
    assert decided("?", "?").letter_language == "en"


def test_deciding_is_pure_and_what_travels_pickles() -> None:
    read, circumstances = reading(BODY), around(ADMIN)
    first = decide(mail(BODY), read, circumstances, shipped())
    policy = pickle.loads(pickle.dumps(shipped()))  # noqa: S301
    again = decide(mail(BODY), pickle.loads(pickle.dumps(read)), circumstances, policy)  # noqa: S301
    assert pickle.loads(pickle.dumps(first)) == again == first  # noqa: S301


@pytest.mark.skipif(sys.gettrace() is not None, reason="a tracer counts the time as well")
def test_a_decision_takes_less_than_a_millisecond() -> None:
    read, circumstances = reading(BODY), around(PREMIER)
    decide(mail(BODY), read, circumstances, shipped())
    fastest = 1.0
    for _ in range(5):
        began = time.process_time()
        for _ in range(100):
            decide(mail(BODY), read, circumstances, shipped())
        fastest = min(fastest, (time.process_time() - began) / 100)
    assert fastest < 0.001
