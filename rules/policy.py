"""Policy files: from the text of one to a `Policy`, or to every fault in it at once.

`load` takes text, so whoever holds the file reads it; the names of the letters that exist are handed in too. A fault
names the key, the line, what is wrong and what to do about it, in words for the person who edits the file.
"""

import hashlib
import re
import tomllib
from collections.abc import Collection
from typing import Any

from pydantic import ValidationError

from rules.policy_checks import faults_across
from rules.policy_faults import Fault, Lines, PolicyFaults, faults_of, without
from rules.policy_model import Policy

__all__ = ["Fault", "Policy", "PolicyFaults", "load"]


def load(text: str, *, name: str, letters: Collection[str]) -> Policy:
    """The policy that `text` (TOML) says. `letters` are the names of the letters that can be rendered.

    Raises PolicyFaults with every fault found.
    """
    version = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        line = re.search(r"at line (\d+)", str(fault))
        # an unfinished last line is reported "at end of document"
        number = int(line.group(1)) if line else text.rstrip().count("\n") + 1
        raise PolicyFaults(
            name, [Fault("", number, f"this is no TOML: {fault}", "mend the line; strings stand in double quotes")]
        ) from None
    lines = Lines(text)
    own = {"name": name, "version": version}
    reserved = [Fault(key, lines.of((key,)), "Intake sets this itself", "remove it") for key in own if key in said]
    policy, faults = _validated({**said, **own}, lines)
    faults = reserved + faults
    if policy is not None:
        faults += faults_across(policy, letters, lines)
    if faults or policy is None:
        raise PolicyFaults(name, faults)
    return policy


def _validated(said: dict[str, Any], lines: Lines) -> tuple[Policy | None, list[Fault]]:
    """The policy and its faults; with faults, the policy is what remains without the faulty keys, if anything does."""
    try:
        return Policy.model_validate(said), []
    except ValidationError as error:
        faults = faults_of(error, said, lines)
        try:
            return Policy.model_validate(without(said, error)), faults
        except ValidationError:
            return None, faults
