"""Says of each shipped policy in one line what it is, for somebody who has to choose; and what a chosen one names."""

import tomllib
from pathlib import Path

from intake.shipped import policy_file, read_policy, shipped
from rules.policy import Policy
from templates.render import Renderer


def described() -> dict[str, str]:
    """A line for each shipped policy, by its name."""
    return {name: _line(policy_file(name)) for name in shipped()}


def read_queues(policy: str) -> tuple[str, ...]:
    """All queues of a policy: who is alone answers for them all. Raises ConfigFaults."""
    return tuple(_read(policy).queues)


def first_plan(policy: str) -> str:
    return next(iter(_read(policy).plans))


def _read(policy: str) -> Policy:
    return read_policy(policy, Renderer(None).letters()).policy


def _line(file: Path) -> str:
    said = tomllib.loads(file.read_text(encoding="utf-8"))
    plans = said["plans"]
    promised = "a first answer" if any("first_response" in plan for plan in plans.values()) else ""
    if any("resolution" in plan for plan in plans.values()):
        promised = f"{promised} and a solution" if promised else "a solution"
    names = ", ".join(plans)
    return f"{said['title']}; plan{'s' if len(plans) > 1 else ''} {names}; {promised or 'nothing'} promised"
