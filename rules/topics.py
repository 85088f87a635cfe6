"""Topics: what a mail is about, where that decides who answers it.

The first line of the policy's topics that fits decides: its matter stands, and the mail's facets allow it. Where none
does, the topic is the one that the policy falls back on, if it has one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rules import wishes
from rules.facts import Reading
from rules.policy_gates import TopicLine, fits
from rules.policy_model import Policy


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    phrases: tuple[str, ...] = ()
    """The mail's words for it."""
    line: TopicLine | None = None
    """None for the topic that the policy falls back on."""


def of(reading: Reading, values: Mapping[str, str], policy: Policy, plan: str) -> Topic | None:
    """The topic of a mail. `values` are those of its facets."""
    gate = policy.gates.topic
    if gate is None:
        return None
    for number, line in enumerate(gate.lines):
        if fits(line.when, line.unless, values):
            wish = wishes.standing(reading, f"topic.{number}", plan) if line.matters else None
            if wish or not line.matters:
                return Topic(line.topic, wish.phrases if wish else (), line)
    return Topic(gate.otherwise) if gate.otherwise else None
