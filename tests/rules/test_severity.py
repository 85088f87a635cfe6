"""From words to a severity: the table of facets by itself, and the irex tables on mails of our own."""

from dataclasses import replace
from typing import Any

import pytest

from rules.facts import Evidence, Found, Heard, LanguageReading, Reading, Tongue
from rules.policy import Policy
from rules.policy_tables import SeverityRule
from rules.severity import judge, may_raise
from tests.rules.samples import decided, shipped

ENGLISH = LanguageReading(Tongue.ACCEPTED, "en", 0.99, 100)


def read(*said: str, heard: Heard = Heard.STATED) -> Reading:
    """A reading that found "facet=value" for each of `said`."""
    pairs = [one.partition("=") for one in said]
    return Reading(
        ENGLISH, tuple(Found(f"the words for {value}", "body", 1, facet, value, heard) for facet, _, value in pairs)
    )


@pytest.mark.parametrize(
    ("said", "severity"),
    [
        ([], 3),
        (["effect=stopped"], 1),
        (["effect=lost"], 1),
        (["effect=stopped", "way_round=exists"], 2),
        (["effect=stopped", "scope=few"], 2),
        (["effect=stopped", "scope=one"], 3),
        (["effect=stopped", "environment=elsewhere"], 4),
        (["effect=stopped", "environment=spared"], 4),
        (["effect=stopped", "kind=question", "environment=production"], 1),
        (["effect=refused", "scope=everyone"], 1),
        (["effect=degraded", "scope=one", "harm=light", "trend=stable"], 3),
        (["effect=impaired", "scope=nobody"], 3),
        (["effect=function_gone"], 2),
        (["effect=function_gone", "scope=one"], 3),
        (["effect=function_gone", "scope=everyone"], 1),
        (["effect=function_gone", "scope=few"], 2),
        (["effect=function_gone", "way_round=none"], 1),
        (["effect=degraded"], 2),
        (["effect=degraded", "trend=stable"], 3),
        (["effect=impaired"], 3),
        (["effect=impaired", "trend=growing"], 2),
        (["effect=impaired", "scope=everyone", "way_round=none"], 1),
        (["effect=impaired", "effect=stopped"], 1),
        (["effect=stopped", "trend=over"], 4),
        (["effect=stopped", "trend=over", "trend=growing"], 1),
        (["kind=question"], 4),
        (["kind=wish"], 4),
        (["explicit=2"], 2),
        (["explicit=3", "explicit=2"], 2),
        (["explicit=9"], 3),
        (["explicit=1x"], 3),
        (["explicit=3", "effect=stopped"], 3),
        (["explicit=1", "environment=elsewhere", "effect=stopped"], 4),
        (["explicit=1", "kind=question"], 4),
        (["explicit=4", "effect=stopped"], 4),
    ],
)
def test_the_table_turns_facets_into_a_severity(said: list[str], severity: int) -> None:
    assert judge(read(*said), shipped()).severity == severity


@pytest.mark.parametrize("heard", [heard for heard in Heard if heard is not Heard.STATED])
def test_only_what_is_stated_counts(heard: Heard) -> None:
    judged = judge(read("effect=stopped", heard=heard), shipped())
    assert (judged.severity, judged.evidence) == (3, ())


def test_evidence_shows_what_decided_and_what_else_was_said() -> None:
    policy = weighing(
        {"effect": {"stopped": (9, 0, 0, 0), "impaired": (0, 0, 4, 0)}, "trend": {"stable": (0, 0, 2, 0)}}
    )
    judged = judge(read("effect=stopped", "trend=stable", "effect=impaired", "trouble=clear"), policy)
    assert judged.evidence == (
        Evidence("the words for stopped", "body", 1, "effect=stopped"),
        Evidence("the words for stable", "body", None, "trend=stable"),
        Evidence("the words for impaired", "body", None, "effect=impaired"),
    )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([], "Severity 3 because nothing in it says how bad it is."),
        (["effect=impaired"], "Severity 3 because what it says, weighed together, speaks most for it."),
        (["explicit=2"], "Severity 2 as the mail itself says; its words alone do not tell."),
        (["explicit=2", "effect=degraded"], "Severity 2 as the mail itself says."),
        (
            ["explicit=2", "effect=impaired"],
            "Severity 2 as the mail itself says; by its words it would be 3 because "
            "what it says, weighed together, speaks most for it.",
        ),
        (
            ["explicit=1", "environment=elsewhere"],
            "Severity 4 because it is not about a production system, although the mail itself says 1.",
        ),
        (["explicit=4", "environment=elsewhere"], "Severity 4 as the mail itself says."),
    ],
)
def test_the_reason_is_a_sentence_and_shows_both_sides(said: list[str], why: str) -> None:
    assert judge(read(*said), shipped()).why == why


@pytest.mark.parametrize(
    ("severity", "subject", "body"),
    [
        (1, "Everything stopped", "The video server crashed at six and will not start again. Nobody sees a camera."),
        (1, "Help", "Recordings of the last night have been overwritten, all of them."),
        (1, "Login", "None of our operators can log in since the update."),
        (1, "Total outage", "We have a total outage in production."),
        (1, "No picture", "We have no live video on any camera since the power failure."),
        (1, "Restart", "The production server does not start any more, but the test system works."),
        (1, "Both", "Production and the test system are down, nobody can work."),
        (2, "Slow", "The live view is extremely slow for our operators."),
        (2, "Crash", "The server crashes every evening, we restart it by hand."),
        (2, "Export", "Three operators cannot export clips any more, the export does not work."),
        (3, "Wrong time zone", "One report shows the wrong time zone."),
        (3, "No idea", "Please find the log attached."),
        (4, "Staging", "Our staging server is down and nobody can log in."),
        (4, "Crash on the test system", "The test system crashes, production is not affected."),
        (4, "Retention", "How do I change the retention time of an archive?"),
        (4, "Wish", "It would be nice to have a dark mode."),
        (4, "Solved", "It has been solved since noon, please close the ticket."),
        (4, "Plan for emergencies", "What happens if the server crashes at night?"),
        (2, "[P2] Search", "Please see below."),
        (1, "Search (severity 1)", "Please see below."),
        (3, "Not urgent", "The server is not down, and there is no data loss. One column is missing."),
        (3, "Old story", "Last year the server crashed. Today one column is empty."),
        (3, "Log", "One column is empty.\n\n2026-03-11 08:00:00 FATAL server down\n    at org.x.Y.z(Y.java:1)\n"),
        (3, "Message", 'One window shows "system is down, all data lost" for a second.'),
    ],
)
def test_a_support_lead_would_agree(severity: int, subject: str, body: str) -> None:
    decision = decided(body, subject)
    assert decision.severity == severity, (decision.why, decision.severity_why, decision.failed)


def weighing(points: dict[str, dict[str, tuple[int, ...]]], **fields: Any) -> Policy:
    """The shipped policy with points of one's own, and no lines."""
    policy = shipped()
    changed = {"points": points, "rules": (), "brief": 0, "doubt": 0, "faint": 0} | fields
    return policy.model_copy(update={"severity": policy.severity.model_copy(update=changed)})


def test_points_decide_where_no_line_fits_and_doubt_takes_the_more_urgent() -> None:
    weighed = weighing({"effect": {"impaired": (1, 3, 3, 0)}, "scope": {"one": (0, -1, 0, 0), "unsaid": (0, 0, 0, 1)}})
    assert judge(read("effect=impaired"), weighed).severity == 2
    assert judge(read("effect=impaired", "scope=one"), weighed).severity == 3
    assert judge(read("trend=stable"), weighed).severity == 4
    assert judge(read(), weighed).severity == 3
    assert (
        judge(read("effect=impaired", "scope=one", "scope=everyone"), weighed).severity
        == judge(read("effect=impaired", "scope=everyone", "scope=one"), weighed).severity
    )
    assert judge(read("effect=impaired"), weighing({})).severity == 3


def test_points_of_all_that_a_mail_says_are_added_up_and_shown() -> None:
    weighed = weighing({"effect": {"degraded": (1, 3, 0, 0), "impaired": (0, 0, 4, 0)}})
    assert judge(read("effect=degraded"), weighed).severity == 2
    both = judge(read("effect=degraded", "effect=impaired"), weighed)
    assert both.severity == 3
    assert [(one.facet, one.severity) for one in both.evidence] == [("effect=degraded", None), ("effect=impaired", 3)]


def test_evidence_for_points_names_the_severity_that_a_value_speaks_for_most() -> None:
    judged = judge(read("effect=degraded", "trend=growing", "environment=production"), shipped())
    assert judged.severity == 2
    assert [one.severity for one in judged.evidence] == [2, 2, None]


def test_what_a_brief_mail_leaves_out_counts_for_nothing() -> None:
    policy = weighing({"effect": {"impaired": (0, 0, 4, 0)}, "scope": {"unsaid": (0, 0, 0, 9)}}, brief=10)
    assert judge(read("effect=impaired"), policy).severity == 3
    assert judge(replace(read("effect=impaired"), length=10), policy).severity == 4


def test_a_brief_mail_has_points_of_its_own_where_the_policy_gives_them() -> None:
    brief = {"effect": {"impaired": (9, 0, 0, 0)}}
    policy = weighing({"effect": {"impaired": (0, 0, 4, 0)}}, brief=10, brief_points=brief)
    assert judge(read("effect=impaired"), policy).severity == 1
    assert judge(replace(read("effect=impaired"), length=10), policy).severity == 3


def test_few_points_make_no_brief_mail_more_urgent_than_one_that_says_nothing() -> None:
    points: dict[str, dict[str, tuple[int, ...]]] = {
        "effect": {"impaired": (4, 0, 0, 0), "hinted": (0, 0, 0, 4), "stopped": (5, 0, 0, 0)}
    }
    policy = weighing(points, brief=10, faint=5, brief_points={})
    assert [judge(read(f"effect={value}"), policy).severity for value in points["effect"]] == [3, 4, 1]
    assert judge(replace(read("effect=impaired"), length=10), policy).severity == 1
    assert decided("The invoice of May is missing. We wait for it since Monday.").severity == 3


def test_in_doubt_the_more_urgent_of_two_has_it_and_the_reason_says_so() -> None:
    policy = weighing({"effect": {"impaired": (0, 6, 9, 0)}}, doubt=3, brief=1)
    judged = judge(replace(read("effect=impaired"), length=1), policy)
    assert judged.severity == 2
    assert judged.why == (
        "Severity 2 because what it says, weighed together, speaks for it almost as much as for 3, and doubt is urgent."
    )
    assert judge(read("effect=impaired"), policy).severity == 3


def test_single_words_are_added_to_what_phrases_say_and_the_strongest_are_shown() -> None:
    policy = weighing({"effect": {"impaired": (0, 0, 4, 0)}}, brief=3).model_copy(
        update={"tone": {"en": {"anybody": (5, 0, 0, 0), "see": (1, 0, 0, 0), "can": (0, 3, 0, 0)}}}
    )
    said = read("effect=impaired", "tone=en:see", "tone=en:anybody", "tone=en:can", "tone=fr:qui")
    assert judge(said, policy).severity == 3
    judged = judge(replace(said, length=3), policy)
    assert judged.severity == 1
    assert [one.facet for one in judged.evidence] == ["effect=impaired", "tone=en:anybody", "tone=en:see"]
    assert judge(read("tone=en:anybody"), policy).severity == policy.severity.silent
    assert judge(replace(read("tone=en:anybody"), length=3), policy).severity == 1


def test_a_line_may_ask_what_the_points_speak_for() -> None:
    line = SeverityRule(severity=4, because="it is so", when={"weighed": ("3",), "scope": ("one",)})
    policy = weighing({"effect": {"impaired": (0, 0, 4, 0), "stopped": (9, 0, 0, 0)}}, rules=(line,))
    assert judge(read("effect=impaired", "scope=one"), policy).severity == 4
    assert judge(read("effect=impaired"), policy).severity == 3
    assert judge(read("effect=stopped", "scope=one"), policy).severity == 1


def test_a_brief_mail_that_names_everybody_and_nothing_that_happened_is_not_urgent() -> None:
    assert decided("Could you make a list of the invoices of each customer for us?", "Report").severity in (3, 4)
    assert decided("The invoices of each customer are lost.", "Report").severity == 1


@pytest.mark.parametrize(
    ("said", "may"),
    [
        (["effect=lost"], True),
        (["effect=impaired", "effect=stopped"], True),
        (["explicit=1"], True),
        (["explicit=2"], False),
        (["scope=everyone"], False),
        ([], False),
    ],
)
def test_a_reply_raises_by_what_the_policy_asks_for_or_by_the_severity_itself(said: list[str], may: bool) -> None:
    policy = weighing({}, raising={"effect": ("lost", "stopped")})
    assert may_raise(read(*said), 1, policy) is may
    assert not may_raise(read("effect=lost", heard=Heard.NEGATED), 1, policy)
    assert may_raise(read(*said), 1, weighing({}, raising={}))
