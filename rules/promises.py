"""Promises: from a policy's target and the moment a mail arrived to the instant by which we owe an answer.

A target counts business hours (bh), business days (bd) or elapsed hours (h); text such as "4 bh" is
read here. Nothing rounds: instants are aware and UTC. What a pause is worth depends on the unit: open time for bh and
bd, real time for h.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import assert_never

from rules.calendar import Calendar


class Unit(StrEnum):
    BUSINESS_HOURS = "bh"
    BUSINESS_DAYS = "bd"
    ELAPSED_HOURS = "h"


class BadTarget(ValueError):
    """A target that cannot be read. The message says what to write."""


@dataclass(frozen=True, slots=True)
class Target:
    amount: float
    unit: Unit
    roll: bool = False
    """An elapsed target that ends outside opening hours goes to the next opening."""


def target(text: str, *, roll: bool = False) -> Target:
    """Reads "4 bh", "1 bd", "24 h" or "0.25 h"; days are whole. Raises BadTarget."""
    try:
        number, unit = text.split()
        amount, kind = float(number), Unit(unit)
    except ValueError:
        raise BadTarget('write it like "4 bh" (business hours), "1 bd" (business days) or "24 h" (elapsed)') from None
    if not 0 < amount <= 24 * 366:
        raise BadTarget("a target lies above zero and within a year")
    if kind is Unit.BUSINESS_DAYS and amount != int(amount):
        raise BadTarget("business days are whole")
    if roll and kind is not Unit.ELAPSED_HOURS:
        raise BadTarget("only elapsed hours roll to the next opening; business time ends inside opening hours anyhow")
    return Target(amount, kind, roll)


def duration(text: str) -> timedelta:
    """Reads "15 min" or "2 h": whole, above zero, real time. Raises BadTarget."""
    match text.split():
        case [number, "min" | "h" as unit] if number.isascii() and number.isdigit() and len(number) < 5 and int(number):
            return timedelta(minutes=int(number)) if unit == "min" else timedelta(hours=int(number))
    raise BadTarget('write it like "15 min" or "2 h"')


def lead(text: str) -> timedelta | float:
    """Reads "30 min" or "2 h" as a duration, and "25 %" as a share between 0 and 1. Raises BadTarget."""
    match text.split():
        case [number, "%"] if number.isascii() and number.isdigit() and len(number) < 3 and int(number):
            return int(number) / 100
    try:
        return duration(text)
    except BadTarget:
        raise BadTarget('write it like "30 min", "2 h" or "25 %"') from None


def due(at: datetime, promise: Target, calendar: Calendar) -> datetime:
    """The instant by which a promise made for a mail that arrived `at` is owed."""
    match promise.unit:
        case Unit.BUSINESS_HOURS:
            return calendar.add(at, timedelta(hours=promise.amount))
        case Unit.BUSINESS_DAYS:
            return calendar.closing(at, int(promise.amount))
        case Unit.ELAPSED_HOURS:
            ends = at.astimezone(UTC) + timedelta(hours=promise.amount)
            return calendar.next_opening(ends) if promise.roll else ends
        case _:
            assert_never(promise.unit)


def recomputed(
    at: datetime,
    promise: Target,
    calendar: Calendar,
    *,
    now: datetime,
    pauses: Sequence[tuple[datetime, datetime]] = (),
) -> datetime:
    """The due time anew, for a promise that changed or whose clock stood still; never earlier than `now`.

    The original start counts. `pauses` lie apart from each other and after it.
    """
    if promise.unit is Unit.ELAPSED_HOURS:
        stood = sum((end - start for start, end in pauses), timedelta(0))
        ends = at.astimezone(UTC) + timedelta(hours=promise.amount) + stood
        again = calendar.next_opening(ends) if promise.roll else ends
    else:
        stood = sum((calendar.between(start, end) for start, end in pauses), timedelta(0))
        again = due(at, promise, calendar)
        again = calendar.add(again, stood) if stood else again
    return max(again, now.astimezone(UTC))
