"""What the shipped policies stop or send elsewhere of the labelled mails, and how that compares with what they ask for.

Four gates of irex decline; horizant sends to its experts what is `expert`, and onyxceph to its distributors `level_0`.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from rules import wishes
from rules.decide import decide
from rules.facts import Decision, Mail, Membership, Verdict
from rules.policy import Policy, joined, load
from rules.policy_gates import KEYWORD_GATES
from rules.reading import read
from rules.severity import judge
from tests.rules.samples import ADMIN, CONTRACT, LETTERS, POLICIES, VOCABULARIES, around
from tests.weights.mails import Asking

EXPERT, LEVEL_0 = "expert", "level_0"
GATES = tuple(gate.value for gate in KEYWORD_GATES)
STOPS = (*GATES, EXPERT, LEVEL_0)
PARTS = {LEVEL_0: {"licence", "installation"}, EXPERT: {"training", "installation", "configuration"}}
"""What is sent to a place; with what is sent to two of them, the first is strict."""
FIELDS: dict[str, dict[str, Any]] = {
    "irex": {"plan": "standard"},
    "horizant": {"plan": "technical", "expert_hours": Decimal(100)},
    "onyxceph": {"plan": "maintenance", "distributor": "post@dealer.example"},
}
"""The policies that are asked, and the contract's fields under them."""
HARMLESS = 4
"""The severity of questions and remarks: they may be work for experts or distributors, whatever they ask."""


@dataclass(slots=True)
class Told:
    """How many mails were stopped, by what, and how many of them asked for it."""

    asked: Counter[str] = field(default_factory=Counter)
    said: Counter[str] = field(default_factory=Counter)
    hit: Counter[str] = field(default_factory=Counter)
    harmless: int = 0
    declined: int = 0
    """Of the harmless ones: those that ask for nothing."""

    def add(self, mail: Asking, severity: int | None, found: frozenset[str]) -> None:
        for stop in STOPS:
            asks = wanted(stop, mail.topics)
            if asks is None or (severity is not None and stop not in GATES):
                continue
            self.asked[stop] += asks
            self.said[stop] += stop in found
            self.hit[stop] += asks and stop in found
        if not mail.topics:
            self.harmless += 1
            self.declined += not found.isdisjoint(GATES)

    def __iadd__(self, other: "Told") -> "Told":
        self.asked += other.asked
        self.said += other.said
        self.hit += other.hit
        self.harmless += other.harmless
        self.declined += other.declined
        return self

    def __str__(self) -> str:
        lines = [
            f"    {stop:22}{self.hit[stop]:4} of {self.asked[stop]:4} heard, {self.said[stop]:4} said"
            for stop in STOPS
            if self.asked[stop] or self.said[stop]
        ]
        return "\n".join([*lines, f"    {self.declined} of {self.harmless} declined that ask for nothing"])


def wanted(stop: str, topics: frozenset[str]) -> bool | None:
    """Whether a mail is rightly stopped for a gate or matter; None where it does not tell."""
    if stop in PARTS:
        asks = bool(topics & PARTS[stop])
        # what another policy declines may be work for experts as well
        return None if stop == EXPERT and topics and not asks else asks
    whole = next((whole for whole, parts in PARTS.items() if stop in parts), None)
    return wanted(whole, topics) if whole else stop in topics


def with_points(vocabulary: str) -> dict[str, Policy]:
    """The shipped policies with another vocabulary of wishes."""
    texts = {**VOCABULARIES, "wishes": vocabulary}
    return {
        name: load(joined((POLICIES / f"{name}.toml").read_text("utf-8"), texts), name=name, letters=LETTERS)
        for name in FIELDS
    }


def stopped(mail: Mail, policies: Mapping[str, Policy]) -> frozenset[str]:
    """The gates that decline a mail, and the places to which policies send it."""
    decisions = {name: _decided(mail, name, policy) for name, policy in policies.items()}
    failed = {result.gate.value for result in decisions["irex"].gates if result.verdict is Verdict.FAIL}
    routed = {EXPERT} if decisions["horizant"].queue == "expert_services" else set()
    return frozenset(failed | routed | ({LEVEL_0} if decisions["onyxceph"].topic == LEVEL_0 else set()))


def standing(mail: Mail, policies: Mapping[str, Policy]) -> frozenset[str]:
    """The gates of irex whose wish a mail expresses, whichever of them is the stronger; none at severity 1."""
    policy = policies["irex"]
    reading = read(mail, policy)
    if judge(reading, policy).severity == 1:
        return frozenset()
    return frozenset(gate for gate in GATES if wishes.standing(reading, gate, FIELDS["irex"]["plan"]))


def _decided(mail: Mail, name: str, policy: Policy) -> Decision:
    member = Membership(ADMIN.contact, replace(CONTRACT, policy=name, **FIELDS[name]))
    return decide(mail, read(mail, policy), around(member), policy)
