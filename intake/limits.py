"""By which words an IMAP server says that it limits us, what each asks of a person, and how long to leave it alone.

`Limited` is the kind of try-later that says nothing against one mail: whoever meets it waits, and gives no mail a bad
mark. A response code (RFC 5530, RFC 9208) tells most; many providers say it in prose alone. SMTP's are `throttle`'s.
"""

import re
from enum import StrEnum

from intake.backoff import Backoff
from intake.trouble import one_line
from rules.facts import TryLater


class Limit(StrEnum):
    CONNECTIONS = "connections"
    """Too many at once for one login or one address."""
    RATE = "rate"
    """Too much asked for in too little time: commands, bytes, logins."""
    QUOTA = "quota"
    """The mailbox is full: nothing more can be put into it."""
    BUSY = "busy"
    """Not now, for reasons of the server's."""
    FAULT = "fault"
    """A bug of the server's, as it says itself: of one mail, it may be that mail."""


class Limited(TryLater):
    def __init__(self, words: str, limit: Limit, at_least: float = 0) -> None:
        super().__init__(words)
        self.limit = limit
        self.at_least = at_least
        """Seconds that the server asked for; 0 where it named none."""


# The first that fits is meant; words go before codes, which are used loosely ([UNAVAILABLE] of too many connections).
# As seen of Gmail, Dovecot ("Maximum number of connections from user+IP exceeded"), Courier and Exchange.
SIGNS: tuple[tuple[Limit, "re.Pattern[str]"], ...] = (
    (
        Limit.CONNECTIONS,
        re.compile(
            r"too many (?:\w+ ){0,2}(?:connections|sessions)|maximum number of (?:\w+ ){0,2}(?:connections|sessions)"
            r"|connection limit|connections? (?:count|quota)\b.{0,20}exceed",
            re.IGNORECASE,
        ),
    ),
    (
        Limit.RATE,
        re.compile(
            r"command or bandwidth|bandwidth limit|rate.?limit|throttl|backoff time|too many|maximum number",
            re.IGNORECASE,
        ),
    ),
    (Limit.QUOTA, re.compile(r"\[OVERQUOTA\]|over ?quota|quota (?:is |has been )?exceeded|mailbox is full", re.I)),
    (Limit.RATE, re.compile(r"\[LIMIT\]", re.I)),
    (Limit.BUSY, re.compile(r"\[(?:UNAVAILABLE|INUSE)\]|server (?:is )?(?:too )?(?:busy|unavailable)", re.I)),
    (Limit.FAULT, re.compile(r"\[SERVERBUG\]", re.I)),
)
BACKOFF_TIME = re.compile(r"backoff time: (\d{1,8}) milliseconds", re.IGNORECASE)

REMEDIES = {
    Limit.CONNECTIONS: "close other programs that read this mailbox, or have the server's limit of connections raised",
    Limit.RATE: "it is left alone for some minutes; a higher poll_seconds in [mailbox.imap] asks less of it",
    Limit.QUOTA: "the mailbox is full: make room in it, or have its quota raised",
    Limit.BUSY: "it is tried again in a while",
    Limit.FAULT: "it is tried again; the server's own log says more",
}
WAITS = {
    Limit.CONNECTIONS: Backoff(first=60, most=900),
    Limit.RATE: Backoff(first=120, most=3600),
    Limit.QUOTA: Backoff(first=600, most=4 * 3600),
    Limit.BUSY: Backoff(first=10, most=300),
}
LONGEST = 3600.0
"""Seconds: no server is left alone for longer because it says so."""


def limit_of(words: str) -> Limit | None:
    """What a server's refusal says of a limit; None where it says something else."""
    return next((limit for limit, sign in SIGNS if sign.search(words)), None)


def limited(place: str, what: str, words: object) -> Limited | None:
    """The trouble of a refusal that speaks of a limit, in one line with its remedy; None for any other refusal."""
    said = one_line(words)
    limit = limit_of(said)
    if limit is None:
        return None
    asked = BACKOFF_TIME.search(said)
    seconds = min(int(asked[1]) / 1000, LONGEST) if asked else 0
    return Limited(f"{place}: {what}: {said}; {REMEDIES[limit]}", limit, seconds)


def wait(trouble: TryLater, failures: int, otherwise: Backoff) -> float:
    """Seconds to leave the server alone after this many failures in a row; `otherwise` where it is not limiting us."""
    if not isinstance(trouble, Limited):
        return otherwise.after(failures)
    return max(WAITS.get(trouble.limit, otherwise).after(failures), trouble.at_least)
