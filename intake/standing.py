"""What is wrong with a running installation, from the figures and conditions that the daemon leaves in the store.

Pure; one sentence a problem, with its remedy. What is merely there to be seen (a quarantine, a refused letter) is no
problem by itself: it was told to staff when it happened.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.breakers import Scope
from storage.conditions import Condition
from storage.figures import Figures


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a thing may last before it is a problem."""

    daemon: timedelta = timedelta(minutes=5)
    """Without a word from the daemon, which reports twice a minute."""
    failing_mail: timedelta = timedelta(minutes=15)
    letter: timedelta = timedelta(hours=1)
    held: timedelta = timedelta(hours=24)
    filing: timedelta = timedelta(hours=1)
    refused_notice: timedelta = timedelta(hours=24)
    """How long it stays a problem that staff could not be told of something."""


DAEMON = "daemon"
"""The part that says how the daemon is; where several share a store, each adds its machine's name."""


def is_daemon(part: str) -> bool:
    return part.partition(" ")[0] == DAEMON


def problems(
    figures: Figures,
    conditions: Sequence[Condition],
    mailboxes: Collection[str],
    now: datetime,
    patience: Patience = Patience(),
) -> list[str]:
    """`mailboxes` are those of the configuration."""
    return [
        *_daemon(conditions, now, patience),
        *_parts(conditions, mailboxes),
        *_mail(figures, mailboxes, now, patience),
        *_letters(
            figures, now, patience, told=any(one.part.startswith("outbox ") and not one.well for one in conditions)
        ),
        *_loops(figures),
        *_promises(figures),
    ]


def _daemon(conditions: Sequence[Condition], now: datetime, patience: Patience) -> Iterator[str]:
    told = [condition for condition in conditions if is_daemon(condition.part)]
    if not told:
        yield "the daemon has never run on this database; start it (`systemctl start intake` or `intake run`)"
    for one in told:
        if one.well and now - one.at > patience.daemon:
            yield f"the {one.part} has not been heard of for {span(now - one.at)}; see `systemctl status intake`"


def _parts(conditions: Sequence[Condition], mailboxes: Collection[str]) -> Iterator[str]:
    for condition in conditions:
        kind, _, name = condition.part.partition(" ")
        if kind in ("imap", "smtp", "filing", "outbox", "oauth") and name not in mailboxes:
            continue  # of a mailbox that is configured no more
        if not condition.well:
            yield f"{condition.part}: {condition.detail}"


def _mail(figures: Figures, mailboxes: Collection[str], now: datetime, patience: Patience) -> Iterator[str]:
    known = {one.name for one in figures.mailboxes}
    for name in sorted(set(mailboxes) - known):
        yield f"mailbox {name} has never been read; is the daemon running with this configuration?"
    for one in (one for one in figures.mailboxes if one.name in mailboxes):
        if one.oldest_unfiled_at and now - one.oldest_unfiled_at > patience.filing:
            since = span(now - one.oldest_unfiled_at)
            yield f"mailbox {one.name}: {one.unfiled} recorded mail(s) cannot be moved for {since}; see the log"
        if one.oldest_struck_at and now - one.oldest_struck_at > patience.failing_mail:
            since = span(now - one.oldest_struck_at)
            yield f"mailbox {one.name}: {one.struck} mail(s) without an end for {since}; see the log for the reason"
    if figures.oldest_held_at and now - figures.oldest_held_at > patience.held:
        since = span(now - figures.oldest_held_at)
        yield f"{figures.held} request(s) wait for a person, the oldest for {since}; see `intake held`"


def _letters(figures: Figures, now: datetime, patience: Patience, *, told: bool) -> Iterator[str]:
    """Of letters that wait, unless the daemon has `told` of them."""
    if not told and figures.oldest_waiting_at and now - figures.oldest_waiting_at > patience.letter:
        since = span(now - figures.oldest_waiting_at)
        paused = [one.name for one in figures.mailboxes if one.paused_at]
        remedy = f"`intake resume` lets go ({', '.join(paused)})" if paused else "see `intake outbox list`"
        yield f"letters wait to be sent, the oldest for {since}; {remedy}"
    if figures.refused_notice_at and now - figures.refused_notice_at < patience.refused_notice:
        since = span(now - figures.refused_notice_at)
        yield f"the mail server refused a notice to staff {since} ago; see `intake outbox list`"


def _loops(figures: Figures) -> Iterator[str]:
    for one in figures.loops:
        seen = f"; see `intake ticket {one.reference}`" if one.reference else ""
        remedy = f", `intake unmute {one.key}` lets letters go again" if one.scope is Scope.ADDRESS else ""
        yield f"a loop of {one.key} was stopped, {one.count} time(s): {one.why.rstrip('.')}{seen}{remedy}"


def _promises(figures: Figures) -> Iterator[str]:
    if figures.overdue:
        yield f"{figures.overdue} promise(s) are overdue; see `intake tickets --status open`"


def span(time: timedelta) -> str:
    """ "3 d 4 h", "2 h 5 min", "7 min"."""
    minutes = int(time.total_seconds()) // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {rest} min" if hours else f"{rest} min"
