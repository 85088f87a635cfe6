"""The hours that a calendar opens every week, gathered into as few runs as there are: what letters tell customers."""

from rules.calendar import DAY, WEEK, Calendar, WeeklySpan
from rules.facts import OpenHours

ALWAYS = OpenHours(0, 6, "00:00", "24:00", through=True)


def weekly(calendar: Calendar) -> tuple[OpenHours, ...]:
    """Days in a row with the same hours are one run; holidays are not told. Joined calendars follow each other."""
    spans = _all_spans(calendar)
    if sum(span.end - span.start for span in spans) >= WEEK:
        return (ALWAYS,)
    runs: list[list[WeeklySpan]] = []
    for span in spans:
        for run in runs:
            if span.start == run[-1].start + DAY and span.end == run[-1].end + DAY:
                run.append(span)
                break
        else:
            runs.append([span])
    return tuple(map(_run, runs))


def _all_spans(calendar: Calendar) -> list[WeeklySpan]:
    own = sorted(calendar.spans)
    return own + [span for other in calendar.joined for span in _all_spans(other)]


def _run(run: list[WeeklySpan]) -> OpenHours:
    first = run[0]
    through = first.end - first.start > DAY
    last = first.end if through else run[-1].start
    opens, closes = _clock(first.start % DAY), _clock((first.end - 1) % DAY + 1)
    return OpenHours(_day(first.start), _day(last), opens, closes, through)


def _day(minute: int) -> int:
    return minute // DAY % 7


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
