"""What is promised anew on a ticket that exists: a person changed its severity, a wait ended, it came back to us.

The original start counts, pauses are added, and nothing new is due earlier than `now`; a promise that was kept, or
missed for good, stays as it was. Pure, like `decide`: how the ticket went so far is handed in, what becomes of its
clocks is the caller's to write down.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rules import promises, reminders
from rules.facts import Contract, Decision, MailKind, Outcome, Reminder
from rules.policy_model import Policy
from rules.policy_tables import PromiseTable


@dataclass(frozen=True, slots=True)
class Promised:
    """One promise of a ticket, as its clock has it."""

    due_at: datetime
    settled: bool = False
    """It was kept or missed, and moves no more."""


@dataclass(frozen=True, slots=True)
class Course:
    """How a ticket went so far, as far as its promises depend on it."""

    started_at: datetime
    """Where its promises are counted from: the arrival, or when it came back to us."""
    pauses: tuple[tuple[datetime, datetime], ...] = ()
    """In order and apart; one that goes on ends now."""
    first_response: Promised | None = None
    resolution: Promised | None = None
    answered: bool = False
    """The first response was given, also where none was promised."""


def with_severity(
    before: Decision, level: int, policy: Policy, contract: Contract | None, course: Course, now: datetime
) -> Decision:
    """The decision as a person sees it who gives the ticket another severity. The gates stay as they were."""
    plan = policy.plans.get(before.plan or "")
    notices = plan.notices if plan else ()
    named = {notice.flag for notice in notices}
    now_named = [notice for notice in notices if level in notice.severities]
    flags = (*(flag for flag in before.flags if flag not in named), *(notice.flag for notice in now_named))
    known = contract is not None and plan is not None
    return due_anew(
        replace(
            before,
            severity=level,
            flags=flags,
            also_notice=tuple(notice.queue for notice in now_named),
            reminders=reminders.planned(policy, contract, level, course.started_at, known_at=now)
            if contract and known
            else (),
            why=f"A person changed the severity from {before.severity} to {level}.",
        ),
        policy,
        course,
        now,
    )


def due_anew(before: Decision, policy: Policy, course: Course, now: datetime) -> Decision:
    """The decision with the due times that its severity has by now.

    Of a plan or severity that the policy does not know (it is another than the one that decided) nothing new is
    promised, and what was promised stands: only a policy can say that no time is named.
    """
    if is_unasked(before):
        return replace(before, first_response_due=None, resolution_due=None, reminders=())
    plan, level = policy.plans.get(before.plan or ""), before.severity
    if plan is None or level not in policy.severity.levels:
        return replace(
            before, first_response_due=_as_was(course.first_response), resolution_due=_as_was(course.resolution)
        )
    first, resolution = plan.first_response.get(level), plan.resolution.get(level)
    if course.answered and course.first_response is None:
        first = None
    return replace(
        before,
        first_response_due=_due(first, course.first_response, policy, course, now),
        resolution_due=_due(resolution, course.resolution, policy, course, now),
    )


def is_unasked(decision: Decision) -> bool:
    """Whether staff opened the ticket, and its customer has not written yet: then nothing is promised to anybody."""
    return decision.kind is MailKind.STAFF and decision.template is None


def asked(
    before: Decision, level: int, policy: Policy, contract: Contract | None, course: Course, now: datetime
) -> Decision:
    """A ticket that staff opened, as of the customer's first mail on it: promised what any request is."""
    why = "Staff wrote first, and the customer has answered."
    return replace(
        with_severity(replace(before, template="acknowledgement"), level, policy, contract, course, now), why=why
    )


def taken_back(before: Decision, level: int, policy: Policy, contract: Contract | None, now: datetime) -> Decision:
    """What was with somebody else as a ticket of the policy's queue, promised what its plan promises from `now` on."""
    about = policy.gates.topic.otherwise if policy.gates.topic else ""
    fresh = replace(
        before,
        outcome=Outcome.ACCEPTED,
        topic=about or before.topic,
        template="acknowledgement" if before.template else None,
        queue=policy.queue,
        forward_to=None,
        party="",
        allowance=None,
        why="It was with somebody else and came back.",
    )
    return replace(with_severity(fresh, level, policy, contract, Course(now), now), why=fresh.why)


def still_to_give(planned: Sequence[Reminder], given: Sequence[Reminder], now: datetime) -> tuple[Reminder, ...]:
    """The reminders of a plan without those that were given before.

    One in a rhythm goes on where it was: its `given` stands at the time of the ring that would have come next. Where
    several of one queue are due at once, the last of them is enough.
    """
    left = [left for reminder in planned if (left := _left(reminder, given)) is not None]
    superseded = {(one.to, one.at) for one in left if any(_takes_its_place(other, one, now) for other in left)}
    return tuple(one for one in left if (one.to, one.at) not in superseded)


def _due(
    promise: PromiseTable | None, known: Promised | None, policy: Policy, course: Course, now: datetime
) -> datetime | None:
    if known is not None and known.settled:
        return known.due_at
    if promise is None:
        return None
    calendar = policy.calendar(promise.on)
    again = promises.recomputed(
        course.started_at, promise.target, calendar, now=course.started_at, pauses=course.pauses
    )
    if known is not None and max(known.due_at, again) <= now:
        return known.due_at  # what was missed, and would be due in the past all the same, is not missed a second time
    return max(again, now)


def _as_was(known: Promised | None) -> datetime | None:
    return known.due_at if known else None


def _left(reminder: Reminder, given: Sequence[Reminder]) -> Reminder | None:
    same = [
        one.at for one in given if (one.to, one.every, one.calendar) == (reminder.to, reminder.every, reminder.calendar)
    ]
    if reminder.every is None:
        # one that keeps to a calendar was perhaps put off once more before it was given
        done = any(at == reminder.at or (reminder.calendar and at > reminder.at) for at in same)
        return None if done else reminder
    return replace(reminder, at=max([reminder.at, *same]))


def _takes_its_place(other: Reminder, one: Reminder, now: datetime) -> bool:
    return other.to == one.to and one.at < other.at <= now
