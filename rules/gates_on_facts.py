"""The gates on facts: who wrote, under which contract, in which language, and what of it is used up.

They can close on anybody, also on a severity 1; only an exhausted quota or block of hours is for a person to answer.
"""

from typing import assert_never

from rules import quota, senders
from rules.case import Case, Finding
from rules.facts import Tongue
from rules.gates_on_words import route_of


def contact(case: Case) -> Finding:
    sender = case.mail.sender
    if case.membership is None:
        who = sender.address if sender else "A mail without a sender"
        return Finding(True, f"{who} is on no contract under this policy.", doubt=unproven_stranger(case))
    listed = f"{case.membership.contact.email} is on {case.membership.contract.contract}"
    if disowned_contact(case):
        why = f"{listed}, but by the DMARC policy of its domain somebody else wrote this mail; a person should look."
        return Finding(True, why, doubt=True)
    return Finding(False, f"{listed}.")


def unproven_stranger(case: Case) -> bool:
    """Whether the mailbox's own server does not vouch for a stranger's address: it may be somebody else's."""
    return case.circumstances.authentication_expected and case.mail.authentication != "pass"


def disowned_contact(case: Case) -> bool:
    """Whether the mail bears a contact's address and the address's own domain says that it is none of its own."""
    return case.membership is not None and case.circumstances.authentication_expected and case.mail.dmarc_failed


def subscription(case: Case) -> Finding:
    contract = case.member.contract
    today = case.local.date()
    if senders.is_valid(contract, today):
        return Finding(False, f"{contract.contract} is valid until {contract.ends.isoformat()}.")
    if today < contract.starts:
        return Finding(True, f"{contract.contract} begins only on {contract.starts.isoformat()}.")
    return Finding(True, f"{contract.contract} ended on {contract.ends.isoformat()}.")


def payment(case: Case) -> Finding:
    contract = case.member.contract
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
    person = case.member.contact
    allowed = case.policy.gates.role.allow if case.policy.gates.role else ()
    name = person.role.replace("_", " ")
    if person.role in allowed:
        return Finding(False, f"{person.email} is listed as {name}.")
    wanted = " or ".join(entry.replace("_", " ") for entry in allowed)
    return Finding(True, f"{person.email} is listed as {name}; this support is for {wanted}.")


def expert_hours(case: Case) -> Finding:
    route, contract = route_of(case), case.member.contract
    left = contract.expert_hours - case.usage.hours_spent
    if route is None or not route.hours:
        return Finding(False, "Nothing in the mail is to be paid from prepaid hours.")
    if left > 0:
        return Finding(False, f"{contract.contract} has {left:f} of {contract.expert_hours:f} prepaid hours left.")
    why = f"It is to be paid from prepaid hours, and {contract.contract} has none left of {contract.expert_hours:f}."
    return Finding(True, why, holds=True)


def incidents(case: Case) -> Finding:
    contract = case.member.contract
    allowed, used = quota.allowed(case.policy, contract.plan), case.usage.incidents
    if allowed is None:
        return Finding(False, f"The plan of {contract.contract} does not count incidents.")
    if route_of(case):
        return Finding(False, "It goes to another desk, which takes no incident.")
    said = f"{contract.contract} has used {used} of {allowed} incidents this month"
    if used < allowed:
        return Finding(False, f"{said}.")
    urgent = case.severity == 1 and len(case.policy.severity.levels) > 1
    return Finding(True, f"{said}, and this would be one more.", holds=urgent)
