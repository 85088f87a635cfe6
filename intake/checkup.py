"""Looks over everything that an admin can get wrong, without touching a server: configuration, policies, templates.

All of it is told at once, in the words of `config_faults`. What only a server can answer is asked by `intake.connect`.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from intake.checkup_directory import open_gaps
from intake.checkup_store import readable_by_others
from intake.config import ConfigFaults, Fault, MailboxSettings, Settings, inspect
from intake.config_faults import key_lines, line_of, nearest
from intake.mail.authentication import M365
from intake.shipped import directory_rules, read_policy
from rules.policy import Policy
from rules.policy_model import ACCOUNT_MANAGER
from templates.render import Renderer


@dataclass(slots=True)
class Checkup:
    """What was found. With `faults` the daemon would not start; `warnings` are only worth a look."""

    file: Path
    settings: Settings | None = None
    """None when the configuration itself cannot be used."""
    policies: dict[str, Policy] = field(default_factory=dict)
    """By mailbox."""
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    """What may well be meant so."""


def check(file: Path, *, connect: bool = False) -> Checkup:
    """Everything that can be known about the configuration in `file`, offline unless `connect`.

    The contracts of a store that is a file are looked at too; those on a server only with `connect`.
    """
    found = Checkup(file)
    found.settings = _settings(found)
    if found.settings is None:
        return found
    for mailbox in found.settings.mailbox:
        _mailbox(found, mailbox)
    known = {queue for policy in found.policies.values() for queue in policy.queues} | set(found.settings.queues)
    if len(found.policies) == len(found.settings.mailbox):
        found.warnings += _queues(file, found.settings, known)
        found.warnings += _unmanned(file, found.settings, found.policies.values())
    rules = {policy.name: directory_rules(policy) for policy in found.policies.values()}
    warnings, found.notes = open_gaps(found.settings.storage.url, rules, connect=connect)
    found.warnings += warnings
    if unsafe := readable_by_others(found.settings.storage.url):
        found.warnings.append(_in_config(file, "storage.url", *unsafe))
    found.notes += _unproven(file, found.settings)
    return found


def _unproven(file: Path, settings: Settings) -> Iterator[Fault]:
    """Mailboxes that take every sender's word for who he is."""
    for at, mailbox in enumerate(settings.mailbox):
        if not mailbox.authserv_id and not mailbox.dkim:
            problem = (
                "is empty: whoever writes is taken for the one that From names, a customer's forger for the customer, "
                "and a stranger is declined by letter, also where somebody else forged his address"
            )
            remedy = (
                "where your server stamps Authentication-Results, write the name at the beginning of that header "
                f'("{M365}" for Microsoft 365); where it stamps none, dkim = true checks signatures'
            )
            yield _in_config(file, f"mailbox[{at}].authserv_id", problem, remedy)


def _settings(found: Checkup) -> Settings | None:
    try:
        loaded = inspect(found.file)
    except ConfigFaults as told:
        found.faults += told.faults
    else:
        found.warnings += loaded.warnings
        return loaded.settings
    try:  # without its passwords there is still much to look at
        return inspect(found.file, secrets=False).settings
    except ConfigFaults:
        return None


def _mailbox(found: Checkup, mailbox: MailboxSettings) -> None:
    if mailbox.templates and not Path(mailbox.templates).is_dir():
        key = f"mailbox[{_names(found).index(mailbox.name)}].templates"
        problem, remedy = f"there is no directory {mailbox.templates}", "correct it, or leave it empty"
        found.faults.append(_in_config(found.file, key, problem, remedy))
        return
    renderer = Renderer(Path(mailbox.templates) if mailbox.templates else None)
    for slip in renderer.check() if mailbox.templates else ():
        remedy = "correct the template, or remove it to use the shipped one"
        fault = Fault(Path(mailbox.templates) / slip.file, slip.line, "", slip.why, remedy)
        if fault not in found.faults:
            found.faults.append(fault)
    try:
        found.policies[mailbox.name] = read_policy(mailbox.policy, renderer.letters()).policy
    except ConfigFaults as told:
        faults = [_named(found, mailbox, fault) for fault in told.faults]
        found.faults += [fault for fault in faults if fault not in found.faults]


def _named(found: Checkup, mailbox: MailboxSettings, fault: Fault) -> Fault:
    """A policy that is not there is a fault of the line that names it."""
    if fault.line is not None or fault.file != Path(mailbox.policy):
        return fault
    key = f"mailbox[{_names(found).index(mailbox.name)}].policy"
    return _in_config(found.file, key, f"{mailbox.policy} {fault.problem}", fault.remedy)


def _queues(file: Path, settings: Settings, known: set[str]) -> Iterator[Fault]:
    """Queues of staff that no policy and no table of the configuration names: nobody would be told of anything."""
    for at, member in enumerate(settings.staff):
        for queue in member.queues:
            if queue not in known:
                yield _in_config(file, f"staff[{at}].queues", f'nothing ever goes to "{queue}"', nearest(queue, known))
    if not settings.staff:
        yield _in_config(file, "staff", "nobody is told of any ticket", "list at least one person under [[staff]]")


def _unmanned(file: Path, settings: Settings, policies: Collection[Policy]) -> Iterator[Fault]:
    """Queues that a policy reminds with nobody there, and names that are nearly one of a policy's."""
    of_policies = {queue for policy in policies for queue in policy.queues}
    for name in settings.queues.keys() - of_policies:
        if close := get_close_matches(name, of_policies - settings.queues.keys(), 1, 0.7):
            remedy = f'did you mean "{close[0]}"?'
            yield _in_config(file, f"queues.{name}", f'no policy has a queue "{name}"', remedy)
    manned = {queue for member in settings.staff for queue in member.queues}
    manned |= {name for name, queue in settings.queues.items() if queue.notify or queue.shift}
    for policy in policies:
        for name in sorted({one.to for one in policy.reminders} - manned - {ACCOUNT_MANAGER, policy.queue}):
            remedy = f"name places under [queues.{name}], or give a person this queue under [[staff]]"
            yield _in_config(file, "queues", f'nobody is on "{name}", which {policy.name} reminds', remedy)


def _names(found: Checkup) -> list[str]:
    return [mailbox.name for mailbox in found.settings.mailbox] if found.settings else []


def _in_config(file: Path, key: str, problem: str, remedy: str) -> Fault:
    return Fault(file, line_of(key_lines(file.read_text(encoding="utf-8-sig")), key), key, problem, remedy)
