"""Tell in a few lines what a calendar part invites to (RFC 5545, RFC 6047), for a mail that says nothing else.

What, when, where, and the description, as they stand there; recurrence and zones are left to a calendar. Bounded and
never fails.
"""

import re
from collections.abc import Iterator

LINES = 2_000
TOLD = {"SUMMARY": "", "DTSTART": "", "DTEND": "", "LOCATION": "", "DESCRIPTION": ""}
MOMENT = re.compile(r"^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?$")
ESCAPED = re.compile(r"\\([\\;,nN])")


def told(calendar: str) -> str:
    """The first event as text, "" where there is none."""
    found: dict[str, str] = {}
    inside = False
    for line in _unfolded(calendar):
        name, _, value = line.partition(":")
        name, _, parameters = name.partition(";")
        name = name.strip().upper()
        if (name, value.strip().upper()) in (("BEGIN", "VEVENT"), ("BEGIN", "VTODO")):
            inside = True
        elif name == "END" and inside and value.strip().upper() in ("VEVENT", "VTODO"):
            break
        elif inside and name in TOLD and name not in found:
            found[name] = _moment(value, parameters) if name.startswith("DT") else _plain(value)
    when = " – ".join(found[each] for each in ("DTSTART", "DTEND") if found.get(each))
    lines = [found.get("SUMMARY", ""), when, found.get("LOCATION", "")]
    head = "\n".join(line for line in lines if line)
    return "\n\n".join(each for each in (head, found.get("DESCRIPTION", "")) if each)


def _unfolded(calendar: str) -> Iterator[str]:
    """RFC 5545 §3.1: a line that begins with white space continues the one before."""
    whole = ""
    for line in calendar.split("\n", LINES)[:LINES]:
        if line[:1] in (" ", "\t"):
            whole += line[1:].rstrip("\r")
        else:
            if whole:
                yield whole
            whole = line.rstrip("\r")
    yield whole


def _plain(value: str) -> str:
    return ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


def _moment(value: str, parameters: str) -> str:
    found = MOMENT.match(value.strip()[:20])
    if found is None:
        return value.strip()[:40]
    year, month, day, hour, minute, utc = found.groups()
    zone = re.search(r"TZID=([^;:]{1,60})", parameters, re.IGNORECASE)
    clock = f" {hour}:{minute}" if hour else ""
    return f"{year}-{month}-{day}{clock}" + (" UTC" if utc else f" {zone[1]}" if zone and hour else "")
