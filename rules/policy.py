"""Policy files: from the text of one to a `Policy`, or to every fault in it at once.

`load` takes text, so whoever holds the files reads them and joins to a policy the vocabularies that it names; the names
of the letters that exist are handed in too. A fault names the key, the line, what is wrong and what to do about it, in
words for the person who edits the file.
"""

import hashlib
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from rules.policy_checks import faults_across
from rules.policy_faults import Fault, Lines, PolicyFaults, faults_of, without
from rules.policy_model import Policy
from rules.vocabularies import extended, joined, lacking, parted, unknown

__all__ = ["Fault", "Policy", "PolicyFaults", "joined", "load"]


def load(text: str, *, name: str, letters: Collection[str]) -> Policy:
    """The policy that `text` (TOML, with its vocabularies `joined`) says. `letters` are the names of those there are.

    Raises PolicyFaults with every fault found.
    """
    version = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    own, vocabularies = parted(text)
    try:
        said = tomllib.loads(own)
    except tomllib.TOMLDecodeError as fault:
        line = re.search(r"at line (\d+)", str(fault))
        # an unfinished last line is reported "at end of document"
        number = int(line.group(1)) if line else own.rstrip().count("\n") + 1
        raise PolicyFaults(
            name, [Fault("", number, f"this is no TOML: {fault}", "mend the line; strings stand in double quotes")]
        ) from None
    lines = Lines(own)
    faults = list(_slips(said, vocabularies, lines))
    policy, refused = _validated({**extended(said, vocabularies), "name": name, "version": version}, lines)
    faults += refused
    if policy is not None:
        faults += faults_across(policy, letters, lines)
    if faults or policy is None:
        raise PolicyFaults(name, faults)
    return policy


def _slips(said: dict[str, Any], vocabularies: Mapping[str, str], lines: Lines) -> Iterator[Fault]:
    """Faults that only the file itself shows, before its vocabularies are mixed in."""
    for key in ("name", "version"):
        if key in said:
            yield Fault(key, lines.of((key,)), "Intake sets this itself", "remove it")
    for missing in unknown(said, vocabularies):
        remedy = "name a shipped one, such as en, or write the words of the language here"
        yield Fault("vocabulary", lines.of(("vocabulary",)), f"there is no vocabulary {missing!r}", remedy)
    for language, phrase in lacking(said, vocabularies):
        problem = f"{phrase!r} stands in none of its vocabularies"
        line = lines.of(("without", language), phrase)
        yield Fault(f"without.{language}", line, problem, "write it as it stands there, or remove it")


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
