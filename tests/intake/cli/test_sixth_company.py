"""A sixth company: a policy written from the reference alone is checked and explained, and needs no code."""

from pathlib import Path
from typing import Any

import pytest

from tests.intake.cli.shell import CONFIG, house, intake

POLICY = Path(__file__).parents[2] / "policies" / "fernleaf.toml"
CONTRACTS = """\
contract,organization,policy,plan,starts,ends,paid,account_manager
F-1,Kauri Nursery,fernleaf,canopy,2026-01-01,2026-12-31,yes,hana@fernleaf.example
F-2,Tui Tomatoes,fernleaf,seedling,2026-01-01,2026-12-31,yes,
"""
CONTACTS = """\
email,name,contract,role
mere@kauri.example,Mere,F-1,admin
joe@tui.example,Joe,F-2,admin
"""
MERE, JOE = "mere@kauri.example", "joe@tui.example"
SATURDAY = "2026-03-14T09:00:00+13:00"
"""Open, in the summer time of Auckland."""
SATURDAY_NIGHT = "2026-03-14T22:00:00+13:00"
BEFORE_A_HOLIDAY = "2026-01-23T16:00:00+13:00"
"""A Friday; the Monday after is Auckland's own."""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    config = CONFIG.replace('policy = "irex"', 'policy = "fernleaf.toml"')
    house(tmp_path, config.replace('["support", "senior"]', '["growers", "agronomy", "night_watch"]'))
    for name, text in (("contracts.csv", CONTRACTS), ("contacts.csv", CONTACTS)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "fernleaf.toml").write_bytes(POLICY.read_bytes())
    return tmp_path


def explained(desk: Path, sender: str, subject: str, text: str, at: str = SATURDAY) -> dict[str, Any]:
    (desk / "mail.eml").write_text(f"From: {sender}\nTo: care@fernleaf.example\nSubject: {subject}\n\n{text}\n")
    policy = ("--policy", desk / "fernleaf.toml", "--directory", desk, "--at", at)
    ended = intake("explain", "--json", *policy, desk / "mail.eml")
    assert (ended.status, ended.err) == (0, "")
    return ended.objects[0]


def test_the_check_is_content(desk: Path) -> None:
    ended = intake("check", "--config", desk / "intake.toml")
    assert (ended.status, [line for line in ended.out.splitlines() if line.startswith("fault")]) == (0, [])


def test_a_glasshouse_that_is_down_is_red_and_counted_by_the_clock(desk: Path) -> None:
    told = explained(desk, MERE, "House 3", "The whole glasshouse is down and nobody can open the vents.")
    assert (told["outcome"], told["severity"], told["queue"]) == ("accepted", 1, "agronomy")
    assert told["why"].startswith("Alarm 1 because")
    assert told["first_response_due"] == "2026-03-13T21:00:00+00:00"
    assert told["resolution_due"] == "2026-03-16T03:30:00+00:00"
    assert [(one["to"], one["at"], one["every"]) for one in told["reminders"]] == [
        ("account_manager", "2026-03-13T22:00:00+00:00", "6h")
    ]


def test_at_night_the_watch_is_woken_and_the_account_manager_is_not(desk: Path) -> None:
    told = explained(desk, MERE, "House 3", "The whole glasshouse is down.", SATURDAY_NIGHT)
    assert [(one["to"], one["at"]) for one in told["reminders"]] == [
        ("night_watch", "2026-03-14T09:00:00+00:00"),
        ("account_manager", "2026-03-15T18:30:00+00:00"),
    ]


def test_its_own_facet_its_own_word_for_severity_and_its_own_holidays(desk: Path) -> None:
    told = explained(desk, JOE, "Seedlings", "Our seedlings are slowly dying since the update.", BEFORE_A_HOLIDAY)
    assert (told["severity"], told["queue"]) == (1, "growers")
    assert told["first_response_due"] == "2026-01-23T22:30:00+00:00"
    told = explained(desk, JOE, "Report", "The report of last night has an odd layout.", BEFORE_A_HOLIDAY)
    assert (told["severity"], told["first_response_due"]) == (2, "2026-01-27T03:30:00+00:00")


@pytest.mark.parametrize(
    ("sender", "text", "outcome", "severity", "template"),
    [
        (JOE, "How much light do tomatoes need? We want advice on day length.", "routed", None, "routed_agronomy"),
        (MERE, "It would be nice to have a dark theme in the next version.", "accepted", 3, "acknowledgement"),
        (MERE, "On our test system all the recordings are lost.", "accepted", 3, "acknowledgement"),
        (
            JOE,
            "Another vendor's plug-in does not load, please repair their plug-in.",
            "declined",
            None,
            "declined_third",
        ),
        ("x@else.example", "Please help me with the login.", "declined", None, "declined_contact"),
    ],
)
def test_other_mails_go_where_the_policy_says(
    desk: Path, sender: str, text: str, outcome: str, severity: int | None, template: str
) -> None:
    told = explained(desk, sender, "A word", text)
    assert (told["outcome"], told["severity"]) == (outcome, severity)
    assert told["template"].startswith(template)
