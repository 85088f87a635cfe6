"""Says times, days and sizes in the words of a letter's language.

No locale of the machine takes part: the tables below are all there is, and a language that is not in them gets English.
Every moment names its zone by the abbreviation in force at that moment, so 02:30 CEST and 02:30 CET stay two moments.
A space within a figure is a no-break one, so that no letter ends a line between "12" and "h 00".
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from rules.facts import OpenHours

# language -> Monday first
WEEKDAYS: dict[str, tuple[str, ...]] = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "fr": ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."),
    "de": ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
    "es": ("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
    "it": ("lun", "mar", "mer", "gio", "ven", "sab", "dom"),
    "pt": ("seg", "ter", "qua", "qui", "sex", "sáb", "dom"),
    "nl": ("ma", "di", "wo", "do", "vr", "za", "zo"),
    "pl": ("pon.", "wt.", "śr.", "czw.", "pt.", "sob.", "niedz."),
    "ja": ("月", "火", "水", "木", "金", "土", "日"),
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
}

# fmt: off
MONTHS: dict[str, tuple[str, ...]] = {
    "en": ("January", "February", "March", "April", "May", "June",
           "July", "August", "September", "October", "November", "December"),
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin",
           "juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    "de": ("Januar", "Februar", "März", "April", "Mai", "Juni",
           "Juli", "August", "September", "Oktober", "November", "Dezember"),
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio",
           "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    "it": ("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno",
           "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"),
    "pt": ("janeiro", "fevereiro", "março", "abril", "maio", "junho",
           "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"),
    "nl": ("januari", "februari", "maart", "april", "mei", "juni",
           "juli", "augustus", "september", "oktober", "november", "december"),
    "pl": ("stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca",
           "lipca", "sierpnia", "września", "października", "listopada", "grudnia"),
}
# fmt: on

# language -> how a day is put together, and a day with a clock time; without month names the month is its number
DAY: dict[str, str] = {
    "en": "{weekday} {day} {month} {year}",
    "fr": "{weekday} {day} {month} {year}",
    "de": "{weekday}, {day}. {month} {year}",
    "es": "{weekday} {day} de {month} de {year}",
    "it": "{weekday} {day} {month} {year}",
    "pt": "{weekday}, {day} de {month} de {year}",
    "nl": "{weekday} {day} {month} {year}",
    "pl": "{weekday} {day} {month} {year}",
    "ja": "{year}年{month}月{day}日（{weekday}）",
    "zh": "{year}年{month}月{day}日（{weekday}）",
}
MOMENT: dict[str, str] = {
    "en": "{day}, {clock} {zone}",
    "fr": "{day} à {clock} ({zone})",
    "de": "{day}, {clock} Uhr ({zone})",
    "it": "{day}, ore {clock} {zone}",
    "ja": "{day}{clock} {zone}",
    "zh": "{day} {clock} {zone}",
}
# language -> the abbreviations that its speakers know by another name
ZONES: dict[str, dict[str, str]] = {
    "de": {"CET": "MEZ", "CEST": "MESZ"},
    "fr": {"EST": "HNE", "EDT": "HAE"},  # Horizant's customers are in Ontario and Québec
}

AND: dict[str, str] = {
    "en": " and ", "fr": " et ", "de": " und ", "es": " y ", "it": " e ", "pt": " e ", "nl": " en ", "pl": " i ",
    "ja": "、", "zh": "、",
}  # fmt: skip
ALWAYS: dict[str, str] = {
    "en": "day and night", "fr": "jour et nuit", "de": "rund um die Uhr", "es": "día y noche", "it": "giorno e notte",
    "pt": "dia e noite", "nl": "dag en nacht", "pl": "całą dobę", "ja": "24時間", "zh": "全天候",
}  # fmt: skip
BYTES: dict[str, str] = {"fr": "octets", "de": "Byte", "it": "byte", "pl": "B", "ja": "バイト", "zh": "字节"}
UNITS: dict[str, tuple[str, str, str]] = {"en": ("kB", "MB", "GB"), "fr": ("ko", "Mo", "Go")}
FIXED = "\u00a0"
POINT = frozenset({"en", "ja", "zh"})
"""Languages that write 1.5; the others write 1,5."""


def moment(at: datetime, zone: ZoneInfo, language: str) -> str:
    """`at` (aware) as a person in `zone` reads it: "Mon 16 March 2026, 12:00 CET"."""
    local = at.astimezone(zone)
    return MOMENT.get(language, MOMENT["en"]).format(
        day=day(local.date(), language),
        clock=_clock(f"{local:%H:%M}", language),
        zone=_zone_name(local, language),
    )


def day(on: date, language: str) -> str:
    """A whole day: "Mon 16 March 2026"."""
    spoken = language if language in DAY else "en"
    months = MONTHS.get(spoken)
    return DAY[spoken].format(
        weekday=WEEKDAYS[spoken][on.weekday()],
        day="1er" if on.day == 1 and spoken == "fr" else on.day,
        month=months[on.month - 1] if months else on.month,
        year=on.year,
    )


def hours(runs: Sequence[OpenHours], zone: ZoneInfo, language: str) -> str:
    """Opening hours as people read them: "Mon–Fri 08:00–16:00 (Europe/Brussels)"."""
    spoken = language if language in WEEKDAYS else "en"
    return f"{AND.get(spoken, ', ').join(_run(run, spoken) for run in runs)} ({zone.key})"


def _run(run: OpenHours, language: str) -> str:
    if run.through and (run.opens, run.closes) == ("00:00", "24:00") and (run.last - run.first) % 7 == 6:
        return ALWAYS.get(language, ALWAYS["en"])
    first, last = (WEEKDAYS[language][day].rstrip(".") for day in (run.first, run.last))
    opens, closes = _clock(run.opens, language), _clock(run.closes, language)
    if run.through:
        return f"{first} {opens} – {last} {closes}"
    days = first if run.first == run.last else f"{first}–{last}"
    return f"{days} {opens}–{closes}"


def size(octets: int, language: str) -> str:
    """A file's size as people say it, in steps of 1000: "512 bytes", "3.4 kB", "12 MB"."""
    if octets < 1000:
        return f"{octets} {BYTES.get(language, 'bytes')}"
    unit, *units = UNITS.get(language, UNITS["en"])
    value = octets / 1000
    for larger in units:
        # 999 950 octets would read "1000 kB"
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    figure = f"{value:.1f}" if value < 9.95 else f"{value:.0f}"
    return f"{figure if language in POINT else figure.replace('.', ',')} {unit}"


def amount(figure: str, language: str) -> str:
    """A number as people write it, without idle zeros: "1.50" is "1.5", in German "1,5"; "" for no number at all."""
    if not figure:
        return ""
    told = f"{Decimal(figure):f}"
    told = told.rstrip("0").rstrip(".") if "." in told else told
    return told if language in POINT else told.replace(".", ",")


def _clock(time: str, language: str) -> str:
    """ "09:30" as it is; in French "9 h 30"."""
    if language != "fr":
        return time
    hour, _, minute = time.partition(":")
    return f"{int(hour)}{FIXED}h{FIXED}{minute}"


def _zone_name(local: datetime, language: str) -> str:
    """The abbreviation in force; a zone whose abbreviation is a bare number ("-03") is told as "UTC-03:00"."""
    abbreviation = local.strftime("%Z")
    if not abbreviation.isalpha():
        return f"UTC{local.isoformat()[-6:]}"
    return ZONES.get(language, {}).get(abbreviation, abbreviation)
