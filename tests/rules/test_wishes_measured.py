"""How well the shipped policies read what mails ask for, on mails whose wishes are known.

`wishes.jsonl` holds mails as customers write them, each with its wishes; those without any report faults that name
courses, licences, scripts and plug-ins in passing.
"""

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from rules.facts import Verdict
from rules.policy_gates import KEYWORD_GATES
from tests.rules.samples import under

MAILS: list[dict[str, Any]] = [
    json.loads(line) for line in Path(__file__).with_name("wishes.jsonl").read_text(encoding="utf-8").splitlines()
]
EXPERT = {"training", "installation", "configuration"}
LEVEL_0 = {"licence", "installation", "update"}
HEARD = (Verdict.FAIL, Verdict.FLAG)
"""A severity 1 is only flagged; its wish was read all the same."""


@cache
def read(number: int) -> frozenset[str]:
    """What the policies read in a mail: gates of irex, "expert" of horizant, "level_0" of onyxceph."""
    subject, body = MAILS[number]["subject"], MAILS[number]["body"]
    closed = {result.gate.value for result in under("irex", body, subject).gates if result.verdict in HEARD}
    routed = under("horizant", body, subject, expert_hours=Decimal(100)).queue == "expert_services"
    distributor = under("onyxceph", body, subject, distributor="post@dealer.example").topic == "level_0"
    return frozenset(closed | ({"expert"} if routed else set()) | ({"level_0"} if distributor else set()))


def wanted(number: int) -> set[str]:
    wishes = set(MAILS[number]["topics"])
    return wishes | ({"expert"} if wishes & EXPERT else set()) | ({"level_0"} if wishes & LEVEL_0 else set())


@pytest.mark.parametrize("wish", [*(gate.value for gate in KEYWORD_GATES), "expert", "level_0"])
def test_of_a_hundred_mails_that_a_gate_stops_95_ask_for_it_and_it_stops_three_in_four_that_do(wish: str) -> None:
    asking = {number for number in range(len(MAILS)) if wish in wanted(number)}
    # under horizant, what another policy declines may be work for experts as well
    counted = {n for n in range(len(MAILS)) if n in asking or wish != "expert" or not MAILS[n]["topics"]}
    stopped = {number for number in counted if wish in read(number)}
    assert len(asking) >= 5
    assert len(stopped & asking) >= 0.95 * len(stopped), [MAILS[n]["subject"] for n in stopped - asking]
    assert len(stopped & asking) >= 0.75 * len(asking), [MAILS[n]["subject"] for n in asking - stopped]


@pytest.mark.parametrize("number", [n for n, mail in enumerate(MAILS) if not mail["topics"]])
def test_no_harmless_mail_is_declined(number: int) -> None:
    assert not read(number) & {gate.value for gate in KEYWORD_GATES}, MAILS[number]["subject"]
