"""Answers what would happen to a mail and why, by the same steps as the daemon but without leaving a trace.

A mail is judged on a *ground*: directory files alone, or the database with all it knows (`explain_stored`). What comes
back is the object that `intake explain --json` prints, whose keys are a promise to scripts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol

from intake.directory_files import DirectoryFile
from intake.judgement import judge
from intake.mail.parse import parse
from rules.facts import Circumstances, Decision, Mail, MailKind, Membership, Unreadable, Usage, address_key
from rules.policy import Policy
from rules.reading import read


class Ground(Protocol):
    """What a mail is judged by, beside its words and the policy."""

    def around(self, mail: Mail, at: datetime) -> tuple[Circumstances, str | None]:
        """The circumstances of a mail that arrived at `at`, and the reference of the ticket they speak of."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Usage before the mail, as the command line states it; None leaves it to the ground."""

    incidents: int | None = None
    hours_spent: Decimal | None = None

    def put_into(self, around: Circumstances) -> Circumstances:
        if self.incidents is None and self.hours_spent is None:
            return around
        usage: dict[str, Usage] = dict(around.usage)
        for membership in around.memberships:
            name = membership.contract.contract
            was = usage.get(name, Usage())
            usage[name] = replace(
                was,
                incidents=was.incidents if self.incidents is None else self.incidents,
                hours_spent=was.hours_spent if self.hours_spent is None else self.hours_spent,
            )
        return replace(around, usage=usage)


class OnFiles:
    """Contracts and contacts from directory files; no tickets, no staff."""

    def __init__(self, files: DirectoryFile, policy: Policy) -> None:
        self._contracts = {known.contract: known for known in files.contracts if known.policy == policy.name}
        self._contacts: dict[str, list[Membership]] = {}
        for contact in files.contacts:
            if contract := self._contracts.get(contact.contract):
                self._contacts.setdefault(address_key(contact.email), []).append(Membership(contact, contract))

    def around(self, mail: Mail, at: datetime) -> tuple[Circumstances, str | None]:
        key = mail.sender.key if mail.sender else ""
        domain = "*@" + key.rpartition("@")[2]
        return Circumstances(at=at, memberships=(*self._contacts.get(key, ()), *self._contacts.get(domain, ()))), None


@dataclass(frozen=True, slots=True)
class Question:
    policy: Policy
    ground: Ground
    authserv_id: str = ""
    at: datetime | None = None
    """When the mail reached the mailbox; None takes the mail's own word, else now."""
    counted: Counted = Counted()
    own_mailboxes: frozenset[str] = frozenset()
    """Mailbox keys of our support addresses, where they are known."""


def explain(name: str, raw: bytes, question: Question, now: datetime) -> dict[str, object]:
    """The object of `intake explain --json` for one mail called `name`."""
    try:
        mail = parse(raw, authserv_id=question.authserv_id)
    except Unreadable as reason:
        return unreadable(name, str(reason), question.policy)
    at = question.at or mail.received or mail.date or now
    around, reference = question.ground.around(mail, at.astimezone(UTC))
    around, policy = question.counted.put_into(around), question.policy
    decision = judge(mail, read(mail, policy), around, policy, question.own_mailboxes, around.at)
    return {
        "message": name,
        "message_id": mail.message_id,
        **as_decided(decision),
        "ticket": reference if decision.outcome is None else None,
        "defects": list(mail.defects),
    }


def as_decided(decision: Decision) -> dict[str, object]:
    """A decision under the names that scripts know."""
    confidence = decision.language_confidence
    return {
        "kind": decision.kind,
        "outcome": decision.outcome,
        "sender": decision.sender,
        "contact": decision.contact,
        "organization": decision.organization,
        "contract": decision.contract,
        "plan": decision.plan,
        "language": decision.language,
        "language_confidence": None if confidence is None else round(confidence, 3),
        "topic": decision.topic,
        "gates": [{"gate": one.gate, "verdict": one.verdict, "why": one.why} for one in decision.gates],
        "failed": list(decision.failed),
        "flags": list(decision.flags),
        "template": decision.template,
        "queue": decision.queue,
        "forward_to": decision.forward_to,
        "severity": decision.severity,
        "severity_why": told_words(decision),
        "first_response_due": decision.first_response_due,
        "resolution_due": decision.resolution_due,
        "reminders": [
            {"to": one.to, "at": one.at, "every": one.every, "until": one.until} for one in decision.reminders
        ],
        "policy": decision.policy,
        "policy_version": decision.policy_version,
        "why": decision.why,
        "also_notice": list(decision.also_notice),
    }


def told_words(decision: Decision) -> list[dict[str, object]]:
    """The words of a mail that a severity was read from, as JSON has them."""
    return [
        {"phrase": one.phrase, "where": one.where, "severity": one.severity, "facet": one.facet}
        for one in decision.severity_why
    ]


_NOTHING: Mapping[str, object] = dict.fromkeys(
    (
        *("outcome", "sender", "contact", "organization", "contract", "plan", "language", "language_confidence"),
        *("topic", "template", "queue", "forward_to", "severity", "first_response_due", "resolution_due", "ticket"),
    )
)
_EMPTY: Sequence[str] = ("gates", "failed", "flags", "severity_why", "reminders", "also_notice")


def unreadable(name: str, reason: str, policy: Policy) -> dict[str, object]:
    """The same object for a mail that cannot be read: it would go into quarantine, for the reason under `defects`."""
    return {
        "message": name,
        "message_id": None,
        "kind": MailKind.UNREADABLE,
        **_NOTHING,
        **{key: [] for key in _EMPTY},
        "policy": policy.name,
        "policy_version": policy.version,
        "why": reason,
        "defects": [reason],
    }
