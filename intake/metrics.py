"""The figures of one daemon as Prometheus reads them: what it counted itself, and what the store holds at this instant.

What only grows is counted by the process that did it (`rate` knows about restarts, and several daemons add up); what
stands is read from the store, so that each daemon on it says the same, and is kept for a moment. A store that cannot
be read takes its own figures away and nothing else. Names and units follow the conventions of Prometheus; an age is 0
where nothing waits, and an instant is absent where there is none. Labels name mailboxes, never people.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

import structlog
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from intake.deliver import Deliverer
from intake.desk import Desk
from intake.oauth import watch as oauth
from intake.receive import Receiver
from intake.settings import MailboxSettings
from intake.standing import is_daemon
from rules.facts import End, TryLater
from rules.loops import QUIET
from storage.clocks import FIRST_RESPONSE, RESOLUTION
from storage.database import Database
from storage.measures import Measures, measure

log = structlog.get_logger()

KEPT_SECONDS = 5.0
"""How long what was read from the store is told again: several who ask at once cost one look."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the figures are of."""

    database: Database
    now: Callable[[], datetime]
    desks: Callable[[], Mapping[str, Desk]]
    receivers: Sequence[Receiver]
    deliverers: Sequence[Deliverer]
    ready: Callable[[], bool]
    stuck: Callable[[], Sequence[str]]
    """The parts that should have been heard of by now."""


class Figures(Collector):
    """Asked by one thread or several."""

    def __init__(self, parts: Parts, seconds: Callable[[], float] = time.monotonic) -> None:
        self._parts = parts
        self._seconds = seconds
        self._reading = threading.Lock()
        self._read: tuple[float, Measures | None, float] | None = None

    def describe(self) -> list[Metric]:
        """Nothing: whoever registers this is not to ask the store."""
        return []

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("intake_build", "The version of Intake.", value={"version": version("ticket-intake")})
        yield _one("intake_ready", "Whether every mailbox was opened and mail can be read.", self._parts.ready())
        yield _one("intake_stuck_parts", "Parts of the daemon that make no progress.", len(self._parts.stuck()))
        yield from self._of_mailboxes()
        yield from self._of_letters()
        yield from self._of_certificates()
        found, took = self._measures()
        yield _one("intake_store_up", "Whether the store could be read.", found is not None)
        yield _one("intake_store_read_duration_seconds", "How long the store was read for these figures.", took)
        if found is not None:
            for told in STANDING:
                yield from told(found, self._parts.now())

    def _measures(self) -> tuple[Measures | None, float]:
        with self._reading:
            began = self._seconds()
            if self._read is None or began - self._read[0] > KEPT_SECONDS:
                now = self._parts.now()
                found = None
                try:
                    with self._parts.database.snapshot() as tx:
                        found = measure(tx, now, now - QUIET)
                except TryLater as trouble:
                    log.warning("store_trouble", part="metrics", why=str(trouble))
                self._read = (self._seconds(), found, self._seconds() - began)
            return self._read[1:]

    def _of_mailboxes(self) -> Iterator[Metric]:
        mails = CounterMetricFamily("intake_mails", "Mails that this process took in, by their end.", labels=OF_END)
        failures = _counter("intake_mail_failures", "Failures of this process at mails that are tried again.")
        undecided = _gauge("intake_undecided_mails", "Mails in the mailbox that have no end yet.")
        oldest = _gauge(
            "intake_undecided_mail_oldest_age_seconds", "How long this process has known the oldest of them."
        )
        reads = _gauge("intake_mailbox_connected", "Whether this process has the mailbox open.")
        for receiver, name in zip(self._parts.receivers, self._parts.desks(), strict=True):
            for end in End:
                mails.add_metric([name, end.value], receiver.take_in.ends[end])
            failures.add_metric([name], receiver.take_in.failures)
            count, age = receiver.take_in.undecided()
            undecided.add_metric([name], count)
            oldest.add_metric([name], age)
            reads.add_metric([name], receiver.reads)
        yield from (mails, failures, undecided, oldest, reads)

    def _of_letters(self) -> Iterator[Metric]:
        letters = CounterMetricFamily(
            "intake_letters", "Attempts of this process to send a letter, by how they ended.", labels=OF_RESULT
        )
        latency = HistogramMetricFamily(
            "intake_acknowledgement_latency_seconds",
            "From the record of a mail until the mail server took its acknowledgement.",
            labels=OF_MAILBOX,
        )
        for deliverer, name in zip(self._parts.deliverers, self._parts.desks(), strict=True):
            for result in ("sent", "refused", "put_off"):
                letters.add_metric([name, result], getattr(deliverer, result))
            latency.add_metric([name], deliverer.acknowledged.buckets(), deliverer.acknowledged.total)
        yield from (letters, latency)

    def _of_certificates(self) -> Iterator[Metric]:
        mailboxes: list[MailboxSettings] = [desk.mailbox for desk in self._parts.desks().values()]
        ends = GaugeMetricFamily(
            "intake_certificate_expiry_timestamp_seconds",
            "When a certificate ends: that of the imap or smtp server, or of the app that signs in.",
            labels=("mailbox", "of"),
        )
        names = [mailbox.name for mailbox in mailboxes]
        shown = [
            *(("imap", name, one.certificate_ends) for name, one in zip(names, self._parts.receivers, strict=True)),
            *(("smtp", name, one.certificate_ends) for name, one in zip(names, self._parts.deliverers, strict=True)),
            *(("app", name, end) for name, end in oauth.certificate_ends(mailboxes).items()),
        ]
        for of, name, end in shown:
            if end is not None:
                ends.add_metric([name, of], end.timestamp())
        token = _gauge("intake_token_expiry_timestamp_seconds", "When the token ends by which the mailbox is opened.")
        renewed = _gauge("intake_token_renewal_ok", "Whether tokens of the mailbox can be renewed.")
        for name, stands in oauth.standing(mailboxes).items():
            if stands.expires_at is not None:
                token.add_metric([name], stands.expires_at.timestamp())
            renewed.add_metric([name], not stands.trouble)
        yield from (ends, token, renewed)


def _mailboxes(found: Measures, now: datetime) -> Iterator[Metric]:
    unfiled = _gauge("intake_unfiled_mails", "Mails with an end that still stand in the mailbox.")
    oldest = _gauge("intake_unfiled_mail_oldest_age_seconds", "How long the oldest of them has had its end.")
    failing = _gauge("intake_failing_mails", "Mails that failed and have no end yet.")
    latest = _gauge("intake_last_mail_timestamp_seconds", "When the latest mail was recorded.")
    paused = _gauge("intake_letters_paused", "Whether an admin stopped the letters of the mailbox.")
    gaps = _gauge("intake_reconciliation_gaps", "Mails and letters that the last reconciliation missed.")
    for one in found.figures.mailboxes:
        unfiled.add_metric([one.name], one.unfiled)
        oldest.add_metric([one.name], _age(one.oldest_unfiled_at, now))
        failing.add_metric([one.name], one.struck)
        if one.last_mail_at is not None:
            latest.add_metric([one.name], one.last_mail_at.timestamp())
        paused.add_metric([one.name], one.paused_at is not None)
        gaps.add_metric([one.name], found.figures.gaps.get(one.name, 0))
    yield from (unfiled, oldest, failing, latest, paused, gaps)


def _letters(found: Measures, now: datetime) -> Iterator[Metric]:
    depth = _gauge("intake_outbox_letters", "Letters that wait to be sent.")
    oldest = _gauge("intake_outbox_oldest_letter_age_seconds", "How long the oldest of them has waited.")
    waiting = {one.mailbox: one for one in found.backlogs}
    for name in sorted({one.name for one in found.figures.mailboxes} | waiting.keys()):
        backlog = waiting.get(name)
        depth.add_metric([name], backlog.letters if backlog else 0)
        oldest.add_metric([name], _age(backlog.oldest_at if backlog else None, now))
    yield from (depth, oldest)


def _people(found: Measures, now: datetime) -> Iterator[Metric]:
    """What waits for a person."""
    figures = found.figures
    yield _one("intake_held_requests", "Requests that wait for a person to decide.", figures.held)
    held = _age(figures.oldest_held_at, now)
    yield _one("intake_held_request_oldest_age_seconds", "How long the oldest of them has waited.", held)
    yield _one("intake_quarantined_mails", "Mails that could not be read, or were too large.", figures.quarantined)
    yield _one("intake_stopped_loops", "Loops of machines that are stopped now.", len(figures.loops))
    refused = figures.refused_notice_at
    yield _instant("intake_refused_notice_timestamp_seconds", "When a letter to staff was last refused.", refused)


def _promises(found: Measures, now: datetime) -> Iterator[Metric]:
    yield _one("intake_promises_running", "Promises that wait for an answer in time.", found.figures.clocks_running)
    soon = GaugeMetricFamily("intake_promises_due_soon", "Those that are due within an hour.", labels=["kind"])
    missed = GaugeMetricFamily("intake_promises_missed", "Promises that were missed and still wait.", labels=["kind"])
    known = {one.kind: one for one in found.promises}
    for kind in sorted(known.keys() | {FIRST_RESPONSE, RESOLUTION}):
        soon.add_metric([kind], known[kind].due_soon if kind in known else 0)
        missed.add_metric([kind], known[kind].missed if kind in known else 0)
    yield from (soon, missed)
    due = found.figures.next_due_at
    yield _instant("intake_next_promise_due_timestamp_seconds", "When the next running promise is due.", due)


def _conditions(found: Measures, now: datetime) -> Iterator[Metric]:
    """As `status` shows them; a daemon that died without a word is well in its own eyes, and known by its silence."""
    well = GaugeMetricFamily("intake_part_ok", "Whether a part does well, as `intake status` says.", labels=["part"])
    heard = GaugeMetricFamily(
        "intake_daemon_heard_timestamp_seconds", "When a daemon last reported to the store.", labels=["daemon"]
    )
    for one in found.conditions:
        well.add_metric([one.part], one.well)
        if is_daemon(one.part):
            heard.add_metric([one.part], one.at.timestamp())
    yield from (well, heard)


STANDING = (_mailboxes, _letters, _people, _promises, _conditions)
"""What the store says, in this order."""

OF_MAILBOX = ("mailbox",)
OF_END = ("mailbox", "end")
OF_RESULT = ("mailbox", "result")


def _one(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _instant(name: str, meaning: str, at: datetime | None) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=())
    if at is not None:
        family.add_metric((), at.timestamp())
    return family


def _gauge(name: str, meaning: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, labels=OF_MAILBOX)


def _counter(name: str, meaning: str) -> CounterMetricFamily:
    return CounterMetricFamily(name, meaning, labels=OF_MAILBOX)


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
