"""What staff write as an amount, and which year of a contract counts."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rules.bookings import MOST, BadAmount, amount, begin, contract_year

TORONTO = ZoneInfo("America/Toronto")


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("1.5h", "1.5"),
        ("1,5 h", "1.5"),
        ("90m", "1.5"),
        (" 90 MIN ", "1.5"),
        ("2", "2"),
        ("20", "20"),
        ("0.25", "0.25"),
        ("1 hour", "1"),
        ("3hours", "3"),
        ("20 minutes", "0.33"),
        ("1m", "0.02"),
        ("1000h", "1000"),
    ],
)
def test_an_amount_is_hours_whatever_it_is_written_in(text: str, hours: str) -> None:
    assert str(amount(text)) == hours


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (one, "write it like 1.5h")
        for one in ("", "h", "1.5.2", "1:30", "-1h", "+1h", "1.255h", "1e3", "1 d", "٢h", "½h", "nan")
    ]
    + [(one, "above zero") for one in ("0", "0.00h", "0m", "0.2m", "1000.01", "99999")],
)
def test_what_is_no_amount_is_refused_with_what_to_write(text: str, said: str) -> None:
    with pytest.raises(BadAmount, match=said):
        amount(text)


@given(st.text(max_size=12) | st.from_regex(r"\s*[0-9]{0,7}[.,]?[0-9]{0,3}\s*[hm]?\s*", fullmatch=True))
@example("0000001h")
def test_whatever_is_read_is_above_zero_bounded_and_has_two_decimals(text: str) -> None:
    try:
        read = amount(text)
    except BadAmount:
        return
    assert 0 < read <= MOST
    assert read == read.quantize(Decimal("0.01"))
    assert amount(f"{read:f}") == read


@given(st.decimals("0.01", "1000", places=2), st.sampled_from([".", ","]), st.sampled_from(["", "h", " h", " hours"]))
def test_hours_are_read_as_they_were_written(hours: Decimal, point: str, unit: str) -> None:
    assert amount(f"{hours:f}".replace(".", point) + unit) == hours


@pytest.mark.parametrize(
    ("starts", "at", "begins", "ends"),
    [
        ("2026-02-01", "2026-02-01T05:00", "2026-02-01", "2027-02-01"),
        # Toronto is five hours behind: it is still the last day of January there
        ("2025-02-01", "2026-02-01T04:59", "2025-02-01", "2026-02-01"),
        ("2024-06-15", "2026-06-14T12:00", "2025-06-15", "2026-06-15"),
        ("2024-06-15", "2026-06-15T12:00", "2026-06-15", "2027-06-15"),
        ("2024-02-29", "2025-03-01T12:00", "2025-03-01", "2026-03-01"),
        ("2024-02-29", "2025-02-28T12:00", "2024-02-29", "2025-03-01"),
        ("2026-06-01", "2026-01-01T12:00", "2025-06-01", "2026-06-01"),
        ("2024-02-29", "2024-02-28T12:00", "2023-03-01", "2024-02-29"),
    ],
)
def test_a_contract_year_begins_on_the_day_of_its_start(starts: str, at: str, begins: str, ends: str) -> None:
    year = contract_year(date.fromisoformat(starts), datetime.fromisoformat(at).replace(tzinfo=UTC), TORONTO)
    assert year == (begin(date.fromisoformat(begins), TORONTO), begin(date.fromisoformat(ends), TORONTO))


def test_a_day_begins_at_local_midnight() -> None:
    assert begin(date(2026, 7, 1), TORONTO) == datetime(2026, 7, 1, 4, tzinfo=UTC)


@given(
    st.dates(date(2000, 1, 1), date(2030, 1, 1)),
    st.datetimes(datetime(1990, 1, 2), datetime(2060, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_every_instant_of_a_contract_lies_in_its_year(starts: date, at: datetime) -> None:
    begins, ends = contract_year(starts, at, TORONTO)
    assert begins <= at < ends
    assert timedelta(days=364) < ends - begins < timedelta(days=367)
    assert contract_year(starts, ends, TORONTO)[0] == ends
