"""What counts as wrong with a running installation."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from intake.standing import Patience, problems, span
from storage.breakers import Breaker, Scope
from storage.conditions import Condition
from storage.figures import Figures, MailboxFigures

NOW = datetime(2026, 3, 13, 9, 30, tzinfo=UTC)
AGO = timedelta(minutes=1)
BOX = MailboxFigures("support", 7, None, 3, NOW, 0, 0, None)
WELL = Figures((BOX,), 0, None, 0, {}, None, 1, NOW, 0)
DAEMON = Condition("daemon", True, NOW - AGO, NOW - AGO, "running")


def told(figures: Figures = WELL, *conditions: Condition) -> list[str]:
    return problems(figures, [DAEMON, *conditions], ["support"], NOW)


def test_all_is_well_when_nothing_waits_too_long() -> None:
    assert told() == []


LOOP = Breaker(Scope.ADDRESS, "ana@alder.example", NOW - AGO, NOW - AGO, 4, "It answers.", "EX-1")
OLD = NOW - timedelta(days=3)
PAUSED = replace(WELL, mailboxes=(replace(BOX, paused_at=OLD),), oldest_waiting_at=OLD)


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        (replace(WELL, overdue=2), "2 promise(s) are overdue"),
        (
            replace(WELL, loops=(LOOP,)),
            "a loop of ana@alder.example was stopped, 4 time(s): It answers; see `intake ticket",
        ),
        (replace(WELL, loops=(LOOP,)), "`intake unmute ana@alder.example` lets letters go again"),
        (replace(WELL, loops=(replace(LOOP, scope=Scope.TICKET, key="EX-1"),)), "It answers; see `intake ticket EX-1`"),
        (replace(WELL, held=1, oldest_held_at=OLD), "the oldest for 3 d 0 h; see `intake held`"),
        (replace(WELL, oldest_waiting_at=OLD), "see `intake outbox list`"),
        (PAUSED, "`intake resume` lets go (support)"),
        (replace(WELL, mailboxes=(replace(BOX, struck=1, oldest_struck_at=OLD),)), "without an end for 3 d 0 h"),
        (
            replace(WELL, mailboxes=(replace(BOX, unfiled=4, oldest_unfiled_at=OLD),)),
            "4 recorded mail(s) cannot be moved",
        ),
        (replace(WELL, refused_notice_at=NOW - AGO), "refused a notice to staff 1 min ago"),
        (replace(WELL, mailboxes=()), "has never been read"),
    ],
)
def test_each_thing_that_lasts_too_long_is_one_problem(figures: Figures, words: str) -> None:
    (problem,) = told(figures)
    assert words in problem


def test_a_daemon_that_was_stopped_is_one_problem_however_long_ago() -> None:
    stopped = Condition("daemon", False, OLD, OLD, "stopped; start it")
    assert problems(WELL, [stopped], ["support"], NOW) == ["daemon: stopped; start it"]


def test_the_same_things_are_no_problem_while_they_are_young() -> None:
    young = replace(WELL, held=1, oldest_held_at=NOW - AGO, oldest_waiting_at=NOW - AGO)
    assert told(replace(young, mailboxes=(replace(BOX, struck=1, oldest_struck_at=NOW - AGO),))) == []


def test_a_part_that_is_not_well_is_a_problem_in_its_own_words() -> None:
    assert told(WELL, Condition("imap support", False, NOW, NOW, "wrong password")) == ["imap support: wrong password"]


def test_a_notice_that_was_refused_long_ago_is_no_problem() -> None:
    assert told(replace(WELL, refused_notice_at=OLD)) == []


def test_what_is_left_of_a_mailbox_that_is_configured_no_more_is_no_problem() -> None:
    gone = replace(BOX, name="gone", struck=1, oldest_struck_at=OLD, unfiled=1, oldest_unfiled_at=OLD)
    down = [Condition(part, False, OLD, OLD, "no answer") for part in ("imap gone", "smtp gone")]
    assert told(replace(WELL, mailboxes=(BOX, gone)), *down) == []


def test_a_daemon_that_is_silent_or_was_never_there_is_a_problem() -> None:
    silent = replace(DAEMON, at=NOW - Patience().daemon - AGO)
    assert "not been heard of for 6 min" in problems(WELL, [silent], ["support"], NOW)[0]
    assert "never run" in problems(WELL, [], ["support"], NOW)[0]


@pytest.mark.parametrize(
    ("minutes", "text"), [(0, "0 min"), (59, "59 min"), (61, "1 h 1 min"), (1440, "1 d 0 h"), (1505, "1 d 1 h")]
)
def test_spans(minutes: int, text: str) -> None:
    assert span(timedelta(minutes=minutes)) == text
