"""Opening hours as people read them: "Mon–Fri 08:00–16:00 (Europe/Brussels)", derived from a calendar.

The names of days are kept for the languages that policies are written in; others read English ones.
"""

from rules.calendar import DAY, WEEK, Calendar, WeeklySpan

DAY_NAMES = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "fr": ("lun", "mar", "mer", "jeu", "ven", "sam", "dim"),
    "de": ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
    "es": ("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
    "it": ("lun", "mar", "mer", "gio", "ven", "sab", "dom"),
    "nl": ("ma", "di", "wo", "do", "vr", "za", "zo"),
    "pt": ("seg", "ter", "qua", "qui", "sex", "sáb", "dom"),
    "pl": ("pon", "wt", "śr", "czw", "pt", "sob", "niedz"),
}
ALWAYS = {"en": "day and night", "fr": "jour et nuit", "de": "rund um die Uhr", "nl": "dag en nacht"}


def wording(calendar: Calendar, language: str = "en") -> str:
    """The weekly hours and the zone; holidays are not listed."""
    spans = _all_spans(calendar)
    if sum(span.end - span.start for span in spans) >= WEEK:
        hours = ALWAYS.get(language, ALWAYS["en"])
    else:
        hours = ", ".join(_runs(spans, DAY_NAMES.get(language, DAY_NAMES["en"])))
    return f"{hours} ({calendar.zone})"


def _all_spans(calendar: Calendar) -> list[WeeklySpan]:
    own = sorted(calendar.spans)
    return own + [span for other in calendar.joined for span in _all_spans(other)]


def _runs(spans: list[WeeklySpan], names: tuple[str, ...]) -> list[str]:
    """Days in a row with the same hours written as one."""
    runs: list[list[WeeklySpan]] = []
    for span in spans:
        for run in runs:
            if span.start == run[-1].start + DAY and span.end == run[-1].end + DAY:
                run.append(span)
                break
        else:
            runs.append([span])
    return [_run(run, names) for run in runs]


def _run(run: list[WeeklySpan], names: tuple[str, ...]) -> str:
    first = run[0]
    opens, closes = _clock(first.start % DAY), _clock((first.end - 1) % DAY + 1)
    if first.end - first.start > DAY:
        return f"{_day(first.start, names)} {opens}–{_day(first.end, names)} {closes}"
    days = _day(first.start, names) + (f"–{_day(run[-1].start, names)}" if len(run) > 1 else "")
    return f"{days} {opens}–{closes}"


def _day(minute: int, names: tuple[str, ...]) -> str:
    return names[minute // DAY % 7]


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
