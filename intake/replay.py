"""Decides again about the stored mail under a candidate policy, and tells what would have come out otherwise.

Nothing is written and nothing is sent. What a mail was decided by beside its words is put together as it was when its
turn came, as far as the store can say: tickets that were there by then, incidents of its month counted from the
decisions of the replay itself, so that a quota which changes shows in every mail behind it. The directory and the staff
are today's. Worker processes read the mails, as they do for the daemon.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime

from intake.circumstances import gather
from intake.desk import Desk
from intake.explain import as_decided
from intake.incidents import Incidents
from intake.judgement import judge
from intake.settings import DaemonSettings
from intake.understand import Answer, NotUnderstood, Understanding, Understood
from intake.worker import Worker
from rules import quota
from rules.facts import Decision, End, MailKind, Membership, Outcome, TicketView
from rules.lifecycle import Status
from rules.policy import Policy
from storage import directory, past
from storage.database import Database, Transaction
from storage.past import Place, Stored
from storage.tickets import Ticket

CHUNK_MAILS = 200
CHUNK_OCTETS = 16_000_000
"""What is read ahead of the mail that is decided about."""

MAILS_A_WORKER = 50
"""Fewer are read sooner than a further worker has started."""

COMPARED: tuple[str, ...] = (
    *("kind", "outcome", "failed", "severity", "queue", "first_response_due", "resolution_due", "template", "topic"),
    *("forward_to", "also_notice", "reminders", "flags", "letter_language"),
)
"""What of a decision has consequences, in the order in which it is told."""
SAID_BEFORE_A_PERSON = ("outcome", "failed")
"""What the log keeps of a decision that a person has overruled since."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a decision, under its name in `explain --json`."""

    field: str
    old: object
    new: object


@dataclass(frozen=True, slots=True)
class Replayed:
    """A mail that was decided about again. Without differences nothing would change for it."""

    stored: Stored
    differences: tuple[Difference, ...]
    decision: Decision | None
    """The new one; None for a mail in quarantine that cannot be read now either."""

    @property
    def directory_changed(self) -> bool:
        """Whether today's directory has the sender on another contract or plan than when the mail was decided."""
        before, now = self.stored.decision, self.decision
        return bool(before and now and (before.contract, before.plan) != (now.contract, now.plan))


@dataclass(frozen=True, slots=True)
class NotReplayed:
    """A mail that could not be decided about again, and why."""

    stored: Stored
    reason: str


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What is to be replayed."""

    database: Database
    desk: Desk
    """The mailbox as it is, under the policy in force."""
    candidate: Policy
    limits: DaemonSettings
    since: datetime | None = None
    """Mails that arrived earlier are not told of; None takes them all."""

    def places(self) -> list[Place]:
        """The mails to go through: with a quota also the earlier ones of the first month, for they count in it."""
        since = self.since
        if since is not None and quota.counts(self.candidate):
            since = quota.month(since, self.candidate.zone)[0]
        with self.database.snapshot() as tx:
            return past.order(tx, self.desk.name, since)


Told = Replayed | NotReplayed


def readers(rehearsal: Rehearsal, mails: int, begun: Sequence[Worker] = ()) -> Understanding:
    """The workers that a replay of so many mails needs, under the daemon's limits; the caller closes them.

    `begun` are workers that are loading already.
    """
    limits, candidate = rehearsal.limits, rehearsal.candidate
    return Understanding(
        {candidate.version: candidate},
        workers=min(limits.workers, -(-mails // MAILS_A_WORKER)),
        seconds=limits.understand_seconds,
        memory=limits.understand_bytes,
        begun=begun,
    )


def replay(rehearsal: Rehearsal, pool: Understanding, places: Sequence[Place]) -> Iterator[Told | None]:
    """One answer for each of `places`, in their order; None for a mail that is only counted, or gone meanwhile.

    Raises TryLater where the store is away or no worker process can be started.
    """
    with rehearsal.database.snapshot() as tx:
        counted = Incidents(rehearsal.candidate, past.incidents_elsewhere(tx, rehearsal.desk.name))
    for chunk in _read_ahead(rehearsal, pool, places):
        yield from _decided(rehearsal, counted, chunk)
        yield from [None] * chunk.gone


@dataclass(frozen=True, slots=True)
class _Chunk:
    mails: list[tuple[Stored, "Future[Answer] | None"]]
    gone: int


def _read_ahead(rehearsal: Rehearsal, pool: Understanding, places: Sequence[Place]) -> Iterator[_Chunk]:
    """Chunk by chunk, each handed out when the next is with the workers already."""
    # the keys by which mail was signed are changed in time: what the server wrote into it is there for ever
    trust, ahead = replace(rehearsal.desk.trust, dkim=False), None
    for some in chunks(places):
        with rehearsal.database.snapshot() as tx:
            found = past.stored(tx, some)
        raws = [one.raw for one in found]
        futures = [
            None if raw is None else pool.submit(raw, policy=rehearsal.candidate.version, trust=trust) for raw in raws
        ]
        if ahead is not None:
            yield ahead
        ahead = _Chunk(list(zip(found, futures, strict=True)), len(some) - len(found))
    if ahead is not None:
        yield ahead


def chunks(places: Sequence[Place]) -> Iterator[list[Place]]:
    """What is read ahead together: at most so many mails, and octets where it is more than one mail."""
    chunk: list[Place] = []
    octets = 0
    for place in places:
        if chunk and (len(chunk) >= CHUNK_MAILS or octets + place.size > CHUNK_OCTETS):
            yield chunk
            chunk, octets = [], 0
        chunk.append(place)
        octets += place.size
    if chunk:
        yield chunk


def _decided(rehearsal: Rehearsal, counted: Incidents, chunk: _Chunk) -> list[Told | None]:
    answers = [(one, future.result() if future is not None else None) for one, future in chunk.mails]
    mails = [answer.mail for _, answer in answers if isinstance(answer, Understood)]
    senders = {mail.sender.key for mail in mails if mail.sender}
    told = []
    with rehearsal.database.snapshot() as tx:
        # the candidate's file may have any name; the directory names the policy in force
        known = directory.memberships(tx, rehearsal.desk.policy.name, senders)
        desk = replace(rehearsal.desk, policy=rehearsal.candidate)
        for one, answer in answers:
            decision = _decide(tx, desk, one, answer, known, counted) if isinstance(answer, Understood) else None
            counted.add(one, decision)
            told.append(_told(one, answer, decision))
    since = rehearsal.since
    return [one if since is None or one.stored.arrived_at >= since else None for one in told]


def _decide(
    tx: Transaction,
    desk: Desk,
    one: Stored,
    read: Understood,
    known: Mapping[str, tuple[Membership, ...]],
    counted: Incidents,
) -> Decision:
    mail = read.mail
    memberships = known[mail.sender.key] if mail.sender else ()
    around, _ = gather(
        tx,
        desk,
        mail,
        one.arrived_at,
        memberships,
        there=lambda found: _was_there(found, one),
        as_then=lambda found, view: _as_then(tx, found, view, one),
        known_by=one.decided_at,
    )
    around = replace(around, usage=counted.before(around, one))
    return judge(mail, read.reading, around, desk.policy, desk.own_mailboxes, one.decided_at)


def _as_then(tx: Transaction, ticket: Ticket, view: TicketView, one: Stored) -> TicketView:
    """The ticket closed or open, as it was when this mail's turn came. Who is on it is today's."""
    closed_at = past.closed_since(tx, ticket.ticket_id, one.decided_at, one.mail_id)
    status = Status.CLOSED if closed_at else Status.OPEN if view.status == Status.CLOSED else view.status
    return replace(view, status=status, closed_at=closed_at)


def _was_there(ticket: Ticket, one: Stored) -> bool:
    """Whether the ticket had been opened when this mail's turn came; the mails of a batch share one instant."""
    opened_it = one.ticket_id if one.decision and one.decision.outcome else None
    if ticket.recorded_at == one.decided_at and opened_it is not None:
        return ticket.ticket_id < opened_it
    return ticket.recorded_at <= one.decided_at


def _told(one: Stored, answer: Answer | None, decision: Decision | None) -> Told:
    if decision is not None:
        return Replayed(one, tuple(_differences(one, decision)), decision)
    if one.end is End.QUARANTINED:  # as it was
        return Replayed(one, (), None)
    if isinstance(answer, NotUnderstood):
        return NotReplayed(one, f"it cannot be read now: {answer.reason}")
    return NotReplayed(one, "its bytes are no longer stored")


def _differences(one: Stored, new: Decision) -> Iterator[Difference]:
    before, after = one.decision, {**as_decided(new), "letter_language": new.letter_language}
    if before is None:
        yield Difference("kind", MailKind.UNREADABLE, new.kind)
        yield Difference("outcome", None, new.outcome)
        return
    old = {**as_decided(before), "letter_language": before.letter_language}
    fields = COMPARED
    if one.overruled is not None:
        old |= {"outcome": one.overruled.outcome, "failed": list(one.overruled.failed)}
        fields = SAID_BEFORE_A_PERSON
    elif before.outcome == new.outcome and new.outcome in (None, Outcome.IGNORED):
        fields = ("kind",)
    for field in fields:
        if old[field] != after[field] and (field != "letter_language" or (before.template and new.template)):
            yield Difference(field, old[field], after[field])
