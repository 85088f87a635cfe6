"""Policy files: from the text of one to a `Policy`, or to every fault in it at once.

`load` takes text, so whoever holds the files reads them and joins to a policy the vocabularies that it names; the names
of the letters that exist are handed in too. A fault names the key, the line, what is wrong and what to do about it, in
words for the person who edits the file.
"""

import hashlib
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from rules.policy_checks import faults_across
from rules.policy_faults import Fault, Lines, PolicyFaults
from rules.policy_model import Policy
from rules.policy_refusals import faults_of, without
from rules.vocabularies import extended, joined, lacking, parted, unknown

__all__ = ["Fault", "Policy", "PolicyFaults", "joined", "load"]


NO_TOML = {
    "Cannot declare": "the table is there already; join the two, or give one another name",
    "Cannot overwrite": "it is there already as something else; of a list of tables each begins with [[ ]]",
    "Cannot mutate": "it is there already in braces; write all of it in one place",
    "": "mend the line; strings stand in double quotes",
}
"""What the reader of TOML begins to say, and what to do about it."""


def load(text: str, *, name: str, letters: Collection[str], proved: bool = False) -> Policy:
    """The policy that `text` (TOML, with its vocabularies `joined`) says. `letters` are the names of those there are.

    `proved`: its thousands of phrases were looked through before, which takes longer than all the rest.
    Raises PolicyFaults with every fault found. The same text gives the same policy, which is made once in a process.
    """
    return _load(text, name, frozenset(letters), proved)


@lru_cache(maxsize=16)
def _load(text: str, name: str, letters: frozenset[str], proved: bool) -> Policy:
    version = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    own, vocabularies = parted(text)
    try:
        said = tomllib.loads(own)
    except tomllib.TOMLDecodeError as fault:
        raise PolicyFaults(name, [_no_toml(str(fault), own)]) from None
    lines = Lines(own)
    faults = list(_slips(said, vocabularies, lines))
    policy, refused = _validated({**extended(said, vocabularies), "name": name, "version": version}, lines)
    faults += refused
    if policy is not None:
        faults += faults_across(policy, letters, lines, {fault.key for fault in faults}, proved=proved)
    if faults or policy is None:
        raise PolicyFaults(name, faults)
    return policy


def _no_toml(said: str, own: str) -> Fault:
    place = re.search(r" \(at line (\d+), column \d+\)", said)
    # an unfinished last line is reported "at end of document"
    number = int(place.group(1)) if place else own.rstrip().count("\n") + 1
    problem = said.replace(place.group(), "") if place else said
    problem = re.sub(r"\(([^()]*)\)", lambda names: ".".join(re.findall(r"'([^']*)'", names[1])), problem)
    remedy = next((remedy for sign, remedy in NO_TOML.items() if said.startswith(sign)), NO_TOML[""])
    return Fault("", number, f"this is no TOML: {problem[:1].lower()}{problem[1:]}", remedy)


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
