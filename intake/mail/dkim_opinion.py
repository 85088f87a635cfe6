"""A second opinion on the sender, for a mailbox whose own server says nothing: DKIM signatures (RFC 6376), by dkimpy.

Only a signature of the domain in From counts, and only for what it is worth: one that holds for the whole mail vouches
for it, one that fails or is missing says nothing, because mailing lists and gateways break them. What the server itself
says is never overruled. Keys are looked up in the DNS, so this is done in a worker, which the daemon gives so much time
and no more; here a mail has `SECONDS` for all its keys, and when the DNS does not answer nobody asks for a minute.
dkimpy is an extra of the distribution: without it nothing here is called (`intake.config_checks`).
"""

import importlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from intake.mail.addresses import mailboxes
from intake.mail.authentication import aligned, domain_of
from rules.facts import Authentication, Mail

SIGNATURES = 3
"""Of the domain in From that are tried; most mails have one."""
SECONDS = 4.0
BLANKS = 300_000
"""Spaces in a mail, beyond which nobody asks: dkimpy takes a second to relax so many, and a minute for 15 million."""
KEPT = 1000
"""Keys that a worker remembers."""
FOUND, ABSENT, SILENCE = 3600.0, 300.0, 60.0
"""Seconds for which a key is remembered, that there is none, and that the DNS does not answer."""

Lookup = Callable[[str, float], bytes | None]
"""The TXT record of a name, None where there is none, within so many seconds. Raises NoAnswer."""


class NoAnswer(Exception):
    """The DNS does not say whether there is such a key."""


def with_second_opinion(mail: Mail, raw: bytes, keys: "Keys") -> Mail:
    """The mail as one that its sender's domain vouches for, where a signature says so and the server said nothing."""
    undecided = mail.authentication in (Authentication.NONE, Authentication.UNKNOWN)
    if not undecided or mail.sender is None or b"dkim-signature" not in raw[:262_144].lower():
        return mail
    if raw.count(b" ") + raw.count(b"\t") > BLANKS:
        return mail
    return replace(mail, authentication=_opinion(raw, domain_of(mail.sender.address), keys))


def _opinion(raw: bytes, domain: str, keys: "Keys") -> Authentication:
    dkim = importlib.import_module("dkim")
    deadline = keys.clock() + SECONDS

    def key_of(name: bytes, timeout: float = 0) -> bytes | None:
        return keys.get(name.decode("ascii"), deadline)

    try:
        signed = dkim.DKIM(raw)
        if _several_authors(signed.headers):
            return Authentication.UNKNOWN
        for index in _of_domain(dkim, signed.headers, domain):
            if _holds(dkim, raw, index, key_of):
                return Authentication.PASS
    except (NoAnswer, dkim.DKIMException, ValueError, LookupError, TypeError, AttributeError):
        # what dkimpy makes of a hostile mail is not our bug: nobody vouches for it
        return Authentication.UNKNOWN
    return Authentication.UNKNOWN


def _holds(dkim: Any, raw: bytes, index: int, key_of: Callable[..., bytes | None]) -> bool:
    try:
        # a key below 1024 bits is nobody's secret (RFC 8301 §3.2); dkimpy refuses it, and a signature without From
        return bool(dkim.DKIM(raw, minkey=1024).verify(idx=index, dnsfunc=key_of))
    except dkim.DKIMException:
        return False


def _of_domain(dkim: Any, headers: list[tuple[bytes, bytes]], domain: str) -> Iterator[int]:
    """The numbers of the first signatures that are aligned with From and cover the whole body."""
    values = [value for name, value in headers if name.lower() == b"dkim-signature"]
    found = 0
    for index, value in enumerate(values[:50]):
        try:
            tags = dkim.util.parse_tag_value(value)
        except dkim.util.InvalidTagValueList:
            continue
        signer = tags.get(b"d", b"").decode("ascii", "replace").casefold().rstrip(".")
        # RFC 6376 §8.2: below what l= covers anybody may have written on
        if aligned(signer, domain) and b"l" not in tags and found < SIGNATURES:
            found += 1
            yield index


def _several_authors(headers: list[tuple[bytes, bytes]]) -> bool:
    """RFC 6376 §8.15: a signature covers the last From header, a reader may be shown the first."""
    named = [value for name, value in headers if name.lower() == b"from"]
    return len(named) != 1 or len({each.key for value in named for each in mailboxes(value)}) != 1


@dataclass(slots=True)
class Keys:
    """The keys of signers, each asked for once in its time. Used by one thread."""

    lookup: Lookup
    clock: Callable[[], float] = time.monotonic
    _known: dict[str, tuple[float, bytes | None]] = field(default_factory=dict)
    """Until when it holds, and what it is."""
    _silent_until: float = 0.0

    def get(self, name: str, deadline: float) -> bytes | None:
        """Raises NoAnswer, at once while the DNS is known to be silent, else by the deadline."""
        now = self.clock()
        held = self._known.get(name)
        if held is not None and held[0] > now:
            return held[1]
        if now >= deadline or now < self._silent_until:
            raise NoAnswer
        try:
            found = self.lookup(name, deadline - now)
        except NoAnswer:
            self._silent_until = self.clock() + SILENCE
            raise
        if len(self._known) >= KEPT:
            self._known.clear()
        self._known[name] = self.clock() + (ABSENT if found is None else FOUND), found
        return found


def from_dns(name: str, seconds: float) -> bytes | None:
    """By the resolver of this machine (dnspython, which dkimpy brings)."""
    exception = importlib.import_module("dns.exception")
    resolver = importlib.import_module("dns.resolver")
    try:
        answer = resolver.resolve(name, "TXT", lifetime=seconds, search=False)
    except (resolver.NXDOMAIN, resolver.NoAnswer):
        return None
    except (exception.DNSException, OSError, ValueError) as trouble:
        raise NoAnswer from trouble
    # RFC 6376 §3.6.2.2: the strings of one record are one key; of several records any may be taken
    return b"".join(next(iter(answer)).strings)
