"""How a daemon ended, and what is said of it; and how it ends where its own threads keep it from that."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from intake.first_run import OldMailWaits
from rules.facts import TryLater

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Finish:
    """How the daemon ended."""

    status: int
    """The exit status: 0 done, 1 a finding, 2 wrong usage or configuration."""
    complaints: tuple[str, ...] = ()
    """What went wrong, each in one line that names the remedy."""


def verdict(refused: Iterable[OldMailWaits | None], troubles: Iterable[BaseException] = ()) -> Finish:
    """2 where a mailbox's first run needs a word from the admin, 1 where a part had trouble.

    Anything but TryLater among the troubles is our bug, and is raised.
    """
    complaints = tuple(_complaint(trouble) for trouble in troubles)
    waiting = tuple(_ask(one) for one in refused if one)
    return Finish(2 if waiting else 1 if complaints else 0, complaints + waiting)


def bound_the_end(seconds: float, give_up: Callable[[], None]) -> None:
    """A store that is silent holds whoever has asked it, and a process waits for its threads."""
    last_resort = threading.Timer(seconds, _end_all_the_same, [give_up])
    last_resort.daemon = True  # a process that ends by itself does not wait for it
    last_resort.start()


def _end_all_the_same(give_up: Callable[[], None]) -> None:
    log.error("stopped_by_force", why="a thread waits for an answer, most likely the store's; the next start goes on")
    give_up()


def _ask(waits: OldMailWaits) -> str:
    return (
        f"mailbox {waits.mailbox} holds {waits.mails} mail(s) older than a day (the oldest of "
        f"{waits.oldest:%Y-%m-%d}); start once with --from-now to leave them alone, or with --take-backlog to answer "
        "them (under systemd: `systemctl set-environment INTAKE_OPTIONS=--from-now`, start, unset it)"
    )


def _complaint(trouble: BaseException) -> str:
    if not isinstance(trouble, TryLater):
        raise trouble
    return str(trouble)
