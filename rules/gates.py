"""The gates that a request passes on its way to being a ticket: one small function each, and the ordered list of them.

A gate on facts (contact, subscription, payment, language, role, a contract's version) can close on anybody. A gate on
words (version as the mail names it, third_party, development, remote_administration, services) never closes on a
severity 1: it flags. Every gate says why, in a sentence for staff.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from rules import senders, versions
from rules.facts import Circumstances, Gate, GateResult, Mail, Membership, Reading, Tongue, Verdict
from rules.policy_gates import KEYWORD_GATES
from rules.policy_model import Policy
from rules.wishes import Wish


@dataclass(frozen=True, slots=True)
class Case:
    """What the gates look at."""

    mail: Mail
    reading: Reading
    circumstances: Circumstances
    policy: Policy
    membership: Membership | None
    severity: int
    wishes: Mapping[Gate, Wish]

    @property
    def local(self) -> datetime:
        return self.circumstances.at.astimezone(self.policy.zone)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one gate says, and how: `keyword` for a judgement on words, `doubt` where it cannot tell."""

    closed: bool
    why: str
    keyword: bool = False
    doubt: bool = False


def passage(case: Case) -> tuple[tuple[GateResult, ...], bool]:
    """What every gate of the policy says, in order, and whether the mail is held rather than declined.

    Doubt holds a mail that nothing else closes on; beside a plain failure it is only flagged.
    """
    used = case.policy.gates.used()
    findings = {gate: GATES[gate](case) for gate in used if case.membership is not None or gate is Gate.CONTACT}
    plain = any(finding.closed and not finding.doubt and not _spared(case, finding) for finding in findings.values())
    results = tuple(_result(gate, findings.get(gate), case, plain) for gate in used)
    held = not plain and any(finding.doubt for finding in findings.values())
    return results, held


def _result(gate: Gate, finding: Finding | None, case: Case, plain: bool) -> GateResult:
    if finding is None:
        return GateResult(gate, Verdict.SKIP, "Not looked at, because the sender is on no contract.")
    if not finding.closed:
        return GateResult(gate, Verdict.PASS, finding.why)
    if _spared(case, finding):
        why = f"{finding.why} A severity 1 is taken in all the same; please look at it."
        return GateResult(gate, Verdict.FLAG, why)
    if finding.doubt and plain:
        return GateResult(gate, Verdict.FLAG, f"{finding.why} Something else decides here.")
    return GateResult(gate, Verdict.FAIL, finding.why)


def _spared(case: Case, finding: Finding) -> bool:
    return finding.keyword and case.severity == 1 and len(case.policy.severity.levels) > 1


def contact(case: Case) -> Finding:
    sender = case.mail.sender
    if case.membership is None:
        who = sender.address if sender else "A mail without a sender"
        return Finding(True, f"{who} is on no contract under this policy.", doubt=unproven_stranger(case))
    return Finding(False, f"{case.membership.contact.email} is on {case.membership.contract.contract}.")


def unproven_stranger(case: Case) -> bool:
    """Whether the mailbox's own server does not vouch for a stranger's address: it may be somebody else's."""
    return case.circumstances.authentication_expected and case.mail.authentication != "pass"


def subscription(case: Case) -> Finding:
    contract = _membership(case).contract
    today = case.local.date()
    if senders.is_valid(contract, today):
        return Finding(False, f"{contract.contract} is valid until {contract.ends.isoformat()}.")
    if today < contract.starts:
        return Finding(True, f"{contract.contract} begins only on {contract.starts.isoformat()}.")
    return Finding(True, f"{contract.contract} ended on {contract.ends.isoformat()}.")


def payment(case: Case) -> Finding:
    contract = _membership(case).contract
    state = "is paid" if contract.paid else "is not paid yet"
    return Finding(not contract.paid, f"{contract.contract} {state}.")


def language(case: Case) -> Finding:
    read = case.reading.language
    spoken = " or ".join(case.policy.languages)
    match read.tongue:
        case Tongue.ACCEPTED:
            return Finding(False, f"The mail is written in {read.language}.")
        case Tongue.SHORT:
            return Finding(False, "The mail has too little text to tell its language, which is no reason against it.")
        case Tongue.OTHER:
            return Finding(True, f"The mail is written in {read.language}, not in {spoken}.")
        case Tongue.DOUBT:
            why = f"It is not certain that the mail is written in {spoken}; a person should look."
            return Finding(True, why, doubt=True)
        case _:
            assert_never(read.tongue)


def role(case: Case) -> Finding:
    person = _membership(case).contact
    allowed = case.policy.gates.role.allow if case.policy.gates.role else ()
    name = person.role.replace("_", " ")
    if person.role in allowed:
        return Finding(False, f"{person.email} is listed as {name}.")
    wanted = " or ".join(entry.replace("_", " ") for entry in allowed)
    return Finding(True, f"{person.email} is listed as {name}; this support is for {wanted}.")


def version(case: Case) -> Finding:
    rule = case.policy.gates.version
    named = versions.named(case.reading)
    recorded = _membership(case).contract.version
    if rule is None or not (named or recorded):
        return Finding(False, "No version is named in the mail or recorded for the contract.")
    source = "The mail names" if named else "The contract records"
    shown = ", ".join(named) if named else recorded
    supported = any(versions.is_of(one, rule.supported) for one in named or (recorded,))
    verdict = "is supported" if supported else f"is not supported; supported are {' and '.join(rule.supported)}"
    return Finding(not supported, f"{source} {rule.product} {shown}, which {verdict}.", keyword=bool(named))


def _wish(gate: Gate) -> Callable[[Case], Finding]:
    def asked(case: Case) -> Finding:
        keyword = case.policy.gates.keyword(gate)
        asks_for = keyword.asks_for if keyword else gate.value
        wish = case.wishes.get(gate)
        if wish is None:
            return Finding(False, f"Nothing in the mail asks for {asks_for}.")
        words = ", ".join(f"“{phrase}”" for phrase in wish.phrases)
        if wish.instead_of:
            return Finding(False, f"The same words ({words}) speak for {wish.instead_of.replace('_', ' ')} first.")
        return Finding(True, f"The mail asks for {asks_for}: {words}.", keyword=True)

    return asked


def _membership(case: Case) -> Membership:
    if case.membership is None:
        raise LookupError("only the contact gate looks at a mail of a stranger")
    return case.membership


GATES: dict[Gate, Callable[[Case], Finding]] = {
    Gate.CONTACT: contact,
    Gate.SUBSCRIPTION: subscription,
    Gate.PAYMENT: payment,
    Gate.LANGUAGE: language,
    Gate.ROLE: role,
    Gate.VERSION: version,
    **{gate: _wish(gate) for gate in KEYWORD_GATES},
}
