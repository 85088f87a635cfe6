"""The month that incidents are counted in, and what an exhausted number of them does."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import quota
from rules.facts import Gate, GateResult, Outcome, Usage
from tests.rules.samples import shipped, under

BERLIN = ZoneInfo("Europe/Berlin")
MODEST = "One user cannot change her picture. It can wait."
DOWN = "The order module is down for all of our users, there is no workaround."


@pytest.mark.parametrize(
    ("at", "begins", "ends"),
    [
        ("2026-03-31T21:59:59", "2026-02-28T23:00", "2026-03-31T22:00"),
        ("2026-03-31T22:00:00", "2026-03-31T22:00", "2026-04-30T22:00"),
        ("2026-12-31T22:59:59", "2026-11-30T23:00", "2026-12-31T23:00"),
        ("2026-12-31T23:00:00", "2026-12-31T23:00", "2027-01-31T23:00"),
    ],
)
def test_a_month_is_the_calendar_month_of_the_policys_zone(at: str, begins: str, ends: str) -> None:
    found = quota.month(datetime.fromisoformat(at).replace(tzinfo=UTC), BERLIN)
    assert found == tuple(datetime.fromisoformat(edge).replace(tzinfo=UTC) for edge in (begins, ends))


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(["Europe/Berlin", "America/Toronto", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]),
)
def test_every_instant_is_in_its_month_and_months_follow_each_other(at: datetime, zone: str) -> None:
    begins, ends = quota.month(at, ZoneInfo(zone))
    assert begins <= at < ends
    assert quota.month(begins, ZoneInfo(zone)) == (begins, ends)
    assert quota.month(ends, ZoneInfo(zone))[0] == ends
    assert quota.month(ends - timedelta(seconds=1), ZoneInfo(zone)) == (begins, ends)


@pytest.mark.parametrize(("plan", "number"), [("professional", 1), ("enterprise", 2), ("gold", 4)])
def test_each_plan_has_its_number_of_incidents(plan: str, number: int) -> None:
    assert quota.allowed(shipped("gold"), plan) == number
    last = under("gold", MODEST, plan=plan, used=Usage(incidents=number - 1))
    over = under("gold", MODEST, plan=plan, used=Usage(incidents=number))
    assert (last.outcome, over.outcome) == (Outcome.ACCEPTED, Outcome.DECLINED)
    assert (over.failed, over.template) == ((Gate.QUOTA,), "declined_quota")
    assert (over.severity, over.queue, over.first_response_due) == (None, None, None)


def test_a_severity_1_over_the_number_is_held_never_declined() -> None:
    decision = under("gold", DOWN, used=Usage(incidents=1))
    assert (decision.outcome, decision.failed, decision.template) == (Outcome.HELD, (Gate.QUOTA,), "held")
    assert (decision.severity, decision.queue, decision.resolution_due) == (1, "support", None)
    assert "has used 1 of 1 incidents this month, and this would be one more" in decision.why


def test_beside_a_plain_failure_the_quota_is_told_as_well() -> None:
    body = DOWN + " Please help us with the plug-in that another company made."
    decision = under("gold", body, used=Usage(incidents=1), ends=date(2026, 2, 1))
    assert (decision.outcome, decision.failed) == (Outcome.DECLINED, (Gate.SUBSCRIPTION, Gate.QUOTA))
    assert decision.flags == ("third_party",)


def test_what_goes_to_another_desk_takes_no_incident() -> None:
    decision = under("gold", "We want to book a training for two colleagues.", used=Usage(incidents=9))
    assert (decision.outcome, decision.queue, decision.failed) == (Outcome.ROUTED, "services", ())
    assert said(decision.gates, Gate.QUOTA) == "It goes to another desk, which takes no incident."


def test_a_policy_without_the_gate_counts_nothing() -> None:
    assert quota.allowed(shipped("irex"), "standard") is None
    assert quota.allowed(shipped("gold"), "bronze") is None
    assert not quota.counts(shipped("irex"))
    assert quota.counts(shipped("gold"))
    unlimited = under("gold", MODEST, plan="bronze", used=Usage(incidents=99))
    assert said(unlimited.gates, Gate.QUOTA) == "The plan of C-1 does not count incidents."


def said(gates: tuple[GateResult, ...], gate: Gate) -> str:
    return next(result.why for result in gates if result.gate is gate)
