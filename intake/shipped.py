"""Finds policies, the shipped ones by name and an admin's own by file, and reads them with every fault mapped.

What a policy means is the business of `rules.policy`; this file only brings it the text and puts its faults beside the
file they are in, so that they read like those of the configuration.
"""

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from intake.config_checks import is_file_name
from intake.config_faults import ConfigFaults, Fault, nearest
from intake.directory_files import DirectoryRules
from rules.gates_on_words import PARTIES
from rules.policy import Policy, PolicyFaults, joined
from rules.policy import load as load_policy
from rules.vocabularies import parted


@dataclass(frozen=True, slots=True)
class ReadPolicy:
    policy: Policy
    text: str
    """As the file has it, with the vocabularies it builds on: kept beside the decisions it makes."""
    file: Path


def read_policy(policy: str, letters: Collection[str]) -> ReadPolicy:
    """A shipped policy by its name, or a policy file by its path. Raises ConfigFaults with every fault.

    `letters` are the letters that there are templates for. That the phrases of the shipped ones can match is tested
    before they are shipped, and not again at every start; nor is it for a copy that changes none of their words.
    """
    file = policy_file(policy)
    own = _text(file)
    text = joined(own, {shared.stem: _text(shared) for shared in vocabularies()})
    proved = file.parent == _directory() or _listens_like_a_shipped_one(own)
    try:
        return ReadPolicy(load_policy(text, name=file.stem, letters=letters, proved=proved), text, file)
    except PolicyFaults as told:
        faults = [Fault(file, fault.line, fault.key, fault.problem, fault.remedy) for fault in told.faults]
        raise ConfigFaults(faults) from None


def policy_file(policy: str) -> Path:
    """Where a policy is. Raises ConfigFaults when no shipped one has that name."""
    if is_file_name(policy):
        return Path(policy)
    if policy not in shipped():
        remedy = f"{nearest(policy, shipped())} (a file of your own is named by its path, such as ./{policy}.toml)"
        raise ConfigFaults([Fault(Path(policy), None, "", "is no shipped policy", remedy)])
    return _directory() / f"{policy}.toml"


def shipped() -> tuple[str, ...]:
    """The names of the shipped policies."""
    return tuple(sorted(file.stem for file in _directory().glob("*.toml")))


def vocabularies() -> tuple[Path, ...]:
    """The files of the words and phrases that policies share, named after their languages."""
    return tuple(sorted(_directory().with_name("vocabulary").glob("*.toml")))


def copies() -> dict[str, str]:
    """The shipped policies and vocabularies with their text, by their place under a folder of copies."""
    policies = [_directory() / f"{name}.toml" for name in shipped()]
    return {f"{file.parent.name}/{file.name}": _text(file) for file in (*policies, *vocabularies())}


class DirectoryPolicies(Mapping[str, DirectoryRules]):
    """What every known policy says of the directory: the shipped ones and those handed in, each read when asked for."""

    def __init__(self, known: Iterable[Policy], letters: Collection[str]) -> None:
        self._rules = {policy.name: directory_rules(policy) for policy in known}
        self._letters = letters

    def __getitem__(self, name: str) -> DirectoryRules:
        if name not in self._rules:
            if name not in shipped():
                raise KeyError(name)
            self._rules[name] = directory_rules(read_policy(name, self._letters).policy)
        return self._rules[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self._rules, *shipped()}))

    def __len__(self) -> int:
        return len({*self._rules, *shipped()})


def directory_rules(policy: Policy) -> DirectoryRules:
    forwarding = {line.to for line in policy.gates.topic.lines} if policy.gates.topic else set()
    return DirectoryRules(
        plans=frozenset(policy.plans),
        most_contacts=policy.contacts_per_contract,
        needs_account_manager=policy.needs_account_manager,
        forwards_to=tuple(party for party in PARTIES if party in forwarding),
    )


SAYS_NO_PHRASE: tuple[str, ...] = (
    "title",
    "timezone",
    "letter_language",
    "hours",
    "queue",
    "queues",
    "budgets",
    "calendars",
)
SAYS_NO_PHRASE += ("reminders", "warnings", "contacts_per_contract")
"""Keys of a policy on which none of its phrases depends. Of `plans` only the names count: phrases may be for one."""


def _listens_like_a_shipped_one(text: str) -> bool:
    """Whether a policy differs from a shipped one only in what no phrase depends on, as most copies of one do."""
    words = _words(text)
    return words is not None and any(words == _words(_text(_directory() / f"{name}.toml")) for name in shipped())


def _words(text: str) -> dict[str, Any] | None:
    """What a policy says but for those keys; None where it brings vocabularies along, or is no TOML."""
    own, brought = parted(text)
    try:
        said = tomllib.loads(own)
    except tomllib.TOMLDecodeError:
        return None
    plans = said.get("plans")
    said["plans"] = sorted(plans) if isinstance(plans, dict) else None
    return None if brought else {key: value for key, value in said.items() if key not in SAYS_NO_PHRASE}


def _directory() -> Path:
    return Path(str(files("rules"))) / "policies"


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        fault = Fault(file, None, "", f"cannot be read ({error.strerror})", "check the name of the policy file")
    except UnicodeDecodeError:
        fault = Fault(file, None, "", "is not UTF-8 text", "save it as UTF-8")
    raise ConfigFaults([fault])
