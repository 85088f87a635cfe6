"""What each gate on facts finds, and the sentence that staff read."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from rules.case import Case, Finding
from rules.facts import Address, Authentication, Contact, Gate, LanguageReading, Membership, Reading, Tongue, Usage
from rules.gates_on_facts import contact, expert_hours, incidents, language, payment, role, subscription
from rules.topics import Topic
from rules.wishes import Wish
from tests.rules.samples import ADMIN, CONTRACT, case, member, shipped


def booking(policy: str, **fields: Any) -> Case:
    """A mail that gold sends to its services, and one that horizant sends to its experts."""
    plain = case(policy=policy, **fields)
    line = plain.policy.gates.topic.lines[0] if plain.policy.gates.topic else None
    return replace(plain, wishes={Gate.SERVICES: Wish(("a training",), 2)}, topic=Topic("training", (), line))


def test_who_is_on_no_contract_is_named() -> None:
    stranger = case(membership=None)
    assert contact(stranger) == Finding(True, "mo@larch.example is on no contract under this policy.")
    nobody = case(membership=None, sender=None)
    assert contact(nobody) == Finding(True, "A mail without a sender is on no contract under this policy.")
    known = case(sender=Address("someone@larch.example", ""), membership=ADMIN)
    assert contact(known) == Finding(False, "mo@larch.example is on C-1.")


@pytest.mark.parametrize(
    ("expected", "verdict", "doubt"),
    [
        (False, Authentication.NONE, False),
        (False, Authentication.FAIL, False),
        (True, Authentication.PASS, False),
        (True, Authentication.NONE, True),
        (True, Authentication.FAIL, True),
    ],
)
def test_a_stranger_for_whom_nobody_vouches_is_a_doubt_where_somebody_should(
    expected: bool, verdict: Authentication, doubt: bool
) -> None:
    found = contact(case(membership=None, authentication=verdict, authentication_expected=expected))
    assert (found.closed, found.doubt) == (True, doubt)


@pytest.mark.parametrize(
    ("starts", "ends", "closed", "said"),
    [
        (date(2026, 3, 11), date(2026, 3, 11), False, "C-1 is valid until 2026-03-11."),
        (date(2026, 3, 12), date(2026, 3, 31), True, "C-1 begins only on 2026-03-12."),
        (date(2026, 1, 1), date(2026, 3, 10), True, "C-1 ended on 2026-03-10."),
    ],
)
def test_a_contract_counts_on_the_days_it_names(starts: date, ends: date, closed: bool, said: str) -> None:
    assert subscription(case(membership=member(starts=starts, ends=ends))) == Finding(closed, said)


def test_a_contract_is_paid_or_not() -> None:
    assert payment(case(membership=member(paid=True))) == Finding(False, "C-1 is paid.")
    assert payment(case(membership=member(paid=False))) == Finding(True, "C-1 is not paid yet.")


@pytest.mark.parametrize(
    ("tongue", "found"),
    [
        (Tongue.ACCEPTED, Finding(False, "The mail is written in nl.")),
        (
            Tongue.SHORT,
            Finding(False, "The mail has too little text to tell its language, which is no reason against it."),
        ),
        (Tongue.OTHER, Finding(True, "The mail is written in nl, not in en or fr.")),
        (
            Tongue.DOUBT,
            Finding(
                True,
                "It is not certain that the mail is written in en or fr; a person should look.",
                doubt=True,
            ),
        ),
    ],
)
def test_only_a_language_that_is_known_to_be_another_closes_for_certain(tongue: Tongue, found: Finding) -> None:
    written = replace(case(policy="horizant"), reading=Reading(LanguageReading(tongue, "nl", 0.9, 99)))
    assert language(written) == found


def test_a_role_must_be_listed() -> None:
    assert role(case()) == Finding(False, "mo@larch.example is listed as admin.")
    person = Membership(Contact("mo@larch.example", "", "C-1", role="end_user_abroad"), CONTRACT)
    assert role(case(membership=person)) == Finding(
        True, "mo@larch.example is listed as end user abroad; this support is for admin."
    )
    gates = case().policy.gates
    both = gates.model_copy(
        update={"role": gates.role and gates.role.model_copy(update={"allow": ("lead", "head_of_it")})}
    )
    wide = replace(case(), policy=case().policy.model_copy(update={"gates": both}))
    assert role(replace(case(), policy=shipped("lumedx"))).closed, "a policy that lists no role knows none"
    assert role(wide).why == "mo@larch.example is listed as admin; this support is for lead or head of it."


@pytest.mark.parametrize(
    ("spent", "found"),
    [
        ("9.5", Finding(False, "C-1 has 0.5 of 10 prepaid hours left.")),
        ("9", Finding(False, "C-1 has 1 of 10 prepaid hours left.")),
        (
            "10",
            Finding(True, "It is to be paid from prepaid hours, and C-1 has none left of 10.", holds=True),
        ),
    ],
)
def test_prepaid_hours_pay_as_long_as_there_are_some(spent: str, found: Finding) -> None:
    customer = member(policy="horizant", plan="technical", expert_hours=Decimal(10))
    used = Usage(hours_spent=Decimal(spent))
    assert expert_hours(booking("horizant", membership=customer, used=used)) == found


def test_what_stays_or_goes_to_a_desk_without_pay_takes_no_hours() -> None:
    for one in (case(policy="horizant"), booking("gold")):
        assert expert_hours(one) == Finding(False, "Nothing in the mail is to be paid from prepaid hours.")


@pytest.mark.parametrize(
    ("plan", "used", "severity", "found"),
    [
        ("bronze", 99, 1, Finding(False, "The plan of C-1 does not count incidents.")),
        ("enterprise", 1, 3, Finding(False, "C-1 has used 1 of 2 incidents this month.")),
        (
            "enterprise",
            2,
            3,
            Finding(True, "C-1 has used 2 of 2 incidents this month, and this would be one more."),
        ),
        (
            "enterprise",
            2,
            1,
            Finding(True, "C-1 has used 2 of 2 incidents this month, and this would be one more.", holds=True),
        ),
    ],
)
def test_incidents_are_counted_and_only_an_urgent_one_is_for_a_person(
    plan: str, used: int, severity: int, found: Finding
) -> None:
    customer = member(policy="gold", plan=plan)
    asked = case(policy="gold", membership=customer, severity=severity, used=Usage(incidents=used))
    assert incidents(asked) == found


def test_where_there_is_one_severity_no_incident_is_urgent() -> None:
    asked = case(policy="gold", membership=member(plan="gold"), severity=1, used=Usage(incidents=9))
    levels = asked.policy.severity.levels
    for kept, holds in ({1: levels[1]}, False), ({1: levels[1], 2: levels[2]}, True):
        severity = asked.policy.severity.model_copy(update={"levels": kept})
        policy = asked.policy.model_copy(update={"severity": severity})
        assert incidents(replace(asked, policy=policy)).holds is holds


def test_what_goes_elsewhere_is_no_incident() -> None:
    asked = booking("gold", membership=member(plan="gold"), used=Usage(incidents=9))
    assert incidents(asked) == Finding(False, "It goes to another desk, which takes no incident.")
