"""Bookings: how staff write an amount, what a contract's year is, and what is left to book.

"1.5h", "1,5 h", "90m" and "2" are amounts: hours where nothing says minutes, or how often, where an allowance counts
in that.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

MOST = Decimal(1000)
"""Hours of one booking; more is a slip of the finger."""
WRITTEN = re.compile(r"(\d{1,6})(?:[.,](\d{1,2}))?\s*(h|hours?|m|min|minutes?)?", re.ASCII | re.IGNORECASE)


class BadAmount(ValueError):
    """An amount that cannot be booked. The message says what to write."""


def amount(text: str) -> Decimal:
    """The hours that `text` says, to two decimals: minutes become hours. Raises BadAmount."""
    found = WRITTEN.fullmatch(text.strip())
    if not found:
        raise BadAmount("write it like 1.5h, 90m or 2 (hours)")
    said = Decimal(f"{found[1]}.{found[2] or 0}")
    if (found[3] or "h").lower().startswith("m"):
        said /= 60
    hours = said.quantize(Decimal("0.01"), ROUND_HALF_UP)
    if not 0 < hours <= MOST:
        raise BadAmount(f"an amount lies above zero and within {MOST} hours")
    return Decimal(f"{hours.normalize():f}")  # 1.5 and not 1.50, 20 and not 2E+1


def contract_year(starts: date, at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The year of a contract that holds `at`, as [begin, end) in UTC; it begins at local midnight of the day `starts`.

    One that starts on 29 February begins on 1 March where there is none. Years are counted back before `starts` too: a
    contract that was renewed starts later than what came under it.
    """
    day = at.astimezone(zone).date()
    years = day.year - starts.year
    if _anniversary(starts, years) > day:
        years -= 1
    return begin(_anniversary(starts, years), zone), begin(_anniversary(starts, years + 1), zone)


def begin(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day begins, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _anniversary(starts: date, years: int) -> date:
    try:
        return starts.replace(year=starts.year + years)
    except ValueError:  # 29 February
        return starts.replace(year=starts.year + years, day=28) + timedelta(days=1)
