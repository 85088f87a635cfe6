"""Opening hours: when a desk is open, and what some hours of its time from now amount to.

A calendar is written in wall time of its zone ("Mon-Fri 08:00-16:00") and counted in UTC: only the edges of a span are
local, so an open hour is sixty real minutes on the nights when the clocks change too. Closing time itself is outside.
Every instant taken or given is aware; what is given is UTC. Calendars are plain values: picklable, comparable.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from heapq import heappop, heappush
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

DAY = 24 * 60
WEEK = 7 * DAY
CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)", re.ASCII)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HORIZON = timedelta(days=3660)
"""How far ahead an opening is looked for. A calendar without one in ten years is a mistake in the policy."""


class BadHours(ValueError):
    """Opening hours that cannot be read. The message says what is wrong with them."""


class NeverOpen(Exception):
    """The calendar has too little open time within the horizon."""


@dataclass(frozen=True, slots=True, order=True)
class WeeklySpan:
    """Open time of each week, in minutes of local time since Monday 00:00; `end` may pass into the next week."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """One desk's opening hours. `country` and `subdivision` are those of the `holidays` library."""

    zone: str
    spans: tuple[WeeklySpan, ...]
    country: str = ""
    subdivision: str = ""
    closed: frozenset[date] = frozenset()
    joined: tuple["Calendar", ...] = ()
    """Calendars whose open time is this one's too; each keeps its own holidays."""

    def is_open(self, at: datetime) -> bool:
        return next((start <= at for start, end in self.open_from(at)), False)

    def next_opening(self, at: datetime) -> datetime:
        """`at` itself while open, else the next instant at which it opens."""
        for start, _ in self.open_from(at):
            return start
        raise NeverOpen(self.zone)

    def add(self, at: datetime, amount: timedelta) -> datetime:
        """The instant by which `amount` of open time has passed since `at`; closing time itself counts as reached."""
        left = amount
        for start, end in self.open_from(at):
            if left <= end - start:
                return start + left
            left -= end - start
        raise NeverOpen(self.zone)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The open time in [start, end); zero where end is not after start."""
        spans = takewhile(lambda span: span[0] < end, self.open_from(start))
        return sum((min(closes, end) - opens for opens, closes in spans), timedelta(0))

    def closing(self, at: datetime, days: int) -> datetime:
        """Closing time of the `days`-th open day after that of `at`; outside hours the day of the next opening counts.

        A day is open when any part of it is; it closes at its last open minute, at midnight where the hours run on.
        """
        zone = ZoneInfo(self.zone)
        day = self.next_opening(at).astimezone(zone).date()
        left = days
        for _ in range(HORIZON.days):
            ends = self._last_minute(day, zone)
            if ends is not None:
                if left == 0:
                    return ends
                left -= 1
            day += timedelta(days=1)
        raise NeverOpen(self.zone)

    def open_from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The open time from `at` on, as spans in order and apart, up to the horizon. Touching ones stay two."""
        seen_to = at.astimezone(UTC)
        # what is open now began no longer ago than the longest span, by a date that may be two off the one in UTC
        day = (seen_to - timedelta(minutes=self._longest(), days=2)).date()
        ahead: list[tuple[datetime, datetime]] = []
        for _ in range((seen_to.date() - day + HORIZON).days):
            for span in _opened_on(self, day):
                heappush(ahead, span)
            # joined calendars cross: what the next day adds begins after this midnight, a day being off UTC by less
            midnight = datetime.combine(day, time(), UTC)
            while ahead and ahead[0][0] < midnight:
                start, end = heappop(ahead)
                start = max(start, seen_to)
                if start < end:
                    seen_to = end
                    yield start, end
            day += timedelta(days=1)

    def _last_minute(self, day: date, zone: ZoneInfo) -> datetime | None:
        begins, ends = _instant(day, 0, zone), _instant(day, DAY, zone)
        spans = takewhile(lambda span: span[0] < ends, self.open_from(begins))
        return max((min(end, ends) for _, end in spans), default=None)

    def _longest(self) -> int:
        """The length of the longest span, in minutes of local time."""
        own = max((span.end - span.start for span in self.spans), default=0)
        return max([own, *(calendar._longest() for calendar in self.joined)])


@lru_cache(maxsize=4096)
def _opened_on(calendar: Calendar, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """The spans that begin on a local day, in UTC, closed days cut out."""
    zone = ZoneInfo(calendar.zone)
    monday = day.weekday() * DAY
    spans: list[tuple[datetime, datetime]] = []
    for span in calendar.spans:
        if span.start // DAY == day.weekday():
            spans += _without_closed_days(calendar, day, span.start - monday, span.end - monday, zone)
    for other in calendar.joined:
        spans += _opened_on(other, day)
    return tuple(spans)


def _without_closed_days(
    calendar: Calendar, day: date, start: int, end: int, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    """One opening, in minutes from midnight of `day`, as the pieces that its open days leave of it."""
    begins = start
    for offset in range((end - 1) // DAY + 1):
        if is_closed(calendar, day + timedelta(days=offset)):
            if begins < offset * DAY:
                yield _instant(day, begins, zone), _instant(day, offset * DAY, zone)
            begins = (offset + 1) * DAY
    if begins < end:
        yield _instant(day, begins, zone), _instant(day, end, zone)


def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    days, rest = divmod(minutes, DAY)
    return datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), zone).astimezone(UTC)


def is_closed(calendar: Calendar, day: date) -> bool:
    """Whether a whole local day is closed, by the policy's own list or as a public holiday."""
    return day in calendar.closed or (bool(calendar.country) and day in _holidays(calendar, day.year))


@lru_cache(maxsize=256)
def _holidays(calendar: Calendar, year: int) -> frozenset[date]:
    import holidays  # only for policies that close on holidays: it costs start-up time

    return frozenset(holidays.country_holidays(calendar.country, subdiv=calendar.subdivision or None, years=year))


def weekly_spans(text: str) -> tuple[WeeklySpan, ...]:
    """Reads "Mon-Fri 08:00-16:00" (each day), "Sat 09:00-12:00", "Fri 16:00-Mon 08:00" (one long span) or "always".

    Raises BadHours with what is wrong.
    """
    words = text.replace("–", "-").lower().split()
    if words == ["always"]:
        return tuple(WeeklySpan(day * DAY, (day + 1) * DAY) for day in range(7))
    match words:
        case [days, hours] if hours.count("-") == 1:
            opens, closes = (_minutes(part) for part in hours.split("-"))
            if opens == closes:
                raise BadHours("opening and closing time are the same")
            length = (closes - opens) % DAY or DAY
            return tuple(WeeklySpan(day * DAY + opens, day * DAY + opens + length) for day in _days(days))
        case [first, middle, closes] if middle.count("-") == 1:
            clock, last = middle.split("-")
            start = _day(first) * DAY + _minutes(clock)
            length = (_day(last) * DAY + _minutes(closes) - start) % WEEK
            if not length:
                raise BadHours("it opens and closes at the same moment")
            return (WeeklySpan(start, start + length),)
    raise BadHours('write it like "Mon-Fri 08:00-16:00", "Fri 16:00-Mon 08:00" or "always"')


def overlaps(spans: tuple[WeeklySpan, ...]) -> tuple[WeeklySpan, WeeklySpan] | None:
    """The first two spans that share open time, also round the end of the week; None where all are apart."""
    ordered = sorted(spans)
    for left, right in pairwise(ordered):
        if right.start < left.end:
            return left, right
    if ordered and ordered[-1].end - WEEK > ordered[0].start:
        return ordered[-1], ordered[0]
    return None


def _days(text: str) -> list[int]:
    first, dash, last = text.partition("-")
    start = _day(first)
    return [(start + step) % 7 for step in range((_day(last) - start) % 7 + 1)] if dash else [start]


def _day(text: str) -> int:
    if text not in DAYS:
        raise BadHours(f"{text!r} is no day of the week; they are Mon, Tue, Wed, Thu, Fri, Sat, Sun")
    return DAYS.index(text)


def _minutes(text: str) -> int:
    clock = CLOCK.fullmatch(text)
    if clock:
        total = int(clock[1]) * 60 + int(clock[2])
        if total <= DAY:
            return total
    raise BadHours(f"{text!r} is no time of day; write 08:00, or 24:00 for midnight at the end of a day")
