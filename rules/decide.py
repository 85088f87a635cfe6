"""Deciding: the one entry point of the rules. A mail, what was read in it and what is known of it become a Decision.

Pure and fast: no clock, no disk, no network; everything slow happened in `reading`. What kind of mail it is comes
first, as an ordered list; only requests pass the gates.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from rules import promises, reminders, senders, severity, topics, wishes
from rules.case import Case, Route
from rules.conversation import AFTER_CLOSED, NOT_A_PARTY, belongs, is_party
from rules.facts import (
    Authentication,
    Circumstances,
    Decision,
    Gate,
    GateResult,
    Mail,
    MailKind,
    Membership,
    Outcome,
    Reading,
    Tongue,
    Verdict,
)
from rules.gates import Passage, passage
from rules.gates_on_facts import disowned_contact
from rules.policy_gates import KEYWORD_GATES
from rules.policy_model import Policy
from rules.policy_tables import Plan, PromiseTable
from rules.undecided import undecided


def decide(mail: Mail, reading: Reading, circumstances: Circumstances, policy: Policy) -> Decision:
    """What the policy says of one mail, with every reason. Due times are aware and UTC, counted from the arrival."""
    kind = next(kind for kind, holds in KINDS if holds(mail, circumstances, policy))
    day = circumstances.at.astimezone(policy.zone).date()
    membership = senders.choose(circumstances.memberships, day)
    blank = _blank(mail, reading, membership, policy, kind)
    if kind in IGNORED:
        return replace(blank, outcome=Outcome.IGNORED, why=IGNORED[kind])
    if kind is MailKind.STAFF:
        return replace(blank, flags=_doubts(mail, circumstances), why="A member of staff wrote this mail.")
    if kind is MailKind.FOLLOW_UP and circumstances.ticket is not None:
        why = f"The sender is on {circumstances.ticket.reference}, which this mail answers."
        return replace(blank, flags=_doubts(mail, circumstances), why=why)
    judged = severity.judge(reading, policy)
    wanted = wishes.expressed(reading, policy, blank.plan or "")
    about = topics.of(reading, judged.values, policy, blank.plan or "")
    case = Case(mail, reading, circumstances, policy, membership, judged.severity, wanted, judged.values, about)
    decision = _request(replace(blank, severity_why=judged.evidence), case, judged)
    return replace(decision, template=None) if kind is MailKind.BULK else decision


KINDS: tuple[tuple[MailKind, Callable[[Mail, Circumstances, Policy], bool]], ...] = (
    (MailKind.OWN, lambda mail, around, policy: around.own or mail.intake_tag is not None),
    (MailKind.BOUNCE, lambda mail, around, policy: bool(mail.machine.bounce)),
    (MailKind.AUTO_REPLY, lambda mail, around, policy: bool(mail.machine.auto)),
    (MailKind.STAFF, lambda mail, around, policy: around.staff),
    (
        MailKind.FOLLOW_UP,
        lambda mail, around, policy: belongs(mail, around.ticket, around.at, policy.budgets.reopen_days),
    ),
    (MailKind.BULK, lambda mail, around, policy: bool(mail.machine.bulk)),
    (MailKind.REQUEST, lambda mail, around, policy: True),
)

IGNORED = {
    MailKind.OWN: "The mail is one of our own.",
    MailKind.BOUNCE: "The mail reports that a letter could not be delivered.",
    MailKind.AUTO_REPLY: "The mail was written by a machine.",
}


def _request(blank: Decision, case: Case, judged: severity.Judgement) -> Decision:
    passed = passage(case)
    flags = _flags(passed.results, case)
    topic = passed.route.topic if passed.route else case.topic.name if case.topic else None
    blank = replace(blank, gates=passed.results, flags=flags, topic=topic)
    if case.membership is None and blank.kind is MailKind.BULK:
        why = "A list or a bulk mailer wrote, and it is on no contract; such mail is left unanswered."
        return replace(blank, outcome=Outcome.IGNORED, severity_why=(), topic=None, why=why)
    if passed.held:
        return _held(blank, case, judged, passed, passed.why)
    if passed.failed:
        return _declined(blank, passed)
    plan = case.policy.plans.get(blank.plan or "")
    if plan is None:
        # the directory was imported under another version of the policy
        why = f"the plan {blank.plan!r} of {blank.contract} is not in this policy."
        return _held(replace(blank, flags=(*flags, "unknown_plan")), case, judged, passed, why)
    if passed.route:
        return _routed(blank, passed.route, passed.results)
    return _accepted(blank, case, judged, plan)


def _accepted(blank: Decision, case: Case, judged: severity.Judgement, plan: Plan) -> Decision:
    notices = [notice for notice in plan.notices if judged.severity in notice.severities]
    return replace(
        blank,
        outcome=Outcome.ACCEPTED,
        template="acknowledgement",
        queue=plan.queue,
        severity=judged.severity,
        first_response_due=_due(plan.first_response, judged.severity, case),
        resolution_due=_due(plan.resolution, judged.severity, case),
        reminders=reminders.planned(case.policy, case.member.contract, judged.severity, case.circumstances.at),
        flags=blank.flags + tuple(notice.flag for notice in notices),
        also_notice=tuple(notice.queue for notice in notices),
        why=judged.why,
    )


def _routed(blank: Decision, route: Route, results: tuple[GateResult, ...]) -> Decision:
    sending = Gate(route.topic) if route.topic in KEYWORD_GATES else Gate.TOPIC
    return replace(
        blank,
        outcome=Outcome.ROUTED,
        template=route.letter,
        queue=route.queue,
        forward_to=route.forward_to or None,
        party=route.party,
        allowance=route.allowance,
        severity_why=(),
        why=next(result.why for result in results if result.gate is sending),
    )


def _held(blank: Decision, case: Case, judged: severity.Judgement, passed: Passage, why: str) -> Decision:
    plan = case.policy.plans.get(blank.plan or "")
    # nobody vouches for a stranger, or the contact's own domain says no: a letter might reach somebody who never wrote
    doubtful = case.membership is None or disowned_contact(case)
    queue = passed.route.queue if passed.route else plan.queue if plan else case.policy.queue
    return replace(
        blank,
        outcome=Outcome.HELD,
        failed=passed.failed,
        template=None if doubtful else "held",
        queue=queue,
        severity=judged.severity,
        why=f"A person should decide: {why}",
    )


def _declined(blank: Decision, passed: Passage) -> Decision:
    return replace(
        blank,
        outcome=Outcome.DECLINED,
        failed=passed.failed,
        template=f"declined_{passed.failed[0]}",
        severity_why=(),
        trainings=passed.trainings,
        why=passed.why,
    )


def _flags(results: tuple[GateResult, ...], case: Case) -> tuple[str, ...]:
    ticket = case.circumstances.ticket
    flags = [result.gate.value for result in results if result.verdict is Verdict.FLAG]
    flags += _doubts(case.mail, case.circumstances)
    if ticket is not None:
        flags.append(AFTER_CLOSED if is_party(case.mail, ticket) else NOT_A_PARTY)
    return tuple(flags)


def _doubts(mail: Mail, circumstances: Circumstances) -> tuple[str, ...]:
    """A flag where the mailbox's own server says that the sender is somebody else."""
    failed = circumstances.authentication_expected and mail.authentication is Authentication.FAIL
    return ("sender_not_authenticated",) if failed else ()


def _due(promised: Mapping[int, PromiseTable], level: int, case: Case) -> datetime | None:
    promise = promised.get(level)
    if promise is None:
        return None
    return promises.due(case.circumstances.at, promise.target, case.policy.calendar(promise.on))


def _blank(mail: Mail, reading: Reading, membership: Membership | None, policy: Policy, kind: MailKind) -> Decision:
    """What is known of a mail before anything is decided."""
    return replace(
        undecided(kind, policy, membership, mail.sender.address if mail.sender else ""),
        language=reading.language.language,
        language_confidence=reading.language.confidence,
        letter_language=_letter_language(reading, membership, policy),
    )


def _letter_language(reading: Reading, membership: Membership | None, policy: Policy) -> str:
    """The language a letter to the sender should have: the mail's own where it is certain, else the contact's."""
    if reading.language.tongue in (Tongue.ACCEPTED, Tongue.OTHER) and reading.language.language:
        return reading.language.language
    return (membership.contact.language if membership else "") or policy.letter_language
